"""What a failed run says on stderr: one line that names what failed and on what, one that says what to do.

Which error leads to which exit code is decided here, and nowhere else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import click

from oci import errors

from .exit_code import ExitCode
from .output import remark
from .template import TemplateError

# The first row that fits decides, so particular errors stand before general ones.
_CODES: Final[tuple[tuple[type[BaseException], ExitCode], ...]] = (
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Unauthorized, ExitCode.UNAUTHORIZED),
    (errors.Denied, ExitCode.UNAUTHORIZED),
    (errors.CredentialError, ExitCode.UNAUTHORIZED),
    (errors.RateLimited, ExitCode.RATE_LIMITED),
    (errors.InvalidReference, ExitCode.USAGE),
    (TemplateError, ExitCode.USAGE),
    (errors.InvalidSettings, ExitCode.SETTINGS),
    (errors.UnsupportedMediaType, ExitCode.UNSUPPORTED),
    (errors.Unsupported, ExitCode.UNSUPPORTED),
    (errors.Forbidden, ExitCode.FORBIDDEN),
    (errors.AlreadyExists, ExitCode.FAILURE),
    (errors.InvalidValue, ExitCode.CONTENT),
    (errors.ContentError, ExitCode.CONTENT),
    (errors.TransportError, ExitCode.UNREACHABLE),
    (errors.StorageError, ExitCode.STORAGE),
    (errors.Locked, ExitCode.LOCKED),
    (errors.Cancelled, ExitCode.INTERRUPTED),
    (click.UsageError, ExitCode.USAGE),
    (click.Abort, ExitCode.INTERRUPTED),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
    (OSError, ExitCode.STORAGE),
    (errors.OciError, ExitCode.FAILURE),
)


class Failure(NamedTuple):
    """How a run failed, in words and as a code."""

    message: str
    """What failed, on what: one line once it is printed."""
    hint: str
    """What the user can do about it, or an empty string."""
    code: ExitCode
    """The exit code."""


def report(error: BaseException, *, debug: bool) -> int:
    """Say on stderr what failed.

    Args:
        error: What ended the run.
        debug: Whether a fault of our own shows its traceback.

    Returns:
        The exit code.
    """
    failure = explain(error)
    if debug and failure.code is ExitCode.INTERNAL:
        import traceback

        traceback.print_exception(error)
    remark(failure.message, hint=failure.hint)
    return failure.code


def explain(error: BaseException) -> Failure:
    """Put an error into words; one that only says what was being done is explained by its cause."""
    from .interruption import Interrupted
    from .task import TaskFailed
    from .tls_hint import tls_hint

    if isinstance(error, Interrupted):
        return Failure(error.code.meaning, "", error.code)
    if isinstance(error, click.UsageError):
        return _explain_usage(error)
    if isinstance(error, TaskFailed) and error.__cause__ is not None:
        failure = explain(error.__cause__)
        # Most messages name what they are about already, and saying it twice helps nobody.
        new = [reference for reference in error.references if reference not in failure.message]
        return failure._replace(
            message=f"{' '.join((error.command, *new))}: {failure.message}",
            hint=tls_hint(error.__cause__, error.references, error.options) or failure.hint,
        )
    code = _code_of(error)
    if code is None:
        return Failure(
            f"internal error: {type(error).__name__}: {error}",
            "this is a fault of ocitool: please report it with what 'ocitool --debug ...' prints",
            ExitCode.INTERNAL,
        )
    if isinstance(error, errors.OciError):
        return Failure(error.message, error.hint, code)
    return Failure(_os_message(error) if isinstance(error, OSError) else code.meaning, "", code)


def _code_of(error: BaseException) -> ExitCode | None:
    while isinstance(error, errors.CopyError) and error.__cause__ is not None:
        error = error.__cause__
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)


def _explain_usage(error: click.UsageError) -> Failure:
    command = "ocitool" if error.ctx is None else error.ctx.command_path
    _, _, name = command.partition(" ")
    message = error.format_message()
    hint = _why_not_here(error, name) or f"see {command} --help"
    return Failure(f"{name}: {message}" if name else message, hint, ExitCode.USAGE)


def _why_not_here(error: click.UsageError, command: str) -> str:
    """Say what is the matter with a command or an option that skopeo or podman has."""
    from .peer_map import WHOLE, explanation

    if isinstance(error, click.NoSuchOption):
        return explanation(command or WHOLE, error.option_name)
    if isinstance(error, click.exceptions.NoSuchCommand):
        return explanation(error.command_name, WHOLE)
    return ""


def _os_message(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename is not None else reason
