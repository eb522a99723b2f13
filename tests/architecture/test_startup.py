"""Start-up is a feature: which modules a command loads is pinned: unlike a time, that can be tested."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.testing import build_image
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from ocitool.command_table import COMMANDS
from tests.architecture.contract import LAYERS, RANK, room_of
from tests.architecture.source import modules_under
from tests.loaded import loaded_by

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = frozenset({"asyncio", "ssl", "http.client", "httpx", "httpcore", "grpc", "cryptography"})

PORTABLE = {room for room, rank in RANK.items() if rank <= RANK["transfer"]}
# What Python has on Linux and not on Windows, or not on macOS.
LINUX_ONLY = frozenset(
    {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix", "spwd", "readline"}
)

HIDE = f"""
import builtins, importlib, sys
real = builtins.__import__
def hide(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {{}}).get("__name__", "")
    if level == 0 and name in {sorted(LINUX_ONLY)} and importer.split(".")[0] == "oci":
        raise ModuleNotFoundError(f"{{importer}} imports {{name}}, which this platform has not", name=name)
    return real(name, globals, locals, fromlist, level)
builtins.__import__ = hide
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_importing_the_library_loads_nothing_heavy() -> None:
    loaded = loaded_by("-c", "import oci")
    assert "oci" in loaded
    assert loaded & HEAVY == set()
    assert {name for name in loaded if name.startswith("oci.")} == set()


def test_the_lowest_layers_load_nothing_heavy() -> None:
    names = [
        module.dotted
        for module in modules_under("oci")
        if RANK.get(room_of(module.dotted), 99) <= RANK["content"]
    ]
    loaded = loaded_by("-c", f"import {', '.join(names)}")
    assert set(names) <= loaded
    assert loaded & HEAVY == set()


def test_what_is_portable_imports_without_the_modules_of_linux() -> None:
    names = [module.dotted for module in modules_under("oci") if room_of(module.dotted) in PORTABLE]
    done = subprocess.run(
        [sys.executable, "-c", HIDE, *names], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_hiding_a_module_works() -> None:
    """Otherwise the test above would pass whatever the library imported."""
    script = (
        "import sys; sys.argv = ['x']\n" + HIDE + "\nexec('import fcntl', {'__name__': 'oci.net.client'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert "oci.net.client imports fcntl" in done.stderr


def test_the_layers_name_the_last_portable_room() -> None:
    assert frozenset({"transfer"}) in LAYERS


@pytest.mark.parametrize(
    "options", [["--help"], ["--version"], *([entry.name, "--help"] for entry in COMMANDS)]
)
def test_a_command_that_needs_no_network_loads_none(options: list[str]) -> None:
    loaded = loaded_by("-m", "ocitool", *options)
    assert "ocitool" in loaded
    assert loaded & HEAVY == set()


def test_the_version_is_answered_before_click_is_loaded() -> None:
    assert not {name for name in loaded_by("-m", "ocitool", "--version") if name.split(".")[0] == "click"}


def test_a_copy_that_nobody_wants_signatures_of_loads_nothing_for_them(tmp_path: Path) -> None:
    build_image([]).write_to(tmp_path / "layout", "1")
    words = ("--insecure-policy", "copy", "--quiet", f"oci:{tmp_path}/layout:1", f"oci:{tmp_path}/to:1")
    loaded = loaded_by("-m", "ocitool", *words)
    assert "oci.transfer.copy" in loaded
    assert not {name.split(".")[0] for name in loaded} & {"gnupg", "cryptography", "nacl", "cbor2", "yaml"}
    assert not {name for name in loaded if name.startswith("oci.trust")}


OTHER_FAMILIES = frozenset(
    {"oci.trust.notation", "oci.trust.simple.gpg", "oci.trust.log", "oci.trust.certificate"}
)
THEIR_LIBRARIES = frozenset({"gnupg", "nacl", "cbor2", "yaml", "rfc8785"})


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Return a directory with a signed image in a layout, the public key, and a policy that trusts it."""
    key = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
    build_image([]).write_to(tmp_path / "layout", "1")
    identity = "r.example/app:1"
    oci.sign(f"oci:{tmp_path}/layout:1", CosignSigner(key=key, identity=identity))
    (tmp_path / "key.pub").write_bytes(key.public.pem)
    requirement = {
        "type": "sigstoreSigned",
        "keyPath": str(tmp_path / "key.pub"),
        "signedIdentity": {"type": "exactReference", "dockerReference": identity},
    }
    (tmp_path / "policy.json").write_text(json.dumps({"default": [requirement]}))
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "verify --identity any --key {0}/key.pub oci:{0}/layout:1",
        "verify --policy {0}/policy.json oci:{0}/layout:1",
        "copy --policy {0}/policy.json oci:{0}/layout:1 oci:{0}/to:1",
    ],
)
def test_a_key_loads_nothing_of_other_families_nor_of_certificates_and_logs(signed: Path, words: str) -> None:
    loaded = loaded_by("-m", "ocitool", *words.format(signed).split())
    assert "oci.trust.cosign.key_verifier" in loaded
    assert loaded & OTHER_FAMILIES == set()
    assert {name.split(".")[0] for name in loaded} & THEIR_LIBRARIES == set()
    assert "cryptography.x509" not in loaded
