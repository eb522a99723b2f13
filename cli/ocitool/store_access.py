"""The local store as commands need it: opened for the length of a block."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .interruption import interruptible
from .task import work_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci.store import ImageStore
    from oci.store.image import LocalImage

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


def wanted_image(store: ImageStore | None, text: str) -> tuple[LocalImage, str | None]:
    """Find an image as the user calls it; see `oci.store.image.find_image`.

    Raises:
        NotFound: There is none, or no store.
    """
    from oci.errors import NotFound
    from oci.store.image import find_image

    if store is None:
        raise NotFound(f"{text}: image not known", name=text, hint="ocitool pull fetches it")
    return find_image(store, text)


def new_name(text: str) -> str:
    """Return the whole name that an image gets: one without a registry is of this host.

    Raises:
        InvalidReference: It is none.
    """
    from oci.errors import InvalidReference
    from oci.settings.short_name import has_registry
    from oci.spec import Reference
    from oci.store.image import LOCAL

    reference = Reference.parse(text if has_registry(text) else f"{LOCAL}/{text}").tagged()
    if reference.digest is not None:
        raise InvalidReference(f"{text[:160]!r} has a digest, which nobody can give", hint="write NAME[:TAG]")
    return str(reference)
