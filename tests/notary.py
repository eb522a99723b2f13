"""Certificates, trust stores and envelopes for tests of the Notary Project's signatures.

Certificates are made by `cryptography`, with every deviation that a test asks for. Envelopes with defects are
put together here, member by member, since the code under test would not write them.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from oci.spec import Descriptor
from oci.testing import build_image, layer
from oci.trust import Family, Signature, Subject
from oci.trust.notation.algorithm import algorithm_of, sign
from oci.trust.notation.attribute import PAYLOAD_TYPE
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.signer import Credential
from oci.trust.notation.trust_policy import Statement, parse_trust_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

NOW = 1_750_000_000
"""What time it is, in these tests."""
DAY = 86_400
NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip

IMAGE = build_image([layer({"a": b"1"})])
SUBJECT = Subject.of(IMAGE.raw)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a certificate says; the defaults are those of a signer's."""

    name: str = "C=US,ST=WA,O=acme,CN=signer"
    begins: int = NOW - DAY
    ends: int = NOW + DAY
    is_authority: bool | None = None
    constraints_critical: bool = True
    path_length: int | None = None
    usages: tuple[str, ...] | None = ("digital_signature",)
    usages_critical: bool = True
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CODE_SIGNING,)
    purposes_critical: bool = False
    responders: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


AUTHORITY = Wish(
    name="C=US,ST=WA,O=acme,CN=authority",
    is_authority=True,
    usages=("key_cert_sign", "crl_sign"),
    purposes=(),
)
"""What a CA's certificate says."""


@dataclass(frozen=True)
class Party:
    """Somebody with a key, and the chain of its certificates."""

    key: Any = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def encoded(self) -> tuple[bytes, ...]:
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in self.chain)

    @property
    def credential(self) -> Credential:
        return Credential(key=self.key, chain=self.encoded)

    def write_to(self, folder: Path) -> tuple[Path, Path]:
        """Write the key and the chain in PEM."""
        folder.mkdir(parents=True, exist_ok=True)
        key, chain = folder / "key.pem", folder / "chain.pem"
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        chain.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self.chain))
        return key, chain


def new_key(kind: str = "EC-256") -> CertificateIssuerPrivateKeyTypes:
    """Make a key."""
    family, _, bits = kind.partition("-")
    if family == "RSA":
        return rsa.generate_private_key(65537, int(bits))
    curves: dict[str, ec.EllipticCurve] = {
        "256": ec.SECP256R1(),
        "384": ec.SECP384R1(),
        "521": ec.SECP521R1(),
        "256k1": ec.SECP256K1(),
    }
    return ec.generate_private_key(curves[bits])


def issue(wish: Wish, issuer: Party | None = None, *, key: Any = None, hash_algorithm: Any = None) -> Party:
    """Issue a certificate, or make one that has signed itself."""
    key = key or new_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(wish.name))
        .issuer_name(_name(wish.name) if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.fromtimestamp(wish.begins, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(wish.ends, dt.UTC))
    )
    for extension, critical in _extensions(wish):
        builder = builder.add_extension(extension, critical)
    signing_key = key if issuer is None else issuer.key
    certificate = builder.sign(signing_key, hash_algorithm or hashes.SHA256())
    return Party(key, (certificate, *(issuer.chain if issuer else ())))


def _name(text: str) -> x509.Name:
    pairs = [part.split("=", 1) for part in text.split(",")]
    return x509.Name([x509.NameAttribute(NAMES[kind], value) for kind, value in pairs])


def _extensions(wish: Wish) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if wish.is_authority is not None:
        constraints = x509.BasicConstraints(ca=wish.is_authority, path_length=wish.path_length)
        found.append((constraints, wish.constraints_critical))
    if wish.usages is not None:
        usages = {name: name in wish.usages for name in _USAGES}
        found.append((x509.KeyUsage(**usages), wish.usages_critical))
    if wish.purposes:
        found.append((x509.ExtendedKeyUsage(wish.purposes), wish.purposes_critical))
    if wish.responders:
        access = [
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(each))
            for each in wish.responders
        ]
        found.append((x509.AuthorityInformationAccess(access), False))
    if wish.lists:
        points = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(each)], None, None, None)
            for each in wish.lists
        ]
        found.append((x509.CRLDistributionPoints(points), False))
    return found


@cache
def root() -> Party:
    """Return the CA of these tests."""
    return issue(AUTHORITY)


