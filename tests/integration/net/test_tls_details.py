"""What may be agreed on is; what may not is not, whatever a host would like."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from oci import errors
from oci.net.client import Client
from oci.net.request import Request
from oci.net.site import Site
from oci.net.tls_choice import TlsChoice
from oci.settings import TlsDetails
from oci.wire.retry import RetryRule
from tests.integration.net.raw_server import OK, answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.net.certificate import Authority
    from tests.integration.net.conftest import Serve

AES = "TLS_AES_256_GCM_SHA384"


def only(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def restrict(context: ssl.SSLContext) -> None:
        context.minimum_version = context.maximum_version = version

    return restrict


def group(name: str) -> Callable[[ssl.SSLContext], None]:
    return lambda context: context.set_ecdh_curve(name)


TLS12, TLS13 = only(ssl.TLSVersion.TLSv1_2), only(ssl.TLSVersion.TLSv1_3)
OLD_SUITE = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
AGREED = {
    "a version": ("minVersion: 1.3", TLS13),
    "an older version": ("minVersion: 1.2", TLS12),
    "a suite of TLS 1.3": (f"cipherSuites: [{AES}]", TLS13),
    "a suite of TLS 1.2": (f"cipherSuites: [{OLD_SUITE}]", TLS12),
    "either": (f"cipherSuites: [{OLD_SUITE}, {AES}]", TLS12),
    "a group": ("namedGroups: [secp384r1]", group("secp384r1")),
    "the second group": ("namedGroups: [x25519, secp384r1]", group("secp384r1")),
}
REFUSED = {
    "a version": ("minVersion: 1.3", TLS12),
    "a suite that the host prefers": ("cipherSuites: [TLS_AES_128_GCM_SHA256]", TLS13),
    "suites of TLS 1.2 only": (f"cipherSuites: [{OLD_SUITE}]", TLS13),
    "suites of TLS 1.3 only": (f"cipherSuites: [{AES}]", TLS12),
    "another suite of TLS 1.2": ("cipherSuites: [TLS_RSA_WITH_AES_128_CBC_SHA]", TLS12),
    "a group": ("namedGroups: [x25519, secp521r1]", group("secp384r1")),
}


def ask(
    serve: Serve,
    authority: Authority,
    case: tuple[str, Callable[[ssl.SSLContext], None]],
) -> int:
    text, restrict = case
    context = authority.server()
    restrict(context)
    server = serve(answering(OK), tls=context)
    details = TlsDetails.parse(text.encode(), path="tls.yaml")
    choice = TlsChoice(ca_files=(str(authority.path),), details=details)
    request = Request(method="GET", url=server.url, site=Site(server.url, tls=lambda _: choice))
    with Client(retry=RetryRule(attempts=1)) as client:
        return client.send(request).status


@pytest.mark.parametrize("name", AGREED)
def test_what_both_have_is_agreed_on(name: str, serve: Serve, authority: Authority) -> None:
    assert ask(serve, authority, AGREED[name]) == 200


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_listed_is_not_used(name: str, serve: Serve, authority: Authority) -> None:
    with pytest.raises(errors.TlsFailed):
        ask(serve, authority, REFUSED[name])
