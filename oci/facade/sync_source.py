"""What is synchronised, as people name it, turned into lanes.

====================================  ==================================================================
``docker://HOST/NAME[:TAG|@DIGEST]``  a repository with its tags, or one image of it
``registry:HOST[/PREFIX]``            all repositories of a registry, where it lists them
``oci:DIRECTORY``                     the images of a layout, called ``NAME:TAG`` or ``TAG``
``dir:DIRECTORY``                     the image in a directory, and in those beneath it
``yaml:FILE``                         what a file lists; see `oci.transfer.sync.sync_file`
====================================  ==================================================================
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..content import ListsNames
from ..errors import InvalidReference, InvalidSettings, LimitExceeded, NotFound, Unsupported
from ..frozen import frozen, replace
from ..settings import Security
from ..spec import Reference
from ..spec.reference import DEFAULT_TAG, check_registry
from ..transports.name import REGISTRY, ImageName
from .sync_lane import DIRECTORY, LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..settings import Settings
    from ..transfer.sync import Lane, Pattern, TagFilter
    from ..transfer.sync.sync_file import RegistryPart
    from .place import Context
    from .sync_lane import Maker

MAX_DIRECTORIES: Final = 100_000
"""Images that are looked for beneath one directory."""

_TAGGED: Final = re.compile(r"(.+):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})", re.ASCII)


@frozen(kw_only=True)
class Request:
    """What is asked for besides the source's name.

    Args:
        wanted: Which tags.
        names: Exactly these tags.
        repositories: Patterns, one of which must be found in a repository's name, where there are any.
        without: Patterns that must not be found in it.
    """

    wanted: TagFilter
    names: tuple[str, ...] = ()
    repositories: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()

    def takes(self, repository: str) -> bool:
        """Tell whether a repository is wanted."""
        if self.repositories and not any(pattern.is_in(repository) for pattern in self.repositories):
            return False
        return not any(pattern.is_in(repository) for pattern in self.without)


def lanes_of(
    source: str, maker: Maker, settings: Settings, request: Request, context: Context
) -> Iterable[Lane]:
    """Return the lanes of a source. What can be wrong with its name, or its file, is found out now.

    Args:
        source: The source, in one of the forms above.
        maker: Makes lanes.
        settings: How it is reached.
        request: What is wanted of it.
        context: The clock, and who is warned.

    Raises:
        InvalidReference: The name has none of these forms.
        InvalidSettings: A file cannot be understood.
        NotFound: A directory or a file is not there.
    """
    kind, colon, rest = source.partition(":")
    if not colon:
        kind = ""
    if kind == REGISTRY and rest.startswith("//"):
        reference = Reference.parse(rest[2:])
        names = request.names or None
        return [maker.repository(reference, settings, wanted=request.wanted, names=names)]
    if kind in {"registry", "yaml", LAYOUT, DIRECTORY} and request.names:
        raise Unsupported(f"{source}: tags can be named of one repository; use filters here")
    match kind:
        case "registry":
            return _of_registry(rest.removeprefix("//"), maker, settings, request)
        case "yaml":
            return _of_file(rest, maker, settings, context)
        case "oci":
            return _of_layout(rest, maker, settings, request.wanted)
        case "dir":
            return _of_directory(rest, maker, settings, request.wanted)
    raise InvalidReference(
        f"{source[:80]!a} is not a source",
        hint="write docker://HOST/NAME, registry:HOST, oci:DIRECTORY, dir:DIRECTORY or yaml:FILE",
    )


def _of_registry(text: str, maker: Maker, settings: Settings, request: Request) -> Iterator[Lane]:
    host, _, prefix = text.partition("/")
    check_registry(host)
    beneath = f"{prefix.rstrip('/')}/" if prefix else ""

    def lanes() -> Iterator[Lane]:
        for repository in maker.places.repositories(host, settings):
            if repository.startswith(beneath) and request.takes(repository):
                whole = f"{host}/{repository}"
                # Two repositories may end alike: what is kept is the way from the prefix down.
                kept = whole if maker.destination.scoped else repository.removeprefix(beneath)
                reference = Reference.parse(whole)
                yield maker.repository(reference, settings, kept=kept, wanted=request.wanted)

    return lanes()


def _of_file(path: str, maker: Maker, settings: Settings, context: Context) -> list[Lane]:
    from ..transfer.sync.sync_file import parse_sync_file

    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InvalidSettings(f"{path}: {error.strerror}", path=path) from error
    lanes: list[Lane] = []
    for part in parse_sync_file(raw, path=path, now_s=context.clock()):
        own = _settings_of(part, settings, Path(path).parent)
        if not part.wishes:
            context.warn(f"{path}: {part.registry}: nothing is wanted of it")
        lanes += [
            maker.repository(
                wish.repository, own, wanted=wish.wanted, names=wish.names, selection=wish.selection
            )
            for wish in part.wishes
        ]
    return _kept_apart(lanes)


def _kept_apart(lanes: list[Lane]) -> list[Lane]:
    """Take care that no lane removes what another one has brought to the same place."""
    places = Counter(lane.target(DEFAULT_TAG).place for lane in lanes)
    shared = {place for place, count in places.items() if count > 1}
    return [
        replace(lane, is_mirror=False) if lane.target(DEFAULT_TAG).place in shared else lane for lane in lanes
    ]


def _settings_of(part: RegistryPart, base: Settings, folder: Path) -> Settings:
    settings = base
    if part.credential is not None:
        settings = replace(settings, credential=part.credential, is_anonymous=False)
    if part.tls_verify is not None:
        settings = replace(settings, security=Security.of(tls_verify=part.tls_verify))
    if part.certificate_directory is not None:
        settings = replace(settings, certificate_directory=folder / part.certificate_directory)
    return settings


def _of_layout(path: str, maker: Maker, settings: Settings, wanted: TagFilter) -> list[Lane]:
    source = maker.places.open_source(ImageName(LAYOUT, path), settings)
    try:
        names = list(source.names()) if isinstance(source, ListsNames) else []
    finally:
        source.close()
    if wanted.needs_dates:
        raise Unsupported(f"oci:{path}: filters by date are for registries")
    by_repository: dict[str, dict[str, str]] = {}
    for name in names:
        matched = _TAGGED.fullmatch(name)
        whole, tag = (matched[1], matched[2]) if matched else (posixpath.basename(path.rstrip("/")), name)
        by_repository.setdefault(maker.destination.kept(whole), {})[tag] = name
    lanes = []
    for repository, tags in by_repository.items():
        chosen = wanted.highest(tag for tag in tags if wanted.matches(tag))
        if chosen:
            found = {tag: tags[tag] for tag in chosen}
            lanes.append(maker.layout(path, repository, found, settings, wanted))
    return lanes


def _of_directory(path: str, maker: Maker, settings: Settings, wanted: TagFilter) -> list[Lane]:
    if maker.destination.transport == DIRECTORY:
        raise Unsupported("directories are copied to directories by rsync or cp")
    if not wanted.is_streamable:
        raise Unsupported(f"dir:{path}: the newest, and filters by date, are for registries")
    if not Path(path).is_dir():
        raise NotFound(f"dir:{path}: there is no such directory", name=path)
    lanes = []
    for found in _image_directories(path):
        suffix = posixpath.relpath(found, path)
        whole = posixpath.basename(posixpath.abspath(path)) if suffix == "." else suffix
        # A host is needed to read it as a reference; it is not used.
        called = Reference.parse(f"localhost/{maker.destination.kept(whole)}")
        if wanted.matches(called.tag or DEFAULT_TAG):
            lanes.append(maker.directory(found, called, settings))
    if not lanes:
        raise NotFound(f"dir:{path}: there are no images in it", name=path)
    return lanes


def _image_directories(path: str) -> Iterator[str]:
    count = 0
    for folder, folders, files in os.walk(path):
        folders.sort()
        if "manifest.json" in files:
            # What is beneath an image belongs to it.
            folders.clear()
            count += 1
            if count > MAX_DIRECTORIES:
                raise LimitExceeded(limit="directories", allowed=MAX_DIRECTORIES, where=path)
            yield folder
