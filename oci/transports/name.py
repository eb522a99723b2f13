r"""Image names as people write them: a transport, a place, and which image there.

==============================  =====================================================================
``host/repo:tag``, ``repo``     an image in a registry, as Docker reads it
``docker://host/repo:tag``      the same
``oci:DIR``, ``oci:DIR:NAME``   an image layout: its only image, or the one of that name
``oci-archive:FILE[:NAME]``     the same, in a tar file
``docker-archive:FILE[:REF]``   an image in an archive of ``docker save``
``dir:DIR``                     the only image in a directory of skopeo's format
``docker-daemon:NAME[:TAG]``    an image in a container engine, by its name or, to read, by its ID
``store:NAME[:TAG]``            an image in the local store, by its name
``...:@N``, ``...@N``           the entry at a position, counted from 0; to read only
``...@sha256:HEX``              the document with a digest
==============================  =====================================================================

The whole rest of a ``dir:`` name is its path, as it is for skopeo, which makes directories called
``app:1.0``. Any other path ends at its first colon; a path with a colon in it can be opened from Python
(`LayoutStore.at`), not written here. Two exceptions: ``C:\`` or ``C:/`` at the beginning is a Windows drive,
since no name begins with a slash, and a trailing colon (``oci:dir@1:``) ends a path that looks as
if it had a position.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidReference
from ..frozen import frozen
from ..spec import Digest, Reference

if TYPE_CHECKING:
    from ..content import Name

REGISTRY: Final = "docker"
"""The transport of a name without a prefix."""

DIRECTORY: Final = "dir"
"""The transport of image directories."""

LAYOUT: Final = "oci"
"""The transport of image layouts."""

PATH_TRANSPORTS: Final = ("oci", "oci-archive", "docker-archive", "dir")
"""Transports whose places are paths."""

_NAMELESS: Final = frozenset({"dir"})
"""Those of them whose places hold one image, without a name."""

DAEMON: Final = "docker-daemon"
"""The transport of images in a container engine, whose names are references."""

STORE: Final = "store"
"""The transport of images in the local store, whose names are references too."""

ELSEWHERE: Final = {
    "atomic": "OpenShift's own registry is a registry like any other: docker://HOST/NAME",
    "containers-storage": (
        "hand the image over in an archive: podman save --format oci-archive -o FILE NAME, then "
        "oci-archive:FILE; and back with podman load -i FILE"
    ),
    "ostree": "containers/image has dropped it too: commit the unpacked image with ostree's own tools",
    "sif": "let Singularity or Apptainer pull the image itself: apptainer pull docker://HOST/NAME",
    "tarball": "build an image of the files first, with buildah or with podman import",
}
"""Prefixes that mean a transport to other tools, or will to this one, and what to do instead.

