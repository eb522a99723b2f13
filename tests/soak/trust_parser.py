"""Coverage-guided fuzz runs on everything that reads signatures, and the policies about them; see `fuzzing`.

    python -m tests.soak.trust_parser --seconds 20 --seed 1 [PARSER...]

Each parser (`trust_reader`) begins with what fixtures and the library's own writers have, good and bad, and
runs for so many seconds; inputs are changed by `trust_mutation`. Prints a row for each.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cbor2
from cryptography.hazmat.primitives.serialization import Encoding

import oci.settings.lookaside_file
import oci.settings.policy_file
import oci.spec.strict_json
import oci.trust
from oci.spec import Digest
from oci.trust.attachment import NewLayer
from oci.trust.bundle.document import encode as encode_bundle
from oci.trust.cosign.file import encode as encode_file
from oci.trust.cosign.layer import MEDIA_TYPE
from oci.trust.cosign.payload import encode as encode_payload
from oci.trust.dsse import IN_TOTO, Envelope
from oci.trust.key.file import seal_key
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.simple.packet import read_message
from oci.trust.statement import encode as encode_statement
from tests.notary import root, signer
from tests.soak import trust_reader as reader
from tests.soak.fuzzing import Coverage, fuzz
from tests.soak.trust_mutation import mutated

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
VECTORS: Final = json.loads((FIXTURES / "cosign-vectors/vectors.json").read_bytes())
MESSAGES: Final = tuple(path.read_bytes() for path in sorted((FIXTURES / "gpg-signatures").glob("*.sig")))
SIMPLE: Final = read_message((FIXTURES / "gpg-signatures/good.sig").read_bytes()).literal
TOKENS: Final = tuple(path.read_bytes() for path in sorted((FIXTURES / "notation-vectors").glob("*.p7s")))
ROOTS: Final = tuple(
    path.read_bytes() for path in sorted((FIXTURES / "sigstore-bundles").glob("*.root.json"))
)
DIGEST: Final = Digest.of(b"image")
PAYLOAD: Final = encode_payload(DIGEST, "r.example/app:1", {"a": "b"})
STATEMENT: Final = encode_statement(DIGEST, "https://example.com/t", {"a": 1})
ENVELOPE: Final = Envelope.sign(IN_TOTO, STATEMENT, reader.KEY.sign)
BODY: Final = {
    "apiVersion": "0.0.1",
    "kind": "hashedrekord",
    "spec": {
        "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(PAYLOAD).hexdigest()}},
        "signature": {"content": "QUJD", "publicKey": {"content": "QUJD"}},
    },
}


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _entry() -> dict[str, object]:
    """Return an entry of a log, as a bundle has it, which no log has signed."""
    body = _json(BODY)
    leaf = hashlib.sha256(b"\0" + body).digest()
    proof = {
        "logIndex": "0",
        "rootHash": _b64(leaf),
        "treeSize": "1",
        "hashes": [],
        "checkpoint": {"envelope": _note().decode()},
    }
    return {
        "logIndex": "0",
        "logId": {"keyId": _b64(bytes(32))},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
        "integratedTime": "1",
        "inclusionPromise": {"signedEntryTimestamp": "QUJD"},
        "inclusionProof": proof,
        "canonicalizedBody": _b64(body),
    }


def _promise() -> bytes:
    taken = {"body": _b64(_json(BODY)), "integratedTime": 1, "logID": "00" * 32, "logIndex": 1}
    return _json({"SignedEntryTimestamp": "QUJD", "Payload": taken})


def _note() -> bytes:
    """Return a checkpoint that our key has signed."""
    signed = f"log.example\n{reader.SIZE}\n{_b64(bytes(32))}\n"
    mark = bytes.fromhex(reader.KEY.public.fingerprint)[:4]
    sealed = _b64(mark + reader.KEY.sign(signed.encode()))
    return f"{signed}\n\u2014 log.example {sealed}\n".encode()


def _bundles() -> list[bytes]:
    plain = encode_bundle(ENVELOPE, b"hint")
    logged = json.loads(plain)
    logged["verificationMaterial"]["tlogEntries"] = [_entry()]
    by_certificate = json.loads(plain)
    leaf = signer().certificate.public_bytes(Encoding.DER)
    by_certificate["verificationMaterial"] = {
        "certificate": {"rawBytes": _b64(leaf)},
        "tlogEntries": [_entry()],
    }
    made_elsewhere = (FIXTURES / "sigstore-bundles").glob("*v0.*.json")
    return [
        plain,
        _json(logged),
        _json(by_certificate),
        *(path.read_bytes() for path in sorted(made_elsewhere)),
    ]


def _policies() -> list[bytes]:
    keys = {
        "type": "signedBy",
        "keyType": "GPGKeys",
        "keyPath": "/k",
        "signedIdentity": {"type": "matchExact"},
    }
    fulcio = {"caData": "QUJD", "oidcIssuer": "https://i", "subjectEmail": "a@b.example"}
    identity = {"type": "remapIdentity", "prefix": "r.example", "signedPrefix": "s.example"}
    sigstore = {
        "type": "sigstoreSigned",
        "fulcio": fulcio,
        "rekorPublicKeyData": "QUJD",
        "signedIdentity": identity,
    }
    scopes = {"r.example/app": [keys], "*.example": [sigstore], "": [{"type": "reject"}]}
    return [_json({"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": scopes}})]


def _trust_policies() -> list[bytes]:
    statement = {
        "name": "a",
        "registryScopes": ["r.example/app"],
        "signatureVerification": {
            "level": "strict",
            "override": {"expiry": "log"},
            "verifyTimestamp": "always",
        },
        "trustStores": ["ca:acme", "tsa:clock"],
        "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme"],
    }
    other = {"name": "b", "registryScopes": ["r.example/b"], "signatureVerification": {"level": "skip"}}
    return [_json({"version": "1.0", "trustPolicies": [statement, other]})]


def _keys() -> list[bytes]:
    sealed = seal_key(reader.KEY, b"", entropy=bytes)
    return [reader.KEY.public.pem, sealed, VECTORS["keyFile"].encode(), VECTORS["publicKey"].encode()]


def _lookaside() -> list[bytes]:
    return [
        b"""default-docker:
  lookaside-staging: file:///var/x
