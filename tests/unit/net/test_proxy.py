"""Which proxy a request goes through."""

from __future__ import annotations

import pytest

from oci import errors
from oci.net.proxy import ProxyAddress, ProxySettings
from oci.settings import Proxies

PROXY = ProxyAddress(host="proxy.example", port=3128)


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("", "registry.example", 443, False),
        ("", "localhost", 5000, True),
        ("", "127.0.0.1", 5000, True),
        ("", "127.8.8.8", 5000, True),
        ("", "::1", 5000, True),
        ("", "localhost.example", 443, False),
        ("*", "registry.example", 443, True),
        ("registry.example", "registry.example", 443, True),
        ("REGISTRY.example", "Registry.Example.", 443, True),
        ("example", "registry.example", 443, True),
        (".example", "registry.example", 443, True),
        ("*.example", "registry.example", 443, True),
        ("try.example", "registry.example", 443, False),
        ("a.example, registry.example", "registry.example", 443, True),
        ("a.example registry.example", "registry.example", 443, True),
        ("registry.example:5000", "registry.example", 5000, True),
        ("registry.example:5000", "registry.example", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.0.0.0/8", "registry.example", 443, False),
        ("10.1.2.3/8", "10.9.9.9", 443, True),
        ("10.1.2.3", "10.1.2.3", 443, True),
        ("10.1.2.3:80", "10.1.2.3", 443, False),
        ("2.3", "10.1.2.3", 443, False),
        ("fd00::/8", "fd12::1", 443, True),
        ("2001:db8::1", "2001:db8:0::1", 443, True),
        ("[2001:db8::1]:5000", "2001:db8::1", 5000, True),
        ("[2001:db8::1]:5000", "2001:db8::1", 443, False),
        ("[2001:db8::1]", "2001:db8::1", 443, True),
    ],
)
def test_who_is_reached_directly(no_proxy: str, host: str, port: int, direct: bool) -> None:
    settings = ProxySettings.parse(Proxies(https="http://proxy.example:3128", no_proxy=no_proxy))
    assert settings.proxy_for("https", host, port) == (None if direct else PROXY)


def test_each_scheme_has_its_own_proxy() -> None:
    settings = ProxySettings.parse(Proxies(http="proxy.example:3128"))
    assert settings.proxy_for("http", "registry.example", 80) == PROXY
    assert settings.proxy_for("https", "registry.example", 443) is None
    assert ProxySettings().proxy_for("http", "registry.example", 80) is None


@pytest.mark.parametrize(
    ("text", "host", "port", "authorization"),
    [
        ("http://proxy.example", "proxy.example", 80, ""),
        ("proxy.example:8080", "proxy.example", 8080, ""),
        (" HTTP://proxy.example:8080/ ", "proxy.example", 8080, ""),
        ("http://[::1]:8080", "::1", 8080, ""),
        ("http://user@proxy.example", "proxy.example", 80, "Basic dXNlcjo="),
        ("http://us%40er:p%3A@proxy.example", "proxy.example", 80, "Basic dXNAZXI6cDo="),
    ],
)
def test_what_the_variables_say(text: str, host: str, port: int, authorization: str) -> None:
    address = ProxySettings.parse(Proxies(http=text)).http
    assert address == ProxyAddress(host=host, port=port, authorization=authorization)


@pytest.mark.parametrize("text", ["socks5://proxy.example", "https://proxy.example"])
def test_other_kinds_of_proxy_are_refused_by_name(text: str) -> None:
    with pytest.raises(errors.InvalidSettings) as caught:
        ProxySettings.parse(Proxies(https=text))
    assert caught.value.key == "HTTPS_PROXY"
    assert text.partition(":")[0] in caught.value.message


@pytest.mark.parametrize(
    "text", ["http://", "http://proxy.example:port", "http://u:secret@:80", "http://[::1"]
)
def test_what_is_no_url_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(errors.InvalidSettings) as caught:
        ProxySettings.parse(Proxies(http=text))
    assert "secret" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    settings = ProxySettings.parse(Proxies(http="http://user:secret@proxy.example"))
    assert settings.http is not None
    assert settings.http.authorization
    assert settings.http.authorization not in repr(settings)
    assert str(settings.http) == "proxy.example:80"
