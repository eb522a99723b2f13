"""The two ways out: data goes to stdout, remarks to stderr.

Data is made into bytes first (`text_bytes`, `json_bytes`) and written at the end, so that what fails while
it is made leaves nothing half-written.
"""

from __future__ import annotations

import errno
import sys
from contextlib import suppress

from .text import escaped


def text_bytes(text: str) -> bytes:
    """Encode text for stdout: UTF-8 whatever the locale, harmless but for its line breaks and tabs."""
    return escaped(text, keep="\n\t").encode()


def json_bytes(value: object) -> bytes:
    """Encode a value as skopeo writes JSON: Go's encoding, four spaces, a newline at the end."""
    from .go_json import encode

    return text_bytes(f"{encode(value, indent='    ')}\n")


def write(content: bytes) -> None:
    """Write bytes to stdout as they are.

    Raises:
        BrokenPipeError: Who reads it went away.
        OSError: It cannot be written; the file name is ``standard output``.
    """
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed", "standard output")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def remark(text: str, *, hint: str = "") -> None:
    """Write one line to stderr, with the program's name before it, and one with a hint if there is any.

    That nobody reads stderr any more is no failure of what the line is about.
    """
    lines = f"ocitool: {escaped(text)}\n" + (f"hint: {escaped(hint)}\n" if hint else "")
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(lines)
            sys.stderr.flush()