None of them is ever taken for an image that is called so.
"""

_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_AT_DIGEST: Final = re.compile(r"(.*?):?@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})", re.ASCII | re.DOTALL)
_IMAGE_ID: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_AT_POSITION: Final = re.compile(r"(.*)@([0-9]{1,9})", re.ASCII | re.DOTALL)


@frozen
class ImageName:
    """A transport, a place, and which image there.

    Args:
        transport: ``docker``, ``oci``, ...
        location: The place: ``host/repository`` or a path.
        name: What to ask the place for: a name, ``@N``, a digest, or None for its only image.
        names: What an image written there is called.
    """

    transport: str
    location: str
    name: Name = None
    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ImageName:
        """Read a name.

        Raises:
            InvalidReference: It has none of the forms above.
            InvalidDigest: The part after ``@`` is no digest.
        """
        prefix, colon, details = text.partition(":")
        if colon and prefix in PATH_TRANSPORTS:
            return cls._of_path(prefix, details)
        if colon and prefix == DAEMON:
            return cls._of_daemon(details)
        if colon and prefix == STORE and not details.startswith("//"):
            return cls._of_store(details)
        has_slashes = details.startswith("//")
        if (has_slashes and prefix != REGISTRY) or (colon and not has_slashes and prefix in ELSEWHERE):
            hint = ELSEWHERE.get(prefix) or f"write {_forms()}"
            raise InvalidReference(f"transport {prefix[:40]!a} is not supported", hint=hint)
        try:
            return cls.of_reference(Reference.parse(details[2:] if has_slashes else text))
        except InvalidReference as error:
            raise InvalidReference(error.message, hint=error.hint or f"write {_forms()}") from error

    @classmethod
    def of_reference(cls, reference: Reference) -> ImageName:
        """Return the name of an image in a registry; without tag and digest it is ``latest``."""
        reference = reference.tagged()
        names = (reference.tag,) if reference.tag is not None else ()
        return cls(REGISTRY, reference.name, reference.target, names)

    @classmethod
    def _of_path(cls, transport: str, details: str) -> ImageName:
        path, name = (details, None) if transport in _NAMELESS else _split(details)
        if not path or "\0" in path:
            raise InvalidReference(f"{transport}:{details[:80]!a} has no path", hint=f"write {_forms()}")
        names = (name,) if isinstance(name, str) and not name.startswith("@") else ()
        return cls(transport, path, name, names)

    @classmethod
    def _of_daemon(cls, details: str) -> ImageName:
        if not details:
            return cls(DAEMON, "")
        if _IMAGE_ID.fullmatch(details):
            return cls(DAEMON, "", details)
        if details.startswith("sha256:"):
            # A repository of this name would be hard to tell from an ID that lacks some digits.
            raise InvalidReference(
                f"{details[:80]!a} is no image ID: it has 64 hexadecimal digits", hint=f"write {_forms()}"
            )
        reference = Reference.parse(details).tagged()
        if reference.digest is not None:
            return cls(DAEMON, "", str(reference.at(reference.digest)))
        return cls(DAEMON, "", str(reference), (str(reference),))

    @classmethod
    def _of_store(cls, details: str) -> ImageName:
        if not details:
            return cls(STORE, "")
        if details.startswith("@"):
            return cls(STORE, "", Digest.parse(details[1:]))
        reference = Reference.parse(details).tagged()
        if reference.digest is not None:
            reference = reference.at(reference.digest)
        return cls(STORE, "", str(reference), (str(reference),))

    def __str__(self) -> str:
        if self.transport in {DAEMON, STORE}:
            return f"{self.transport}:{'@' if isinstance(self.name, Digest) else ''}{self.name or ''}"
        if self.transport == REGISTRY:
            tag = "".join(f":{name}" for name in self.names)
            digest = f"@{self.name}" if isinstance(self.name, Digest) else ""
            return f"{REGISTRY}://{self.location}{tag}{digest}"
        if isinstance(self.name, Digest):
            return f"{self.transport}:{self.location}@{self.name}"
        if self.transport in _NAMELESS:
            return f"{self.transport}:{self.location}"
        if self.name is None:
            end = ":" if _AT_POSITION.fullmatch(self.location) else ""
            return f"{self.transport}:{self.location}{end}"
        return f"{self.transport}:{self.location}:{self.name}"


def _split(details: str) -> tuple[str, Name]:
    start = 2 if _DRIVE.match(details) else 0
    matched = _AT_DIGEST.fullmatch(details)
    if matched and ":" not in matched[1][start:]:
        return matched[1], Digest.parse(matched[2])
    end = details.find(":", start)
    if end >= 0:
        return details[:end], details[end + 1 :] or None
    if matched := _AT_POSITION.fullmatch(details):
        return matched[1], f"@{int(matched[2])}"
    return details, None


def _forms() -> str:
    paths = ", ".join(
        f"{transport}:PATH{'' if transport in _NAMELESS else '[:NAME]'}" for transport in PATH_TRANSPORTS
    )
    return (
        f"{REGISTRY}://HOST/NAME[:TAG], {paths}, {DAEMON}:NAME[:TAG], {STORE}:NAME[:TAG], or HOST/NAME[:TAG]"
    )
