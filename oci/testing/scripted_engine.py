"""A container engine for tests: the calls of Docker's Engine API that move images, behind a script.

It keeps what it is given as Docker does: configurations as they are, layers not compressed, no manifests; and
it gives images back as Docker archives. It reads and writes those with the standard library, so that nothing
of ours is tested against itself.

Example:
    >>> with ScriptedEngine() as engine:
    ...     kept = engine.keep(b"{}", (), "localhost/app:1")
    ...     engine.find("localhost/app:1") is kept
    True
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import zstandard

from ..serving import Headers, Response, UnixAddress, json_response, text_response
from .scripted_server import ScriptedServer

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from ..serving import Address, Request

__all__ = ["KeptImage", "ScriptedEngine"]

_MAX_BYTES = 256 * 1024 * 1024
_CALL = re.compile(r"/v[0-9]+\.[0-9]+/images/(?:(?P<name>.+)/)?(?P<what>json|get|load|tag)")
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(slots=True)
class KeptImage:
    """An image as the engine keeps it.

    Args:
        config: The exact bytes of its configuration; their digest is its ID.
        layers: Its layers, not compressed.
        names: What it is called.
    """

    config: bytes
    layers: tuple[bytes, ...]
    names: set[str] = field(default_factory=set)

    @property
    def image_id(self) -> str:
        """Its ID."""
        return _digest(self.config)


class ScriptedEngine(ScriptedServer):
    """An engine on a unix socket, or on loopback; a context manager.

    Args:
        socket: Where it listens: the path of a unix socket, or None for loopback.
        version: The API version that it announces.
        tls: Serve https with this context; on loopback.
    """

    def __init__(
        self, socket: Path | None = None, *, version: str = "1.43", tls: ssl.SSLContext | None = None
    ) -> None:
        address: Address | None = None if socket is None else UnixAddress(socket)
        super().__init__(self._answer_call, tls=tls, address=address)
        self._socket = socket
        self._version = version
        self.images: dict[str, KeptImage] = {}
        """Images by ID."""

    @property
    def daemon_host(self) -> str:
        """The address as ``DOCKER_HOST`` has it."""
        return f"tcp://{self.host}" if self._socket is None else f"unix://{self._socket}"

    def keep(self, config: bytes, layers: tuple[bytes, ...], *names: str) -> KeptImage:
        """Put an image in, as if it had been loaded; a name moves to it.

        Args:
            config: The configuration.
            layers: Its layers, not compressed.
            names: What it is called, with host and tag.
        """
        for other in self.images.values():
            other.names.difference_update(names)
        image = self.images.setdefault(_digest(config), KeptImage(config, layers))
        image.names.update(names)
        return image

    def find(self, name: str) -> KeptImage | None:
        """Look for an image by ID or by name."""
        if name in self.images:
            return self.images[name]
        return next((image for image in self.images.values() if name in image.names), None)

    async def _answer_call(self, request: Request) -> Response:
        if request.path == "/_ping":
            return Response(200, Headers([("Api-Version", self._version)]), b"OK")
        matched = _CALL.fullmatch("/" + "/".join(request.segments))
        if matched is None:
            return json_response(404, {"message": "page not found"})
        if matched["what"] == "load" and request.method == "POST":
            return self._load(await request.body.read(_MAX_BYTES))
        if matched["name"] is None:
            images = self.images.values()
            return json_response(200, [{"Id": i.image_id, "RepoTags": sorted(i.names)} for i in images])
        image = self.find(matched["name"])
        if image is None:
            return json_response(404, {"message": f"No such image: {matched['name']}"})
        return self._about(image, matched["what"], request)

    def _about(self, image: KeptImage, what: str, request: Request) -> Response:
        if what == "tag":
            self.keep(image.config, image.layers, f"{request.query.get('repo')}:{request.query.get('tag')}")
            return Response(201)
        if what == "get":
            return Response(200, Headers([("Content-Type", "application/x-tar")]), _archive(image))
        return json_response(200, _described(image))

    def _load(self, body: bytes) -> Response:
        try:
            loaded = list(_unpacked(body))
        except (tarfile.TarError, KeyError, ValueError, EOFError, OSError) as error:
            # As Docker does it: by now the answer has begun, so that only its body can tell.
            message = f"{type(error).__name__}: {error}"
            return text_response(200, json.dumps({"errorDetail": {"message": message}, "error": message}))
        for config, layers, names in loaded:
            self.keep(config, layers, *names)
        lines = [
            json.dumps({"stream": f"Loaded image: {name}\n"}) for _, _, names in loaded for name in names
        ]
        return Response(
            200, Headers([("Content-Type", "application/json")]), "\r\n".join([*lines, ""]).encode()
        )


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(image: KeptImage) -> dict[str, object]:
    config = json.loads(image.config)
    return {
        "Id": image.image_id,
        "RepoTags": sorted(image.names),
        "Os": config.get("os"),
        "Architecture": config.get("architecture"),
        "RootFS": {"Type": "layers", "Layers": [_digest(layer) for layer in image.layers]},
    }


def _archive(image: KeptImage) -> bytes:
    file = io.BytesIO()
    layers = [(f"{_digest(layer)[7:]}.tar", layer) for layer in image.layers]
    config = f"{image.image_id[7:]}.json"
    manifest = [{"Config": config, "RepoTags": sorted(image.names), "Layers": [name for name, _ in layers]}]
    with tarfile.open(fileobj=file, mode="w") as archive:
        listed = ("manifest.json", json.dumps(manifest).encode())
        for name, content in (*dict(layers).items(), (config, image.config), listed):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _unpacked(body: bytes) -> Any:
    """Yield configuration, layers and names of each image of an archive; raises what tarfile does."""
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as archive:

        def content(name: str) -> bytes:
            file = archive.extractfile(name)
            if file is None:
                raise KeyError(f"{name} is no file")
            return file.read()

        for entry in json.loads(content("manifest.json")):
            config = content(entry["Config"])
            layers = tuple(_expanded(content(name)) for name in entry["Layers"])
            stated = json.loads(config).get("rootfs", {}).get("diff_ids", [])
            if [_digest(layer) for layer in layers] != stated:
                raise ValueError("invalid diffID for a layer")
            yield config, layers, entry.get("RepoTags") or []


def _expanded(layer: bytes) -> bytes:
    if layer.startswith(_GZIP):
        return gzip.decompress(layer)
    if layer.startswith(_ZSTD):
        return zstandard.ZstdDecompressor().decompressobj().decompress(layer)
    return layer
