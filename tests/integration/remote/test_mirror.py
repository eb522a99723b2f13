"""What registries.conf says, over real sockets: mirrors, other locations, blocked and insecure ones."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from oci.content import Listed
from oci.errors import DigestMismatch, Forbidden, NotFound, OciError, RegistryError
from oci.frozen import replace
from oci.settings import Credential, Mirror, MirrorUse, RegistriesConf, RegistryRule, Settings
from oci.testing import ScriptedRegistry, build_image, fault, random_layer
from oci.transports.name import ImageName
from oci.transports.remote import network
from oci.transports.remote.mirrored import MirroredRepository
from oci.transports.remote.transport import open_sink, open_source
from oci.transports.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMED = "named.invalid"
LAYER = random_layer(50_000, seed=1)
IMAGE = build_image([LAYER])
OTHER = build_image([random_layer(1000, seed=2)])


class Site:
    """A first and a second mirror, and the registry itself, which is called `NAMED` in the rules."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.first, self.second, self.origin = (
            stack.enter_context(ScriptedRegistry(folder / name)) for name in ("first", "second", "origin")
        )
        self.warnings: list[str] = []
        self._stack = stack

    @property
    def all(self) -> tuple[ScriptedRegistry, ...]:
        return self.first, self.second, self.origin

    def rule(self, *, use: MirrorUse = MirrorUse.ALL, is_blocked: bool = False) -> RegistryRule:
        mirrors = (
            Mirror(location=f"{self.first.host}/cache", is_insecure=True, use=use),
            Mirror(location=self.second.host, is_insecure=True),
        )
        return RegistryRule(
            prefix=NAMED,
            location=self.origin.host,
            is_insecure=True,
            is_blocked=is_blocked,
            mirrors=mirrors,
            origin="/etc/r.conf",
        )

    def session(self, *rules: RegistryRule, **settings: object) -> Session:
        values: dict[str, object] = {"retry_delay_s": 0.002, "registries": RegistriesConf(rules=rules)}
        made = Settings(**(values | settings))  # type: ignore[arg-type]
        session = Session(settings=made, warn=self.warnings.append)
        self._stack.callback(session.shared.close)
        return session

    def source(self, *rules: RegistryRule, name: str = "app:v1", **settings: object) -> MirroredRepository:
        image = ImageName.parse(f"docker://{NAMED}/{name}")
        source = open_source(image, self.session(*(rules or (self.rule(),)), **settings))
        assert isinstance(source, MirroredRepository)
        return source

    def own_rule(self) -> RegistryRule:
        """A rule for the origin's own name, which is read in two other places."""
        return RegistryRule(
            prefix=self.origin.host,
            location=f"{self.first.host}/cache",
            is_insecure=True,
            mirrors=(Mirror(location=self.second.host, is_insecure=True),),
        )

    def asked(self) -> list[list[str]]:
        """What each registry was asked, without the question how it is reached."""
        return [[f"{x.method} {x.path}" for x in each.exchanges if x.path != "/v2/"] for each in self.all]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(tmp_path, stack)


