"""A Fulcio and a Rekor on loopback, for signing without keys: their formats, real certificates and proofs.

Whoever brings a token gets a certificate for the address in it, recorded by a certificate log; whatever is
handed in gets an entry in a tree of its own, with promise, proof and checkpoint. Tokens are not verified.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from types import TracebackType

EMAIL = "signer@example.com"
ISSUER = "https://login.example.com"
_ISSUER_OID = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_SCT_OID = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_P256 = "PKIX_ECDSA_P256_SHA_256"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def identity_token(email: str = EMAIL, *, expires_in_s: int = 600) -> str:
    """Return a token as an identity provider makes them, but for its signature."""
    now = int(time.time())
    claims: dict[str, object] = {"aud": "sigstore", "sub": email, "email": email, "iss": ISSUER}
    claims |= {"iat": now - 60, "exp": now + expires_in_s}
    parts: tuple[dict[str, object], ...] = ({"alg": "none"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]
    return ".".join([*encoded, "c2ln"])


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def _length(raw: bytes, width: int) -> bytes:
    return len(raw).to_bytes(width, "big") + raw


def _der_length(raw: bytes) -> bytes:
    return bytes((len(raw),)) if len(raw) < 0x80 else bytes((0x81, len(raw)))


class Instance:
    """Both services, behind one address; a context manager."""

    def __init__(self) -> None:
        self._authority, self._ct, self._log = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self._root = self._issued_root()
        self.tokens: list[str] = []
        """The tokens that were brought."""
        self.entries: list[bytes] = []
        """What was handed in."""
        self.fails_with: dict[str, int] = {}
        """A status to answer with, by the path."""
        instance = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = instance.answer(self.path, self.headers.get("Authorization", ""), raw)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def trusted_root(self) -> dict[str, object]:
        """The file that says who is trusted."""
        window = {"start": "2020-01-01T00:00:00Z"}

        def log(key: ec.EllipticCurvePrivateKey) -> dict[str, object]:
            return {
                "baseUrl": self.url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": b64(_spki(key)), "keyDetails": _P256, "validFor": window},
                "logId": {"keyId": b64(hashlib.sha256(_spki(key)).digest())},
            }

        der = self._root.public_bytes(serialization.Encoding.DER)
        authority = {
            "subject": {"organization": "test", "commonName": "test"},
            "uri": self.url,
            "certChain": {"certificates": [{"rawBytes": b64(der)}]},
            "validFor": window,
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self._log)],
            "certificateAuthorities": [authority],
            "ctlogs": [log(self._ct)],
        }

    @property
    def signing_config(self) -> dict[str, object]:
        """The file that says whom to ask."""
        service = {
            "url": self.url,
            "majorApiVersion": 1,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
            "operator": "test",
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service],
            "oidcUrls": [service],
            "rekorTlogUrls": [service],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }

    def answer(self, path: str, authorization: str, raw: bytes) -> tuple[int, object]:
        """Answer a request."""
        if path in self.fails_with:
            return self.fails_with[path], {"message": "out of order"}
        if path == "/api/v2/signingCert":
            token = authorization.removeprefix("Bearer ")
            self.tokens.append(token)
            return 200, self._certificate(token, json.loads(raw))
        if path == "/api/v1/log/entries":
            return 201, self._entry(json.loads(raw))
        return 404, {"message": "not found"}

    def _issued_root(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._authority.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._authority.public_key()), critical=False
            )
        )
        return builder.sign(self._authority, hashes.SHA256())

    def _certificate(self, token: str, asked: dict[str, str]) -> object:
        claims = token.split(".")[1]
        email = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["email"]
        request = x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"]))
        now = dt.datetime.now(dt.UTC)
        issuer = ISSUER.encode()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._root.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(seconds=5))
            .not_valid_after(now + dt.timedelta(minutes=10))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._authority.public_key()),
                critical=False,
            )
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER_OID, bytes((0x0C, len(issuer))) + issuer), critical=False
            )
        )
        bare = builder.sign(self._authority, hashes.SHA256())
        promise = x509.UnrecognizedExtension(_SCT_OID, self._promised(bare.tbs_certificate_bytes))
        whole = builder.add_extension(promise, critical=False).sign(self._authority, hashes.SHA256())
        pem = [each.public_bytes(serialization.Encoding.PEM).decode() for each in (whole, self._root)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": pem}}}

    def _promised(self, tbs: bytes) -> bytes:
        """Return the list of one promise of the certificate log (RFC 6962, 3.2), in an octet string."""
        moment = int(time.time() * 1000).to_bytes(8, "big")
        about = b"\0\1" + hashlib.sha256(_spki(self._authority)).digest() + _length(tbs, 3) + b"\0\0"
        signature = self._ct.sign(b"\0\0" + moment + about, ec.ECDSA(hashes.SHA256()))
        promise = b"\0" + hashlib.sha256(_spki(self._ct)).digest() + moment + b"\0\0"
        promise += b"\4\3" + _length(signature, 2)
        listed = _length(_length(promise, 2), 2)
        return b"\4" + _der_length(listed) + listed

    def _entry(self, proposed: Any) -> object:
        content = proposed["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])
        payload = base64.b64decode(envelope["payload"])
        pairs = zip(envelope["signatures"], content["verifiers"], strict=True)
        made = [{"signature": each["sig"], "verifier": verifier} for each, verifier in pairs]
        spec = {
            "envelopeHash": _hash(content["envelope"].encode()),
            "payloadHash": _hash(payload),
            "signatures": made,
        }
        body = _canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        self.entries.append(payload)
        log_id, now = hashlib.sha256(_spki(self._log)).hexdigest(), int(time.time())
        said = {"body": b64(body), "integratedTime": now, "logID": log_id, "logIndex": 0}
        promise = self._log.sign(_canonical(said), ec.ECDSA(hashes.SHA256()))
        leaf = hashlib.sha256(b"\0" + body).digest()
        proof = {
            "checkpoint": self._checkpoint(leaf),
            "hashes": [],
            "logIndex": 0,
            "rootHash": leaf.hex(),
            "treeSize": 1,
        }
        verification = {"signedEntryTimestamp": b64(promise), "inclusionProof": proof}
        return {leaf.hex(): {**said, "verification": verification}}

    def _checkpoint(self, root: bytes) -> str:
        name = self.url.partition("://")[2]
        note = f"{name} - 1\n1\n{b64(root)}\n"
        signature = self._log.sign(note.encode(), ec.ECDSA(hashes.SHA256()))
        key_id = hashlib.sha256(_spki(self._log)).digest()[:4]
        return f"{note}\n\N{EM DASH} {name} {b64(key_id + signature)}\n"


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _hash(raw: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(raw).hexdigest()}


def _canonical(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
