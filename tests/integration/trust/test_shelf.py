"""Where GPG signatures lie: lookaside directories, lookaside places on the web, registries that keep them.

No signature is verified here: it is about finding all of them, and about telling what is not there from what
could not be asked.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken
from oci.errors import Cancelled, InvalidDocument, LimitExceeded, RateLimited, RegistryError, StorageError
from oci.serving import Response
from oci.settings import Security, Settings
from oci.spec import Reference
from oci.testing import ScriptedRegistry, ScriptedServer, fault
from oci.transports.name import ImageName
from oci.transports.remote.repository import RemoteRepository
from oci.transports.session import Session
from oci.transports.table import open_source
from oci.trust import Absent, Family, Found, Signature, Subject, Unasked
from oci.trust.simple.extension_shelf import ExtensionKeeper, ExtensionShelf
from oci.trust.simple.shelf import MAX_SIGNATURES, DirectoryShelf, LookasideShelf
from oci.trust.simple.web_shelf import WebShelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.serving import Application, Request
    from oci.testing.script import Fault
    from oci.trust import Reading

SUBJECT = Subject.of(b'{"schemaVersion": 2}', Reference.parse("r.example/team/app:1"))
FOLDER = f"team/app@sha256={SUBJECT.digest.encoded}"


def signature(content: bytes, family: Family = Family.SIMPLE) -> Signature:
    return Signature(family=family, envelope=content, found_at="here")


def envelopes(reading: Reading) -> list[bytes]:
    assert isinstance(reading, Found), reading
    return [each.envelope for each in reading.signatures]


class TestLookasideDirectory:
    def test_what_is_added_is_found_behind_what_was_there_and_once(self, tmp_path: Path) -> None:
        shelf = LookasideShelf(tmp_path / "made")
        assert isinstance(shelf.read(SUBJECT), Absent)
        shelf.add(SUBJECT, [signature(b"one")])
        shelf.add(SUBJECT, [signature(b"one"), signature(b"two"), signature(b"three", Family.COSIGN)])
        assert envelopes(shelf.read(SUBJECT)) == [b"one", b"two", b"three"]
        assert sorted(path.name for path in (tmp_path / "made" / FOLDER).iterdir()) == [
            "signature-1",
            "signature-2",
            "signature-3",
        ]
        assert (tmp_path / "made" / FOLDER / "signature-3").read_bytes() == b"\0sigstore-json\nthree"

    def test_a_gap_ends_the_count_and_is_filled(self, tmp_path: Path) -> None:
        shelf = LookasideShelf(tmp_path)
        folder = tmp_path / FOLDER
        folder.mkdir(parents=True)
        for number in (1, 3):
            (folder / f"signature-{number}").write_bytes(b"%d" % number)
        assert envelopes(shelf.read(SUBJECT)) == [b"1"]
        shelf.add(SUBJECT, [signature(b"x"), signature(b"y")])
        assert envelopes(shelf.read(SUBJECT)) == [b"1", b"x", b"3", b"y"]

    def test_other_digests_and_names_lie_elsewhere(self, tmp_path: Path) -> None:
        shelf = LookasideShelf(tmp_path)
        shelf.add(SUBJECT, [signature(b"one")])
        assert isinstance(shelf.read(Subject.of(b"{}", SUBJECT.name)), Absent)
        assert isinstance(shelf.read(Subject.of(SUBJECT.content)), Absent)

    def test_thousands_of_signatures_are_not_read(self, tmp_path: Path) -> None:
        shelf = LookasideShelf(tmp_path)
        shelf.add(SUBJECT, [signature(b"%d" % number) for number in range(MAX_SIGNATURES)])
        assert len(envelopes(shelf.read(SUBJECT))) == MAX_SIGNATURES
        with pytest.raises(LimitExceeded):
            shelf.add(SUBJECT, [signature(b"one more")])
        (tmp_path / FOLDER / f"signature-{MAX_SIGNATURES + 1}").write_bytes(b"x")
        reading = shelf.read(SUBJECT)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, LimitExceeded)

    def test_a_signature_of_a_gigabyte_is_read_up_to_its_limit(self, tmp_path: Path) -> None:
        folder = tmp_path / FOLDER
        folder.mkdir(parents=True)
        with (folder / "signature-1").open("wb") as stream:
            stream.truncate(1 << 30)
        (found,) = envelopes(LookasideShelf(tmp_path).read(SUBJECT))
        assert len(found) < 5 << 20

    def test_where_nothing_can_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(StorageError, match="file"):
            LookasideShelf(tmp_path / "file").add(SUBJECT, [signature(b"one")])
        with pytest.raises(StorageError, match="nowhere"):
            DirectoryShelf(tmp_path / "nowhere").add(SUBJECT, [signature(b"one")])

    def test_an_image_directory_keeps_those_of_its_image_and_of_those_beneath(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_bytes(SUBJECT.content)
        shelf, other = DirectoryShelf(tmp_path), Subject.of(b"{}", SUBJECT.name)
        shelf.add(SUBJECT, [signature(b"own")])
        shelf.add(other, [signature(b"beneath")])
        assert (tmp_path / "signature-1").read_bytes() == b"own"
        assert (tmp_path / f"{other.digest.encoded}.signature-1").read_bytes() == b"beneath"
        assert (envelopes(shelf.read(SUBJECT)), envelopes(shelf.read(other))) == ([b"own"], [b"beneath"])


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session(settings=Settings(security=Security.PLAIN, attempts=1))
    yield session
    session.shared.close()


class TestWeb:
    @pytest.fixture
    def files(self) -> dict[str, bytes]:
        return {}

    @pytest.fixture
    def server(self, files: dict[str, bytes]) -> Iterator[ScriptedServer]:
        async def answer(request: Request) -> Response:
            content = files.get(request.path)
            return Response(404) if content is None else Response(200, body=content)

        with ScriptedServer(answer) as running:
            yield running

    def read(self, server: ScriptedServer, session: Session) -> Reading:
        return WebShelf(f"{server.url}/top", session).read(SUBJECT)

    def test_files_are_counted_until_one_is_missing(
        self, server: ScriptedServer, files: dict[str, bytes], session: Session
    ) -> None:
        assert isinstance(self.read(server, session), Absent)
        files.update({f"/top/{FOLDER}/signature-{number}": b"%d" % number for number in (1, 2, 4)})
        assert envelopes(self.read(server, session)) == [b"1", b"2"]

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(429, RateLimited), (503, RegistryError), (403, RegistryError), (302, RegistryError)],
    )
    def test_a_place_that_is_throttled_or_fails_has_said_nothing(
        self, server: ScriptedServer, files: dict[str, bytes], session: Session, status: int, kind: type
    ) -> None:
        files[f"/top/{FOLDER}/signature-1"] = b"1"
        server.script(fault.answer(status), path="*/signature-2")
        reading = self.read(server, session)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, kind)

    def test_thousands_of_signatures_are_not_read(self, server: ScriptedServer, session: Session) -> None:
        server.script(fault.answer(200, body=b"x"))
        reading = self.read(server, session)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, LimitExceeded)
        assert len(server.asked()) == MAX_SIGNATURES + 1

    def test_a_signature_of_a_gigabyte_is_not_read(self, server: ScriptedServer, session: Session) -> None:
        server.script(fault.answer(200, body=bytes(5 << 20)))
        reading = self.read(server, session)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, LimitExceeded)

    def test_who_cancels_gets_no_answer_instead(self, server: ScriptedServer) -> None:
        token = CancelToken()
        token.cancel()
        session = Session(settings=Settings(), token=token)
        with pytest.raises(Cancelled):
            self.read(server, session)
        session.shared.close()


class Extension:
    """The extension of containers/image, as a registry has it; behind a scripted registry."""

    def __init__(self, registry: ScriptedRegistry, instead: Fault | None = None) -> None:
        self.entries: list[dict[str, object]] = []
        registry.script(fault.set_header("X-Registry-Supports-Signatures", "1"), path="/v2/")
        registry.script(instead or self._answer, path=f"/extensions/v2/team/app/signatures/{SUBJECT.digest}")

    async def _answer(self, request: Request, _application: Application) -> Response:
        if request.method == "PUT":
            self.entries.append(json.loads(await request.body.read(1 << 20)))
            return Response(201)
        return Response(200, body=json.dumps({"signatures": self.entries}).encode())


class TestExtension:
    @pytest.fixture
    def registry(self, tmp_path: Path) -> Iterator[ScriptedRegistry]:
        with ScriptedRegistry(tmp_path / "registry") as running:
            yield running

    @pytest.fixture
    def repository(self, registry: ScriptedRegistry, session: Session) -> RemoteRepository:
        found = open_source(ImageName.parse(f"docker://{registry.host}/team/app:1"), session)
        assert isinstance(found, RemoteRepository)
        return found

    def read(self, repository: RemoteRepository) -> Reading:
        return ExtensionShelf(repository, repository.label).read(SUBJECT)

    def test_a_registry_without_it_is_not_asked(
        self, registry: ScriptedRegistry, repository: RemoteRepository
    ) -> None:
        assert isinstance(self.read(repository), Absent)
        assert isinstance(self.read(repository), Absent)
        assert [each.path for each in registry.asked()] == ["/v2/"]

    def test_what_is_added_is_found_once_and_others_kinds_are_passed_over(
        self, registry: ScriptedRegistry, repository: RemoteRepository
    ) -> None:
        extension = Extension(registry)
        assert isinstance(self.read(repository), Absent)
        keeper = ExtensionKeeper(repository, repository.label)
        keeper.add(SUBJECT, [signature(b"one"), signature(b"one"), signature(b"two")])
        extension.entries.append({"schemaVersion": 2, "name": "x", "type": "atomic2", "content": "??"})
        assert envelopes(self.read(repository)) == [b"one", b"two"]
        first = extension.entries[0]
        name, _, own = str(first.pop("name")).partition("@")
        assert name == str(SUBJECT.digest) and len(own) == 32
        assert first == {
            "schemaVersion": 2,
            "type": "atomic",
            "content": base64.b64encode(b"one").decode(),
        }

    @pytest.mark.parametrize(
        ("found", "kind"),
        [
            (fault.answer(429), RateLimited),
            (fault.answer(500), RegistryError),
            (fault.answer(200, body=b'{"signatures":[],"signatures":[]}'), InvalidDocument),
            (fault.answer(200, body=b"{}"), InvalidDocument),
            (fault.answer(200, body=b"[]"), InvalidDocument),
            (fault.answer(200, body=b'{"signatures":[1]}'), InvalidDocument),
            (
                fault.answer(200, body=b'{"signatures":[{"schemaVersion":2,"type":"atomic","content":"?"}]}'),
                InvalidDocument,
            ),
            (fault.answer(200, body=bytes(5 << 20)), LimitExceeded),
        ],
    )
    def test_an_answer_that_is_none_is_not_taken_for_an_empty_list(
        self, registry: ScriptedRegistry, repository: RemoteRepository, found: Fault, kind: type
    ) -> None:
        Extension(registry, found)
        reading = self.read(repository)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, kind)

    def test_a_registry_that_fails_when_asked_for_it_has_said_nothing(
        self, registry: ScriptedRegistry, repository: RemoteRepository
    ) -> None:
        registry.script(fault.answer(503), path="/v2/")
        assert isinstance(self.read(repository), Unasked)

    def test_thousands_of_signatures_are_not_read(
        self, registry: ScriptedRegistry, repository: RemoteRepository
    ) -> None:
        entry: dict[str, object] = {"schemaVersion": 2, "type": "atomic", "content": ""}
        Extension(registry).entries.extend([entry] * (MAX_SIGNATURES + 1))
        reading = self.read(repository)
        assert isinstance(reading, Unasked) and isinstance(reading.reason, LimitExceeded)
