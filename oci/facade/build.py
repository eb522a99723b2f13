"""Building an image in a few calls: from nothing or from another one, layer by layer, to any place."""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..compression import DETECTION_BYTES, Compression, detect, expanded
from ..errors import StorageError
from ..images import Base, ConfigChanges, Draft
from ..images.draft import CONFIGURED
from ..layers import Branch, LayerWriter, Other, changes_of_upper, differences
from ..tar import Header
from ..transfer import CopyOptions, LayerForm
from ..transports.name import ImageName
from .place import Context, Places
from .transfer import deliver, prepared
from .unpack import USUAL_PLATFORM, open_image, usual_ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..images import Draft as _Draft
    from ..images import DraftSource
    from ..images.draft import DraftLayer
    from ..layers import Change, Omission, Ownership
    from ..settings import Settings
    from ..spec import Platform
    from ..transfer import CopyResult

_FILE_MODE = 0o644


class Build:
    """An image in the making; `build` makes one.

    Layers come on top of each other in the order in which they are added. Of equal trees they are equal
    bytes, where times are bounded (`Settings.latest_s`, SOURCE_DATE_EPOCH).
    """

    def __init__(self, draft: _Draft, places: Places, settings: Settings, now_s: int) -> None:
        self._draft = draft
        self._places = places
        self._settings = settings
        self._now_s = now_s
        self._changes: ConfigChanges | None = None
        self._configured = CONFIGURED
        self._omissions: list[Omission] = []

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What was left out of the layers, and why."""
        return tuple(self._omissions)

    def add_tree(
        self,
        directory: str | os.PathLike[str],
        *,
        at: str = "/",
        ownership: Ownership | None = None,
        created_by: str = "",
    ) -> DraftLayer:
        """Add a directory with all that is in it as a layer.

        Args:
            directory: The directory. Its own mode, owner and times are taken only for ``at``: nothing is said
                of the image's root.
            at: Where in the image its content goes.
            ownership: How owners become owners in the image; None to give everything to root.
            created_by: What the history says; an empty text says what was done.
        """
        is_root = not at.strip("/")

        def changes(branch: Branch) -> Iterator[Change]:
            return (each for each in differences(None, branch) if each.path or not is_root)

        said = created_by or f"add {Path(directory).name} at {at}"
        return self._add([(Path(directory), changes)], said, ownership or _of_root(), prefix=at)

    def add_files(
        self, files: Mapping[str, bytes], *, mode: int = _FILE_MODE, created_by: str = ""
    ) -> DraftLayer:
        """Add some files, which belong to root, as a layer.

        Args:
            files: Contents by path.
            mode: Permission bits.
            created_by: What the history says; an empty text says what was done.
        """

        def write(take: Callable[[bytes], object]) -> None:
            writer = self._writer(take, _of_root())
            for path, content in sorted(files.items()):
                writer.add(Header(path.strip("/"), mode=mode, modified_s=self._now_s), content)
            writer.finish()

        return self._draft.add_layer(write, created_by or f"add {shlex.join(sorted(files))}"[:1000])

    def add_difference(
        self,
        before: str | os.PathLike[str],
        after: str | os.PathLike[str],
        *,
        ownership: Ownership | None = None,
        created_by: str = "",
    ) -> DraftLayer:
        """Add what differs between two trees as a layer; see `oci.layers.differences`."""
        with _opened(Path(before)) as lower:
            return self._add(
                [(Path(after), lambda upper: differences(Other(lower, upper), upper))],
                created_by or f"changes of {Path(after).name}",
                ownership or usual_ownership(),
            )

    def add_upper(
        self, directory: str | os.PathLike[str], *, ownership: Ownership | None = None, created_by: str = ""
    ) -> DraftLayer:
        """Add the upper directory of an overlay as a layer; see `oci.layers.changes_of_upper`."""
        return self._add(
            [(Path(directory), changes_of_upper)],
            created_by or f"changes of {Path(directory).name}",
            ownership or usual_ownership(),
        )

    def add_changes(
        self,
        tree: str | os.PathLike[str],
        changes: Callable[[Branch], Iterable[Change]],
        *,
        ownership: Ownership,
        created_by: str,
    ) -> DraftLayer:
        """Add changes of a tree, found in any way, as a layer."""
        return self._add([(Path(tree), changes)], created_by, ownership)

    def add_archive(
        self, read: Callable[[int], bytes], *, created_by: str = "", comment: str = "", where: str = "archive"
    ) -> DraftLayer:
        """Add an archive as it is as a layer; a compressed one is expanded, whatever it is compressed with.

        What is in it is looked at by whoever unpacks the layer.

        Args:
            read: Reads up to as many bytes as asked for; nothing only at the end.
            created_by: What the history says.
            comment: What else it says.
            where: What the archive is, for error messages.

        Raises:
            InvalidDocument: The compressed data is damaged.
        """

        def write(take: Callable[[bytes], object]) -> None:
            beginning = b""
            while len(beginning) < DETECTION_BYTES and (piece := read(DETECTION_BYTES - len(beginning))):
                beginning += piece
            held = iter((beginning,) if beginning else ())
            for expanded_piece in expanded(
                lambda size: next(held, b"") or read(size), detect(beginning), where=where
            ):
                take(expanded_piece)

        return self._draft.add_layer(write, created_by or f"add {where}", comment)

    def configure(self, changes: ConfigChanges, *, created_by: str = CONFIGURED) -> None:
        """Say what the configuration says that the base's does not; the last call counts.

        Args:
            changes: What it says.
            created_by: What the history says of that; empty for nothing.
        """
        self._changes, self._configured = changes, created_by

    def seal(self) -> DraftSource:
        """Return a source that holds the image alone, without a name; good as long as this is.

        Raises:
            InvalidDocument: The base's configuration is malformed.
        """
        return self._draft.seal(self._changes, self._configured)

    def push(self, destination: str, *, options: CopyOptions | None = None) -> CopyResult:
        """Write the image to a place.

        Args:
            destination: The place, and what it is called there, as for `oci.copy`.
            options: How to copy.

        Returns:
            What was moved, and what the name stands for now.

        Raises:
            CopyError: Something failed; the name is as it was.
        """
        target = ImageName.parse(destination)
        settings = self._settings
        sink = self._places.sink(target, settings)
        return deliver(
            self.seal(),
            None,
            sink,
            target,
            options=prepared(options or CopyOptions(), target, settings),
            places=self._places,
        )

    def _add(
        self,
        trees: list[tuple[Path, Callable[[Branch], Iterable[Change]]]],
        created_by: str,
        ownership: Ownership,
        *,
        prefix: str = "",
    ) -> DraftLayer:
        def write(take: Callable[[bytes], object]) -> None:
            writer = self._writer(take, ownership, prefix)
            for directory, changes in trees:
                with _opened(directory) as branch:
                    writer.write(changes(branch), branch)
            writer.finish()
            self._omissions += writer.omissions

        return self._draft.add_layer(write, created_by)

    def _writer(self, take: Callable[[bytes], object], ownership: Ownership, prefix: str = "") -> LayerWriter:
        return LayerWriter(take, ownership=ownership, latest_s=self._settings.latest_s, prefix=prefix)


@contextmanager
def build(
    base: str = "",
    *,
    platform: Platform | None = None,
    form: LayerForm | None = None,
    context: Context | None = None,
) -> Iterator[Build]:
    """Build an image.

    Args:
        base: The image to build on; an empty name for none.
        platform: What it is for.
        form: The form of the new layers; gzip at the usual level, where nothing is said.
        context: Settings, cancelling, limits, warnings, and the clock that tells when the image is made,
            unless `Settings.latest_s` does.

    Yields:
        What layers are added to. It is of no use after the context.
    """
    with Places(context or Context()) as places:
        settings = places.settings()
        wished = platform or settings.platform or USUAL_PLATFORM
        below = None
        if base:
            source, found = open_image(places, ImageName.parse(base), platform)
            below = Base(source, found.manifest, found.config)
        now_s = int(places.context.clock()) if settings.latest_s is None else settings.latest_s
        with Draft(
            base=below,
            platform=wished,
            form=form or LayerForm(compression=Compression.GZIP),
            created=datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            scratch=settings.scratch_directory,
        ) as draft:
            yield Build(draft, places, settings, now_s)


def _of_root() -> Ownership:
    from ..layers import Ownership

    return Ownership(keeps_owners=False)


@contextmanager
def _opened(directory: Path) -> Iterator[Branch]:
    with ExitStack() as stack:
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StorageError(
                f"{directory}: {error.strerror}", path=str(directory), errno=error.errno
            ) from error
        stack.callback(os.close, descriptor)
        yield stack.enter_context(Branch(descriptor))
