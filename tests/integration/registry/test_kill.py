"""``kill -9`` of the registry during an upload: nothing half-written is a blob, and the client goes on."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import httpx

from oci.spec import Digest
from tests.peers.server import ocitool_serve

if TYPE_CHECKING:
    from pathlib import Path

DATA = random.Random(2).randbytes(24_000_000)
DIGEST = Digest.of(DATA)
HALF = len(DATA) // 2


def test_an_upload_goes_on_after_the_registry_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    with ocitool_serve(folder) as server:
        base = f"http://{server.address}"
        location = httpx.post(f"{base}/v2/app/blobs/uploads/").headers["Location"]
        host, port = server.address.split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = f"PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(DATA)}\r\n\r\n"
            connection.sendall(head.encode() + DATA[:HALF])
            while offset_of(base, location) < HALF // 2:
                pass
            server.process.kill()
            server.process.wait()
    with ocitool_serve(folder) as server:
        base = f"http://{server.address}"
        assert httpx.head(f"{base}/v2/app/blobs/{DIGEST}").status_code == 404
        offset = offset_of(base, location)
        assert HALF // 2 <= offset <= HALF
        headers = {"Content-Range": f"{offset}-{len(DATA) - 1}"}
        answer = httpx.put(f"{base}{location}?digest={DIGEST}", content=DATA[offset:], headers=headers)
        assert answer.status_code == 201
        assert httpx.get(f"{base}/v2/app/blobs/{DIGEST}").content == DATA


def offset_of(base: str, location: str) -> int:
    last = int(httpx.get(base + location).headers["Range"].removeprefix("0-"))
    return last + 1 if last else 0