@contextmanager
def blackhole() -> Iterator[str]:
    """Yield an address where connections are neither taken nor refused: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def read(source: MirroredRepository) -> bytes:
    with source.fetch(LAYER.descriptor) as reader:
        return reader.read(limit=100_000)


class TestOrder:
    def test_the_first_mirror_that_has_the_image_serves_all_of_it(self, site: Site) -> None:
        site.second.put("app", IMAGE, "v1")
        site.origin.put("app", IMAGE, "v1")
        source = site.source()
        assert source.open("v1").content == IMAGE.raw
        assert read(source) == LAYER.data
        assert source.served_by == f"docker://{site.second.host}/app"
        assert site.asked() == [
            ["GET /v2/cache/app/manifests/v1"],
            ["GET /v2/app/manifests/v1", f"GET /v2/app/blobs/{LAYER.descriptor.digest}"],
            [],
        ]

    def test_the_primary_location_comes_last(self, site: Site) -> None:
        site.origin.put("app", IMAGE, "v1")
        source = site.source()
        assert source.resolve("v1") == IMAGE.root
        assert source.served_by == f"docker://{site.origin.host}/app"

    @pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
    def test_any_failure_leads_to_the_next_place(self, site: Site, status: int) -> None:
        site.first.script(fault.answer(status), path="*/manifests/*")
        site.second.put("app", IMAGE, "v1")
        source = site.source(attempts=1)
        assert source.open("v1").content == IMAGE.raw
        assert source.served_by == f"docker://{site.second.host}/app"

    def test_a_document_that_is_not_what_its_digest_names_leads_to_the_next_place(self, site: Site) -> None:
        for mirror, repository in ((site.first, "cache/app"), (site.second, "app")):
            mirror.put(repository, IMAGE)
        site.first.script(fault.corrupt(5), path="*/manifests/*")
        source = site.source(name=f"app@{IMAGE.root.digest}")
        assert source.open(IMAGE.root.digest).content == IMAGE.raw
        assert source.served_by == f"docker://{site.second.host}/app"

    def test_when_all_fail_the_primary_location_is_told_of_and_the_mirrors_too(self, site: Site) -> None:
        site.first.script(fault.answer(403), path="*/manifests/*")
        with pytest.raises(NotFound) as caught:
            site.source().open("v1")
        for registry in site.all:
            assert registry.host in caught.value.message

    def test_a_mirror_that_cannot_be_reached_is_asked_once_in_a_session(self, site: Site) -> None:
        site.second.put("app", IMAGE, "v1", "v2")
        source = site.source(attempts=1)
        site.first.script(fault.reset())
        source.open("v1")
        asked = len(site.first.exchanges)
        assert asked
        assert source.open("v2").content == IMAGE.raw
        assert len(site.first.exchanges) == asked

    def test_a_mirror_in_trouble_is_asked_once_for_each_image(self, site: Site) -> None:
        for registry in site.all:
            registry.put("app", IMAGE, "v1", "v2")
        for mirror in (site.first, site.second):
            mirror.script(fault.answer(503), path="*/manifests/*", times=9)
        # Were it tried again, the first delay would be an hour.
        source = site.source(retry_delay_s=3600.0)
        assert [source.open(tag).content for tag in ("v1", "v2")] == [IMAGE.raw, IMAGE.raw]
        assert [len(asked) for asked in site.asked()] == [2, 2, 2]

    def test_the_last_place_is_tried_again(self, site: Site) -> None:
        site.origin.put("app", IMAGE, "v1")
        site.origin.script(fault.answer(503), path="*/manifests/*", times=2)
        assert site.source().open("v1").content == IMAGE.raw

    def test_nobody_waits_for_a_mirror_that_takes_no_connection(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(network, "MIRROR_CONNECT_S", 0.2)
        site.origin.put("app", IMAGE, "v1", "v2")
        with blackhole() as address:
            rule = replace(site.rule(), mirrors=(Mirror(location=address, is_insecure=True),))
            source = site.source(rule, connect_timeout_s=3600.0)
            assert [source.open(tag).content for tag in ("v1", "v2")] == [IMAGE.raw, IMAGE.raw]

    def test_what_a_tag_stands_for_is_for_the_first_place_to_say(self, site: Site) -> None:
        site.first.put("cache/app", OTHER, "v1")
        site.origin.put("app", IMAGE, "v1")
        assert site.source().open("v1").content == OTHER.raw


class TestKindsOfNames:
    def test_a_mirror_for_digests_is_not_asked_for_tags(self, site: Site) -> None:
        site.second.put("app", IMAGE, "v1")
        site.source(site.rule(use=MirrorUse.DIGEST_ONLY)).open("v1")
        assert site.asked()[0] == []

    def test_a_mirror_for_digests_is_asked_for_digests(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE)
        source = site.source(site.rule(use=MirrorUse.DIGEST_ONLY), name=f"app@{IMAGE.root.digest}")
        assert source.open(IMAGE.root.digest).content == IMAGE.raw
        assert source.served_by == f"docker://{site.first.host}/cache/app"

    def test_a_mirror_for_tags_is_not_asked_for_digests(self, site: Site) -> None:
        site.second.put("app", IMAGE)
        source = site.source(site.rule(use=MirrorUse.TAG_ONLY), name=f"app@{IMAGE.root.digest}")
        source.open(IMAGE.root.digest)
        assert site.asked()[0] == []


class TestBlobs:
    def test_a_blob_that_the_serving_place_lacks_comes_from_the_next_one(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE, "v1")
        site.second.put("app", IMAGE, "v1")
        site.first.script(fault.answer(404), path="*/blobs/*")
        source = site.source()
        source.open("v1")
        assert read(source) == LAYER.data
        assert source.exists(LAYER.descriptor)

    def test_images_of_several_places_are_read_side_by_side(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE, "v1")
        site.origin.put("app", OTHER, "v2")
        source = site.source()
        source.open("v1")
        source.open("v2")
        assert source.served_by == f"docker://{site.origin.host}/app"
        assert read(source) == LAYER.data
        assert source.document(IMAGE.root) == IMAGE.raw

    def test_a_refusal_is_no_reason_to_look_elsewhere(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE, "v1")
        site.first.script(fault.answer(403), path="*/blobs/*")
        site.second.put("app", IMAGE, "v1")
        source = site.source()
        source.open("v1")
        with pytest.raises(RegistryError):
            read(source)
        assert site.asked()[1] == []

    def test_what_a_mirror_sends_is_verified(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE, "v1")
        site.first.script(fault.corrupt(100), path="*/blobs/*")
        source = site.source()
        source.open("v1")
        with pytest.raises(DigestMismatch):
            read(source)

    def test_referrers_are_those_of_the_place_that_serves(self, site: Site) -> None:
        site.first.put("cache/app", IMAGE, "v1")
        source = site.source()
        source.open("v1")
        assert source.referrers(IMAGE.root.digest) == Listed((), via="api")
        assert site.asked()[2] == []


class TestOtherPlaces:
    def test_tags_are_those_of_the_registry_that_was_named(self, site: Site) -> None:
        site.first.put("cache", IMAGE, "v1")
        site.second.put("app", IMAGE, "v3")
        site.origin.put("app", IMAGE, "v1", "v2")
        name = ImageName.parse(f"docker://{site.origin.host}/app:v1")
        source = open_source(name, site.session(site.own_rule()))
        assert isinstance(source, MirroredRepository)
        assert list(source.names()) == ["v1", "v2"]
        assert site.asked()[:2] == [[], []]

    def test_a_rule_without_mirrors_moves_a_name(self, site: Site) -> None:
        site.origin.put("inner/app", IMAGE, "v1")
        rule = RegistryRule(prefix=f"{NAMED}/team", location=f"{site.origin.host}/inner", is_insecure=True)
        source = open_source(ImageName.parse(f"docker://{NAMED}/team/app:v1"), site.session(rule))
        assert source.open("v1").content == IMAGE.raw
        assert isinstance(source, MirroredRepository)
        assert source.served_by == f"docker://{site.origin.host}/inner/app"

    def test_what_is_written_goes_to_the_registry_that_was_named(self, site: Site) -> None:
        site.origin.put("app", IMAGE)
        name = ImageName.parse(f"docker://{site.origin.host}/app:v2")
        open_sink(name, site.session(site.own_rule())).publish(IMAGE.root, IMAGE.raw, ["v2"])
        assert site.origin.content("app", "v2") == IMAGE.raw
        assert site.warnings == []
        assert site.asked()[:2] == [[], []]


class TestBlocked:
    def test_nothing_is_asked_of_a_blocked_registry(self, site: Site) -> None:
        rule = RegistryRule(
            prefix=site.origin.host, location=site.origin.host, is_blocked=True, origin="/etc/r.conf"
        )
        name = ImageName.parse(f"docker://{site.origin.host}/app:v1")
        for opening in (open_source, open_sink):
            with pytest.raises(Forbidden, match=r"/etc/r\.conf blocks") as caught:
                opening(name, site.session(rule))
            assert caught.value.path == "/etc/r.conf"
        assert site.origin.exchanges == []

    def test_mirrors_of_a_blocked_registry_serve_and_it_is_never_asked(self, site: Site) -> None:
        site.second.put("app", IMAGE, "v1")
        site.origin.put("app", IMAGE, "v1", "v2")
        source = site.source(site.rule(is_blocked=True))
        assert source.open("v1").content == IMAGE.raw
        with pytest.raises(OciError):
            source.open("v2")
        with pytest.raises(Forbidden):
            list(source.names())
        assert site.origin.exchanges == []


class TestSecurity:
    def test_a_mirror_that_may_not_be_insecure_has_to_speak_tls(self, site: Site) -> None:
        site.first.put("app", IMAGE, "v1")
        site.origin.put("app", IMAGE, "v1")
        rule = RegistryRule(
            prefix=NAMED,
            location=site.origin.host,
            is_insecure=True,
            mirrors=(Mirror(location=site.first.host),),
        )
        source = site.source(rule, attempts=1)
        assert source.open("v1").content == IMAGE.raw
        assert site.first.exchanges == []
        assert source.served_by == f"docker://{site.origin.host}/app"

    def test_given_credentials_are_not_shown_to_mirrors(self, site: Site) -> None:
        challenge = {"WWW-Authenticate": 'Basic realm="x"'}
        for registry in (site.first, site.second):
            registry.script(fault.answer(401, challenge), path="*/manifests/*")
        site.origin.put("app", IMAGE, "v1")
        rule = RegistryRule(
            prefix=site.origin.host,
            location=site.origin.host,
            is_insecure=True,
            mirrors=(Mirror(location=site.first.host, is_insecure=True),),
        )
        site.origin.script(fault.answer(401, challenge), path="*/manifests/*", times=1)
        ann = Credential(username="ann", password="secret")
        image = ImageName.parse(f"docker://{site.origin.host}/app:v1")
        source = open_source(image, site.session(rule, credential=ann))
        assert source.open("v1").content == IMAGE.raw
        assert all("Authorization" not in x.headers for x in site.first.exchanges)
        assert "Authorization" in site.origin.exchanges[-1].headers


def test_unknown_keys_are_told_once(site: Site) -> None:
    session = site.session(registries=RegistriesConf(ignored=("/etc/r.conf: foo",)))
    for _ in range(2):
        open_source(ImageName.parse(f"docker://{site.origin.host}/app"), session)
    assert site.warnings == ["/etc/r.conf: foo is not known to this version, and is ignored"]
