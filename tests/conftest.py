"""What every test stands on: a clean environment, no network, and tools that are either there or named.

Before the first test module is imported, the settings of the person who runs the tests are taken out
of the environment and the home directory becomes an empty folder, so that nobody's logins or
mirrors decide a verdict.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.missing import missing
from tests.offline import stay_on_this_machine
from tests.peers.program import locate

if TYPE_CHECKING:
    from collections.abc import Callable

_PERSONAL_PREFIXES = ("XDG_", "DOCKER_", "REGISTRY_", "REGISTRIES_", "CONTAINERS_", "STORAGE_", "OCITOOL_")
_OURS = frozenset({"OCITOOL_PEERS"})
# Says where programs lie, and is no setting; processes of pytest-xdist begin with the cleared environment.
_PERSONAL = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSLKEYLOGFILE"})


def _hear_signals() -> None:
    """Undo what nohup, or a shell that runs this in the background, has the tests' programs inherit."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, usual)


def _leave_home() -> None:
    for name in list(os.environ):
        if name not in _OURS and (name.upper() in _PERSONAL or name.startswith(_PERSONAL_PREFIXES)):
            del os.environ[name]
    home = tempfile.mkdtemp(prefix="ocitool-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HOME"] = home
    # What the administrator of this machine has decided is of no account either.
    for variable, name, text in (
        ("CONTAINERS_POLICY_JSON", "policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}'),
        ("CONTAINERS_REGISTRIES_CONF", "registries.conf", ""),
    ):
        file = Path(home, name)
        file.write_text(text, encoding="ascii")
        os.environ[variable] = str(file)


_hear_signals()
_leave_home()
stay_on_this_machine()


@pytest.fixture(scope="session")
def tool() -> Callable[[str], Path]:
    """Return a function that finds a program by name, built peers before installed ones.

    A test whose tool is missing fails where CI=true, since there everything has to be installed, and is
    skipped elsewhere. Either way the tool is named.
    """

    def find(name: str) -> Path:
        found = locate(name)
        if found is None:
            missing(f"the program {name!r}, which is not installed")
        return found

    return find
