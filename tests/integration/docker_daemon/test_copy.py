"""Images to and from an engine over a real socket: what arrives, what is refused, what a failure leaves."""

from __future__ import annotations

import gzip
import hashlib
import threading
from typing import TYPE_CHECKING

import pytest

import oci
from oci import errors
from oci.frozen import replace
from oci.settings import Daemon, Settings
from oci.testing import ScriptedEngine, build_artifact, build_image, build_index, fault, layer
from oci.transfer import CopyOptions, Event, Outcome
from oci.transfer.event import Finishing

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, Fault

IMAGE = build_image(
    [layer({"etc/a": b"1" * 5000}), layer({"etc/b": b"2"}, compression="none")], config={"Env": ["A=ä"]}
)
OTHER = build_image([layer({"etc/c": b"3"})])
ARTIFACT = build_artifact("application/vnd.example.report", b"{}")
CONFIG = IMAGE.leaves[0].data
LAYERS = (gzip.decompress(IMAGE.leaves[1].data), IMAGE.leaves[2].data)
NAME = "docker.io/library/app:1"


class World:
    """An engine, and what is copied to and from it."""

    def __init__(self, engine: ScriptedEngine, folder: Path) -> None:
        self.engine = engine
        self.warnings: list[str] = []
        self.token = oci.CancelToken()
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.layout = folder / "layout"
        self.settings = Settings(
            daemon=Daemon(host=engine.daemon_host), scratch_directory=self.scratch, idle_timeout_s=60
        )

    def context(self, **settings: object) -> oci.Context:
        chosen = replace(self.settings, **settings) if settings else self.settings
        return oci.Context(settings=chosen, warn=self.warnings.append, token=self.token)

    def to_engine(
        self,
        content: Content = IMAGE,
        name: str = "app:1",
        *,
        options: CopyOptions | None = None,
        **settings: object,
    ) -> oci.CopyResult:
        content.write_to(self.layout, "x")
        context = self.context(**settings)
        return oci.copy(f"oci:{self.layout}:x", f"docker-daemon:{name}", options=options, context=context)

    def from_engine(self, name: str = "app:1", **settings: object) -> oci.CopyResult:
        return oci.copy(
            f"docker-daemon:{name}", f"oci:{self.layout}-back:x", context=self.context(**settings)
        )

    def fails(self, *kinds: type[Exception], **settings: object) -> errors.OciError:
        """Copy to the engine, which has to fail, and return the reason."""
        with pytest.raises(errors.OciError) as caught:
            self.to_engine(**settings)  # type: ignore[arg-type]
        return self._reason(caught.value, *kinds)

    def fails_back(self, *kinds: type[Exception], name: str = "app:1", **settings: object) -> errors.OciError:
        """Copy from the engine, which has to fail, and return the reason."""
        with pytest.raises(errors.OciError) as caught:
            self.from_engine(name, **settings)
        return self._reason(caught.value, *kinds)

    def _reason(self, error: errors.OciError, *kinds: type[Exception]) -> errors.OciError:
        cause = error.__cause__ if isinstance(error, errors.CopyError) else error
        assert isinstance(cause, kinds), cause
        assert isinstance(cause, errors.OciError)
        assert list(self.scratch.iterdir()) == []
        return cause


@pytest.fixture
def world(engine: ScriptedEngine, tmp_path: Path) -> World:
    return World(engine, tmp_path)


def test_an_image_arrives_with_its_configuration_and_its_layers(world: World) -> None:
    result = world.to_engine()
    image = world.engine.find(NAME)
    assert image is not None
    assert (image.config, image.layers, image.names) == (CONFIG, LAYERS, {NAME})
    assert result.moved == sum(len(leaf.data) for leaf in IMAGE.leaves)
    (load,) = world.engine.asked("POST", "*/load")
    assert load.headers.get("Transfer-Encoding") == "chunked"
    (warning,) = [text for text in world.warnings if "digest" in text]
    assert image.image_id in warning
    assert list(world.scratch.iterdir()) == []


