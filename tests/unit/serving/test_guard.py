from __future__ import annotations

import pytest

from oci.serving import Request, Response, guarded, running, text_response
from tests.unit.serving.wire import Wire


async def secret(_: Request) -> Response:
    return text_response(200, "secret")


def status(host: str, *fields: str, any_host: bool = False) -> int:
    application = guarded(secret, names=["registry.example"], any_host=any_host)
    head = "\r\n".join(["GET / HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()
    with running(application) as server, Wire(server) as client:
        return client.ask(head).status


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:5000",
        "a.localhost:1",
        "127.0.0.1:5000",
        "10.1.2.3",
        "[::1]:80",
        "Registry.example.:443",
    ],
)
def test_own_names_and_literals_pass(host: str) -> None:
    assert status(host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "registry.example.evil", "127.0.0.1.evil", ""]
)
def test_a_rebound_name_is_misdirected(host: str) -> None:
    assert status(host) == 421
    assert status(host, any_host=True) == 200


@pytest.mark.parametrize(
    "field",
    ["Origin: http://localhost", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"],
)
def test_web_pages_are_refused(field: str) -> None:
    assert status("localhost", field) == 403
    assert status("localhost", field, any_host=True) == 403


def test_a_person_who_types_the_address_passes() -> None:
    assert status("localhost", "Sec-Fetch-Site: none") == 200
