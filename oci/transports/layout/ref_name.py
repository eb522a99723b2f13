"""Names of images in a layout: ``org.opencontainers.image.ref.name`` (image-spec, annotations.md).

Read is whatever other tools wrote. Written is what the specification's grammar allows, and any tag of a
registry besides (``_x``, ``a..b``), since its characters are allowed and its image has to keep its name.
"""

from __future__ import annotations

import re
from typing import Final

from ...errors import InvalidReference

REF_NAME: Final = "org.opencontainers.image.ref.name"
"""The annotation that holds an image's name."""

MAX_NAME: Final = 512
"""Characters that a name may have; a reference with host, repository, tag and digest fits."""

_COMPONENT: Final = r"[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*"
_GRAMMAR: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)


def check_ref_name(name: str) -> str:
    """Return a name that may be written unchanged, or raise `InvalidReference`."""
    if len(name) > MAX_NAME or not (_GRAMMAR.fullmatch(name) or _TAG.fullmatch(name)):
        raise InvalidReference(
            f"{name[:160]!r} is not a name for an image in a layout",
            hint="letters and digits, joined by '-', '.', '_', ':', '@', '+' or '--'; '/' between components",
        )
    return name
