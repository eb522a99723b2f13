"""Pulling an image into the local store, and opening the store.

Where a function is given no settings, it asks this host for them, as every function of the façade does.
"""

from __future__ import annotations

import enum
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import CopyError, InvalidValue, NotFound, TransportError, Unsupported
from ..frozen import frozen, replace
from ..settings import Settings
from ..spec import Platform, Reference
from ..store import ImageStore, PullSink
from ..store.collection import collect
from ..store.image import local_image
from ..store.transport import store_root
from ..transfer import CopyOptions, Instance
from ..transfer import copy as transfer_copy
from ..transfer.event import Narrowed
from ..transports.name import REGISTRY, ImageName
from .admission import admit, name_of
from .place import Context, Places
from .transfer import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..content import CancelToken, Source
    from ..layers import LayerLimits, Omission
    from ..store.image import LocalImage
    from ..transfer import CopyResult
    from ..transfer.event import Event

_USUAL = Platform("linux", "amd64")


class PullPolicy(enum.Enum):
    """When an image that may be there already is pulled."""

    ALWAYS = "always"
    """Always; what is there of it is not moved again."""
    MISSING = "missing"
    """If there is none of that name."""
    NEVER = "never"
    """Never."""
    NEWER = "newer"
    """Always, but one that is there will do where the registry cannot be reached."""


@frozen(kw_only=True)
class Pulled:
    """What pulling came to.

    Args:
        image: The image.
        result: What was moved; None where the image was there and nothing was asked of anybody.
        omissions: What was left out of the layers, and why.
    """

    image: LocalImage
    result: CopyResult | None
    omissions: tuple[Omission, ...] = ()


@contextmanager
def local_store(context: Context | None = None, *, to_read: bool = False) -> Iterator[ImageStore]:
    """Open the user's store for the length of a block.

    Args:
        context: Settings, cancelling, limits and warnings.
        to_read: Whether nothing is to be written, so that one that cannot be written will do; one that is
            not there counts as missing then.

    Raises:
        NotFound: There is none, and it is only to be read.
        StorageError: The system refused.
        Unsupported: It was written by a newer version of this program, or this is not Linux.
    """
    if sys.platform != "linux":
        raise Unsupported("there is a local store on Linux only")
    context = context or Context()
    root = store_root(context.settings or Settings.of_host())
    if to_read:
        store = ImageStore.open_to_read(root, limits=context.limits)
    else:
        store = ImageStore.create(
            root, limits=context.limits, sleep=_pause_of(context.token), clock=context.clock
        )
    try:
        yield store
    finally:
        store.close()


def pull(
    image: str,
    *,
    platform: Platform | None = None,
    policy: PullPolicy = PullPolicy.ALWAYS,
    options: CopyOptions | None = None,
    discards_unpacked: bool = False,
    limits: LayerLimits | None = None,
    context: Context | None = None,
) -> Pulled:
    """Pull an image into the local store: fetch it, and unpack its layers while they arrive.

    Args:
        image: The image's name.
        platform: The platform that the image must be for. Where there is none, the one that the settings
            wish for is chosen from an index, and an image without an index is taken as it is.
        policy: What to do about an image that is there already.
        options: How many connections, who is told; what is selected and converted is decided here.
        discards_unpacked: Whether layers are thrown away once they are unpacked: the image cannot be pushed
            then, nor saved as it came.
        limits: Bounds of each layer.
        context: Settings, cancelling, limits and warnings.

    Raises:
        Forbidden: The policy in the settings does not accept the image; nothing has been written.
        NotFound: The image is not there, or not for this platform.
        CopyError: Something failed; the name is as it was, and a repeated pull goes on from there.
        Cancelled: The context's token was cancelled.
    """
    origin, context = ImageName.parse(image), context or Context()
    with local_store(context) as store:
        if policy in {PullPolicy.MISSING, PullPolicy.NEVER}:
            present = _present(store, origin)
            if present is not None:
                return Pulled(image=present, result=None)
            if policy is PullPolicy.NEVER:
                raise NotFound(f"{origin}: image not known", name=image, hint="--policy missing pulls it")
        job = _Pull(store, origin, platform, discards_unpacked, limits, context)
        try:
            return job.run(options or CopyOptions())
        except CopyError as error:
            present = _present(store, origin)
            is_away = policy is PullPolicy.NEWER and isinstance(error.__cause__, TransportError)
            if present is None or not is_away:
                raise
            context.warn(f"{error.message}; what is there is used")
            return Pulled(image=present, result=None)


