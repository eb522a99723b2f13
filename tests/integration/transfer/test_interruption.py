"""Ctrl-C, whatever a copy is doing: it ends, nothing half-written is to be seen, and the next run goes on.

As a signal to the program, and as a `CancelToken` in this process, where sockets and threads can be seen.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

import oci
from oci.content import CancelToken
from oci.errors import Cancelled
from oci.frozen import replace
from oci.testing import build_index, fault
from oci.transports.layout.store import LayoutStore
from tests.integration.tap import Tap
from tests.integration.transfer.conftest import IMAGE, LAYERS, Copier, assert_holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.serving import Application, Request, Response
    from oci.testing import Fault, ScriptedRegistry

INDEX = build_index({"linux/amd64": IMAGE})
BLOBS, UPLOADS = "*/blobs/sha256:*", "*/blobs/uploads/*"
HALF = LAYERS[0].descriptor.size // 2
AN_HOUR = {"Retry-After": "3600"}


class Scene(NamedTuple):
    """Two registries, and what lies between them and the program.

    Args:
        origin: Where the image is.
        goal: Where it is to go.
        reading: The way from the first.
        writing: The way to the second.
        folder: For everything else.
    """

    origin: ScriptedRegistry
    goal: ScriptedRegistry
    reading: Tap
    writing: Tap
    folder: Path

    @property
    def names(self) -> tuple[str, str]:
        """What is copied, and where to."""
        return f"docker://{self.reading.host}/app:v1", f"docker://{self.writing.host}/app:v1"

    @property
    def state(self) -> Path:
        """Where the program keeps its journal."""
        return self.folder / "state" / "ocitool"

    @property
    def journal(self) -> list[Path]:
        """Uploads that the journal remembers."""
        return sorted((self.state / "uploads").glob("*"))

    def assert_nothing_half(self) -> None:
        """Assert that there is no name, and that each blob that is to be seen is whole."""
        for folder in (self.goal.folder / "app", self.folder / "layout"):
            for path in folder.glob("blobs/sha256/*"):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
            if (folder / "index.json").exists():
                store = LayoutStore.at(folder)
                assert list(store.names()) == []
                store.close()

    def assert_a_second_run_completes(self, destination: str) -> None:
        """Copy again, in fair weather, with the journal that the first one has left."""
        for registry in (self.origin, self.goal):
            registry.unscript()
        kept = self.journal
        Copier(state_directory=self.state).copy(self.names[0], destination)
        # An upload whose last answer was not waited for is not looked at again: its blob is there.
        assert set(self.journal) <= set(kept)
        if destination == self.names[1]:
            assert_holds(self.goal, "app", INDEX, "v1")


@pytest.fixture
def scene(origin: ScriptedRegistry, goal: ScriptedRegistry, tmp_path: Path) -> Iterator[Scene]:
    origin.put("app", INDEX, "v1")
    with Tap(origin.host) as reading, Tap(goal.host) as writing:
        yield Scene(origin, goal, reading, writing, tmp_path)


def asking_origin(trouble: Fault, path: str) -> Callable[[Scene], Callable[[], object]]:
    return lambda scene: scene.origin.script(trouble, method="GET", path=path).wait


def asking_goal(trouble: Fault, method: str, path: str) -> Callable[[Scene], Callable[[], object]]:
    return lambda scene: scene.goal.script(trouble, method=method, path=path).wait


def waiting_for_an_answer(scene: Scene) -> Callable[[], object]:
    # Of a layer: the configuration is too small for the journal, and may well be the first.
    return scene.goal.script(answer_never, method="PUT", path=UPLOADS, when=carries_a_layer).wait


def carries_a_layer(request: Request) -> bool:
    return request.query.get("digest") in {str(each.descriptor.digest) for each in LAYERS}


def half_way_down(scene: Scene) -> Callable[[], object]:
    # Not the config: its connection would be used again, behind the back of the stall.
    for each in LAYERS:
        scene.origin.script(fault.stall(HALF), method="GET", path=f"*/{each.descriptor.digest}")
    return lambda: scene.reading.wait(received=len(LAYERS) * HALF)


def half_way_up(scene: Scene) -> Callable[[], object]:
    scene.writing.hold(after_sent=HALF)
    return lambda: scene.writing.wait(sent=HALF)


async def answer_never(request: Request, application: Application) -> Response:
    """Do what is asked for, and never say so."""
    await application(request)
    return await fault.stall()(request, application)


PHASES: dict[str, Callable[[Scene], Callable[[], object]]] = {
    "resolving the name": asking_origin(fault.stall(), "*/manifests/v1"),
    "reading manifests": asking_origin(fault.stall(), f"*/manifests/{IMAGE.digest}"),
    "asking what is there": asking_goal(fault.stall(), "HEAD", BLOBS),
    "beginning uploads": asking_goal(fault.stall(), "POST", UPLOADS),
    "downloading": half_way_down,
    "uploading": half_way_up,
    "waiting for the end of uploads": waiting_for_an_answer,
    "publishing a manifest": asking_goal(fault.stall(), "PUT", f"*/manifests/{IMAGE.digest}"),
    "setting the name": asking_goal(fault.stall(), "PUT", "*/manifests/v1"),
    "waiting to ask the source again": asking_origin(fault.answer(503, AN_HOUR), BLOBS),
    "waiting to ask the destination again": asking_goal(fault.answer(429, AN_HOUR), "PUT", UPLOADS),
}
KEEP_SESSIONS = ("downloading", "uploading", "waiting for the end of uploads")


def interrupted(scene: Scene, destination: str, wait: Callable[[], object]) -> tuple[bytes, bytes]:
    """Run the program, send it SIGINT when it is where it should be, and return what it said."""
    plain = ["--src-tls-verify=false", "--dest-tls-verify=false"]
    command = [sys.executable, "-m", "ocitool", "copy", "--all", *plain, "--progress=none"]
    environment = {**os.environ, "XDG_STATE_HOME": str(scene.state.parent)}
    with subprocess.Popen(
        [*command, scene.names[0], destination],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            wait()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    return said


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_ends_the_program(scene: Scene, phase: str) -> None:
    output, remarks = interrupted(scene, scene.names[1], PHASES[phase](scene))
    assert output == b""
    assert b"Traceback" not in remarks
    for tap in (scene.reading, scene.writing):
        tap.wait_for_the_end()
    scene.assert_nothing_half()
    if phase in KEEP_SESSIONS:
        assert scene.journal
    scene.assert_a_second_run_completes(scene.names[1])


def test_ctrl_c_ends_a_copy_to_a_layout(scene: Scene) -> None:
    destination = f"oci:{scene.folder / 'layout'}:v1"
    interrupted(scene, destination, PHASES["downloading"](scene))
    scene.assert_nothing_half()
    scene.assert_a_second_run_completes(destination)


@pytest.mark.parametrize("phase", PHASES)
def test_cancelling_ends_a_copy_and_all_of_its_sockets_and_threads(scene: Scene, phase: str) -> None:
    wait, token = PHASES[phase](scene), CancelToken()
    settings = replace(Copier().settings, state_directory=scene.state)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            oci.copy(*scene.names, context=oci.Context(settings=settings, token=token))
        except BaseException as error:  # noqa: BLE001 - looked at below
            caught.append(error)

    before = set(threading.enumerate())
    thread = threading.Thread(target=work)
    thread.start()
    wait()
    token.cancel()
    thread.join(30)
    assert [type(error) for error in caught] == [Cancelled]
    for tap in (scene.reading, scene.writing):
        tap.wait_for_the_end()
    left = [each for each in set(threading.enumerate()) - before if each.name.startswith("oci")]
    assert left == []
    scene.assert_nothing_half()
    if phase in KEEP_SESSIONS:
        assert scene.journal
    scene.assert_a_second_run_completes(scene.names[1])
