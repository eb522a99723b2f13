"""Where the answers of a registry may lead."""

from __future__ import annotations

import pytest

from oci import errors
from oci.net.site import Site
from oci.net.terms import Purpose
from oci.wire.redirect import origin_of


def test_the_user_may_name_any_host() -> None:
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "203.0.113.1"):
        Site("http://registry.example").permit("Registry.Example", address, 80, Purpose.REGISTRY)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1"])
def test_a_public_registry_leads_to_public_addresses_only(purpose: Purpose, address: str) -> None:
    site = Site("https://registry.example")
    site.permit("registry.example", "203.0.113.1", 443, Purpose.REGISTRY)
    site.permit("storage.example", "198.51.100.1", 443, purpose)
    with pytest.raises(errors.AddressRefused) as caught:
        site.permit("storage.example", address, 443, purpose)
    assert purpose.value in caught.value.message


def test_a_private_registry_leads_to_private_addresses_too() -> None:
    site = Site("http://localhost:5000")
    site.permit("localhost", "127.0.0.1", 5000, Purpose.REGISTRY)
    site.permit("localhost", "127.0.0.1", 5001, Purpose.REALM)
    site.permit("storage.example", "10.0.0.1", 9000, Purpose.REDIRECT)
    with pytest.raises(errors.AddressRefused):
        site.permit("storage.example", "169.254.169.254", 80, Purpose.REDIRECT)


def test_a_registry_with_addresses_of_both_kinds_is_public() -> None:
    site = Site("https://registry.example")
    site.permit("registry.example", "10.0.0.1", 443, Purpose.REGISTRY)
    site.permit("registry.example", "203.0.113.1", 443, Purpose.REGISTRY)
    with pytest.raises(errors.AddressRefused):
        site.permit("storage.example", "10.0.0.2", 443, Purpose.REDIRECT)


def test_an_unknown_registry_is_public() -> None:
    with pytest.raises(errors.AddressRefused):
        Site("https://registry.example").permit("storage.example", "10.0.0.2", 443, Purpose.REDIRECT)


def test_the_port_belongs_to_the_name() -> None:
    site = Site("https://registry.example")
    site.permit("registry.example", "203.0.113.1", 443, Purpose.REGISTRY)
    with pytest.raises(errors.AddressRefused):
        site.permit("registry.example", "127.0.0.1", 6443, Purpose.REDIRECT)


def test_a_site_that_is_not_verified_vouches_for_itself_only() -> None:
    site = Site.unverified("https://registry.example")
    assert not site.tls(origin_of("https://registry.example/v2/")).verify
    for url in ("https://auth.example", "https://registry.example:8443"):
        assert site.tls(origin_of(url)).verify
    assert Site("https://registry.example").tls(origin_of("https://registry.example")).verify
