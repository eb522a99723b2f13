"""Holding an image against what its policy demands of signatures: all demands, or it is not let in.

What is shown is what is judged, by the digest of its bytes; the copy goes on with the same bytes. A place
that could not be asked never counts as one without signatures.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Forbidden, InvalidSettings
from ..trust import Invalid, Subject, Unsettled, Unsigned, Verified
from ..trust.family import examine
from ..trust.simple.shelf import DirectoryShelf, LookasideShelf
from ..trust.simple.verifier import SimpleVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..content import Opened
    from ..settings import Settings
    from ..settings.policy import Keys, Ruling, SignedBy
    from ..spec import Reference
    from ..transports.name import ImageName
    from ..trust import Verdict
    from ..trust.family import Shelf


class SignatureCheck:
    """Decides whether documents of one image are let in; called with each.

    Args:
        image: The image as the user named it.
        name: Its whole name, or None where it has none.
        settings: The user's settings, with a policy.
        ruling: What the policy says about the image.
        requirements: Those of its demands that are about GPG signatures.
    """

    def __init__(
        self,
        image: ImageName,
        name: Reference | None,
        settings: Settings,
        ruling: Ruling,
        requirements: tuple[SignedBy, ...],
    ) -> None:
        self._image = image
        self._name = name
        self._settings = settings
        self._ruling = ruling
        self._requirements = requirements

    def __call__(self, opened: Opened) -> None:
        """Return where the document is let in.

        Raises:
            Forbidden: It is not.
            InvalidSettings: A key of the policy cannot be read.
            Unsupported: There is no gpg.
        """
        digest = opened.descriptor.digest
        subject = Subject(content=opened.content, digest=digest, name=self._name)
        readings = [shelf.read(subject) for shelf in self._shelves()]
        for requirement in self._requirements:
            with SimpleVerifier(_keys_of(requirement.keys), requirement.identity) as verifier:
                verdict = examine(readings, verifier, subject)
            if not isinstance(verdict, Verified):
                raise self._refusal(subject, verdict)

    def _shelves(self) -> Iterator[Shelf]:
        lookaside = self._settings.lookaside_directory
        if self._image.transport == "dir":
            yield DirectoryShelf(Path(self._image.location))
        elif self._image.transport == "docker" and lookaside is not None:
            yield LookasideShelf(lookaside)

    def _refusal(self, subject: Subject, verdict: Verdict) -> Forbidden:
        path = "" if self._settings.policy is None else self._settings.policy.path
        return Forbidden(
            f"{self._image}: {_explained(verdict)}; the policy {path} wants {subject.digest} signed"
            f" ({self._ruling.key})",
            path=path,
            key=self._ruling.key,
        )


def _explained(verdict: Verdict) -> str:
    match verdict:
        case Unsettled(unasked=unasked):
            return f"its signatures could not be asked for: {unasked[0].reason.message}"
        case Invalid(refused=refused):
            shown = "; ".join(f"{each.signature.found_at}: {each.reason}" for each in refused[:3])
            return f"none of its signatures is good: {shown}"
        case Unsigned(places=places):
            return f"it has no signature in {', '.join(places)}" if places else "signatures of it lie nowhere"
        case Verified():
            return "it is signed"


def _keys_of(keys: Keys) -> Iterator[tuple[str, bytes]]:
    for path in keys.paths:
        try:
            yield path, Path(path).read_bytes()
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise InvalidSettings(f"{path}: {reason}", path=path) from error
    for data in keys.data:
        yield "keyData", data
