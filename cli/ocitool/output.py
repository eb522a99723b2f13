"""The two ways out: data goes to stdout, remarks to stderr."""

from __future__ import annotations

import errno
import sys

from .text import escaped


def write_bytes(content: bytes) -> None:
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


def write_text(text: str) -> None:
    """Write text to stdout in UTF-8, made harmless but for its line breaks and tabs."""
    write_bytes(escaped(text, keep="\n\t").encode())


def remark(text: str) -> None:
    """Write one line to stderr, with the program's name before it."""
    if sys.stderr is not None:
        sys.stderr.write(f"ocitool: {escaped(text)}\n")
        sys.stderr.flush()
