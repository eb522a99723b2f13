"""The ground on which contestants meet: registries on tmpfs, the image in them, slow links in front."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.bench.contestant import OURS, Place, program
from tests.bench.material import LAYER_BYTES, MANY_TAGS, TAG, write_layout, write_many
from tests.bench.measure import run
from tests.bench.tree import write_tree_layout
from tests.bench.weight import (
    LARGE_FILE_BYTES,
    write_large_file,
    write_layer_with_small_file,
    write_many_files,
)
from tests.integration.tap import Tap
from tests.peers.server import distribution, running

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tests.bench.contestant import Command

MEMORY_DISK = Path("/dev/shm")
DISK = Path("/var/tmp")
REPOSITORY = "bench/image"
REGISTRY = "registry"
"""The newer distribution: Debian's hashes so slowly that every contestant would wait for it alike."""
ROUND_TRIP_MS = 40
LINK_BYTES_PER_S = 20_000_000
SMALL_LAYER_BYTES = (1000,) * 4
"""Layers of an image that costs nothing to move: what is left is the start, and the requests."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """An image that is unpacked.

    Attributes:
        layout: The layout that it is in.
        layers: Its layers there, lowest first.
    """

    layout: Path
    layers: tuple[Path, ...]


class Ground:
    """What is needed is set up when it is first asked for, and taken down at the end.

    Each side has one storage, served over plain HTTP and over TLS by two registries. The image is put
    into the source's once; the destination's is emptied before each run.
    """

    def __init__(self, layer_bytes: tuple[int, ...] = LAYER_BYTES) -> None:
        self._layer_bytes = layer_bytes
        self._registries: list[int] = []
        self._stack = ExitStack()
        self._folder = Path()

    def __enter__(self) -> Self:
        folder = tempfile.mkdtemp(prefix="ocitool-bench-", dir=MEMORY_DISK)
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self._folder = Path(folder)
        (self._folder / "home").mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def scale(self) -> float:
        """What the layers are stretched by."""
        return sum(self._layer_bytes) / sum(LAYER_BYTES)

    @property
    def log(self) -> Path:
        """Where the last contestant's output is."""
        return self._folder / "log"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a contestant: a path, an empty home, nobody's settings."""
        return {"PATH": os.environ["PATH"], "HOME": str(self._folder / "home"), "LANG": "C.UTF-8"}

    @property
    def image(self) -> str:
        """The image in a few words, for titles."""
        return f"{len(self._layer_bytes)} layers, {sum(self._layer_bytes) / 1e6:.0f} MB"

    @property
    def registries(self) -> tuple[int, ...]:
        """The processes of all registries that are running."""
        return tuple(self._registries)

    @cached_property
    def source(self) -> Place:
        """The image in a registry, over plain HTTP."""
        return self._image("source", self._layer_bytes)

    @cached_property
    def small_source(self) -> Place:
        """An image that weighs nothing in a registry, over plain HTTP."""
        return self.small_image("small-source")

    def small_image(self, name: str) -> Place:
        """Put an image that weighs nothing into a registry of its own, over plain HTTP."""
        return self._image(name, SMALL_LAYER_BYTES)

    @property
    def public_key(self) -> Path:
        """The file for the key that images are signed with."""
        return self._folder / "signer.pub"

    @cached_property
    def destination(self) -> Place:
        """A registry to copy to, over plain HTTP."""
        (self._folder / "destination").mkdir()
        return _repository("http", self._registry(self._folder / "destination"))

    @cached_property
    def source_over_tls(self) -> Place:
        """The same storage as `source`, over TLS."""
        return self._over_tls(self.source, self._folder / "source")

    @cached_property
    def destination_over_tls(self) -> Place:
        """The same storage as `destination`, over TLS."""
        return self._over_tls(self.destination, self._folder / "destination")

    @cached_property
    def many(self) -> Place:
        """A repository of thirty small images behind the slow link."""
        layout = self._folder / "many-images"
        write_many(layout)
        return self.behind_link(self._filled(layout, [f"v1.{number}" for number in range(MANY_TAGS)]))

    @cached_property
    def thousands(self) -> Place:
        """A repository of three thousand tags, near by."""
        layout = self._folder / "thousands-of-images"
        write_many(layout)
        tags = [f"v1.{number}" for number in range(MANY_TAGS)]
        return self._filled(layout, tags, more=[str(number) for number in range(100)])

    @cached_property
    def large(self) -> Place:
        """A repository of one image with 64 layers of 16 MB, near by."""
        layout = self._folder / "large-image"
        write_layout(layout, (16_000_000,) * 64)
        return self._filled(layout, [TAG])

    def _filled(self, layout: Path, tags: Sequence[str], *, more: Sequence[str] = ()) -> Place:
        """Start a registry with the images of a layout, each under its own tag and further ones."""
        storage = self._folder / f"{layout.name}-stored"
        storage.mkdir()
        place = _repository("http", self._registry(storage))
        for tag in tags:
            further = [word for name in more for word in ("--additional-tag", f"{tag}-{name}")]
            names = f"oci:{layout}:{tag}", f"docker://{place.name}:{tag}"
            push: Command = [program(OURS), "copy", "-q", "--dest-tls-verify=false", *further, *names]
            run(push, self.environment, self.log)
        shutil.rmtree(layout)
        return place

    @cached_property
    def slow_source(self) -> Place:
        """`source` behind the slow link."""
        return self.behind_link(self.source)

    @cached_property
    def slow_destination(self) -> Place:
        """`destination` behind the slow link."""
        return self.behind_link(self.destination)

    @property
    def layout(self) -> Place:
        """A layout to copy to."""
        return Place(kind="layout", name=str(self._folder / "layout"), tag=TAG)

    @cached_property
    def tree(self) -> Tree:
        """An image to be unpacked, in a layout."""
        folder = self._folder / "tree"
        return Tree(layout=folder, layers=tuple(write_tree_layout(folder, self.scale)))

    @property
    def rootfs(self) -> Path:
        """Where an image is unpacked to."""
        return self._folder / "rootfs"

    @cached_property
    def rootfs_on_disk(self) -> Path:
        """The same on the disk."""
        folder = tempfile.mkdtemp(prefix="ocitool-bench-", dir=DISK)
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder) / "rootfs"

    def many_files(self, entries: int) -> Path:
        """An image of one layer of tiny files, in a layout."""
        folder = self._folder / f"files-{entries}"
        if not folder.exists():
            write_many_files(folder, entries)
        return folder

    @cached_property
    def large_file(self) -> Path:
        """An image of one file of ten gigabytes, in a layout."""
        folder = self._folder / "large-file"
        write_large_file(folder, int(LARGE_FILE_BYTES * self.scale))
        return folder

    @cached_property
    def seekable(self) -> Tap:
        """A registry with an image of one eStargz layer, behind a forwarder that counts."""
        layout, storage = self._folder / "seekable-image", self._folder / "seekable"
        write_layer_with_small_file(layout, self.scale)
        storage.mkdir()
        place = _repository("http", self._registry(storage))
        convert = "--dest-compress-format=estargz", "--dest-force-compress-format"
        names = f"oci:{layout}:{TAG}", place.reference
        push: Command = [program(OURS), "--insecure-policy", "copy", "-q", "--dest-tls-verify=false"]
        run([*push, *convert, *names], self.environment, self.log)
        shutil.rmtree(layout)
        return self._stack.enter_context(Tap(place.name.partition("/")[0]))

    @cached_property
    def tree_in_registry(self) -> Place:
        """The image to be unpacked, in a registry near by."""
        layout = self._folder / "tree-image"
        shutil.copytree(self.tree.layout, layout, copy_function=os.link)
        return self._filled(layout, [TAG])

    def clear(self) -> None:
        """Empty all destinations, as before every run."""
        shutil.rmtree(self.rootfs, ignore_errors=True)
        if "rootfs_on_disk" in self.__dict__:
            shutil.rmtree(self.rootfs_on_disk, ignore_errors=True)
        shutil.rmtree(self._folder / "layout", ignore_errors=True)
        shutil.rmtree(self._folder / "destination" / "storage", ignore_errors=True)
        shutil.rmtree(self._folder / "home")
        (self._folder / "home").mkdir()

    def behind_link(self, place: Place) -> Place:
        """Put a slow link in front of a registry."""
        target = place.name.partition("/")[0]
        address = self.link_to(target, f"-rtt={ROUND_TRIP_MS}ms", f"-rate={LINK_BYTES_PER_S}")
        return _repository(place.kind, address)

    def link_to(self, target: str, *options: str) -> str:
        """Start a link to an address.

        Returns:
            The address of its near end.
        """
        command: Command = [program("slowlink"), f"-target={target}", *options]
        return self._stack.enter_context(running(command)).address

    def _image(self, name: str, layer_bytes: tuple[int, ...]) -> Place:
        layout, storage = self._folder / f"{name}-image", self._folder / name
        write_layout(layout, layer_bytes)
        storage.mkdir()
        place = _repository("http", self._registry(storage))
        run([program("crane"), "push", "--insecure", layout, place.bare], self.environment, self.log)
        shutil.rmtree(layout)
        return place

    def _over_tls(self, plain: Place, folder: Path) -> Place:
        address = self._registry(folder, tls=write_certificate(self._folder))
        return replace(plain, kind="https", name=f"{address}/{REPOSITORY}")

    def _registry(self, folder: Path, tls: tuple[Path, Path] | None = None) -> str:
        server = self._stack.enter_context(distribution(program(REGISTRY), folder, tls=tls))
        self._registries.append(server.process.pid)
        return server.address


def _repository(kind: str, address: str) -> Place:
    return Place(kind=kind, name=f"{address}/{REPOSITORY}", tag=TAG)


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1, good for one day, and its key.

    Returns:
        The paths of the certificate and of the key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(hours=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = folder / "host.pem", folder / "host.key"
    pair[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pair[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pair
