"""A failure in the middle of a transfer, completed by what was being done, on which side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Cancelled, CopyError, OciError

if TYPE_CHECKING:
    from ..spec import Descriptor


def during(operation: str, side: str, label: str, descriptor: Descriptor | None, error: OciError) -> OciError:
    """Wrap an error for the caller of a transfer; to be raised ``from`` the error itself.

    Args:
        operation: ``resolve``, ``fetch``, ``push``, ``mount``, ``publish`` or ``list``.
        side: ``source`` or ``destination``.
        label: The place, as people write it.
        descriptor: The content concerned, if one is known.
        error: What failed, and is being handled.

    Raises:
        CopyError: It was wrapped already. Were it returned, ``from`` would make it its own cause, and the one
            that it has would be lost.
        Cancelled: It is no failure.
    """
    if isinstance(error, CopyError | Cancelled):
        raise error
    content = "" if descriptor is None else f" {descriptor.digest}"
    return CopyError(
        f"{operation}{content} ({side} {label}): {error.message}",
        operation=operation,
        side=side,
        digest="" if descriptor is None else str(descriptor.digest),
        hint=error.hint,
    )
