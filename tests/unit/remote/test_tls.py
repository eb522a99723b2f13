"""Which host is verified how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings
from oci.settings import Security, Settings
from oci.transports.remote.tls import TlsChoices
from oci.wire.redirect import Origin

if TYPE_CHECKING:
    from pathlib import Path

OWN = Origin("https", "registry.test", 443)
STORAGE = Origin("https", "storage.test", 443)


def client_certificate(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("ca.crt", "me.cert", "me.key"):
        (folder / name).write_text(name)
    return folder


def test_what_is_set_for_a_registry_is_set_for_its_host_on_any_port(tmp_path: Path) -> None:
    settings = Settings(security=Security.UNVERIFIED)
    choices = TlsChoices("registry.test:5000", "registry.test", settings)
    for port in (5000, 5001):
        assert not choices.choice(Origin("https", "registry.test", port)).verify
    assert choices.choice(STORAGE).verify


def test_another_host_has_what_was_set_for_itself() -> None:
    settings = Settings(security_by_host={"storage.test:8443": Security.UNVERIFIED})
    choices = TlsChoices("registry.test", "registry.test", settings)
    assert choices.choice(STORAGE).verify
    assert not choices.choice(Origin("https", "storage.test", 8443)).verify


def test_one_directory_for_everything_lends_its_authorities_and_not_its_keys(tmp_path: Path) -> None:
    settings = Settings(certificate_directory=client_certificate(tmp_path / "all"))
    choices = TlsChoices("registry.test", "registry.test", settings)
    own, other = choices.choice(OWN), choices.choice(STORAGE)
    assert own.ca_files == other.ca_files != ()
    assert own.clients
    assert not other.clients


def test_directories_of_single_hosts_are_for_those(tmp_path: Path) -> None:
    client_certificate(tmp_path / "registry.test")
    client_certificate(tmp_path / "storage.test")
    settings = Settings(certificate_directories=(tmp_path,))
    choices = TlsChoices("registry.test", "registry.test", settings)
    assert choices.choice(OWN).clients[0][0].startswith(str(tmp_path / "registry.test"))
    assert choices.choice(STORAGE).clients[0][0].startswith(str(tmp_path / "storage.test"))
    assert not choices.choice(Origin("https", "cdn.test", 443)).ca_files


@pytest.mark.parametrize("host", ["my_bucket.s3.test", "::1", "a..b"])
def test_a_host_that_no_registry_could_have_is_verified_like_any_other(tmp_path: Path, host: str) -> None:
    settings = Settings(certificate_directories=(tmp_path,))
    choice = TlsChoices("registry.test", "registry.test", settings).choice(Origin("https", host, 443))
    assert choice.verify
    assert not choice.ca_files


def test_without_tls_nothing_is_read(tmp_path: Path) -> None:
    settings = Settings(certificate_directory=tmp_path / "absent")
    choices = TlsChoices("registry.test", "registry.test", settings)
    assert choices.choice(Origin("http", "registry.test", 80)).verify
    with pytest.raises(InvalidSettings):
        choices.choice(OWN)
