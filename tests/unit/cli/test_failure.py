"""Every error has a code and one line."""

from __future__ import annotations

import click
import pytest

from oci import errors
from ocitool.exit_code import ExitCode
from ocitool.failure import explain, report
from ocitool.interruption import Interrupted
from ocitool.task import TaskFailed, task

CASES: list[tuple[BaseException, ExitCode]] = [
    (errors.NotFound("no", name="x"), ExitCode.NOT_FOUND),
    (errors.PlatformMismatch(wished="a/b", actual="a/c"), ExitCode.NOT_FOUND),
    (errors.Unauthorized("no", status=401), ExitCode.UNAUTHORIZED),
    (errors.Denied("no", status=403), ExitCode.UNAUTHORIZED),
    (errors.CredentialError("no", helper="h"), ExitCode.UNAUTHORIZED),
    (errors.RateLimited("no", status=429), ExitCode.RATE_LIMITED),
    (errors.RegistryError("no", status=500), ExitCode.FAILURE),
    (errors.DaemonError("no", status=500), ExitCode.FAILURE),
    (errors.InvalidReference("no"), ExitCode.USAGE),
    (errors.InvalidSettings("no", path="/a"), ExitCode.SETTINGS),
    (errors.UnsupportedMediaType("no", media_type="x/y"), ExitCode.UNSUPPORTED),
    (errors.Unsupported("no"), ExitCode.UNSUPPORTED),
    (errors.Forbidden("no", path="r.conf"), ExitCode.FORBIDDEN),
    (errors.AlreadyExists("no"), ExitCode.FAILURE),
    (errors.InvalidDocument("no"), ExitCode.CONTENT),
    (errors.InvalidDigest("no"), ExitCode.CONTENT),
    (errors.DigestMismatch(expected="a", actual="b", where="c"), ExitCode.CONTENT),
    (errors.NotVerified("n", fault="expired"), ExitCode.CONTENT),
    (errors.SizeMismatch(expected=1, actual=2, where="c"), ExitCode.CONTENT),
    (errors.LimitExceeded(limit="names", allowed=1, where="c"), ExitCode.CONTENT),
    (errors.ConnectFailed("no", host="h"), ExitCode.UNREACHABLE),
    (errors.TlsFailed("no", host="h"), ExitCode.UNREACHABLE),
    (errors.Stalled("no", host="h"), ExitCode.UNREACHABLE),
    (errors.AddressRefused("no", host="h"), ExitCode.UNREACHABLE),
    (errors.StorageError("no", path="/a"), ExitCode.STORAGE),
    (errors.Locked("no", path="/a"), ExitCode.LOCKED),
    (errors.Cancelled(), ExitCode.INTERRUPTED),
    (errors.OciError("no"), ExitCode.FAILURE),
    (errors.CopyError("no", operation="fetch", side="source"), ExitCode.FAILURE),
    (Interrupted(ExitCode.TERMINATED), ExitCode.TERMINATED),
    (click.UsageError("no"), ExitCode.USAGE),
    (click.Abort(), ExitCode.INTERRUPTED),
    (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    (PermissionError(13, "Permission denied", "/a"), ExitCode.STORAGE),
    (TypeError("no"), ExitCode.INTERNAL),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=lambda value: type(value).__name__)
def test_each_error_has_its_code(error: BaseException, code: ExitCode) -> None:
    assert explain(error).code is code


def test_every_kind_of_error_was_looked_at() -> None:
    bases = {"OciError", "InvalidValue", "ContentError", "TransportError", "ConnectionBroken"}
    kinds = {name for name in errors.__all__ if name not in bases}
    assert kinds <= {type(error).__name__ for error, _ in CASES}


def copy_error(cause: Exception) -> errors.CopyError:
    error = errors.CopyError("fetch sha256:ab: " + str(cause), operation="fetch", side="source", hint="wait")
    error.__cause__ = cause
    return error


def test_a_copy_error_has_the_code_of_its_cause() -> None:
    inner = copy_error(errors.Stalled("it stalled", host="h"))
    assert explain(inner) == ("fetch sha256:ab: it stalled", "wait", ExitCode.UNREACHABLE)
    assert explain(copy_error(inner)).code is ExitCode.UNREACHABLE
    assert explain(copy_error(ZeroDivisionError())).code is ExitCode.INTERNAL


def test_a_task_names_what_failed() -> None:
    with pytest.raises(TaskFailed) as caught, task("inspect", "docker://h/n:1"):
        raise errors.NotFound("there is no tag 1", name="1", hint="list-tags shows what there is")
    assert explain(caught.value) == (
        "inspect docker://h/n:1: there is no tag 1",
        "list-tags shows what there is",
        ExitCode.NOT_FOUND,
    )


@pytest.mark.parametrize("error", [errors.Cancelled(), BrokenPipeError(), ValueError()])
def test_a_task_leaves_alone_what_is_no_failure_of_it(error: Exception) -> None:
    with pytest.raises(type(error)), task("inspect", "x"):
        raise error


def test_the_report_is_one_harmless_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    code = report(errors.OciError("bad\n\x1b[2Jthing", hint="do\nthis"), debug=True)
    assert code == 1
    assert capsys.readouterr().err == "ocitool: bad\\n\\x1b[2Jthing\nhint: do\\nthis\n"


def test_only_debug_shows_where_a_fault_of_ours_is(capsys: pytest.CaptureFixture[str]) -> None:
    for debug in (False, True):
        assert report(TypeError("oops"), debug=debug) == ExitCode.INTERNAL
        text = capsys.readouterr().err
        assert "internal error: TypeError: oops" in text
        assert text.startswith("TypeError: oops\n") is debug
