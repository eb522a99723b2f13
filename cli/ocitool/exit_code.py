"""The exit codes: the one list of them; which error leads to which is in `ocitool.failure`.

0, 1 and 2 mean what they mean to skopeo. docs/reference/exit-codes.md is generated from this file.
"""

from __future__ import annotations

import enum
from typing import Self


class ExitCode(enum.IntEnum):
    """How a run of `ocitool` ended.

    Attributes:
        meaning: What the code says, in one line.
    """

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Return a member that knows its meaning."""
        self = int.__new__(cls, value)
        self._value_ = value
        self.meaning = meaning
        return self

    OK = 0, "Done."
    FAILURE = 1, "It failed, for a reason that has no code of its own; a registry's answer 5xx, for example."
    NOT_FOUND = (
        2,
        "The image, tag, digest or repository does not exist, or has no image for the platform asked for.",
    )
    UNAUTHORIZED = (
        3,
        "The registry asks for other credentials, or denies these; or a credential helper failed.",
    )
    RATE_LIMITED = 4, "The registry answered 429 until the retries were used up."
    CONTENT = (
        5,
        "What was received is not what was asked for: digest, size, a limit, or a malformed document.",
    )
    UNREACHABLE = (
        6,
        "No answer: name resolution, connection, TLS, a stalled peer, or an address that is refused.",
    )
    STORAGE = 7, "The local file system refused: disk full, read-only, permissions, a missing directory."
    LOCKED = 8, "Somebody else holds a lock that is needed."
    UNSUPPORTED = 9, "This transport, registry or kind of document cannot do what was asked."
    FORBIDDEN = (
        10,
        "The user's own settings forbid it: a registry is blocked, or the policy rejects the image.",
    )
    USAGE = 64, "The command line is wrong: an unknown option, a missing argument, a malformed reference."
    INTERNAL = 70, "A fault of ocitool itself; `ocitool --debug ...` shows where."
    SETTINGS = 78, "A settings or credentials file cannot be understood."
    TIMED_OUT = 124, "The time of --command-timeout was over."
    HUNG_UP = 129, "Ended by SIGHUP: the terminal went away."
    INTERRUPTED = 130, "Ended by SIGINT: Ctrl-C."
    PIPE_CLOSED = 141, "Who read the standard output went away (SIGPIPE)."
    TERMINATED = 143, "Ended by SIGTERM."
