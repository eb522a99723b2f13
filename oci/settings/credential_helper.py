"""What is said to a credential helper and what it answers (Docker's credential helper protocol).

A helper is a program called with one word, ``get``, ``store`` or ``erase``, that reads standard input and
writes standard output. Nothing is run here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..errors import CredentialError, InvalidDocument, InvalidValue
from ..spec import field, strict_json
from .credential import Credential

if TYPE_CHECKING:
    from .credential import HelperCall

MAX_ANSWER: Final = 256 * 1024
"""Bytes that a helper may answer with."""

_NOT_FOUND: Final = ("credentials not found", "no credentials", "not found in native keychain")


def get_input(call: HelperCall) -> bytes:
    """Return the standard input of ``get``, and of ``erase``: the server's name."""
    return call.server.encode()


def store_input(call: HelperCall, credential: Credential) -> bytes:
    """Return the standard input of ``store``.

    Raises:
        CredentialError: The credential is of a kind that helpers cannot keep.
    """
    if credential.registry_token:
        raise CredentialError("a registry token cannot be kept by a credential helper", helper=call.program)
    username, secret = credential.login
    members = {"ServerURL": call.server, "Username": username, "Secret": secret}
    return json.dumps(members).encode()


def parse_get(call: HelperCall, status: int, output: bytes) -> Credential | None:
    """Read what ``get`` answered.

    Args:
        call: What was asked.
        status: The program's exit status.
        output: Its standard output, of at most `MAX_ANSWER` bytes.

    Returns:
        The credential, or None where the helper has none for this server.

    Raises:
        CredentialError: The helper failed, or answered with something else.
    """
    if len(output) > MAX_ANSWER:
        raise _failed(call, f"answered with more than {MAX_ANSWER} bytes")
    if status != 0:
        text = output.decode("utf-8", errors="replace").lower()
        if any(phrase in text for phrase in _NOT_FOUND):
            return None
        # What it printed stays unsaid: a helper may print secrets when it fails.
        raise _failed(call, f"ended with status {status}")
    try:
        members = strict_json.load_object(output, where=call.program)
        username = field.text(members, "Username", where=call.program)
        secret = field.text(members, "Secret", where=call.program)
        return Credential.of_login(username, secret, origin=call.program) if username and secret else None
    except (InvalidDocument, InvalidValue) as error:
        raise _failed(call, "answered with something that is no credential") from error


def _failed(call: HelperCall, what: str) -> CredentialError:
    return CredentialError(
        f"the credential helper {call.program} {what} when it was asked for {call.server}",
        helper=call.program,
        hint=f"run 'echo {call.server} | {call.program} get' to see what is wrong with it",
    )
