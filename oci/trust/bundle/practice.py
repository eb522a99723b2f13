"""How bundles answer to a policy: ``digestOnlySigned``, ours, for signatures that name no repository.

What is trusted is a key, or whose certificate it is under a trusted root. That the signature is for the
digest is all that is asked: the image may come from anywhere.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from ...settings.policy import DigestOnlySigned, Keys
from ..cosign.key_verifier import KeyVerifier
from ..cosign.practice import is_told_not_to_look, trusted_keys
from ..key_text import texts_of
from ..root.trusted_root import TrustedRoot
from ..signature import Family
from .claim import StatementClaim
from .shelf import bundle_shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from ...settings.policy import Requirement
    from ..family import Shelf, Verifier
    from ..policy import Ground


def shelves(ground: Ground) -> Iterator[Shelf]:
    """Yield the place that may have bundles of an image; see `oci.trust.policy.Practice`."""
    if not is_told_not_to_look(ground):
        yield bundle_shelf(ground.source)


def verifier(requirement: Requirement, _ground: Ground) -> AbstractContextManager[Verifier]:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, DigestOnlySigned)
    root = _root(requirement.trusted_root)
    signer = requirement.signer
    if isinstance(signer, Keys):
        keys = trusted_keys(signer)
        return nullcontext(
            KeyVerifier(keys=keys, claim=StatementClaim(), witnesses=root.witnesses, family=Family.BUNDLE)
        )
    from ..certificate.identity import SignerIdentity
    from ..cosign.certificate_verifier import CertificateVerifier

    return nullcontext(
        CertificateVerifier(
            authorities=root.authorities,
            identity=SignerIdentity(
                subject=signer.subject,
                subject_pattern=signer.subject_pattern,
                issuer=signer.issuer,
                issuer_pattern=signer.issuer_pattern,
            ),
            claim=StatementClaim(),
            witnesses=root.witnesses,
            certificate_logs=root.certificate_logs,
            clock=time.time,
            family=Family.BUNDLE,
        )
    )


def _root(text: Keys) -> TrustedRoot:
    for where, raw in texts_of(text):
        from ..root.document import load_trusted_root

        return load_trusted_root(raw, path=where)
    return TrustedRoot()
