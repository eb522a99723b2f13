"""Trust stores on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings
from oci.trust.notation.trust_policy import NamedStore
from oci.trust.notation.trust_store import MAX_BYTES, TrustStore
from tests.notary import Wish, issue, root, signer, write_store

if TYPE_CHECKING:
    from pathlib import Path

STORE = NamedStore("ca", "acme")


def directory(folder: Path) -> Path:
    write_store(folder, "ca", "acme", root().certificate)
    return folder / "x509/ca/acme"


def test_pem_and_der_are_read_and_directories_passed_over(tmp_path: Path) -> None:
    store = directory(tmp_path)
    alone = issue(Wish())
    (store / "other.cer").write_bytes(alone.encoded[0])
    (store / "sub-dir").mkdir()
    (store / "sub-dir/bad.pem").write_bytes(b"x")
    assert TrustStore(tmp_path).certificates(STORE) == (root().certificate, alone.certificate)


def test_what_is_no_certificate_makes_the_store_unusable(tmp_path: Path) -> None:
    store = directory(tmp_path)
    for content in (
        b"x",
        b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
        b"\0" * (MAX_BYTES + 1),
    ):
        (store / "bad.pem").write_bytes(content)
        with pytest.raises(InvalidSettings, match=r"bad\.pem"):
            TrustStore(tmp_path).certificates(STORE)


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    store = directory(tmp_path)
    (tmp_path / "outside.pem").write_bytes((store / "0.pem").read_bytes())
    (store / "linked.pem").symlink_to(tmp_path / "outside.pem")
    with pytest.raises(InvalidSettings, match=r"linked\.pem"):
        TrustStore(tmp_path).certificates(STORE)
    (store / "linked.pem").unlink()
    (tmp_path / "x509/ca/linked").symlink_to(store)
    with pytest.raises(InvalidSettings, match="symbolic link"):
        TrustStore(tmp_path).certificates(NamedStore("ca", "linked"))


def test_no_store_and_an_empty_one_trust_nobody(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings):
        TrustStore(tmp_path).certificates(STORE)
    (tmp_path / "x509/ca/acme").mkdir(parents=True)
    with pytest.raises(InvalidSettings, match="no certificates"):
        TrustStore(tmp_path).certificates(STORE)


def test_certificates_that_others_have_issued_are_no_roots(tmp_path: Path) -> None:
    write_store(tmp_path, "ca", "acme", signer().certificate)
    with pytest.raises(InvalidSettings, match="is no root"):
        TrustStore(tmp_path).certificates(STORE)
