"""What is attached to an image: known, or not known. "Could not ask" is never taken for "nothing there"."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..frozen import frozen

if TYPE_CHECKING:
    from ..errors import OciError
    from ..spec import Descriptor


@frozen
class Listed:
    """A complete answer.

    Args:
        descriptors: What is attached, with artifact types and annotations; empty where nothing is.
        via: How it was found: ``api``, ``tag`` (the referrers tag schema) or ``scan``.
    """

    descriptors: tuple[Descriptor, ...]
    via: str


@frozen
class Unknown:
    """No answer: throttled, failed, or not understood.

    Args:
        reason: What went wrong.
    """

    reason: OciError


Attachments: TypeAlias = Listed | Unknown
