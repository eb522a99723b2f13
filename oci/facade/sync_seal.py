"""The signatures of images that are synchronised: those of the source that go along, and new ones.

GPG's are treated as `oci.facade.seal` does it for a copy, cosign's as `oci.facade.cosign_seal` says. What is
signed already by the same signer, under the same name, is not signed again: the signature itself is looked at
and verified, so that no memory of earlier runs is needed for that.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

from ..content.closable import Closable
from ..errors import Unsupported
from ..frozen import frozen
from ..settings.policy import MatchExact
from ..transfer.attached import goes_bare
from ..trust import Family
from ..trust.cosign.signer import CosignSigner
from ..trust.simple.signer import SimpleSigner
from ..trust.simple.verifier import SimpleVerifier
from .cosign_seal import CosignSeal
from .seal import Seals, Signing
from .signing import name_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..content import Sink, Source
    from ..settings import Settings
    from ..spec import Descriptor, Digest, Reference
    from ..transfer import CopyOptions
    from ..transfer.root import Root
    from ..transports.name import ImageName
    from ..trust import Signature, Subject
    from ..trust.family import Signer
    from ..trust.policy import Ground

_Work: TypeAlias = "Callable[[Reference, Digest, Sink, Source | None], int]"


class Sealing(Closable):
    """Who signs the images of one synchronisation; a context manager.

    Args:
        signer: Signs as GPG or as cosign does.

    Raises:
        InvalidSettings: The signer's key is not in the keyring.
        Unsupported: It signs in another way, or there is no gpg.
    """

    def __init__(self, signer: Signer) -> None:
        self.signing: Signing | None = None
        """Who signs with GPG."""
        self.cosign: CosignSeal | None = None
        """Who signs as cosign does."""
        self._verifier: SimpleVerifier | None = None
        if isinstance(signer, SimpleSigner):
            known = [(str(signer.keyring.home), signer.keyring.export([signer.key]))]
            self._verifier = SimpleVerifier(known, MatchExact())
            self.signing = Signing(signer=_InTurn(signer), recognizer=self._verifier)
        elif isinstance(signer, CosignSigner):
            self.cosign = CosignSeal(signer)
        else:
            raise Unsupported("images that are synchronised are signed with GPG, or as cosign does")

    def close(self) -> None:
        """Let go of the keys; safe to call more than once."""
        if self._verifier is not None:
            self._verifier.close()


class _InTurn:
    """Lets one signature be made at a time: gpg's agent has little room for keys that are in use."""

    def __init__(self, signer: Signer) -> None:
        self.family = signer.family
        self._signer = signer
        self._turn = threading.Lock()

    def sign(self, subject: Subject) -> Signature:
        with self._turn:
            return self._signer.sign(subject)


@frozen(kw_only=True)
class SealRule:
    """What is done about the signatures of an image.

    Args:
        sealing: Who signs it, or None.
        options: How it is copied.
        settings: The destination's settings.
        carries_files: Whether the source may have GPG signatures of it, as files.
        carries_tags: Whether what is attached to it goes along, cosign's signatures too.
    """

    sealing: Sealing | None
    options: CopyOptions
    settings: Settings
    carries_files: bool
    carries_tags: bool


class ImageSeals:
    """Sees to the signatures of one image; implements `oci.transfer.sync.attendant.Attendant`.

    Args:
        origin: The image at the source.
        target: The image at the destination.
        rule: What is done.
    """

    def __init__(self, origin: Ground, target: ImageName, rule: SealRule) -> None:
        self._origin = origin
        self._target = target
        self._rule = rule
        self._is_prepared = False
        signing = None if rule.sealing is None else rule.sealing.signing
        self._seals: Seals | None = None
        if rule.carries_files or signing is not None:
            self._seals = Seals(target, rule.settings, rule.options, signing)

    def prepare(self, root: Root, sink: Sink) -> None:
        """Collect, and make, GPG signatures; see `Attendant.prepare`."""
        if self._seals is not None:
            self._seals.prepare(self._origin, root, sink)
            self._is_prepared = True

    def finish(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Add what is not there yet; see `Attendant.finish`."""
        if not documents:
            return 0
        count = 0
        if self._seals is not None:
            if not self._is_prepared:
                self._seals.collect(self._origin, documents, sink)
            count += self._seals.finish(documents)
        if self._cosign is not None:
            count += self._of_cosign(self._cosign.add, documents, sink)
        return count

    def missing(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Count what would be added; see `Attendant.missing`."""
        if not documents:
            return 0
        count = 0 if self._seals is None else self._seals.missing(self._origin, documents, sink)
        if self._cosign is not None:
            count += self._of_cosign(self._cosign.missing, documents, sink)
        return count

    @property
    def _cosign(self) -> CosignSeal | None:
        return None if self._rule.sealing is None else self._rule.sealing.cosign

    def _of_cosign(self, work: _Work, documents: Sequence[Descriptor], sink: Sink) -> int:
        name = name_to_sign(self._target, Family.COSIGN)
        assert name is not None, "only images in registries are signed here"
        rule = self._rule
        carries = rule.carries_tags and rule.options.conversion.is_idle
        carries = carries and not rule.options.conversion.leaves_attached
        count = 0
        for each in documents:
            origin = self._origin.source if carries and not goes_bare(each, rule.options) else None
            count += work(name, each.digest, sink, origin)
        return count
