"""The rules for a signer's chain (signature specification, "Certificate Requirements")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..certificate.rule import CODE_SIGNING, check_leaf, check_links, check_purposes, purposes_of
from .algorithm import algorithm_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate


def check_signing_chain(chain: Sequence[Certificate]) -> None:
    """Hold a signer's chain against the rules; whether it is valid now is another question.

    Args:
        chain: The signer's certificate first, the root last; or one that has signed itself.

    Raises:
        NotVerified: A rule is broken.
    """
    check_links(chain)
    leaf = chain[0]
    check_leaf(leaf)
    algorithm_of(leaf.public_key())
    purposes = purposes_of(leaf)
    if purposes is not None:
        check_purposes(leaf, purposes.value, CODE_SIGNING)