@frozen
class _Pull:
    """A pull that is ready to be done."""

    store: ImageStore
    origin: ImageName
    platform: Platform | None
    discards_unpacked: bool
    limits: LayerLimits | None
    context: Context

    def run(self, options: CopyOptions) -> Pulled:
        with Places(self.context) as places:
            settings = places.settings()
            admission = admit(self.origin, settings)
            source = places.source(self.origin, settings)
            with PullSink(
                self.store,
                source,
                token=places.token,
                pause=_pause_of(places.token),
                discards_unpacked=self.discards_unpacked,
                layer_limits=self.limits,
            ) as sink:
                options = self._chosen(options, sink, settings)
                root = judged(admission, source, places.session(settings), options)
                result = transfer_copy(
                    source, root, sink, names_of(self.origin), options=options, token=places.token
                )
                omissions = sink.omissions
        if self.discards_unpacked:
            self.store.lease.end()
            collect(self.store)
        return _pulled(self.store, result, omissions)

    def _chosen(self, options: CopyOptions, sink: PullSink, settings: Settings) -> CopyOptions:
        wished = self.platform or settings.platform or _USUAL
        named, listener = name_of(self.origin), options.listener

        def listen(event: Event) -> None:
            if isinstance(event, Narrowed) and named is not None:
                sink.also_called(str(named.at(event.index.digest)))
            listener(event)

        if named is not None:
            sink.repository = named
        selection = Instance(wished, is_strict=self.platform is not None)
        return replace(options, selection=selection, listener=listen)


def keep(store: ImageStore, source: Source, names: Sequence[str], token: CancelToken) -> Pulled:
    """Put the one image of a source into a store, unpacked.

    Args:
        store: The store.
        source: Has one image, which is asked for without a name.
        names: Its names in the store.
        token: Stops the work.
    """
    with PullSink(store, source, token=token, pause=_pause_of(token)) as sink:
        result = transfer_copy(source, None, sink, names, options=CopyOptions(), token=token)
        return _pulled(store, result, sink.omissions)


def names_of(origin: ImageName) -> tuple[str, ...]:
    """Return what an image is called in the store: what it is called where it comes from, if that is a name.

    A name in a layout is one if it has a registry.
    """
    if origin.transport == REGISTRY:
        named = name_of(origin)
        return () if named is None or named.tag is None else (str(named.at(named.tag)),)
    if not isinstance(origin.name, str):
        return ()
    try:
        reference = Reference.parse(origin.name)
    except InvalidValue:
        return ()
    is_whole = origin.name.startswith(f"{reference.registry}/")
    return (str(reference.tagged()),) if is_whole and reference.digest is None else ()


def _present(store: ImageStore, origin: ImageName) -> LocalImage | None:
    named = name_of(origin)
    names = [str(named.at(named.target))] if named is not None else list(names_of(origin))
    for name in names:
        found = store.catalogue.named(name)
        if found is not None and (record := store.catalogue.record(found.digest)) is not None:
            return local_image(store, record)
    return None


def _pulled(store: ImageStore, result: CopyResult, omissions: tuple[Omission, ...]) -> Pulled:
    record = store.catalogue.record(result.root.digest)
    assert record is not None
    return Pulled(image=local_image(store, record), result=result, omissions=omissions)


def _pause_of(token: CancelToken) -> Callable[[float], None]:
    def pause(seconds: float) -> None:
        token.wait(seconds)
        token.raise_if_cancelled()

    return pause
