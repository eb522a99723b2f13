"""A request as other rooms write it, before it is put into the form in which it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import field, frozen
from .terms import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .site import Site

__all__ = ["Request"]


@frozen(kw_only=True)
class Request:
    """What to ask, of whom, for which registry's sake.

    Args:
        method: The method. url: An absolute URL; it is sent exactly as it stands, query included. site:
        The registry for whose sake it is asked. headers: Fields to send besides Host, User-Agent,
        Accept-Encoding and Content-Length. They stay out of ``repr``. content: The body, or None; bodies
        that are written piece by piece are `Client.upload`'s. purpose: Why this host is contacted.
        follows: Whether redirects are followed. Token servers have no business sending credentials on.
    """

    method: str
    url: str = field(repr=False)
    site: Site = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    purpose: Purpose = Purpose.REGISTRY
    follows: bool = True
