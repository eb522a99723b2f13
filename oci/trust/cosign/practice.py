"""How cosign's signatures answer to a policy: where they lie, and whom ``sigstoreSigned`` trusts.

containers-policy.json(5). Keys may ask for a log's promise, certificates of Fulcio always do; those of one's
own authorities have to be valid now.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InvalidDocument, InvalidSettings
from ...settings.policy import Fulcio, Keys, SigstoreSigned
from ...transports.name import DIRECTORY, REGISTRY
from ..key.public import PublicKey
from ..key_text import texts_of
from ..witness import Witnesses
from .claim import Claim
from .key_verifier import KeyVerifier, TrustedKey
from .shelf import cosign_shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cryptography.x509 import Certificate

    from ...settings.policy import PublicKeyInfrastructure, Requirement
    from ..family import Shelf, Verifier
    from ..policy import Ground
    from .certificate_verifier import CertificateVerifier


def shelves(ground: Ground) -> Iterator[Shelf]:
    """Yield the place that may have signatures of an image; see `oci.trust.policy.Practice`.

    Where ``registries.d`` says that a registry keeps none, it is not asked. Where nothing is said it is: what
    is found there can only prove something. An image directory has files in place of tags.
    """
    if ground.image.transport == DIRECTORY:
        from .file import FileShelf

        yield FileShelf(Path(ground.image.location))
    elif not is_told_not_to_look(ground):
        yield cosign_shelf(ground.source)


def is_told_not_to_look(ground: Ground) -> bool:
    """Tell whether ``registries.d`` says that the image's registry keeps no signatures of sigstore's."""
    if ground.image.transport != REGISTRY or ground.name is None:
        return False
    return ground.session.settings.lookaside_conf().uses_attachments(ground.name) is False


def verifier(requirement: Requirement, _ground: Ground) -> AbstractContextManager[Verifier]:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, SigstoreSigned)
    claim = Claim(rule=requirement.identity)
    witnesses = _witnesses(requirement.rekor_keys)
    if isinstance(requirement.signer, Keys):
        keys = trusted_keys(requirement.signer)
        return nullcontext(KeyVerifier(keys=keys, claim=claim, witnesses=witnesses))
    return nullcontext(_by_certificate(requirement.signer, claim, witnesses))


def _witnesses(log_keys: Keys) -> Witnesses:
    found = trusted_keys(log_keys)
    if not found:
        return Witnesses()
    from ..log.trusted import logs_with

    return Witnesses(logs=logs_with(each.key for each in found))


def _by_certificate(
    signer: Fulcio | PublicKeyInfrastructure, claim: Claim, witnesses: Witnesses
) -> CertificateVerifier:
    # A policy with keys alone, as most have, loads nothing that reads certificates.
    from ..certificate.authority import Authority
    from ..certificate.identity import SignerIdentity
    from .certificate_verifier import CertificateVerifier

    if isinstance(signer, Fulcio):
        return CertificateVerifier(
            authorities=(Authority(anchors=_certificates(signer.authorities)),),
            identity=SignerIdentity(email=signer.subject_email, issuer=signer.issuer),
            claim=claim,
            witnesses=witnesses,
            clock=time.time,
        )
    return CertificateVerifier(
        authorities=(
            Authority(anchors=_certificates(signer.roots), between=_certificates(signer.intermediates)),
        ),
        identity=SignerIdentity(email=signer.subject_email, hostname=signer.subject_hostname),
        claim=claim,
        clock=time.time,
    )


def trusted_keys(keys: Keys) -> tuple[TrustedKey, ...]:
    """Read the public keys that a requirement names.

    Raises:
        InvalidSettings: One of them cannot be read.
    """
    return tuple(
        TrustedKey(name=where, key=PublicKey.parse(pem, where=where)) for where, pem in texts_of(keys)
    )


def _certificates(keys: Keys) -> tuple[Certificate, ...]:
    from ..certificate.chain import load_certificates

    try:
        return tuple(each for where, pem in texts_of(keys) for each in load_certificates(pem, where=where))
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=next(iter(keys.paths), "policy")) from error
