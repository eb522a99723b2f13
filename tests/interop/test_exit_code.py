"""Exit codes beside skopeo's: 0 where it says 0, and the documented code where it fails.

Debian's 1.9.3 ends with 1 whatever went wrong; newer versions end with 2 for an image that is not there, as
ours does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocitool.exit_code import ExitCode
from tests.interop.material import IMAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interop.client import Ours, Skopeo
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

PLAIN = "--tls-verify=false"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a layout in it."""
    path = tmp_path_factory.mktemp("exit-code")
    IMAGE.write_to(path / "layout", "v1")
    return path


@pytest.fixture(scope="module")
def place(registries: Registries, ours: Ours, folder: Path) -> str:
    """Return a repository of Debian's registry with one image."""
    repository = f"{registries.address('docker-registry')}/exit/app"
    ours.push(folder / "layout", "v1", f"{repository}:v1")
    return repository


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["inspect", PLAIN, "docker://{place}:v1"], ExitCode.OK),
        (["inspect", PLAIN, "docker://{place}:nope"], ExitCode.NOT_FOUND),
        (["inspect", PLAIN, "--raw", "docker://{place}/nobody:v1"], ExitCode.NOT_FOUND),
        (["inspect", PLAIN, "docker://{place}@sha256:" + "0" * 64], ExitCode.NOT_FOUND),
        (["inspect", "oci:{folder}/layout:nope"], ExitCode.NOT_FOUND),
        (["inspect", "oci:{folder}/nowhere:v1"], ExitCode.NOT_FOUND),
        (["inspect", "oci-archive:{folder}/nowhere.tar:v1"], ExitCode.NOT_FOUND),
        (
            ["copy", "--src-tls-verify=false", "docker://{place}:nope", "oci:{folder}/to:v1"],
            ExitCode.NOT_FOUND,
        ),
        (["delete", PLAIN, "docker://{place}:nope"], ExitCode.NOT_FOUND),
        (["inspect", PLAIN, "docker://127.0.0.1:1/app:v1"], ExitCode.UNREACHABLE),
        (["inspect", "docker://{place}:v1"], ExitCode.UNREACHABLE),
        (["inspect", "docker://UPPER/Case:v1"], ExitCode.USAGE),
        (["inspect", "nonsense:{folder}"], ExitCode.USAGE),
        (["inspect", "--no-such-option", "docker://{place}:v1"], ExitCode.USAGE),
    ],
)
def test_codes(
    *, ours: Ours, skopeo: Skopeo, place: str, command: list[str], code: ExitCode, folder: Path
) -> None:
    words = [word.format(place=place, folder=folder) for word in command]
    done = ours.attempt(*words)
    assert done.returncode == code, done.stderr.decode()
    theirs = skopeo.attempt("--insecure-policy", *words).returncode
    assert theirs in ({0} if code is ExitCode.OK else {1, 2})
    assert theirs != 2 or code is ExitCode.NOT_FOUND
