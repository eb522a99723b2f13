"""Making simple signatures with a key of somebody's keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import __version__
from ...errors import InvalidReference
from ...frozen import field, frozen
from ..signature import Family, KeyHint, Signature, StatedTime
from .packet import read_message
from .payload import Payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..signature import Subject
    from .gpg import Keyring


@frozen(kw_only=True)
class SimpleSigner:
    """Signs with one key.

    Args:
        keyring: Where the key is.
        key: Its fingerprint.
        clock: Tells the seconds since 1970, for the document.
        passphrase: The key's passphrase, or None to let gpg's agent see to it.
    """

    keyring: Keyring
    key: str
    clock: Callable[[], float]
    passphrase: str | None = field(default=None, repr=False)

    @property
    def family(self) -> Family:
        """The family of its signatures."""
        return Family.SIMPLE

    def sign(self, subject: Subject) -> Signature:
        """Sign an image under its name; see `oci.trust.family.Signer`.

        Raises:
            InvalidReference: It has no name, or one without tag and digest.
            OciError: gpg did not do it.
        """
        if subject.name is None or not (subject.name.tag or subject.name.digest):
            shown = "" if subject.name is None else f"{subject.name}: "
            raise InvalidReference(f"{shown}what is signed is a name with a tag or a digest")
        now_s = int(self.clock())
        payload = Payload(
            digest=subject.digest,
            identity=str(subject.name),
            creator=f"ocitool {__version__}",
            timestamp_s=now_s,
        )
        made = self.keyring.sign(payload.encode(), self.key, self.passphrase)
        # What others would refuse, a user's gpg.conf can make gpg write; better it is refused here.
        framed = read_message(made)
        return Signature(
            family=Family.SIMPLE,
            envelope=made,
            claimed_identity=payload.identity,
            keys=(KeyHint(framed.key_id),),
            times=(StatedTime(now_s),),
            found_at="made here",
        )