def test_what_comes_back_is_the_same_image_under_another_digest(world: World) -> None:
    world.to_engine()
    world.from_engine()
    back = f"oci:{world.layout}-back:x"
    assert oci.raw_config(back) == CONFIG
    assert oci.raw_manifest(back) != IMAGE.raw
    assert [link.digest.encoded for link in oci.inspect(back).layers] == _diff_ids()
    assert list(world.scratch.iterdir()) == []


def _diff_ids() -> list[str]:
    return [hashlib.sha256(one).hexdigest() for one in LAYERS]


def test_an_image_is_read_by_its_id(world: World) -> None:
    world.to_engine()
    image = world.engine.find(NAME)
    assert image is not None
    world.from_engine(image.image_id)
    assert oci.raw_config(f"oci:{world.layout}-back:x") == CONFIG


def test_an_image_that_the_engine_has_only_gets_its_name(world: World) -> None:
    world.to_engine()
    result = world.to_engine(name="other/app:2")
    assert {blob.outcome for blob in result.blobs} == {Outcome.SKIPPED}
    assert len(world.engine.asked("POST", "*/load")) == 1
    image = world.engine.find(NAME)
    assert image is not None
    assert image.names == {NAME, "docker.io/other/app:2"}


def test_a_name_moves_to_the_new_image(world: World) -> None:
    world.to_engine()
    world.to_engine(OTHER)
    moved = world.engine.find(NAME)
    assert moved is not None
    assert moved.config == OTHER.leaves[0].data


def test_further_names_are_given_with_the_first(world: World) -> None:
    world.to_engine(options=CopyOptions(names=("app:2", "localhost/x:3")))
    image = world.engine.find(NAME)
    assert image is not None
    assert image.names == {NAME, "docker.io/library/app:2", "localhost/x:3"}


@pytest.mark.parametrize(
    "content",
    [build_index({"linux/amd64": IMAGE, "linux/arm64": OTHER}), ARTIFACT],
    ids=["index", "artifact"],
)
def test_what_is_no_single_image_is_refused_before_anything_moves(world: World, content: Content) -> None:
    error = world.fails(errors.Unsupported, content=content)
    assert "single images" in error.message
    assert [one.path for one in world.engine.exchanges] == ["/_ping"]


def test_digests_that_must_be_preserved_are_not_lost(world: World) -> None:
    world.fails(errors.Unsupported, options=CopyOptions(preserves_digests=True))
    assert world.engine.images == {}


def test_an_image_is_not_stored_under_an_id(world: World) -> None:
    with pytest.raises(errors.Unsupported, match="IDs"):
        world.to_engine(name=f"sha256:{'0' * 64}")


def test_the_names_in_an_engine_are_listed(world: World) -> None:
    world.to_engine()
    assert oci.list_tags("docker-daemon:", context=world.context()).tags == (NAME,)


def test_an_image_must_be_named_to_be_read(world: World) -> None:
    assert "docker-daemon:NAME" in world.fails_back(errors.NotFound, name="").hint


def test_an_image_that_is_not_there(world: World) -> None:
    assert NAME in world.fails_back(errors.NotFound).message


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        (fault.answer_json(500, {"message": "no space left"}), "500: no space left"),
        (fault.answer(200, {}, b'{"stream":"..."}\r\n{"errorDetail":{"message":"bad layer"}}'), "bad layer"),
        (fault.answer(200, {}, b'{"error":"bad layer"}'), "bad layer"),
        (fault.answer(200, {}, b"Loaded!"), "report of a load"),
        (fault.answer(200, {}, b'{"stream":"Loaded image: x"}'), "does not show it"),
        (fault.answer(200, {}, b'{"x":"' + b"y" * 9_000_000), "answer_bytes"),
    ],
    ids=["refusal", "detail", "error", "no-report", "lie", "endless"],
)
def test_an_engine_that_does_not_take_the_image(world: World, instead: Fault, told: str) -> None:
    world.engine.script(instead, method="POST")
    assert told in world.fails(errors.OciError).message


