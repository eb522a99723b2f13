"""Running a credential helper: a program of the user's choice, from the search path, with limits.

Helpers hang, since they wait for somebody to unlock a keychain, and they leave programs behind that hold
their output open. So a thread of its own talks to the helper, and nobody waits for that thread: at the
time limit, and when the work is cancelled, the helper is killed and the call ends, whatever has become of
its pipes.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from queue import Empty, SimpleQueue
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
    process = _start(call, verb)
    answers: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_converse, args=(process, content, answers), daemon=True).start()
    # Cancelling puts None in the place of an answer; a SimpleQueue may be put into from a signal handler.
    with token.on_cancel(lambda: answers.put(None)):
        try:
            output = answers.get(timeout=timeout_s)
        except Empty as error:
            raise CredentialError(
                f"the credential helper {call.program} did not answer to '{verb}' within {timeout_s:g} s",
                helper=call.program,
                hint="it may be waiting for somebody to unlock a keychain",
            ) from error
        finally:
            process.kill()
            status = process.wait()
    token.raise_if_cancelled()
    assert output is not None
    return status, output


def _start(call: HelperCall, verb: str) -> subprocess.Popen[bytes]:
    # Looked up here rather than by the system, so that "not installed" is told from "not executable".
    path = shutil.which(call.program)
    if path is None:
        raise CredentialError(
            f"the credential helper {call.program} is not installed",
            helper=call.program,
            hint=f"install it, or take it out of {call.origin or 'the auth file'}",
        )
    try:
        return subprocess.Popen(  # a checked name from the user's own settings, no shell
            [path, verb], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise CredentialError(
            f"the credential helper {call.program} cannot be run: {error.strerror}", helper=call.program
        ) from error


def _converse(process: subprocess.Popen[bytes], content: bytes, answers: SimpleQueue[bytes | None]) -> None:
    """Tell a helper what it is to know, read what it answers, and wait for its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout as output:
        with contextlib.suppress(BrokenPipeError), process.stdin as asked:
            asked.write(content)
        answer = output.read(MAX_ANSWER + 1)
        if len(answer) <= MAX_ANSWER:
            process.wait()
    answers.put(answer)


def _expect_success(call: HelperCall, verb: str, status: int) -> None:
    if status:
        raise CredentialError(
            f"the credential helper {call.program} ended '{verb}' with status {status}", helper=call.program
        )
