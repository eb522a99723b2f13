"""Which network addresses an answer may lead to."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused
from oci.wire.address import check_led_to, is_forbidden, is_local, may_be_led_to


@pytest.mark.parametrize(
    "ip",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::",
        "::169.254.169.254",
        "2001:0:4136:e378:8000:63bf:5601:5601",  # Teredo, client 169.254.169.254
        "",
        "localhost",
        "1.2.3",
        "2130706433",
        "0x7f.1",
        "127.0.0.01",
    ],
)
def test_nobody_may_lead_there(ip: str) -> None:
    assert is_forbidden(ip)
    assert not may_be_led_to(ip, registry_ips=("127.0.0.1",))


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.255.255.255",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "fd12::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:0a00:0001::",
    ],
)
def test_only_a_local_registry_may_lead_there(ip: str) -> None:
    assert is_local(ip)
    assert may_be_led_to(ip, registry_ips=("192.168.0.5",))
    assert may_be_led_to(ip, registry_ips=("127.0.0.1", "::1"))
    assert not may_be_led_to(ip, registry_ips=("93.184.216.34",))
    assert not may_be_led_to(ip, registry_ips=("127.0.0.1", "93.184.216.34"))
    assert not may_be_led_to(ip, registry_ips=())


@pytest.mark.parametrize(
    "ip", ["93.184.216.34", "172.32.0.1", "2606:4700::1", "64:ff9b::8.8.8.8", "100.128.0.1"]
)
def test_anybody_may_lead_to_public_addresses(ip: str) -> None:
    assert not is_forbidden(ip)
    assert not is_local(ip)
    assert may_be_led_to(ip, registry_ips=())


def test_the_refusal_says_what_led_where() -> None:
    with pytest.raises(AddressRefused, match="token realm") as caught:
        check_led_to(
            "169.254.169.254", host="auth.evil\x1b", purpose="token realm", registry_ips=("1.1.1.1",)
        )
    assert caught.value.host == "auth.evil\\x1b"
    assert "169.254.169.254" in caught.value.message


def test_what_may_be_led_to_passes() -> None:
    check_led_to("93.184.216.34", host="cdn", purpose="redirect", registry_ips=())