def test_layers_that_an_old_engine_does_not_know_are_hinted_at(world: World) -> None:
    world.engine.script(fault.answer(200, {}, b'{"error":"unexpected EOF"}'), method="POST")
    assert world.fails(errors.DaemonError).hint == ""
    zstd = build_image([layer({"etc/z": b"4"}, compression="zstd")])
    assert "--dest-compress-format" in world.fails(errors.DaemonError, content=zstd).hint


def test_what_is_done_last_is_told(world: World) -> None:
    events: list[Event] = []
    world.to_engine(options=CopyOptions(listener=events.append))
    assert events[-1] == Finishing(f"docker-daemon at {world.engine.daemon_host}")


def test_another_image_under_the_name_is_noticed(world: World) -> None:
    stranger = world.engine.keep(OTHER.leaves[0].data, (b"layer",))
    document = {"Id": stranger.image_id, "RootFS": {"Layers": ["sha256:00"]}}
    world.engine.script(fault.answer_json(200, document), path=f"*{NAME}/json")
    assert "shows another image" in world.fails(errors.DaemonError).message


def test_an_engine_that_goes_by_manifests_is_believed_by_the_layers(world: World) -> None:
    document = {"Id": f"sha256:{'1' * 64}", "RootFS": {"Layers": [f"sha256:{one}" for one in _diff_ids()]}}
    world.engine.script(fault.answer_json(200, document), path=f"*{NAME}/json")
    world.to_engine()


def test_a_connection_that_breaks_while_the_image_is_sent(world: World) -> None:
    world.engine.script(fault.cut_upload(1000), method="POST")
    world.fails(errors.TransportError, errors.DaemonError)
    assert world.engine.images == {}


def test_an_engine_that_stops_answering_is_given_up(world: World) -> None:
    world.engine.script(fault.stall(), method="POST")
    world.fails(errors.Stalled, idle_timeout_s=0.02)


def test_cancelling_ends_the_sending(world: World) -> None:
    rule = world.engine.script(fault.stall(), method="POST")

    def cancel() -> None:
        rule.wait()
        world.token.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    world.fails(errors.Cancelled)
    canceller.join()
    assert world.engine.images == {}


@pytest.mark.parametrize(
    ("instead", "kind"),
    [
        (fault.cut(2000), errors.TransportError),
        (fault.cut(2000, by_reset=True), errors.TransportError),
        (fault.replace_body(b""), errors.InvalidDocument),
        (fault.replace_body(b"no archive" * 100), errors.InvalidDocument),
        (fault.replace_body(bytes(10_240)), errors.InvalidDocument),
        (fault.corrupt(600), errors.OciError),
        (fault.answer_json(500, {"message": "gone"}), errors.DaemonError),
    ],
    ids=["cut", "reset", "empty", "rubbish", "no-members", "corrupt", "refusal"],
)
def test_archives_that_do_not_arrive_whole(world: World, instead: Fault, kind: type[Exception]) -> None:
    world.to_engine()
    world.engine.script(instead, path="*/get")
    world.fails_back(kind)


def test_an_archive_that_stops_is_given_up(world: World) -> None:
    world.to_engine()
    world.engine.script(fault.stall(after_bytes=2000), path="*/get")
    world.fails_back(errors.Stalled, idle_timeout_s=0.02)


def test_a_plan_says_that_nothing_would_move_and_moves_nothing(world: World) -> None:
    world.to_engine()
    plan = oci.plan(f"oci:{world.layout}:x", "docker-daemon:app:2", context=world.context())
    assert {blob.action for blob in plan.blobs} == {Outcome.SKIPPED}
    assert world.engine.find("docker.io/library/app:2") is None
