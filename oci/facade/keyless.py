"""Signing images without keys of one's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import NotVerified
from ..spec import strict_json
from ..transports.name import ImageName
from ..trust import Family, Refusal, Subject
from ..trust.bundle.claim import StatementClaim
from ..trust.bundle.document import signature_in_bundle
from ..trust.bundle.shelf import attach_bundle
from ..trust.statement import SIGNED, encode
from .admission import name_of
from .attestation import now_text
from .place import Context, Places
from .signing import Signed, repository

if TYPE_CHECKING:
    from ..spec import Digest
    from ..trust.keyless.signer import KeylessSigner, Services
    from ..trust.verdict import Proof


def sign_keyless(
    image: str, signer: KeylessSigner, *, signatures_in: str = "", context: Context | None = None
) -> Signed:
    """Sign an image without a key, and attach the signature to it as a sigstore bundle.

    The signature is of the digest that the name stands for now. Where the services are named, it is verified
    by their trusted root before it is stored.

    Args:
        image: The image's name.
        signer: Signs statements.
        signatures_in: Another repository for it, such as ``host/signatures``.
        context: Settings, cancelling, limits, warnings and the clock.

    Raises:
        NotFound: The image is not there.
        NotVerified: What was made would be refused by others; it is not stored.
        Unsupported: A package is missing, or the place keeps no referrers.
        OciError: A service has refused.
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        place = places.sink(name)
        shelf = places.sink(repository(signatures_in)) if signatures_in else place
        opened = place.open(name.name)
        named = name_of(name)
        made = signer.sign(_statement(opened.descriptor.digest, "" if named is None else named.name))
        identity = ""
        if signer.services is not None:
            subject = Subject(content=opened.content, digest=opened.descriptor.digest, name=named)
            identity = _verified(made, subject, signer.services, context).signer
        stored = attach_bundle(
            shelf, opened.descriptor.bare(), made, predicate_type=SIGNED, created=now_text(context)
        )
    return Signed(
        digest=opened.descriptor.digest,
        platform=None,
        identity=identity,
        stored_at=f"{shelf.label}@{stored.digest}",
    )


def _statement(digest: Digest, name: str) -> bytes:
    """Return a statement that signs; sigstore's client wants a name in it, which nobody verifies."""
    members = strict_json.load_object(encode(digest, SIGNED, {}), where="statement")
    members["subject"] = [{"name": name, "digest": {digest.algorithm: digest.encoded}}]
    return json.dumps(members, separators=(",", ":")).encode()


def _verified(made: bytes, subject: Subject, services: Services, context: Context) -> Proof:
    from ..trust.certificate.identity import SignerIdentity
    from ..trust.cosign.certificate_verifier import CertificateVerifier
    from ..trust.root.document import load_trusted_root

    root = load_trusted_root(services.trusted_root, path="trusted root")
    verifier = CertificateVerifier(
        authorities=root.authorities,
        identity=SignerIdentity(),
        claim=StatementClaim(),
        witnesses=root.witnesses,
        certificate_logs=root.certificate_logs,
        clock=context.clock,
        family=Family.BUNDLE,
    )
    outcome = verifier.verify(signature_in_bundle(made, found_at="made here"), subject)
    if isinstance(outcome, Refusal):
        raise NotVerified(
            f"what the services made does not hold: {outcome.reason}", fault=outcome.fault.value
        )
    return outcome
