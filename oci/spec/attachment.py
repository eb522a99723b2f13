"""Names under which things are attached to an image when a registry has no referrers API.

Sources: distribution-spec, "Referrers Tag Schema"; cosign's SIGNATURE_SPEC.md for the suffixed tags.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .digest import Digest

COSIGN_SUFFIXES: Final = ("sig", "att", "sbom")
"""What cosign's tags end in: signatures, attestations, and (formerly) bills of materials."""

_ILLEGAL: Final = re.compile(r"[^A-Za-z0-9._-]")


def fallback_tag(digest: Digest) -> str:
    """Return the tag whose index lists what refers to a digest.

    The algorithm is cut to 32 characters and the hash to 64, and what a tag may not hold becomes ``-``.
    """
    return _ILLEGAL.sub("-", f"{digest.algorithm[:32]}-{digest.encoded[:64]}")


def cosign_tag(digest: Digest, suffix: str) -> str:
    """Return cosign's tag for a digest.

    Args:
        digest: The image's digest.
        suffix: One of `COSIGN_SUFFIXES`.
    """
    return f"{digest.algorithm}-{digest.encoded}.{suffix}"
