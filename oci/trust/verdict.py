"""What came of looking for signatures and of verifying them; the types keep apart what must not be mixed up.

A place answers `Found`, `Absent` or `Unasked`. A signature becomes a `Proof` or a `Refusal`. About an image
as a whole there are four verdicts: `Verified`; `Unsigned`, where every place was asked and none has anything;
`Invalid`, where there are signatures and none is good; `Unsettled`, where a place could not be asked, so that
nobody can say which of those it is. Only `Verified` lets an image in.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

from ..errors import NotVerified
from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..errors import OciError
    from ..spec import Digest
    from .signature import Signature


@frozen
class Absent:
    """A place was asked, and has none.

    Args:
        place: The place.
    """

    place: str


@frozen
class Unasked:
    """A place could not be asked: what it has is not known.

    Args:
        place: The place.
        reason: What went wrong.
    """

    place: str
    reason: OciError


class Fault(enum.Enum):
    """Why a signature proves nothing."""

    MALFORMED = "malformed"
    """It breaks the rules of its format."""
    WRONG_KEY = "wrong key"
    """It was made with a key that nobody trusts for this."""
    BROKEN = "broken"
    """The cryptography does not hold."""
    EXPIRED = "expired"
    """The signature or its key was not valid any more."""
    REVOKED = "revoked"
    """Its key has been revoked."""
    WEAK = "weak"
    """It was made with an algorithm that is not safe."""
    OTHER_IMAGE = "other image"
    """It is for another digest."""
    OTHER_NAME = "other name"
    """It is for another name."""
    OTHER_SIGNER = "other signer"
    """A certificate that holds, of somebody else than asked for."""
    UNRECORDED = "unrecorded"
    """No log or timestamp that is trusted says when it was made."""
    OTHER_CLAIM = "other claim"
    """It holds, and says something else about the image than asked for."""
    UNCHECKED = "unchecked"
    """What has to be known of it, such as whether its key was revoked, could not be found out."""


@frozen(kw_only=True)
class Refusal:
    """A signature that was looked at and proves nothing.

    Args:
        signature: The signature.
        fault: What is the matter with it, for programs.
        reason: The same in words.
    """

    signature: Signature
    fault: Fault
    reason: str


@frozen
class Found:
    """A place has signatures, or something in their place.

    Args:
        place: The place.
        signatures: What it has.
        refused: What lies there and cannot even be shown to a verifier; never empty together with the others.
        unread: What could not be fetched.
    """

    place: str
    signatures: tuple[Signature, ...]
    refused: tuple[Refusal, ...] = ()
    unread: tuple[Unasked, ...] = ()


Reading: TypeAlias = Found | Absent | Unasked


def refusal_of(signature: Signature, error: OciError) -> Refusal:
    """Return the refusal that an error stands for which says what is the matter with a signature."""
    fault = Fault(error.fault) if isinstance(error, NotVerified) else Fault.MALFORMED
    return Refusal(signature=signature, fault=fault, reason=error.message)


@frozen(kw_only=True)
class Proof:
    """A signature that holds, and what it proves.

    Args:
        signature: The signature.
        digest: The document that was signed.
        identity: The name under which it was signed; empty where the family signs no names.
        key: The key that made it: a fingerprint, in the family's own form.
        signing_key: The key itself, where `key` is the one that vouches for it.
        made_s: When it was made, in seconds since 1970, as the signer says; None where nothing says so.
        creator: The program that made it, as it says.
        signer: Who vouches for the key: the file it was read from, or whom a certificate names.
        clock: Who says when it was made; empty for the signer alone.
        statement: What was signed beside the image, where that is of use: a claim's type and content.
        warnings: What did not hold, and was only to be said.
    """

    signature: Signature
    digest: Digest
    identity: str
    key: str
    signing_key: str
    made_s: int | None = None
    creator: str = ""
    signer: str = ""
    clock: str = ""
    statement: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@frozen(kw_only=True)
class Verified:
    """At least one signature proves what was asked for.

    Args:
        proofs: Those that do; never empty.
        refused: Those that were looked at and do not.
    """

    proofs: tuple[Proof, ...]
    refused: tuple[Refusal, ...] = ()


@frozen
class Unsigned:
    """Every place was asked, and none has a signature.

    Args:
        places: The places; empty where there is none to ask.
    """

    places: tuple[str, ...]


@frozen
class Invalid:
    """There are signatures, every place was asked, and none of them is good.

    Args:
        refused: Why not, of each; never empty.
    """

    refused: tuple[Refusal, ...]


@frozen
class Unsettled:
    """A place could not be asked, and no other one has a signature that is good.

    Args:
        unasked: Those places; never empty.
        refused: Signatures from the others.
    """

    unasked: tuple[Unasked, ...]
    refused: tuple[Refusal, ...] = ()


Verdict: TypeAlias = Verified | Unsigned | Invalid | Unsettled


def verdict_of(readings: Sequence[Reading], outcomes: Sequence[Proof | Refusal]) -> Verdict:
    """Sum up what came of an image.

    Args:
        readings: What the places answered.
        outcomes: What came of each signature in them.
    """
    refused = tuple(each for each in outcomes if isinstance(each, Refusal))
    proofs = tuple(each for each in outcomes if isinstance(each, Proof))
    unasked = tuple(each for each in readings if isinstance(each, Unasked))
    unasked += tuple(lost for each in readings if isinstance(each, Found) for lost in each.unread)
    if proofs:
        return Verified(proofs=proofs, refused=refused)
    if unasked:
        return Unsettled(unasked, refused)
    if refused:
        return Invalid(refused)
    return Unsigned(tuple(each.place for each in readings))
