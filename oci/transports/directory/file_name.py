"""How files are called in an image directory, as containers/image calls them (its ``directory`` transport).

==============================  ==================================================================
``version``                     the format's version; see `version`
``manifest.json``               the image: a manifest, or an index
``<digest>``                    a blob
``<digest>.manifest.json``      a document beneath the image, or attached to it
``signature-N``                 the image's signatures, counted from 1
``<digest>.signature-N``        those of a document beneath it
==============================  ==================================================================

A digest is its bare hex for sha256, and ``sha512-<hex>`` for sha512 (version 1.2). Anything else in a
directory is not ours, and is left alone.
"""

from __future__ import annotations

import re
from typing import Final

from ...spec import Digest

IMAGE: Final = "manifest.json"
"""The image's own document."""

_DOCUMENT: Final = f".{IMAGE}"
_BARE: Final = "sha256"
_FILE: Final = re.compile(
    r"(?P<digest>[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:(?P<document>\.manifest\.json)|\.signature-[1-9][0-9]*)?",
    re.ASCII,
)
_SIGNATURE: Final = re.compile(r"signature-[1-9][0-9]*", re.ASCII)


def blob_name(digest: Digest) -> str:
    """Return the name of a blob's file."""
    return digest.encoded if digest.algorithm == _BARE else f"{digest.algorithm}-{digest.encoded}"


def document_name(digest: Digest) -> str:
    """Return the name of the file of a document that is not the image itself."""
    return f"{blob_name(digest)}{_DOCUMENT}"


def digest_in(name: str) -> Digest | None:
    """Return whose file one of ours is (a blob's, a document's, a signature's), or None."""
    matched = _FILE.fullmatch(name)
    if matched is None:
        return None
    algorithm, dash, encoded = matched["digest"].rpartition("-")
    return Digest(algorithm if dash else _BARE, encoded)


def is_document(name: str) -> bool:
    """Tell whether a file holds a document that is not the image itself."""
    matched = _FILE.fullmatch(name)
    return matched is not None and matched["document"] is not None


def is_blob(name: str) -> bool:
    """Tell whether a file holds a blob."""
    matched = _FILE.fullmatch(name)
    return matched is not None and matched["digest"] == name


def is_signature_of_image(name: str) -> bool:
    """Tell whether a file holds a signature of the image itself."""
    return _SIGNATURE.fullmatch(name) is not None
