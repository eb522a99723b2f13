"""Faults: what registries, proxies and networks do to a client, each as a function that makes one.

A fault is a `Fault`: it gets the request and the application behind it. Most are made of two or three lines,
and a test writes its own as an ``async def fault(request, application)`` where none of these fits.

==========================  ===========================================================================
instead of an answer        `answer`, `answer_json`, `redirect`, `reset`, `stall`, `delay`
in the middle of one        `cut`, `stall` after some bytes, `cut_upload`
a wrong one                 `corrupt`, `replace_body`, `state_length`, `set_header`, `set_status`,
                            `ignore_range`
a registry's own habits     `refuse_mount`, `no_referrers`, `absolute_location`, `chunk_minimum`,
                            `refuse_large_bodies`, `move_blobs`, `state_quota`
==========================  ===========================================================================
"""

from .broken import cut, cut_upload
from .habit import (
    absolute_location,
    chunk_minimum,
    move_blobs,
    no_referrers,
    refuse_large_bodies,
    refuse_mount,
    state_quota,
)
from .instead import Stall, answer, answer_json, delay, redirect, reset, stall
from .wrong import corrupt, ignore_range, replace_body, set_header, set_status, state_length

__all__ = [
    "Stall",
    "absolute_location",
    "answer",
    "answer_json",
    "chunk_minimum",
    "corrupt",
    "cut",
    "cut_upload",
    "delay",
    "ignore_range",
    "move_blobs",
    "no_referrers",
    "redirect",
    "refuse_large_bodies",
    "refuse_mount",
    "replace_body",
    "reset",
    "set_header",
    "set_status",
    "stall",
    "state_length",
    "state_quota",
]
