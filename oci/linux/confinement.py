"""prctl(2), capset(2) and unshare(2): rights that a process gives away for good."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

from .library import check, library

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["keep_capabilities", "leave_network", "renounce_new_privileges"]

_CLONE_NEWNET: Final = 0x40000000
_SET_NO_NEW_PRIVS: Final = 38
_CAPSET_DROP: Final = 24
_LAST_CAPABILITY: Final = 63
_VERSION: Final = 0x20080522
_WORD_BITS: Final = 32


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Words(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def renounce_new_privileges() -> None:
    """Let no program that is run from here gain rights by its file's bits or capabilities.

    Raises:
        OSError: The system refused.
    """
    check(library().prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def leave_network() -> None:
    """Move to a network namespace of our own, in which there is nothing.

    Raises:
        OSError: The system refused; it takes CAP_SYS_ADMIN.
    """
    check(library().unshare(_CLONE_NEWNET))


def keep_capabilities(kept: Iterable[int]) -> None:
    """Give away all capabilities but some, in every set that there is; none is gained.

    Args:
        kept: The numbers of those to keep (capabilities(7), linux/capability.h).

    Raises:
        OSError: The system refused.
    """
    mask = sum(1 << number for number in kept)
    header, words = _Header(_VERSION, 0), (_Words * 2)()
    check(library().capget(ctypes.byref(header), words))
    if words[0].effective or words[1].effective:
        for number in range(_LAST_CAPABILITY + 1):
            # Numbers that this kernel does not know are refused, and nothing is lost by it.
            if not mask >> number & 1:
                library().prctl(_CAPSET_DROP, number, 0, 0, 0)
    for position, word in enumerate(words):
        part = mask >> (_WORD_BITS * position) & 0xFFFFFFFF
        word.effective &= part
        word.permitted &= part
        word.inheritable = 0
    check(library().capset(ctypes.byref(header), words))
