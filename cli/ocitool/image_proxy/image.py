"""An image that a client has opened: its documents in OCI's form, its layers, its blobs.

Clients of the protocol know OCI only, so a Docker manifest is translated: media types change, and the
config is the one that ``GetFullConfig`` delivers. Layers are the same bytes, and keep their digests.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from oci.content import VerifiedReader
from oci.content.image_config import read_config
from oci.errors import InvalidValue, NotFound, UnsupportedMediaType
from oci.facade.admission import admit
from oci.facade.inspection import Inspection, find_manifest
from oci.facade.place import Places
from oci.frozen import replace
from oci.spec import Descriptor, Platform, media_type
from oci.transfer.root import Root
from oci.transfer.steady import SteadyStream
from oci.transports.name import ImageName

from ..go_json import encode
from ..go_value import Field, Struct
from ..view.image_config import config_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci import Context
    from oci.content import CancelToken
    from oci.spec import Digest, Manifest

_USUAL: Final = Platform("linux", "amd64")
_UNKNOWN: Final = "application/octet-stream"
_OCI_TYPES: Final = {
    media_type.DOCKER_LAYER: media_type.OCI_LAYER,
    media_type.DOCKER_LAYER_GZIP: media_type.OCI_LAYER_GZIP,
    media_type.DOCKER_LAYER_FOREIGN: media_type.OCI_LAYER_NONDISTRIBUTABLE,
    f"{media_type.DOCKER_LAYER_FOREIGN}.gzip": f"{media_type.OCI_LAYER_NONDISTRIBUTABLE}+gzip",
}


class OpenImage:
    """An image, held open until the client closes it; a context manager is of no use to it.

    Args:
        name: The image's name, with its transport.
        context: Settings, limits and warnings. Its token's child is what the work on this image hangs on.

    Raises:
        NotFound: There is no such image.
    """

    def __init__(self, name: str, context: Context) -> None:
        self.token: CancelToken = context.token.child()
        self._context = replace(context, token=self.token)
        self._places = Places(self._context)
        try:
            parsed = ImageName.parse(name)
            settings = self._places.settings()
            admission = admit(parsed, settings)
            self._source = self._places.source(parsed)
            self._root = self._source.open(parsed.name)
            judge = admission.judge(self._source, self._places.session(settings))
            if judge is not None:
                judge(Root(self._root))
        except BaseException:
            self._places.close()
            raise

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest of the image for the platform that is wished for."""
        wished = self._places.settings().platform or _USUAL
        return find_manifest(self._source, self._root, wished, limits=self._context.limits)

    @cached_property
    def config(self) -> bytes:
        """The config with the members that OCI knows, in OCI's order."""
        return encode(self._config_view).encode()

    @property
    def execution(self) -> bytes:
        """The part of the config that says how to run the image."""
        (part,) = (field.value for field in self._config_view.fields if field.name == "Config")
        return encode(part).encode()

    @property
    def layers(self) -> Sequence[Descriptor]:
        """The layers, lowest first."""
        return self.manifest.layers

    def oci_manifest(self) -> bytes:
        """Return the manifest as OCI writes one: the bytes that are there, if they are OCI's already."""
        manifest = self.manifest
        if manifest.media_type == media_type.OCI_MANIFEST:
            return manifest.raw
        if manifest.media_type != media_type.DOCKER_MANIFEST:
            raise UnsupportedMediaType(
                f"unsupported manifest media type {manifest.media_type}", media_type=manifest.media_type
            )
        config = Descriptor.of(self.config, media_type.OCI_CONFIG)
        layers = [_link(replace(layer, media_type=_oci_type(layer))) for layer in manifest.layers]
        return encode(
            Struct(
                "v1.Manifest",
                (
                    Field("SchemaVersion", 2, "schemaVersion"),
                    Field("MediaType", media_type.OCI_MANIFEST, "mediaType"),
                    Field("Config", _link(config), "config"),
                    Field("Layers", layers, "layers"),
                ),
            )
        ).encode()

    def find(self, digest: Digest) -> Descriptor:
        """Return the link to one of the image's blobs.

        Raises:
            NotFound: The image has none with this digest.
        """
        for link in self.manifest.children:
            if link.digest == digest:
                return link
        raise NotFound(f"{self._source.label}: {digest} is no blob of this image", name=str(digest))

    def blob(self, digest: Digest, size_bytes: int) -> Descriptor:
        """Return the link to a blob of which the client knows the size.

        Raises:
            InvalidValue: It is of another size.
        """
        known = next((link for link in self.manifest.children if link.digest == digest), None)
        if known is None:
            return Descriptor(media_type=_UNKNOWN, digest=digest, size=size_bytes)
        if known.size != size_bytes:
            raise InvalidValue(f"{digest} has {known.size} bytes, not {size_bytes}")
        return known

    def read(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob; it is fetched in pieces where connections break.

        Raises:
            NotFound: It is not there.
        """
        stream = SteadyStream(self._source, descriptor, token=self.token)
        return VerifiedReader(stream, descriptor, where=self._source.label)

    def close(self) -> None:
        """Stop all work on the image and let go of it."""
        self.token.cancel()
        self._places.close()

    @cached_property
    def _config_view(self) -> Struct:
        return config_view(
            Inspection(
                name="",
                tag="",
                root=self._root,
                manifest=self.manifest,
                config=read_config(self._source, self.manifest, limits=self._context.limits),
            )
        )


def _oci_type(layer: Descriptor) -> str:
    return _OCI_TYPES.get(layer.media_type, layer.media_type)


def _link(descriptor: Descriptor) -> Struct:
    return Struct(
        "v1.Descriptor",
        (
            Field("MediaType", descriptor.media_type, "mediaType"),
            Field("Digest", str(descriptor.digest), "digest"),
            Field("Size", descriptor.size, "size"),
            Field("URLs", list(descriptor.urls), "urls", omit_empty=True),
        ),
    )
