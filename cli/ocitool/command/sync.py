"""``ocitool sync``: many images from one place to another, and an exact account of what became of each."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from ..exit_code import ExitCode
from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.bundle import bundle
from ..option.command import Command
from ..option.conversion import Alteration, conversion_options
from ..option.platform import wished_platform
from ..option.progress import progress_option
from ..option.retry import Patience, retry_options
from ..option.seal import SealChoice, sync_seal_options
from ..option.selection import Choice, selection_options
from ..option.switch import switch
from ..option.sync_course import Course, course_options
from ..option.sync_filter import Wanted, filter_options
from ..option.sync_place import Ends, place_options
from ..output import text_bytes, write
from ..progress.mode import Mode
from ..task import NO_POLICY, task, work_context

if TYPE_CHECKING:
    from oci.content import CancelToken
    from oci.settings import Settings
    from oci.spec import Platform
    from oci.transfer import CopyOptions
    from oci.transfer.sync import ImageResult, SyncOptions, SyncReport, TagFilter
    from oci.trust.family import Signer

    from ..invocation import Invocation
    from ..option.bundle import Decorator


@frozen(kw_only=True)
class Told:
    """What is told of it, and where.

    Args:
        report: The file for the report, or None.
        digestfile: The file for the digests, or None.
        progress: How progress is shown.
        quiet: Whether nothing is shown but warnings and failures.
    """

    report: str | None
    digestfile: str | None
    progress: str
    quiet: bool

    @property
    def form(self) -> str:
        """The form of the lines on stderr."""
        if self.quiet or self.progress == Mode.NONE.value:
            return "none"
        return "json" if self.progress == Mode.JSON.value else "plain"


def _told_options(parameter: str) -> Decorator:
    return bundle(
        parameter,
        Told,
        {
            "report": click.option(
                "--report", metavar="FILE", help="Write what became of each image as JSON."
            ),
            "digestfile": click.option(
                "--digestfile", metavar="FILE", help="Write a line with digest and name for each image."
            ),
            "progress": progress_option("lines, lines of JSON, or nothing but warnings"),
            "quiet": switch("-q", "--quiet", text="Show nothing but warnings and failures."),
        },
    )


@click.command("sync", cls=Command)
@click.argument("source")
@click.argument("destination")
@place_options("ends")
@filter_options("wanted")
@selection_options("choice")
@conversion_options("alteration")
@course_options("course")
@sync_seal_options
@_told_options("told")
@click.option("--authfile", metavar="FILE", help="Auth file for both sides, instead of the usual ones.")
@access_options("source_access", side="src", place="the source")
@access_options("destination_access", side="dest", place="the destination")
@retry_options("patience")
@switch("--preserve-digests", text="Fail instead of changing any digest, whatever else is asked for.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    source: str,
    destination: str,
    ends: Ends,
    wanted: Wanted,
    choice: Choice,
    alteration: Alteration,
    course: Course,
    seal: SealChoice,
    told: Told,
    authfile: str | None,
    source_access: Access,
    destination_access: Access,
    patience: Patience,
    preserve_digests: bool,
) -> None:
    """Bring the images of repositories to another place, bit by bit the same unless a change is asked for.

    SOURCE is a repository with all of its tags or one image of it (--src docker), a whole registry
    (registry), a layout with several images (oci), a directory of images (dir), or a file that lists
    repositories (yaml). DESTINATION is a registry with an optional namespace (--dest docker), a layout (oci)
    or a directory (dir). What the destination has already is left alone.
    """
    if course.referrers and alteration.remove_signatures:
        raise click.UsageError("--referrers and --remove-signatures exclude each other")
    origin, target = ends.source(source), ends.destination(destination)
    options, tag_filter = course.options(), wanted.tag_filter()
    with task("sync", origin, target):
        base = invocation.bound_settings()
        explains_policy = base.policy is None and not invocation.insecure_policy and not told.quiet
        if authfile is not None:
            base = base.with_auth_file(Path(authfile))
        usual = _copy_options(choice, wished_platform(invocation, base.platform), course, patience)
        copy = replace(alteration.copy_options(usual), preserves_digests=preserve_digests)
        job = _Job(
            source=origin,
            destination=target,
            source_settings=patience.settings(source_access.settings(base)),
            destination_settings=patience.settings(destination_access.settings(base)),
            options=replace(options, copy=copy),
            wanted=tag_filter,
            tags=wanted.tags,
            ends=ends,
            signer=seal.signer(),
            explains_policy=explains_policy,
        )
        with interruptible(invocation.timeout_s) as token:
            report = job.run(told, token)
    write(b"" if told.quiet else text_bytes(_account(report)))
    if not report.succeeded:
        click.get_current_context().exit(ExitCode.FAILURE)


@frozen(kw_only=True)
class _Job:
    """A synchronisation that is ready to be done.

    Args:
        source: Where images come from.
        destination: Where they go.
        source_settings: How the source is reached.
        destination_settings: How the destination is reached.
        options: How it is done.
        wanted: Which tags.
        tags: Exactly these tags, if there are any.
        ends: How images are called at the destination.
        signer: Who signs them, or None.
        explains_policy: Whether to say so that nothing is demanded of images.
    """

    source: str
    destination: str
    source_settings: Settings
    destination_settings: Settings
    options: SyncOptions
    wanted: TagFilter
    tags: tuple[str, ...]
    ends: Ends
    signer: Signer | None
    explains_policy: bool

    def run(self, told: Told, token: CancelToken) -> SyncReport:
        """Do it."""
        import oci

        from ..progress.image_lines import ImageLines
        from ..view.sync_record import Record

        stream = sys.stderr or io.StringIO()
        report, digests = (Path(name) if name else None for name in (told.report, told.digestfile))
        with Record(report, digests) as record, ImageLines(stream, time.monotonic, told.form) as lines:

            def on_image(image: ImageResult) -> None:
                lines.on_image(image)
                record.take(image)

            if self.explains_policy:
                lines.note(NO_POLICY)
            copy = replace(self.options.copy, listener=lines.on_event)
            same = self.destination_settings == self.source_settings
            done = oci.sync(
                self.source,
                self.destination,
                wanted=self.wanted,
                tags=self.tags,
                repositories=self.ends.repositories,
                without_repositories=self.ends.without_repositories,
                options=replace(self.options, copy=copy, on_image=on_image),
                scoped=self.ends.scoped,
                suffix=self.ends.suffix,
                signer=self.signer,
                destination_settings=None if same else self.destination_settings,
                context=work_context(self.source_settings, token, warn=lines.warn),
            )
            record.complete(done)
        return done


def _copy_options(choice: Choice, usual: Platform, course: Course, patience: Patience) -> CopyOptions:
    from oci.transfer import CopyOptions

    return patience.copy_options(CopyOptions(selection=choice.selection(usual), referrers=course.referrers))


def _account(report: SyncReport) -> str:
    from ..view.sync import image_line, sum_line

    # They end in any order; whoever compares two runs wants them in one.
    images = sorted(report.images, key=lambda image: (image.destination, image.source))
    return "".join(f"{line}\n" for line in (*map(image_line, images), sum_line(report)))
