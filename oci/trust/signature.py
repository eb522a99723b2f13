"""What a signature is, before anybody has verified it, and what it is held against.

Nothing in a `Signature` is to be believed: it is as it was found. What is believed is a `verdict.Proof`.
Families with more evidence (certificates, log entries, timestamps) add their types to the two unions here.
"""

from __future__ import annotations

import enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from ..frozen import field, frozen
from ..spec import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec import Reference


class Family(enum.Enum):
    """The ways in which images are signed."""

    SIMPLE = "simple signing"
    """An OpenPGP message (containers-signature(5))."""
    COSIGN = "cosign"
    """A layer of the image that cosign's tag names."""
    ATTESTATION = "attestation"
    """A layer of the image that cosign's other tag names, with a statement in an envelope."""
    BUNDLE = "sigstore bundle"
    """A referrer with a sigstore bundle."""
    NOTATION = "notation"
    """A referrer with an envelope of the Notary Project."""


@frozen
class KeyHint:
    """Which key it says it was made with.

    Args:
        key_id: The key's name, in the family's own form.
    """

    key_id: str


@frozen
class CertificateText:
    """The certificates that it comes with.

    Args:
        leaf: That of the key which made it, in PEM.
        chain: Those that vouch for it, in PEM, one after the other; may be empty.
    """

    leaf: bytes = field(repr=False)
    chain: bytes = field(default=b"", repr=False)


KeyEvidence: TypeAlias = KeyHint | CertificateText


@frozen
class StatedTime:
    """When the signer says that it was made; nobody else vouches for that.

    Args:
        seconds: Since 1970.
    """

    seconds: int


@frozen
class LogPromise:
    """A log's signed word that it has recorded it, and when.

    Args:
        document: The JSON document, as cosign keeps it.
    """

    document: bytes = field(repr=False)


@frozen
class LogEntry:
    """What a sigstore bundle has of a log's entry.

    Args:
        members: The JSON members, as they were found.
    """

    members: Mapping[str, object] = field(repr=False)


@frozen
class Timestamp:
    """What an authority has answered that was asked to vouch for the time (RFC 3161).

    Args:
        response: The answer, in DER.
    """

    response: bytes = field(repr=False)


TimeEvidence: TypeAlias = StatedTime | LogPromise | LogEntry | Timestamp


@frozen(kw_only=True)
class Signature:
    """A signature as it was found.

    Args:
        family: How it has to be read.
        envelope: Its bytes, as they are stored: what was signed is in them, or is the payload.
        media_type: What the envelope is, where a family has several forms; else empty.
        payload: What was signed, where that stands beside the envelope; else empty.
        is_of_document: Whether the image's document itself was signed, and no payload that speaks of it.
        claimed_digest: The document's digest, as a signature of it states it; or None.
        claimed_identity: The image's name that it claims; empty where the family lets nobody read that before
            the signature is verified, or signs no names.
        keys: What it says about who made it.
        times: What it says about when.
        found_at: A path, or a URL without secrets.
    """

    family: Family
    envelope: bytes = field(repr=False)
    media_type: str = ""
    payload: bytes = field(default=b"", repr=False)
    is_of_document: bool = False
    claimed_digest: Digest | None = None
    claimed_identity: str = ""
    keys: tuple[KeyEvidence, ...] = ()
    times: tuple[TimeEvidence, ...] = ()
    found_at: str


@frozen(kw_only=True)
class Subject:
    """What signatures are held against: one document, and how the user named it.

    Args:
        content: The exact bytes of the manifest or the index.
        digest: Their digest, as the image was resolved to.
        name: The name, or None for places whose images have none.
    """

    content: bytes = field(repr=False)
    digest: Digest
    name: Reference | None = None

    @classmethod
    def of(cls, content: bytes, name: Reference | None = None) -> Subject:
        """Return the subject of bytes at hand."""
        return cls(content=content, digest=Digest.of(content), name=name)

    def is_named_by(self, digest: Digest) -> bool:
        """Tell whether a digest, of whatever algorithm, is that of the document."""
        return digest == self.digest or digest == self._digests.setdefault(
            digest.algorithm, Digest.of(self.content, digest.algorithm)
        )

    @cached_property
    def _digests(self) -> dict[str, Digest]:
        return {}
