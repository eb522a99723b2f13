"""The local store as commands need it: opened for the length of a block."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .interruption import interruptible
from .task import work_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci.store import ImageStore

    from .invocation import Invocation


@contextmanager
def readable_store(invocation: Invocation) -> Iterator[ImageStore | None]:
    """Open the store to look at it; None where there is none yet, which is as good as an empty one."""
    from oci import local_store
    from oci.errors import NotFound

    with interruptible(invocation.timeout_s) as token:
        context = work_context(invocation.settings(), token)
        with ExitStack() as stack:
            try:
                store = stack.enter_context(local_store(context, to_read=True))
            except NotFound:
                store = None
            yield store


@contextmanager
def writable_store(invocation: Invocation) -> Iterator[ImageStore]:
    """Open the store to change it, and make it where there is none."""
    from oci import local_store

    with (
        interruptible(invocation.timeout_s) as token,
        local_store(work_context(invocation.settings(), token)) as store,
    ):
        yield store
