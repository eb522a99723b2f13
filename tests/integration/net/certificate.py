"""Certificates for tests: a CA of our own, and what it signs, good and bad."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

_DAY = dt.timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A CA in a folder; ``path`` is its certificate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = dt.datetime.now(dt.UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._build("Test CA", "Test CA", self._key, self._key, is_ca=True).sign(
            self._key, hashes.SHA256()
        )
        self.path = folder / "ca.pem"
        self.path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        label: str,
        *,
        names: tuple[str, ...] = ("localhost",),
        days: tuple[int, int] = (-1, 30),
        self_signed: bool = False,
    ) -> tuple[Path, Path]:
        """Write a certificate and its key as ``label.pem`` and ``label.key``; return both paths."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signer = (label, key) if self_signed else ("Test CA", self._key)
        builder = self._build(label, issuer, key, signer, is_ca=False, days=days)
        subjects = [_subject(name) for name in names]
        certificate = builder.add_extension(x509.SubjectAlternativeName(subjects), critical=False).sign(
            signer, hashes.SHA256()
        )
        path, key_path = self._folder / f"{label}.pem", self._folder / f"{label}.key"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return path, key_path

    def server(
        self,
        label: str = "server",
        *,
        names: tuple[str, ...] = ("localhost",),
        days: tuple[int, int] = (-1, 30),
        self_signed: bool = False,
        wants_client: bool = False,
    ) -> ssl.SSLContext:
        """Make the context of a server with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(label, names=names, days=days, self_signed=self_signed))
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.path)
        return context

    def _build(
        self,
        subject: str,
        issuer: str,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
        *,
        is_ca: bool,
        days: tuple[int, int] = (-1, 30),
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now + days[0] * _DAY)
            .not_valid_after(self._now + days[1] * _DAY)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
        )


def _subject(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
