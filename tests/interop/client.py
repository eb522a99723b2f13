"""The programs of others as one kind of thing: what pushes, pulls, copies and reads an image.

Each method runs the real program. A reference is written ``HOST/NAME:TAG``; an image in a layout is a folder
and a name. Bytes must be kept, so each program is told to keep them where it has a switch for it.
"""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIMEOUT_S = 60


class Program:
    """A program that somebody else wrote, or ours as a user has it.

    Args:
        tool: Finds a program by its name.
        home: An empty folder for the logins and settings of the program.
    """

    name = ""

    def __init__(self, tool: Callable[[str], Path], home: Path) -> None:
        self._path = tool(self.name)
        self._home = home

    def run(self, *arguments: object) -> bytes:
        """Run the program, which has to succeed, and return what it printed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"{self.name} {arguments}: {done.stderr.decode()}"
        return done.stdout

    def attempt(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        """Run the program, which may fail."""
        return self.fed(None, *arguments)

    def fed(self, stdin: IO[bytes] | None, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        """Run the program, which may fail, on a standard input."""
        return subprocess.run(
            [str(self._path), *map(str, arguments)],
            stdin=stdin,
            env={"HOME": str(self._home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )


class Client(Program, ABC):
    """What moves images between layouts and registries."""

    keeps_indexes = True
    names_in_layouts = True

    @abstractmethod
    def push(self, layout: Path, name: str, reference: str) -> None:
        """Copy from a layout to a registry."""

    @abstractmethod
    def pull(self, reference: str, layout: Path, name: str) -> None:
        """Copy from a registry to a layout."""

    @abstractmethod
    def copy(self, source: str, destination: str) -> None:
        """Copy from registry to registry."""


class Reader(Client):
    """What prints manifests besides."""

    @abstractmethod
    def raw(self, reference: str) -> bytes:
        """Fetch a manifest or an index."""


class Crane(Reader):
    """The command of go-containerregistry; plain HTTP on loopback by itself. It names nothing in a layout."""

    name = "crane"
    names_in_layouts = False

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.run("push", layout, reference)

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.run("pull", "--format=oci", reference, layout)

    def copy(self, source: str, destination: str) -> None:
        self.run("copy", source, destination)

    def raw(self, reference: str) -> bytes:
        return self.run("manifest", reference)


class Skopeo(Reader):
    """skopeo, told to keep digests."""

    name = "skopeo"
    _exact = ("--insecure-policy", "copy", "--all", "--preserve-digests")

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.run(*self._exact, "--dest-tls-verify=false", f"oci:{layout}:{name}", f"docker://{reference}")

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.run(*self._exact, "--src-tls-verify=false", f"docker://{reference}", f"oci:{layout}:{name}")

    def copy(self, source: str, destination: str) -> None:
        sides = ("--src-tls-verify=false", "--dest-tls-verify=false")
        self.run(*self._exact, *sides, f"docker://{source}", f"docker://{destination}")

    def raw(self, reference: str) -> bytes:
        return self.run("inspect", "--raw", "--tls-verify=false", f"docker://{reference}")


class ImageCopy(Client):
    """The engine of a newer skopeo; our main function of it copies single images and prints nothing."""

    name = "imagecopy"
    keeps_indexes = False

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.run(f"oci:{layout}:{name}", f"docker://{reference}")

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.run(f"docker://{reference}", f"oci:{layout}:{name}")

    def copy(self, source: str, destination: str) -> None:
        self.run(f"docker://{source}", f"docker://{destination}")


class Regctl(Reader):
    """regclient's command; it is told of plain HTTP host by host."""

    name = "regctl"

    def on(self, reference: str, *arguments: object) -> bytes:
        """Run a command that speaks to the host of a reference."""
        return self.run("--host", f"reg={reference.partition('/')[0]},tls=disabled", *arguments)

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.on(reference, "image", "copy", f"ocidir://{layout}:{name}", reference)

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.on(reference, "image", "copy", reference, f"ocidir://{layout}:{name}")

    def copy(self, source: str, destination: str) -> None:
        self.on(source, "image", "copy", source, destination)

    def raw(self, reference: str) -> bytes:
        return self.on(reference, "manifest", "get", "--format", "raw-body", reference)


class Oras(Reader):
    """oras, told of plain HTTP on each side."""

    name = "oras"

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.run("copy", "--from-oci-layout", f"{layout}:{name}", "--to-plain-http", reference)

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.run("copy", "--from-plain-http", reference, "--to-oci-layout", f"{layout}:{name}")

    def copy(self, source: str, destination: str) -> None:
        self.run("copy", "--from-plain-http", "--to-plain-http", source, destination)

    def raw(self, reference: str) -> bytes:
        return self.run("manifest", "fetch", "--plain-http", reference)


class Ours(Reader):
    """ocitool itself, by the same four verbs."""

    name = "ocitool"
    _plain = ("--src-tls-verify=false", "--dest-tls-verify=false")

    def __init__(self, home: Path) -> None:
        super().__init__(lambda _: home, home)

    def attempt(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "ocitool", *map(str, arguments)],
            env={"HOME": str(self._home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def push(self, layout: Path, name: str, reference: str) -> None:
        self.run("copy", "--all", *self._plain, f"oci:{layout}:{name}", f"docker://{reference}")

    def pull(self, reference: str, layout: Path, name: str) -> None:
        self.run("copy", "--all", *self._plain, f"docker://{reference}", f"oci:{layout}:{name}")

    def copy(self, source: str, destination: str) -> None:
        self.run("copy", "--all", *self._plain, f"docker://{source}", f"docker://{destination}")

    def raw(self, reference: str) -> bytes:
        return self.run("inspect", "--raw", "--tls-verify=false", f"docker://{reference}")
