"""``ocitool copy``: one image from one place to another, with progress on stderr and its digest on stdout."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.bundle import bundle
from ..option.command import Command
from ..option.conversion import Alteration, conversion_options
from ..option.image import ImageType, takes_standard_output
from ..option.platform import wished_platform
from ..option.progress import progress_option
from ..option.retry import Patience, retry_options
from ..option.seal import SealChoice, seal_options
from ..option.selection import Choice, selection_options
from ..option.switch import accepted, switch
from ..option.value import number
from ..output import json_bytes, text_bytes, write
from ..progress.mode import Mode, display
from ..short_name import full_name
from ..task import NO_POLICY, task, work_context

if TYPE_CHECKING:
    from oci.content import CancelToken
    from oci.facade.seal import Signing
    from oci.settings import Settings
    from oci.transfer import CopyOptions, Event, Listener, Selection
    from oci.trust.cosign.signer import CosignSigner

    from ..invocation import Invocation
    from ..option.bundle import Decorator
    from ..progress.display import Display


@frozen(kw_only=True)
class Report:
    """What is told of the copy.

    Args:
        dry_run: Whether it is only planned.
        json: Whether the plan or the result is printed as JSON.
        digestfile: The file that gets the digest, or None.
        progress: The name of a `Mode`.
        quiet: Whether nothing is shown but warnings, errors and what was asked for by ``json``.
    """

    dry_run: bool
    json: bool
    digestfile: str | None
    progress: str
    quiet: bool

    @property
    def mode(self) -> Mode:
        """How progress is shown."""
        return Mode.NONE if self.quiet else Mode(self.progress)


@frozen(kw_only=True)
class Extent:
    """What goes along with the image, and how much at once.

    Args:
        referrers: Whether everything attached to it does.
        additional_tags: Further names for it at the destination.
        parallel: Blobs at once, or None for the usual number.
    """

    referrers: bool
    additional_tags: tuple[str, ...]
    parallel: int | None


def _report_options(parameter: str) -> Decorator:
    return bundle(
        parameter,
        Report,
        {
            "dry_run": switch("--dry-run", text="Show what would be copied, and copy nothing."),
            "json": switch("--json", text="Print the plan, or what was done, as JSON."),
            "digestfile": click.option(
                "--digestfile", metavar="FILE", help="Write the digest of the copy to this file."
            ),
            "progress": progress_option("auto paints bars on a terminal, lines elsewhere"),
            "quiet": switch("-q", "--quiet", text="Show nothing but warnings and errors."),
        },
    )


def _extent_options(parameter: str) -> Decorator:
    return bundle(
        parameter,
        Extent,
        {
            "referrers": switch(
                "--referrers", text="Copy what is attached too: signatures, attestations, SBOMs."
            ),
            "additional_tags": click.option(
                "--additional-tag", multiple=True, metavar="TAG", help="A further tag for the copy."
            ),
            "parallel": number(
                "--parallel", "--image-parallel-copies", "parallel", text="Blobs to copy at once.", most=64
            ),
        },
    )


@click.command("copy", cls=Command)
@click.argument("source", type=ImageType())
@click.argument("destination", type=ImageType())
@selection_options("choice")
@_extent_options("extent")
@conversion_options("alteration")
@seal_options
@_report_options("report")
@click.option("--authfile", metavar="FILE", help="Auth file for both sides, instead of the usual ones.")
@access_options("source_access", side="src", place="the source")
@access_options("destination_access", side="dest", place="the destination")
@retry_options("patience")
@switch("--preserve-digests", text="Fail instead of changing any digest, whatever else is asked for.")
@accepted("--dest-oci-accept-uncompressed-layers", text="layers stay as they are.")
@accepted("--dest-precompute-digests", text="what is there is not sent.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    source: str,
    destination: str,
    choice: Choice,
    extent: Extent,
    alteration: Alteration,
    seal: SealChoice,
    report: Report,
    authfile: str | None,
    source_access: Access,
    destination_access: Access,
    patience: Patience,
    preserve_digests: bool,
) -> None:
    """Copy an image from one place to another, bit by bit the same unless a change is asked for.

    Of an index, only the image for this machine is copied, unless --all or --platform say otherwise. What
    the destination has already is not sent again, and what was interrupted goes on where it stopped. The
    digest of the copy is printed on stdout, unless that is where the copy itself goes.
    """
    if extent.referrers and alteration.remove_signatures:
        raise click.UsageError("--referrers and --remove-signatures exclude each other")
    with task("copy", source, destination):
        base = invocation.bound_settings()
        if authfile is not None:
            base = base.with_auth_file(Path(authfile))
        selection = choice.selection(wished_platform(invocation, base.platform))
        source_settings = patience.settings(source_access.settings(base))
        job = _Job(
            source=full_name(source, source_settings),
            destination=destination,
            source_settings=source_settings,
            destination_settings=patience.settings(destination_access.settings(base)),
            options=replace(
                alteration.copy_options(_options(selection, extent, patience)),
                preserves_digests=preserve_digests,
            ),
            signing=seal.signing(),
            signer=seal.sigstore_signer(),
            explains_choice=choice.is_usual and not report.quiet,
            explains_policy=base.policy is None and not invocation.insecure_policy and not report.quiet,
        )
        with interruptible(invocation.timeout_s) as token:
            content = job.plan(report, token) if report.dry_run else job.copy(report, token)
    # Where the archive itself has gone to stdout, nothing else may.
    if report.dry_run or not takes_standard_output(destination):
        write(content)


def _options(selection: Selection, extent: Extent, patience: Patience) -> CopyOptions:
    from oci.transfer import CopyOptions

    options = CopyOptions(selection=selection, referrers=extent.referrers, names=extent.additional_tags)
    if extent.parallel is not None:
        options = replace(options, parallel=extent.parallel)
    return patience.copy_options(options)


@frozen(kw_only=True)
class _Job:
    """A copy that is ready to be done or planned.

    Args:
        source: The image.
        destination: Where it goes.
        source_settings: How the source is reached.
        destination_settings: How the destination is reached.
        options: What is copied, and how.
        signing: Who signs it with GPG, or None.
        signer: Who signs it as cosign does, or None.
        explains_choice: Whether to say so when one image is taken out of an index.
        explains_policy: Whether to say so that nothing is demanded of images.
    """

    source: str
    destination: str
    source_settings: Settings
    destination_settings: Settings
    options: CopyOptions
    signing: Signing | None
    signer: CosignSigner | None
    explains_choice: bool
    explains_policy: bool

    def plan(self, report: Report, token: CancelToken) -> bytes:
        """Find out what the copy would do, and return what is to be printed."""
        import oci

        from ..view.plan import plan_text, plan_view

        with display(Mode.NONE) as shown:
            plan = oci.plan(
                self.source,
                self.destination,
                options=replace(self.options, listener=self._listener(shown)),
                destination_settings=self._other_settings,
                context=work_context(self.source_settings, token, warn=shown.warn),
            )
        return json_bytes(plan_view(plan)) if report.json else text_bytes(plan_text(plan))

    def copy(self, report: Report, token: CancelToken) -> bytes:
        """Copy, and return what is to be printed."""
        import oci

        if report.digestfile is not None:
            _check_place(Path(report.digestfile))
        with display(report.mode) as shown:
            if self.explains_policy:
                shown.note(NO_POLICY)
            result = oci.copy(
                self.source,
                self.destination,
                signing=self.signing,
                options=replace(self.options, listener=self._listener(shown)),
                destination_settings=self._other_settings,
                context=work_context(self.source_settings, token, warn=shown.warn),
            )
            if self.signer is not None:
                context = work_context(self.destination_settings, token, warn=shown.warn)
                oci.sign_copy(self.destination, result, self.signer, context=context)
            if result.served_by and not report.quiet:
                shown.note(f"read from {result.served_by}")
        if report.digestfile is not None:
            Path(report.digestfile).write_text(str(result.root.digest), encoding="ascii")
        if report.json:
            from ..view.plan import result_view

            return json_bytes(result_view(result))
        return b"" if report.quiet else text_bytes(f"{result.root.digest}\n")

    @property
    def _other_settings(self) -> Settings | None:
        # One value for both sides lets them share what is learned of a registry: its scheme, its tokens.
        return None if self.destination_settings == self.source_settings else self.destination_settings

    def _listener(self, shown: Display) -> Listener:
        from oci.transfer.event import Narrowed

        def listen(event: Event) -> None:
            shown(event)
            if isinstance(event, Narrowed):
                shown.note(
                    f"of the index, only the image for {event.chosen.platform} is copied; --all copies all"
                )

        return listen if self.explains_choice else shown


def _check_place(path: Path) -> None:
    """Find out before a long copy, not after it, that a file cannot be written where it is wanted."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
