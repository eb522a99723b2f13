"""What each family does: small protocols, and the one loop that holds signatures against them.

To read, to verify and to sign are three abilities of three objects: where signatures are kept says nothing
about whose keys are trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .verdict import Found, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .signature import Family, Signature, Subject
    from .verdict import Proof, Reading, Refusal, Verdict


class Shelf(Protocol):
    """A place where the signatures of images are kept."""

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image.

        Nothing is raised for a place that could not be asked: that is one of the answers.
        """


class Keeper(Protocol):
    """A place that signatures can be added to."""

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image; those that are there stay, and none is there twice.

        Args:
            subject: The image.
            signatures: The signatures.

        Returns:
            Where they lie, for people.

        Raises:
            OciError: That is not possible; some may have been added.
        """


class OpenKeeper(Shelf, Keeper, Protocol):
    """A place that signatures can be added to, and that shows those that are there."""


class Verifier(Protocol):
    """The keys, certificates and names that somebody trusts, for one family."""

    @property
    def family(self) -> Family:
        """The family; signatures of others are not shown to it."""

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves about an image.

        Raises:
            OciError: That could not be found out: a program is missing, a key cannot be read.
        """


class Signer(Protocol):
    """A key that somebody signs with."""

    @property
    def family(self) -> Family:
        """The family of the signatures that it makes, which decides where they lie."""

    def sign(self, subject: Subject) -> Signature:
        """Sign an image under its name.

        Raises:
            OciError: That is not possible.
        """


def examine(readings: Iterable[Reading], verifier: Verifier, subject: Subject) -> Verdict:
    """Hold everything that places have against a verifier.

    Args:
        readings: What the places answered.
        verifier: What is trusted.
        subject: The image.

    Returns:
        The verdict; all signatures of the verifier's family have been looked at, so that it is whole.
    """
    known = tuple(readings)
    found = [reading for reading in known if isinstance(reading, Found)]
    outcomes = [
        verifier.verify(signature, subject)
        for reading in found
        for signature in reading.signatures
        if signature.family is verifier.family
    ]
    lost = [each for reading in found for each in reading.refused]
    return verdict_of(
        known, [*outcomes, *(each for each in lost if each.signature.family is verifier.family)]
    )
