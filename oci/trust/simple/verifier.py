"""Verifying simple signatures: framing first, then gpg, then what the document says, in this order.

gpg's VALIDSIG decides which key made a signature, and there must be exactly one of it, with no word of
anything expired, revoked or bad. The document is parsed only when that is settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...content.closable import Closable
from ...errors import InvalidDocument, LimitExceeded, Unsupported
from ...frozen import frozen
from ..identity import matches
from ..signature import Family
from ..verdict import Fault, Proof, Refusal
from .gpg import EphemeralKeyring
from .packet import read_message
from .payload import parse_payload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...settings.policy import IdentityMatch
    from ..signature import Signature, Subject
    from .gpg import Opened, Status

_FAULTS: Final = {
    "REVKEYSIG": (Fault.REVOKED, "its key was revoked"),
    "EXPKEYSIG": (Fault.EXPIRED, "its key has expired"),
    "EXPSIG": (Fault.EXPIRED, "it has expired"),
    "BADSIG": (Fault.BROKEN, "it is not a signature of what is in it"),
    "NO_PUBKEY": (Fault.WRONG_KEY, "its key is none of those that are trusted"),
    "ERRSIG": (Fault.BROKEN, "gpg cannot verify it"),
    "NODATA": (Fault.MALFORMED, "gpg finds no signature in it"),
    "UNEXPECTED": (Fault.MALFORMED, "gpg does not expect what is in it"),
    "BADARMOR": (Fault.MALFORMED, "gpg does not expect what is in it"),
    "FAILURE": (Fault.BROKEN, "gpg cannot verify it"),
}
_WEAK_HASHES: Final = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}
_CLASSES: Final = ("00", "01")
"""Signatures of documents; others are of keys."""


@frozen
class _Valid:
    """What gpg vouches for."""

    primary: str
    signing_key: str
    made_s: int


class SimpleVerifier(Closable):
    """Trusts OpenPGP keys, and the names that a rule allows; a context manager, for its keyring.

    Args:
        keys: The public keys, each with the place that it came from.
        rule: Which signed names are for the image; None for any.
        fingerprints: The only ones of those keys to be trusted, primary or not, in upper case; None for all.

    Raises:
        InvalidSettings: Something is no public key.
        Unsupported: There is no gpg.
    """

    family = Family.SIMPLE

    def __init__(
        self,
        keys: Iterable[tuple[str, bytes]],
        rule: IdentityMatch | None,
        *,
        fingerprints: frozenset[str] | None = None,
    ) -> None:
        self._rule = rule
        self._fingerprints = fingerprints
        self._keyring = EphemeralKeyring(keys)

    def close(self) -> None:
        """Throw the keyring away; safe to call more than once."""
        self._keyring.close()

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves; see `oci.trust.family.Verifier`."""
        try:
            message = read_message(signature.envelope)
            opened = self._keyring.open(signature.envelope)
        except (InvalidDocument, LimitExceeded) as error:
            return Refusal(signature=signature, fault=Fault.MALFORMED, reason=error.message)
        valid = _judged(opened)
        if not isinstance(valid, _Valid):
            return Refusal(signature=signature, fault=valid[0], reason=valid[1])
        if opened.content != message.literal:
            reason = "gpg reads something else in it than its framing says"
            return Refusal(signature=signature, fault=Fault.MALFORMED, reason=reason)
        if self._fingerprints is not None and not self._fingerprints & {valid.primary, valid.signing_key}:
            reason = f"it was made with {valid.primary}, which is not asked for"
            return Refusal(signature=signature, fault=Fault.WRONG_KEY, reason=reason)
        return self._proved(signature, subject, opened.content, valid)

    def _proved(
        self, signature: Signature, subject: Subject, content: bytes, valid: _Valid
    ) -> Proof | Refusal:
        try:
            payload = parse_payload(content, where="signed document")
            is_this = subject.is_named_by(payload.digest)
        except (InvalidDocument, Unsupported) as error:
            return Refusal(signature=signature, fault=Fault.MALFORMED, reason=error.message)
        if not is_this:
            reason = f"it is for {payload.digest}, not {subject.digest}"
            return Refusal(signature=signature, fault=Fault.OTHER_IMAGE, reason=reason)
        if self._rule is not None and not matches(self._rule, payload.identity, subject.name):
            wanted = "an image without a name" if subject.name is None else subject.name
            reason = f"it is for the name {payload.identity[:300]}, which does not match {wanted}"
            return Refusal(signature=signature, fault=Fault.OTHER_NAME, reason=reason)
        return Proof(
            signature=signature,
            digest=payload.digest,
            identity=payload.identity,
            key=valid.primary,
            signing_key=valid.signing_key,
            made_s=valid.made_s,
            creator=payload.creator,
        )


def _judged(opened: Opened) -> _Valid | tuple[Fault, str]:
    statuses = opened.statuses
    said = [each.keyword for each in statuses]
    for keyword, fault in _FAULTS.items():
        if keyword in said:
            return fault
    good, valid = said.count("GOODSIG"), [each for each in statuses if each.keyword == "VALIDSIG"]
    if (said.count("NEWSIG"), good, len(valid)) != (1, 1, 1):
        return Fault.BROKEN, "gpg does not find exactly one good signature"
    return _read_valid(valid[0])


def _read_valid(status: Status) -> _Valid | tuple[Fault, str]:
    values = status.values
    if len(values) < 10 or not values[2].isdigit():
        return Fault.BROKEN, "gpg does not say which key it is of"
    if values[7] in _WEAK_HASHES:
        return Fault.WEAK, f"it was made with {_WEAK_HASHES[values[7]]}, which is not safe"
    if values[8] not in _CLASSES:
        return Fault.MALFORMED, "it is no signature of a document"
    return _Valid(primary=values[9], signing_key=values[0], made_s=int(values[2]))
