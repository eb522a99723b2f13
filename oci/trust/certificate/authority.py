"""Authorities that somebody trusts, and from when until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotVerified
from ...frozen import field, frozen
from ..verdict import Fault
from ..window import ALWAYS, Window
from .chain import verify_chain
from .rule import shown_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate


@frozen(kw_only=True)
class Authority:
    """An authority.

    Args:
        anchors: Its roots, any of which will do.
        between: Its certificates beneath them, which nobody has to bring along; the leaf, too, where only one
            certificate is meant.
        window: When it counts.
    """

    anchors: tuple[Certificate, ...] = field(repr=False)
    between: tuple[Certificate, ...] = field(default=(), repr=False)
    window: Window = ALWAYS


def verify_issued(
    leaf: Certificate, brought: Sequence[Certificate], authorities: Sequence[Authority], *, at_s: float
) -> tuple[Certificate, ...]:
    """Find the way from a certificate to one of several authorities, each by itself.

    Args:
        leaf: The certificate.
        brought: Certificates that came with it.
        authorities: Those that are trusted.
        at_s: When authority and certificates have to be valid, in seconds since 1970.

    Returns:
        The way, the leaf first.

    Raises:
        NotVerified: There is none.
    """
    reason = NotVerified(
        f"no authority is trusted at the time that counts, {shown_time(at_s)}", fault=Fault.WRONG_KEY.value
    )
    for authority in authorities:
        if not authority.window.holds(at_s):
            continue
        try:
            return verify_chain(leaf, (*brought, *authority.between), authority.anchors, at_s=at_s)
        except NotVerified as error:
            reason = error
    raise reason
