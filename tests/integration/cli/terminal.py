"""The program on a real terminal: its standard input and error are one, its standard output is a pipe."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

ROWS, COLUMNS = 24, 100
PATIENCE_S = 60.0

_END = "\a"
"""Rings after the end of the program; the program itself never does."""

_STEP = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b.|.", re.DOTALL)


class Terminal:
    """A terminal with a run of the program on it; a context manager.

    Args:
        arguments: What follows the program's name.
        kind: The kind of terminal, as ``TERM`` says it.
    """

    def __init__(self, *arguments: str, kind: str = "xterm") -> None:
        self._arguments = arguments
        self._kind = kind
        self._master, self._slave = os.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._modes = termios.tcgetattr(self._slave)
        # Else Ctrl-C throws away what was written and not shown yet, with the moves of the cursor in it.
        self._modes[3] |= termios.NOFLSH
        termios.tcsetattr(self._slave, termios.TCSANOW, self._modes)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.text = ""
        """Everything that was written to the terminal so far, with what steers it."""
        self.output = b""
        """The standard output, after the end."""

    def __enter__(self) -> Self:
        # Of a session of its own, so that the terminal sends it SIGINT for Ctrl-C.
        self._process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "ocitool", *self._arguments],
            env={**os.environ, "TERM": self._kind},
            stdin=self._slave,
            stdout=subprocess.PIPE,
            stderr=self._slave,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        os.close(self._master)
        os.close(self._slave)

    def wait_for(self, pattern: str) -> None:
        """Wait until something stands, or stood, on the terminal."""
        while not re.search(pattern, self.text):
            assert self._read(PATIENCE_S), f"never shown: {pattern}\n{self.text}"

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._master, key)

    def end(self) -> int:
        """Wait for the end of the program, and return its exit code."""
        self.output, _ = self._process.communicate(timeout=PATIENCE_S)
        # The kernel carries what was written to the other end later, and in order: what we write comes last.
        os.write(self._slave, _END.encode())
        self.wait_for(_END)
        self.text = self.text.removesuffix(_END)
        return self._process.returncode

    def screen(self) -> list[str]:
        """Return the lines that can be seen, without blank ones and the echo of a key that was pressed."""
        lines, row, column = [""], 0, 0
        for step in _STEP.finditer(self.text.replace("^C", "")):
            character = step[0]
            if step[2] == "A":
                row = max(0, row - int(step[1] or 1))
            elif step[2] == "K":
                lines[row] = lines[row][:column]
            elif character == "\r":
                column = 0
            elif character == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif step[2] is None and character.isprintable():
                lines[row] = lines[row].ljust(column)[:column] + character + lines[row][column + 1 :]
                column += 1
            else:
                raise AssertionError(f"this terminal does not know {character!r}")
        return [line.rstrip() for line in lines if line.strip()]

    def is_as_before(self) -> bool:
        """Tell whether the terminal's modes are those of the beginning."""
        return termios.tcgetattr(self._slave) == self._modes

    def _read(self, patience_s: float) -> bool:
        if not select.select([self._master], [], [], patience_s)[0]:
            return False
        self.text += self._decoder.decode(os.read(self._master, 65536))
        return True
