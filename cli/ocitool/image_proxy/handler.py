"""The methods of the protocol, one function each; what they share is the images and pipes that are open."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from oci.errors import Cancelled, InvalidValue, LimitExceeded, NotFound, OciError

from .image import OpenImage
from .message import VERSION, Reply, Request, problem, refusal
from .outlet import Delivery, Outlet

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from oci import Context
    from oci.content import VerifiedReader

MAX_IMAGES: Final = 1000
"""Images that a client may have open at once."""

MAX_PIPES: Final = 1000
"""Pipes that it may have open at once."""

_PIECE_BYTES: Final = 256 * 1024
_NO_IMAGE: Final = 0


class Handler:
    """Answers the requests of one client, one at a time; a context manager that ends all work.

    Args:
        context: What images are opened with.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._is_initialized = False
        self._images: dict[int, OpenImage] = {}
        self._pipes: dict[int, tuple[Outlet, Delivery]] = {}
        self._raw: list[Delivery] = []
        self._last_image = 0
        self._last_pipe = 0
        self._methods: dict[str, tuple[int, Callable[[Request], Reply]]] = {
            "Initialize": (0, self._initialize),
            "OpenImage": (1, self._open_image),
            "OpenImageOptional": (1, self._open_image_optional),
            "CloseImage": (1, self._close_image),
            "GetManifest": (1, self._get_manifest),
            "GetFullConfig": (1, self._get_full_config),
            "GetConfig": (1, self._get_config),
            "GetBlob": (3, self._get_blob),
            "GetRawBlob": (2, self._get_raw_blob),
            "GetLayerInfo": (1, self._get_layer_info),
            "GetLayerInfoPiped": (1, self._get_layer_info_piped),
            "FinishPipe": (1, self._finish_pipe),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for image in self._images.values():
            image.close()
        for outlet, delivery in self._pipes.values():
            delivery.outcome()
            outlet.close()
        for delivery in self._raw:
            delivery.outcome()

    def answer(self, packet: bytes) -> tuple[bytes, tuple[int, ...]] | None:
        """Do what a request asks for.

        Args:
            packet: The request.

        Returns:
            The reply and the descriptors to be passed with it, or None when the client has had enough.
        """
        try:
            request = Request.parse(packet)
            if request.method == "Shutdown":
                return None
            reply = self._call(request)
        except (OciError, OSError) as error:
            return refusal(error), ()
        return reply.packet(), tuple(reply.descriptors)

    def _call(self, request: Request) -> Reply:
        count, method = self._methods.get(request.method, (0, None))
        if method is None:
            raise InvalidValue(f"unknown method: {request.method[:80]}")
        if not self._is_initialized and request.method != "Initialize":
            raise InvalidValue("client error: must invoke Initialize")
        request.expect(count)
        return method(request)

    def _initialize(self, _request: Request) -> Reply:
        if self._is_initialized:
            raise InvalidValue("already initialized")
        self._is_initialized = True
        return Reply(value=VERSION)

    def _open_image(self, request: Request) -> Reply:
        if len(self._images) >= MAX_IMAGES:
            raise LimitExceeded(limit="open images", allowed=MAX_IMAGES, where="image proxy")
        image = OpenImage(request.text(0), self._context)
        self._last_image += 1
        self._images[self._last_image] = image
        return Reply(value=self._last_image)

    def _open_image_optional(self, request: Request) -> Reply:
        try:
            return self._open_image(request)
        except NotFound:
            return Reply(value=_NO_IMAGE)

    def _close_image(self, request: Request) -> Reply:
        self._image(request).close()
        del self._images[request.number(0)]
        return Reply()

    def _get_manifest(self, request: Request) -> Reply:
        image = self._image(request)
        content = image.oci_manifest()
        return self._piped(image, content, value=str(image.manifest.digest))

    def _get_full_config(self, request: Request) -> Reply:
        image = self._image(request)
        return self._piped(image, image.config)

    def _get_config(self, request: Request) -> Reply:
        image = self._image(request)
        return self._piped(image, image.execution)

    def _get_blob(self, request: Request) -> Reply:
        image = self._image(request)
        descriptor = image.blob(request.digest(1), request.number(2))
        reader = image.read(descriptor)
        try:
            outlet = self._outlet(image)
        except BaseException:
            reader.close()
            raise
        return self._delivered(outlet, partial(_pour, reader, outlet), value=descriptor.size)

    def _get_raw_blob(self, request: Request) -> Reply:
        image = self._image(request)
        descriptor = image.find(request.digest(1))
        reader = image.read(descriptor)
        outlets: list[Outlet] = []
        try:
            outlets.append(self._outlet(image))
            outlets.append(self._outlet(image))
        except BaseException:
            reader.close()
            for outlet in outlets:
                outlet.discard()
            raise
        content, report = outlets
        self._raw.append(Delivery(partial(_pour_and_tell, reader, content, report)))
        return Reply(value=descriptor.size, descriptors=(content.reading, report.reading))

    def _get_layer_info(self, request: Request) -> Reply:
        reply = Reply(value=_layer_info(self._image(request)))
        try:
            reply.packet()
        except LimitExceeded as error:
            raise InvalidValue(
                "the list of layers is too large for a packet: call GetLayerInfoPiped"
            ) from error
        return reply

    def _get_layer_info_piped(self, request: Request) -> Reply:
        image = self._image(request)
        return self._piped(image, json.dumps(_layer_info(image), separators=(",", ":")).encode())

    def _finish_pipe(self, request: Request) -> Reply:
        number = request.number(0)
        if number not in self._pipes:
            raise InvalidValue(f"FinishPipe: there is no pipe {number}")
        outlet, delivery = self._pipes.pop(number)
        failure = delivery.outcome()
        # Only now, so that a client cannot take the end of the pipe for the end of a sound blob.
        outlet.close()
        if failure is not None:
            raise failure
        return Reply()

    def _image(self, request: Request) -> OpenImage:
        number = request.number(0)
        if number not in self._images:
            raise InvalidValue(f"{request.method}: there is no image {number}")
        return self._images[number]

    def _piped(self, image: OpenImage, content: bytes, *, value: object = None) -> Reply:
        outlet = self._outlet(image)
        return self._delivered(outlet, partial(outlet.write, memoryview(content)), value=value)

    def _delivered(self, outlet: Outlet, work: Callable[[], None], *, value: object) -> Reply:
        self._last_pipe += 1
        self._pipes[self._last_pipe] = (outlet, Delivery(work))
        return Reply(value=value, pipe=self._last_pipe, descriptors=(outlet.reading,))

    def _outlet(self, image: OpenImage) -> Outlet:
        self._raw = [delivery for delivery in self._raw if not delivery.is_done]
        if len(self._pipes) + len(self._raw) >= MAX_PIPES:
            raise LimitExceeded(limit="open pipes", allowed=MAX_PIPES, where="image proxy")
        return Outlet(image.token)


def _layer_info(image: OpenImage) -> list[dict[str, object]]:
    return [
        {"digest": str(layer.digest), "size": layer.size, "media_type": layer.media_type}
        for layer in image.layers
    ]


def _pour(reader: VerifiedReader, outlet: Outlet) -> None:
    """Write a blob into a pipe; ends well only if it was the one asked for."""
    buffer = memoryview(bytearray(_PIECE_BYTES))
    with reader:
        while count := reader.readinto(buffer):
            outlet.write(buffer[:count])


def _pour_and_tell(reader: VerifiedReader, content: Outlet, report: Outlet) -> None:
    """Write a blob into one pipe, and into another what went wrong; close both."""
    try:
        _pour(reader, content)
    except (OciError, OSError) as error:
        with suppress(OSError, Cancelled):
            report.write(memoryview(problem(error)))
    finally:
        report.close()
        content.close()