docker:
  r.example:
    lookaside: https://s
    use-sigstore-attachments: true
  r.example/a: {sigstore: file:///b}
"""
    ]


def _certificates() -> list[bytes]:
    found = [root().certificate, signer().certificate, reader.ANCHOR]
    return [
        *(each.public_bytes(Encoding.DER) for each in found),
        b"".join(each.public_bytes(Encoding.PEM) for each in found),
    ]


PARSERS: Final[dict[str, tuple[Callable[[bytes], int], Callable[[], list[bytes]]]]] = {
    "openpgp": (reader.message, lambda: list(MESSAGES)),
    "simple-payload": (
        reader.simple_payload,
        lambda: [read_message((FIXTURES / "gpg-signatures/good.sig").read_bytes()).literal],
    ),
    "cosign-payload": (reader.cosign_payload, lambda: [PAYLOAD]),
    "signature-file": (
        reader.signature_file,
        lambda: [encode_file(NewLayer(content=PAYLOAD, media_type=MEDIA_TYPE, annotations={"a": "<b>"}))],
    ),
    "key": (reader.key, _keys),
    "certificate": (reader.certificate, _certificates),
    "bundle": (reader.bundle, _bundles),
    "log-entry": (reader.log_entry, lambda: [_json(_entry()), _promise(), _json(BODY)]),
    "checkpoint": (reader.checkpoint, lambda: [_note()]),
    "dsse": (reader.envelope, lambda: [ENVELOPE.encode()]),
    "jws": (reader.jws, lambda: [reader.GOOD[JWS]]),
    "cose": (reader.cose, lambda: [reader.GOOD[COSE]]),
    "cbor": (reader.cbor_item, lambda: [cbor2.dumps({1: [b"a", "b", None], "c": cbor2.CBORTag(1, 7)})]),
    "trusted-root": (reader.trusted_root, lambda: list(ROOTS)),
    "trust-policy": (reader.trust_policy, _trust_policies),
    "policy": (reader.policy, _policies),
    "lookaside": (reader.lookaside, _lookaside),
    "timestamp": (reader.timestamp, lambda: list(TOKENS)),
}
"""What is read, and what a run begins with."""


def main() -> int:
    """Run, and tell what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=f"of {', '.join(PARSERS)}; all")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rooms = (oci.trust, oci.settings.policy_file, oci.settings.lookaside_file, oci.spec.strict_json)
    print("| parser | seed | inputs | refused | lines reached | pairs of lines | slowest input |")
    print("|---|---|---|---|---|---|---|")
    for name in options.parsers or PARSERS:
        read, seeds = PARSERS[name]
        tally = fuzz(
            read, seeds(), mutated, coverage=Coverage(*rooms), seconds=options.seconds, seed=options.seed
        )
        counts = (options.seed, tally.inputs, tally.refused, tally.lines, len(tally.edges))
        cells = " | ".join(map(str, (name, *counts, f"{tally.slowest_s * 1000:.0f} ms")))
        print(f"| {cells} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
