"""Moving an image: names in the form people write them, a typed result out.

Where a function is given no settings, it asks this host for them: logins, certificates and proxies are found
where skopeo and Docker would look for them.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..content import Collects, Finishes
from ..errors import StorageError
from ..frozen import replace
from ..settings.lookaside import FILE_SCHEME, path_of
from ..spec import Digest
from ..transfer import CopyOptions
from ..transfer import copy as transfer_copy
from ..transfer import plan as transfer_plan
from ..transfer.event import Finishing
from ..transfer.journal import Journal
from ..transfer.root import root_of
from ..transports.name import DIRECTORY, REGISTRY, ImageName
from .admission import admit, name_of, tags_become_files
from .place import Context, Places

if TYPE_CHECKING:
    from ..content import Name, Sink, Source
    from ..settings import Settings
    from ..transfer import CopyResult, Plan
    from ..transfer.root import Root
    from ..transports.session import Session
    from .admission import Admission
    from .seal import Signing

_JOURNAL: Final = "uploads"


def copy(
    source: str,
    destination: str,
    *,
    options: CopyOptions | None = None,
    destination_settings: Settings | None = None,
    signing: Signing | None = None,
    context: Context | None = None,
) -> CopyResult:
    """Copy an image from one place to another, bit for bit unless the options say otherwise.

    Args:
        source: The image, such as ``docker://registry.example/app:1``, ``oci:DIR:1`` or ``oci-archive:FILE``.
        destination: Where it goes and what it is called there, in the same form.
        options: Which platforms, what is attached, how many connections, who is told.
        destination_settings: Settings for the destination, where they are not those of the source.
        signing: Who signs the copy with GPG, or None. GPG signatures of the source go along in any case,
            unless the options leave behind what is attached.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What was moved, skipped and mounted, and what the destination's name stands for now.

    Raises:
        InvalidReference: A name cannot be read.
        Forbidden: The policy in the settings does not accept the image; nothing has been written.
        CopyError: Something failed; the destination's name is as it was.
        Cancelled: The context's token was cancelled.
    """
    origin, target = ImageName.parse(source), ImageName.parse(destination)
    with Places(context or Context()) as places:
        settings = places.settings()
        admission = admit(origin, settings)
        options = prepared(options or CopyOptions(), target, settings)
        opened = places.source(origin, settings)
        # Judged first: the destination of what is not let in is not even opened.
        root = judged(admission, opened, places.session(settings), options)
        own_settings = destination_settings or settings
        if signing is None and not may_be_sealed(origin, target, settings, options):
            sink = places.sink(target, own_settings)
            return deliver(opened, root, sink, target, options=options, places=places)
        from .seal import Seals  # only copies of what is signed need it

        root = root_of(opened, root, options)
        seals = Seals(target, own_settings, options, signing)
        # A registry is opened without a word to it; a directory would be made.
        early = places.sink(target, own_settings) if target.transport == REGISTRY else None
        seals.prepare(admission.ground(opened, places.session(settings)), root, early)
        sink = early or places.sink(target, own_settings)
        result = deliver(opened, root, sink, target, options=options, places=places)
        seals.finish(result.own_documents, sink)
        return result


def deliver(
    source: Source, name: Name | Root, sink: Sink, target: ImageName, *, options: CopyOptions, places: Places
) -> CopyResult:
    """Copy an image to a place, finish that place, and tidy up there.

    Args:
        source: Where the image is.
        name: Its name there, or what it has led to.
        sink: Where it goes.
        target: What it is called there.
        options: How to copy.
        places: What the call works on.
    """
    result = transfer_copy(source, name, sink, target.names, options=options, token=places.token)
    if isinstance(sink, Finishes):
        options.listener(Finishing(sink.label))
        sink.finish()
    _collect(sink, options, places.context.clock())
    return result


def plan(
    source: str,
    destination: str,
    *,
    options: CopyOptions | None = None,
    destination_settings: Settings | None = None,
    context: Context | None = None,
) -> Plan:
    """Find out what `copy` with the same arguments would do; nothing is written."""
    origin, target = ImageName.parse(source), ImageName.parse(destination)
    with Places(context or Context()) as places:
        settings = places.settings()
        admission = admit(origin, settings)
        opened = places.source(origin, settings)
        options = _for(target, options or CopyOptions())
        root = judged(admission, opened, places.session(settings), options)
        sink = places.sink(target, destination_settings or settings)
        return transfer_plan(opened, root, sink, target.names, options=options, token=places.token)


def judged(admission: Admission, source: Source, session: Session, options: CopyOptions) -> Name | Root:
    """Return what is to be copied: judged, where something is demanded of it, and else still a name."""
    judge = admission.judge(source, session)
    if judge is None:
        return admission.image.name
    root = root_of(source, admission.image.name, options)
    judge(root)
    return root


def may_be_sealed(origin: ImageName, target: ImageName, settings: Settings, options: CopyOptions) -> bool:
    """Tell whether signatures may have to go along as files, or from files; looks at this host at most."""
    if options.conversion.leaves_attached:
        return False
    if origin.transport == DIRECTORY:
        return any(Path(origin.location).glob("*signature-*"))
    if tags_become_files(origin, target, settings):
        return True
    name = name_of(origin) if origin.transport == REGISTRY else None
    url = "" if name is None else settings.lookaside_conf().to_read(name)
    return path_of(url).is_dir() if url.startswith(FILE_SCHEME) else bool(url)


def _for(target: ImageName, options: CopyOptions) -> CopyOptions:
    """Let a destination that is named by digest take nothing else."""
    return replace(options, digest=target.name) if isinstance(target.name, Digest) else options


def _collect(sink: Sink, options: CopyOptions, now_s: float) -> None:
    """Throw away what interrupted copies left behind long ago; a copy that is done does not fail for it."""
    if options.journal is not None:
        Journal(options.journal).collect(now_s)
    if isinstance(sink, Collects):
        with suppress(StorageError):
            sink.collect(now_s=now_s)


def prepared(options: CopyOptions, target: ImageName, settings: Settings) -> CopyOptions:
    """Return options with all that a destination and this host decide."""
    return with_scratch(with_journal(_for(target, options), settings), settings)


def with_journal(options: CopyOptions, settings: Settings) -> CopyOptions:
    """Return options with the journal of this host, where they name none."""
    if options.journal is not None or settings.state_directory is None:
        return options
    return replace(options, journal=settings.state_directory / _JOURNAL)


def with_scratch(options: CopyOptions, settings: Settings) -> CopyOptions:
    """Return options with this host's place for temporary files, where they name none."""
    if options.conversion.scratch is not None or settings.scratch_directory is None:
        return options
    return replace(options, conversion=replace(options.conversion, scratch=settings.scratch_directory))
