"""Layers compressed anew between registries, over sockets that break, and in processes that are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.compression import Compression
from oci.spec import Digest
from oci.testing import ScriptedRegistry, build_image, fault, random_layer
from oci.transfer import Conversion, Format, LayerForm
from tests.integration.transfer.conftest import IMAGE, Copier
from tests.integration.transfer.test_fault import READING, UPLOADS, assert_met

if TYPE_CHECKING:
    from pathlib import Path

ZSTD = Conversion(layers=LayerForm(compression=Compression.ZSTD))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Digest:
    """What comes of the image in fair weather."""
    folder = tmp_path_factory.mktemp("fair")
    IMAGE.write_to(folder / "from", "v1")
    return Copier().copy(f"oci:{folder}/from:v1", f"oci:{folder}/to:v1", conversion=ZSTD).root.digest


@pytest.mark.parametrize("name", READING)
def test_a_source_in_trouble_is_converted_all_the_same(
    name: str, origin: ScriptedRegistry, goal: ScriptedRegistry, expected: Digest
) -> None:
    copier = Copier(idle_timeout_s=1.0 if name.startswith("stalled") else 60.0)
    rules = READING[name](origin)
    result = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1", conversion=ZSTD)
    assert_met(rules)
    assert result.root.digest == expected
    assert Digest.of(goal.content("app", "v1")) == expected


def test_a_destination_in_trouble_gets_it_all_the_same(
    origin: ScriptedRegistry, goal: ScriptedRegistry, copier: Copier, expected: Digest
) -> None:
    goal.script(fault.cut_upload(1_000_000), path=UPLOADS, times=2)
    result = copier.copy(f"docker://{origin.host}/app:v1", f"docker://{goal.host}/app:v1", conversion=ZSTD)
    assert result.root.digest == expected


def test_a_registry_that_takes_one_format_only_gets_it(
    origin: ScriptedRegistry, goal: ScriptedRegistry
) -> None:
    result = Copier().copy(
        f"docker://{origin.host}/app:v1",
        f"docker://{goal.host}/app:v1",
        conversion=Conversion(format=Format.DOCKER),
    )
    assert json.loads(goal.content("app", "v1"))["mediaType"] == result.root.media_type


KILLED = """
import sys, oci
from oci.compression import Compression
from oci.transfer import Conversion, CopyOptions, LayerForm
from oci.transfer.event import Read
from pathlib import Path
import time
def listen(event):
    if isinstance(event, Read):
        print("reading", flush=True)
        time.sleep(60)
scratch = Path(sys.argv[3])
rule = Conversion(layers=LayerForm(compression=Compression.ZSTD), scratch=scratch)
oci.copy(sys.argv[1], sys.argv[2], options=CopyOptions(conversion=rule, listener=listen))
"""


def test_a_killed_process_leaves_no_temporary_file(tmp_path: Path) -> None:
    build_image([random_layer(2_000_000)]).write_to(tmp_path / "from", "v1")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    arguments = [f"oci:{tmp_path}/from:v1", f"oci:{tmp_path}/to:v1", str(scratch)]
    with subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        process.send_signal(signal.SIGKILL)
    assert list(scratch.iterdir()) == []