@cache
def signer(kind: str = "EC-256") -> Party:
    """Return a signer below that CA, by the kind of its key."""
    return issue(Wish(), root(), key=new_key(kind))


def write_store(folder: Path, kind: str, name: str, *certificates: x509.Certificate) -> None:
    """Put certificates into a trust store."""
    directory = folder / "x509" / kind / name
    directory.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(certificates):
        (directory / f"{number}.pem").write_bytes(each.public_bytes(serialization.Encoding.PEM))


def statement(**changes: object) -> Statement:
    """Return the statement of a trust policy that is for everything."""
    members = {
        "name": "all",
        "registryScopes": ["*"],
        "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:acme"],
        "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme"],
        **changes,
    }
    stated = {name: value for name, value in members.items() if value is not None}
    document = {"version": "1.0", "trustPolicies": [stated]}
    (found,) = parse_trust_policy(json.dumps(document).encode(), path="p").statements
    return found


def payload_of(subject: Subject = SUBJECT, **more: object) -> bytes:
    """Return what is signed of an image."""
    media_type = json.loads(subject.content)["mediaType"]
    target = Descriptor(media_type, subject.digest, len(subject.content)).to_json()
    return json.dumps({"targetArtifact": {**target, **more}}).encode()


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """An envelope before it is signed; every part can be made wrong.

    Attributes:
        party: Whose key signs.
        members: Members of the protected header that are added or replaced; None takes one out.
        outside: The same for the unprotected header.
        payload: The payload.
        chain: The certificates, where they are not the party's.
    """

    party: Party
    members: Mapping[object, object] = field(default_factory=dict)
    outside: Mapping[object, object] = field(default_factory=dict)
    payload: bytes = field(default_factory=payload_of)
    chain: Sequence[bytes] | None = None
    signs_with: Any = None

    def jws(self) -> bytes:
        """Return it as JWS."""
        protected = _b64(self.protected_json())
        payload = _b64(self.payload)
        signature = _b64(self._sign(f"{protected}.{payload}".encode()))
        header: dict[object, object] = {"x5c": [base64.b64encode(each).decode() for each in self._chain]}
        return json.dumps(
            {
                "payload": payload,
                "protected": protected,
                "header": _changed(header, self.outside),
                "signature": signature,
            }
        ).encode()

    def protected_json(self) -> bytes:
        """Return the protected header of JWS."""
        members: dict[object, object] = {
            "alg": algorithm_of(self.party.key.public_key()).jose,
            "crit": ["io.cncf.notary.signingScheme"],
            "cty": PAYLOAD_TYPE,
            "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": "2025-06-15T15:06:40Z",
        }
        return json.dumps(_changed(members, self.members)).encode()

    def cose(self) -> bytes:
        """Return it as COSE."""
        return self.cose_of(self.protected_cbor())

    def protected_cbor(self) -> bytes:
        """Return the protected header of COSE."""
        members: dict[object, object] = {
            1: algorithm_of(self.party.key.public_key()).cose,
            2: ["io.cncf.notary.signingScheme"],
            3: PAYLOAD_TYPE,
            "io.cncf.notary.signingTime": cbor2.CBORTag(1, NOW),
            "io.cncf.notary.signingScheme": "notary.x509",
        }
        return cbor2.dumps(_changed(members, self.members))

    def cose_of(self, protected: bytes) -> bytes:
        """Return it as COSE, with a protected header that is at hand."""
        signature = self._sign(cbor2.dumps(["Signature1", protected, b"", self.payload]))
        outside = _changed({33: list(self._chain)}, self.outside)
        return cbor2.dumps(cbor2.CBORTag(18, [protected, outside, self.payload, signature]))

    def with_(self, **changes: Any) -> Sketch:
        """Return it with other parts."""
        return replace(self, **changes)

    @property
    def _chain(self) -> Sequence[bytes]:
        return self.party.encoded if self.chain is None else self.chain

    def _sign(self, content: bytes) -> bytes:
        if self.signs_with is not None:
            signed: bytes = self.signs_with(content)
            return signed
        return sign(algorithm_of(self.party.key.public_key()), self.party.key, content)


def found(envelope: bytes, media_type: str = JWS) -> Signature:
    """Return an envelope as it would be found."""
    return Signature(family=Family.NOTATION, envelope=envelope, media_type=media_type, found_at="here")


FORMS = (JWS, COSE)


def _changed(members: dict[object, object], changes: Mapping[object, object]) -> dict[object, object]:
    merged = {**members, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
