"""Running a credential helper: a program of the user's choice, from the search path, with a time limit."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from ..errors import CredentialError
from ..settings.credential_helper import MAX_ANSWER, get_input, parse_get, store_input

if TYPE_CHECKING:
    from ..content import CancelToken
    from ..settings.credential import Credential, HelperCall

__all__ = ["TIMEOUT_S", "erase", "get", "store"]

TIMEOUT_S: Final = 60.0
"""Seconds that a helper may take: long enough for somebody to unlock a keychain."""


def get(call: HelperCall, token: CancelToken, *, timeout_s: float = TIMEOUT_S) -> Credential | None:
    """Ask a helper for credentials.

    Args:
        call: Which helper, about which server.
        token: Cancelling it ends the helper.
        timeout_s: Seconds that it may take.

    Returns:
        The credential, or None where the helper has none for this server.

    Raises:
        CredentialError: The helper is missing, hung, failed, or answered with something else.
        Cancelled: The token was cancelled.
    """
    status, output = _run(call, "get", get_input(call), token, timeout_s)
    return parse_get(call, status, output)


def store(
    call: HelperCall, credential: Credential, token: CancelToken, *, timeout_s: float = TIMEOUT_S
) -> None:
    """Have a helper keep credentials; the arguments and errors are those of `get`."""
    status, _ = _run(call, "store", store_input(call, credential), token, timeout_s)
    _expect_success(call, "store", status)


def erase(call: HelperCall, token: CancelToken, *, timeout_s: float = TIMEOUT_S) -> None:
    """Have a helper forget credentials; the arguments and errors are those of `get`."""
    status, _ = _run(call, "erase", get_input(call), token, timeout_s)
    _expect_success(call, "erase", status)


def _run(
    call: HelperCall, verb: str, content: bytes, token: CancelToken, timeout_s: float
) -> tuple[int, bytes]:
    token.raise_if_cancelled()
    # Looked up here rather than by the system, so that "not installed" is told from "not executable".
    path = shutil.which(call.program)
    if path is None:
        raise CredentialError(
            f"the credential helper {call.program} is not installed",
            helper=call.program,
            hint=f"install it, or take it out of {call.origin or 'the auth file'}",
        )
    try:
        process = subprocess.Popen(  # noqa: S603 - a checked name from the user's own settings, no shell
            [path, verb], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise CredentialError(
            f"the credential helper {call.program} cannot be run: {error.strerror}", helper=call.program
        ) from error
    with process, token.on_cancel(process.kill):
        output = _converse(process, content, call, verb, timeout_s)
    token.raise_if_cancelled()
    return process.returncode, output


def _converse(
    process: subprocess.Popen[bytes], content: bytes, call: HelperCall, verb: str, timeout_s: float
) -> bytes:
    # A timer, since reading a bounded amount has no time limit of its own and communicate() no bound.
    import threading

    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        output = _exchange(process, content)
        process.kill() if len(output) > MAX_ANSWER else process.wait()
    finally:
        timer.cancel()
    if late.is_set():
        raise CredentialError(
            f"the credential helper {call.program} did not answer to '{verb}' within {timeout_s:g} s",
            helper=call.program,
            hint="it may be waiting for somebody to unlock a keychain",
        )
    return output


def _exchange(process: subprocess.Popen[bytes], content: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # Far less than a pipe holds, so that writing first cannot block.
        process.stdin.write(content)
        process.stdin.close()
    except BrokenPipeError:
        pass
    return process.stdout.read(MAX_ANSWER + 1)


def _expect_success(call: HelperCall, verb: str, status: int) -> None:
    if status:
        raise CredentialError(
            f"the credential helper {call.program} ended '{verb}' with status {status}", helper=call.program
        )
