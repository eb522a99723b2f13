"""What signatures say of themselves, for people who want to see what is there.

Nothing of it is to be believed: nobody has verified anything, and nothing here decides about an image. A
family brings a module with one function, ``stated_in``, which is loaded when there is such a signature.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from ..frozen import frozen
from .signature import CertificateText, Family, KeyHint, LogEntry, LogPromise, StatedTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec import Digest
    from .signature import Signature, TimeEvidence

_MODULES: Final[Mapping[Family, str]] = {
    Family.SIMPLE: ".simple.stated",
    Family.COSIGN: ".cosign.stated",
    Family.ATTESTATION: ".bundle.stated",
    Family.BUNDLE: ".bundle.stated",
    Family.NOTATION: ".notation.stated",
}

SIGNER: Final = "signer"
"""Says when a signature was made, where nobody else does."""
LOG: Final = "log"
"""Says when a signature was made, where a log has it."""


@frozen(kw_only=True)
class Stated:
    """What one signature says of itself.

    Args:
        digest: The document that it says it is for; None where it names none of an algorithm that is known.
        identity: The name that it says the image has; empty where its family signs no names.
        about: What kind of statement it is, as a URI; empty where it says no more than that it signs.
        key: The key that it says it was made with, in the family's own form; empty where it says nothing.
        signer: Whom its certificate names; empty where it has none.
        made_s: When it says it was made, in seconds since 1970; None where it does not.
        clock: Who says so: `SIGNER` or `LOG`.
    """

    digest: Digest | None
    identity: str = ""
    about: str = ""
    key: str = ""
    signer: str = ""
    made_s: int | None = None
    clock: str = ""


class _Module(Protocol):
    def stated_in(self, signature: Signature) -> Stated: ...


def stated_in(signature: Signature) -> Stated:
    """Return what a signature says of itself.

    Raises:
        InvalidValue: It cannot be read.
        LimitExceeded: It is too large.
    """
    # A module is as good an object as any: mypy cannot see what a computed import returns.
    module = cast("_Module", import_module(_MODULES[signature.family], __package__))
    return module.stated_in(signature)


def key_and_signer(signature: Signature) -> tuple[str, str]:
    """Return the key that a signature hints at, and whom its certificate names, as far as it says so.

    Raises:
        InvalidDocument: Its certificate cannot be read.
    """
    for evidence in signature.keys:
        if isinstance(evidence, KeyHint):
            return evidence.key_id, ""
        if isinstance(evidence, CertificateText):
            from .certificate.chain import load_certificates
            from .certificate.identity import shown_identity
            from .key.public import PublicKey

            leaf = load_certificates(evidence.leaf, where="certificate")[0]
            return PublicKey.of_certificate(leaf, where="certificate").fingerprint, shown_identity(leaf)
    return "", ""


def time_and_clock(signature: Signature) -> tuple[int | None, str]:
    """Return when a signature says it was made, and who says so; a log's word comes first.

    Raises:
        InvalidDocument: What comes with it of a log cannot be read.
    """
    recorded = next((found for each in signature.times if (found := _recorded_s(each)) is not None), None)
    if recorded is not None:
        return recorded, LOG
    stated = next((each.seconds for each in signature.times if isinstance(each, StatedTime)), None)
    return stated, "" if stated is None else SIGNER


def _recorded_s(evidence: TimeEvidence) -> int | None:
    from .log.recording import parse_entry, parse_promise

    if isinstance(evidence, LogPromise):
        return parse_promise(evidence.document).integrated_s
    promise = parse_entry(evidence.members).promise if isinstance(evidence, LogEntry) else None
    return None if promise is None else promise.integrated_s
