"""Everything that reads signatures, and policies about them, as a fuzz run calls it; see `trust_parser`.

Each takes bytes, returns how much was in them, and raises errors of ours. What can be written again has to
come out the same; of made-up entries of logs, timestamps and envelopes none may ever be believed. Passwords
are not derived: that is the work of scrypt, whose costs are checked before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from oci.errors import InvalidSettings, OciError
from oci.settings.lookaside_file import parse_lookaside
from oci.settings.policy_file import parse_policy
from oci.spec import strict_json
from oci.trust.bundle.document import signature_in_bundle
from oci.trust.certificate.chain import load_certificate, load_certificates
from oci.trust.certificate.identity import issuer_in, shown_identity
from oci.trust.cosign.file import encode as encode_file
from oci.trust.cosign.file import layer_in
from oci.trust.cosign.payload import parse as parse_cosign
from oci.trust.dsse import Envelope
from oci.trust.key.file import open_key
from oci.trust.key.private import PrivateKey
from oci.trust.key.public import PublicKey
from oci.trust.log.checkpoint import read_checkpoint
from oci.trust.log.entry import Signed, check_entry
from oci.trust.log.recording import parse_entry, parse_promise
from oci.trust.log.trusted import logs_with
from oci.trust.notation import cbor
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.form import read_envelope
from oci.trust.notation.payload import read_payload
from oci.trust.notation.trust_policy import parse_trust_policy
from oci.trust.root.document import load_trusted_root
from oci.trust.simple.packet import read_message
from oci.trust.simple.payload import parse_payload
from oci.trust.statement import Statement
from oci.trust.timestamp.stamp import verify_timestamp
from tests.notary import Sketch, signer

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
KEY: Final = PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="k")
WHERE: Final = "fuzz"
ANCHOR: Final = x509.load_pem_x509_certificate(
    (FIXTURES / "notation-vectors/GlobalSignRootCA.crt").read_bytes()
)
STAMPED_S: Final = (1_631_887_749.0, 1_631_887_751.0)
"""Between which times the good token was made, by its own word."""
LOGS: Final = logs_with([KEY.public])
SIZE: Final = 7
"""How many entries the log has that our key speaks for."""
GOOD: Final = {JWS: Sketch(party=signer()).jws(), COSE: Sketch(party=signer()).cose()}
"""Envelopes of the Notary Project."""


def message(raw: bytes) -> int:
    """OpenPGP packets."""
    return len(read_message(raw).literal)


def simple_payload(raw: bytes) -> int:
    """The document that GPG signs; what is written again is read the same."""
    found = parse_payload(raw, where=WHERE)
    assert parse_payload(found.encode(), where=WHERE) == found
    return 1


def cosign_payload(raw: bytes) -> int:
    """The document that cosign signs."""
    return len(parse_cosign(raw, where=WHERE))


def signature_file(raw: bytes) -> int:
    """A signature of cosign's in a file; what is written again is read the same."""
    found = layer_in(raw, where=WHERE)
    assert layer_in(encode_file(found), where=WHERE) == found
    return 1


def key(raw: bytes) -> int:
    """Keys, public and private, and files with encrypted ones; no password is ever derived."""
    read = 0
    for parse in (
        lambda: PublicKey.parse(raw, where=WHERE),
        lambda: PrivateKey.load_pem(raw, where=WHERE),
        lambda: PrivateKey.load_der(raw, where=WHERE),
        lambda: open_key(raw, _asked, where=WHERE),
    ):
        try:
            parse()
            read += 1
        except OciError as error:
            read += error.message == "asked"
    if not read:
        raise InvalidSettings("no key", path=WHERE)
    return read


def _asked() -> bytes:
    raise InvalidSettings("asked", path=WHERE)


def certificate(raw: bytes) -> int:
    """Certificates, and whom they name."""
    is_pem = raw.lstrip().startswith(b"-----")
    found = load_certificates(raw, where=WHERE) if is_pem else (load_certificate(raw, where=WHERE),)
    for each in found:
        shown_identity(each)
        issuer_in(each)
        PublicKey.of_certificate(each, where=WHERE)
    return len(found)


def bundle(raw: bytes) -> int:
    """Bundles of sigstore."""
    return len(signature_in_bundle(raw, found_at=WHERE).payload)


def log_entry(raw: bytes) -> int:
    """Entries of logs, of both versions and all kinds, and promises: none is ever believed."""
    members = strict_json.load_object(raw, where=WHERE)
    signed = Signed(content=raw, signature=raw, verifier=raw)
    beliefs: list[Callable[[], object]] = [
        lambda: parse_entry(members).check(LOGS),
        lambda: parse_promise(raw).check(LOGS),
        lambda: check_entry(raw, signed, where=WHERE),
    ]
    for believe in beliefs:
        try:
            believe()
        except OciError:
            continue
        raise AssertionError(believe)
    return 1


def checkpoint(raw: bytes) -> int:
    """Signed notes: only what our key has signed is believed."""
    said = read_checkpoint(raw.decode("utf-8", "replace"), LOGS)
    assert said.size == SIZE, raw
    return 1


def envelope(raw: bytes) -> int:
    """DSSE envelopes, and the statements in them; what is written again is read the same."""
    found = Envelope.loads(raw, where=WHERE)
    assert Envelope.loads(found.encode(), where=WHERE) == found
    Statement.in_signed(found.signed_content, where=WHERE)
    return 1


def _notation(raw: bytes, form: str) -> int:
    found = read_envelope(raw, form)
    found.check()
    read_payload(found.payload)
    good = read_envelope(GOOD[form], form)
    assert (found.payload, found.attributes) == (good.payload, good.attributes), "nobody has signed this"
    return 1


def jws(raw: bytes) -> int:
    """Envelopes of the Notary Project in JSON: only what was signed holds."""
    return _notation(raw, JWS)


def cose(raw: bytes) -> int:
    """The same in CBOR."""
    return _notation(raw, COSE)


def cbor_item(raw: bytes) -> int:
    """CBOR in its only form."""
    assert cbor.encode(cbor.decode(raw, where=WHERE)) == raw
    return 1


def trusted_root(raw: bytes) -> int:
    """Sigstore's trusted root."""
    load_trusted_root(raw, path=WHERE)
    return 1


def trust_policy(raw: bytes) -> int:
    """trustpolicy.json of the Notary Project."""
    parse_trust_policy(raw, path=WHERE).statement_for("r.example/app")
    return 1


def policy(raw: bytes) -> int:
    """policy.json."""
    parse_policy(raw, path=WHERE).ruling("docker", ("r.example/app", "r.example"))
    return 1


def lookaside(raw: bytes) -> int:
    """registries.d."""
    return len(parse_lookaside(raw, path=WHERE).scopes)


def timestamp(raw: bytes) -> int:
    """Timestamp tokens: what vouches for the text of the good one says the same about it."""
    found = verify_timestamp(raw, b"notation", [ANCHOR])
    assert (found.earliest_s, found.latest_s) == STAMPED_S, raw
    return 1
