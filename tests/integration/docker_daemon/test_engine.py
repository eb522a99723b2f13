"""The calls of the Engine API over real sockets: versions, names, and everything that is no engine."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.frozen import replace
from oci.settings import Daemon, Settings
from oci.testing import ScriptedEngine, fault
from oci.testing.certificate import make_certificates
from oci.transports.docker_daemon.engine import Engine
from oci.transports.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.docker_daemon.conftest import MakeSession

CONFIG = b'{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}'
NOBODY = 65534


@contextmanager
def engine_at(session: Session) -> Iterator[Engine]:
    with closing(Engine(session)) as engine:
        yield engine


def failing(session: Session, kind: type[Exception]) -> errors.OciError:
    """Reach for an engine that cannot be reached, and return the error."""
    with engine_at(session) as engine, pytest.raises(kind) as caught:
        engine.names()
    assert isinstance(caught.value, errors.OciError)
    return caught.value


@pytest.mark.parametrize(("announced", "spoken"), [("1.24", "1.24"), ("1.43", "1.43"), ("1.99", "1.51")])
def test_the_newest_version_that_both_know_is_spoken(
    folder: Path, session: MakeSession, announced: str, spoken: str
) -> None:
    with ScriptedEngine(folder / "s", version=announced) as server:
        with engine_at(session(server.daemon_host)) as engine:
            engine.names()
            engine.names()
        assert [one.path for one in server.exchanges] == ["/_ping", *[f"/v{spoken}/images/json"] * 2]


def test_an_engine_that_is_too_old_is_refused(folder: Path, session: MakeSession) -> None:
    with ScriptedEngine(folder / "s", version="1.12") as server:
        error = failing(session(server.daemon_host), errors.Unsupported)
    assert "1.12" in error.message
    assert "1.24" in error.message


def test_a_version_that_is_none_is_refused(engine: ScriptedEngine, session: MakeSession) -> None:
    engine.script(fault.answer(200, {"Api-Version": "banana"}, b"OK"), path="/_ping")
    assert "banana" in failing(session(engine.daemon_host), errors.OciError).message


@pytest.mark.parametrize(
    "instead", [fault.answer(404), fault.answer(200, {}, b"OK")], ids=["404", "no-version"]
)
def test_who_listens_but_is_no_engine_is_named(
    engine: ScriptedEngine, session: MakeSession, instead: fault.Stall
) -> None:
    engine.script(instead, path="/_ping")
    error = failing(session(engine.daemon_host), errors.DaemonError)
    assert "no container engine" in error.message
    assert engine.daemon_host in error.message


def test_who_does_not_speak_http_is_named(folder: Path, session: MakeSession) -> None:
    path = folder / "s"
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen()

        def greet() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail.example.org ready\r\n")

        greeter = threading.Thread(target=greet)
        greeter.start()
        error = failing(session(f"unix://{path}"), errors.ConnectionBroken)
        greeter.join()
    assert str(path) in error.message


def test_a_socket_that_is_not_there(folder: Path, session: MakeSession) -> None:
    error = failing(session(f"unix://{folder}/none"), errors.ConnectFailed)
    assert error.message == f"docker-daemon at unix://{folder}/none: there is no such socket"
    assert "DOCKER_HOST" in error.hint


def test_a_file_that_is_no_socket(folder: Path, session: MakeSession) -> None:
    (folder / "file").write_bytes(b"")
    assert "is not a socket" in failing(session(f"unix://{folder}/file"), errors.ConnectFailed).message


def test_a_socket_whose_engine_has_ended(folder: Path, session: MakeSession) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(folder / "s"))
    assert "nobody listens" in failing(session(f"unix://{folder}/s"), errors.ConnectFailed).message


def test_a_path_that_is_too_long_for_a_socket(folder: Path, session: MakeSession) -> None:
    failing(session(f"unix://{folder}/{'x' * 200}"), errors.ConnectFailed)


def test_a_socket_that_is_not_for_this_user(
    engine: ScriptedEngine, folder: Path, session: MakeSession
) -> None:
    (folder / "engine.sock").chmod(0)
    is_root = os.geteuid() == 0  # to whom everything is permitted
    if is_root:
        os.seteuid(NOBODY)
    try:
        error = failing(session(engine.daemon_host), errors.ConnectFailed)
    finally:
        if is_root:
            os.seteuid(0)
    assert "may not connect" in error.message
    assert "group docker" in error.hint


def test_an_engine_that_says_nothing_is_given_up(engine: ScriptedEngine, session: MakeSession) -> None:
    engine.script(fault.stall(), path="*/json")
    failing(session(engine.daemon_host, idle_timeout_s=0.02), errors.Stalled)


def test_cancelling_ends_a_call_that_waits(engine: ScriptedEngine, session: MakeSession) -> None:
    rule = engine.script(fault.stall(), path="*/json")
    opened = session(engine.daemon_host)

    def cancel() -> None:
        rule.wait()
        opened.token.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    failing(opened, errors.Cancelled)
    canceller.join()


def test_names_and_images(engine: ScriptedEngine, session: MakeSession) -> None:
    kept = engine.keep(CONFIG, (b"layer",), "docker.io/library/b:1", "docker.io/library/a:1")
    with engine_at(session(engine.daemon_host)) as opened:
        assert opened.names() == ("docker.io/library/a:1", "docker.io/library/b:1")
        assert opened.image("docker.io/library/a:1") == opened.image(kept.image_id)
        assert opened.image(kept.image_id).image_id == kept.image_id
        for ask in (opened.image, opened.export):
            with pytest.raises(errors.NotFound, match=r"has no image docker\.io/library/c:1"):
                ask("docker.io/library/c:1")


def test_what_an_engine_says_of_its_failure_is_told(engine: ScriptedEngine, session: MakeSession) -> None:
    engine.script(fault.answer_json(500, {"message": "disk\n\x1b[31mfull"}), path="*/json")
    error = failing(session(engine.daemon_host), errors.DaemonError)
    assert "500: disk" in error.message
    assert error.message.isprintable()


@pytest.mark.parametrize(
    "document", [{}, [1], [{"RepoTags": 3}, "x"], "no"], ids=["object", "number", "mixed", "text"]
)
def test_lists_that_are_none(engine: ScriptedEngine, session: MakeSession, document: object) -> None:
    engine.script(fault.answer_json(200, document), path="*/images/json")
    failing(session(engine.daemon_host), errors.InvalidDocument)


def test_an_answer_without_end_is_bounded(engine: ScriptedEngine, session: MakeSession) -> None:
    engine.script(fault.answer(200, {}, b"[" * 100_000), path="*/images/json")
    opened = session(engine.daemon_host)
    failing(replace(opened, limits=replace(opened.limits, answer_bytes=50_000)), errors.LimitExceeded)


def test_tls_with_the_files_of_a_certificate_directory(tmp_path: Path, session: MakeSession) -> None:
    made = make_certificates(tmp_path)
    (tmp_path / "docker").mkdir()
    made.authority.rename(tmp_path / "docker/ca.pem")
    with ScriptedEngine(tls=made.server_context()) as server:
        strange = session(server.daemon_host.replace("tcp", "https"))
        assert failing(strange, errors.TlsFailed).message
        daemon = Daemon(host=server.daemon_host, certificate_directory=tmp_path / "docker")
        for settings in (
            Settings(daemon=daemon),
            Settings(daemon=Daemon(host=server.daemon_host), certificate_directory=tmp_path / "docker"),
        ):
            with engine_at(Session(settings=settings)) as engine:
                assert engine.names() == ()


def test_loopback_without_tls(session: MakeSession) -> None:
    with ScriptedEngine() as server, engine_at(session(server.daemon_host)) as engine:
        assert engine.names() == ()
