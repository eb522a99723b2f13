"""Cosign's signatures of synchronised images: those of the source and a new one, in one manifest.

They lie beside an image under a tag that is made of its digest, and many images may have the same documents.
Whoever brought that tag along as it is at the source would undo what has been added here: so the two are put
together, one writer for each digest at a time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDigest
from ..settings.policy import MatchExact, MatchRepository
from ..spec import Digest
from ..transfer.sync.tag_filter import is_attachment_tag
from ..trust import Proof, Signature, Subject
from ..trust.attachment import Gathered, NewLayer, append_layers, read_tag
from ..trust.cosign.claim import Claim
from ..trust.cosign.key_verifier import KeyVerifier, TrustedKey
from ..trust.cosign.layer import layer_of, signature_in
from ..trust.cosign.shelf import SUFFIX
from ..trust.verdict import Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..content import Sink, Source
    from ..spec import Descriptor, Reference
    from ..transfer.root import Root
    from ..trust.attachment import Attached
    from ..trust.cosign.signer import CosignSigner

_TURNS: Final = 64


class CosignSeal:
    """Signs images with one key, unless they are signed with it already; used from several threads.

    Args:
        signer: Has the key.
    """

    def __init__(self, signer: CosignSigner) -> None:
        self._signer = signer
        self._keys = (TrustedKey(name="", key=signer.key.public),)
        self._turns = [threading.Lock() for _ in range(_TURNS)]

    def add(self, name: Reference, digest: Digest, sink: Sink, origin: Source | None) -> int:
        """Add the signatures that a document does not have yet.

        Args:
            name: What the image is called where it is.
            digest: The document.
            sink: Where it is.
            origin: The place whose signatures go along, or None.

        Returns:
            How many were added.

        Raises:
            OciError: They cannot be read or written.
        """
        subject = Subject(content=b"", digest=digest, name=name)
        with self._turns[hash(digest) % _TURNS]:
            there = _layers(sink, digest)
            wanted = _carried(there, digest, origin)
            if not self._is_among(there, subject):
                wanted.append(layer_of(self._signer.sign(subject)))
            if wanted:
                append_layers(sink, digest, SUFFIX, wanted)
        return len(wanted)

    def carry(self, digest: Digest, sink: Sink, origin: Source) -> int:
        """Add the signatures that the source has of a document, and sign nothing; see `add`."""
        with self._turns[hash(digest) % _TURNS]:
            wanted = _carried(_layers(sink, digest), digest, origin)
            if wanted:
                append_layers(sink, digest, SUFFIX, wanted)
        return len(wanted)

    def missing(self, name: Reference, digest: Digest, sink: Sink, origin: Source | None) -> int:
        """Count what `add` would add."""
        there = _layers(sink, digest)
        is_signed = self._is_among(there, Subject(content=b"", digest=digest, name=name))
        return len(_carried(there, digest, origin)) + (not is_signed)

    def _is_among(self, there: Iterable[Attached], subject: Subject) -> bool:
        """Tell whether one of these is a good signature of the same key, under the same name."""
        assert subject.name is not None
        # Where a digest names the image, the name that is signed has nothing behind the repository.
        rule = MatchExact() if subject.name.tag else MatchRepository()
        verifier = KeyVerifier(keys=self._keys, claim=Claim(rule=rule))
        found = (signature_in(each) for each in there)
        return any(
            isinstance(each, Signature) and isinstance(verifier.verify(each, subject), Proof)
            for each in found
        )


class SignatureTag:
    """Brings along what is under one of cosign's tags; implements `oci.transfer.sync.attendant.Attendant`.

    Args:
        digest: The document that the signatures are of.
        origin: The source.
        seal: Keeps others from the same tag meanwhile.
    """

    def __init__(self, digest: Digest, origin: Source, seal: CosignSeal) -> None:
        self._digest = digest
        self._origin = origin
        self._seal = seal

    def prepare(self, root: Root, sink: Sink) -> None:
        """Do nothing: nothing is copied."""

    def finish(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Add what is not there yet."""
        del documents
        return self._seal.carry(self._digest, sink, self._origin)

    def missing(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Count what would be added."""
        del documents
        return len(_carried(_layers(sink, self._digest), self._digest, self._origin))


def signed_digest(name: str) -> Digest | None:
    """Return the digest whose signatures a tag of cosign's holds, or None for any other tag."""
    if not is_attachment_tag(name) or not name.endswith(f".{SUFFIX}"):
        return None
    try:
        return Digest.parse(name.removesuffix(f".{SUFFIX}").replace("-", ":", 1))
    except InvalidDigest:
        return None


def _layers(place: Source, digest: Digest) -> tuple[Attached, ...]:
    gathering = read_tag(place, digest, SUFFIX)
    if isinstance(gathering, Absent):
        return ()
    if not isinstance(gathering, Gathered):
        raise gathering.reason
    lost = [*(each.reason for each in gathering.unread), *(each.reason for each in gathering.flawed)]
    if lost:
        raise lost[0]
    return gathering.attached


def _carried(there: Iterable[Attached], digest: Digest, origin: Source | None) -> list[NewLayer]:
    """Return what the source has under the digest's tag and the destination does not."""
    if origin is None:
        return []
    known = {_identity(each) for each in there}
    return [
        NewLayer(content=each.content, media_type=each.layer.media_type, annotations=each.layer.annotations)
        for each in _layers(origin, digest)
        if _identity(each) not in known
    ]


def _identity(attached: Attached) -> tuple[bytes, str, tuple[tuple[str, str], ...]]:
    layer = attached.layer
    return attached.content, layer.media_type, tuple(sorted(layer.annotations.items()))
