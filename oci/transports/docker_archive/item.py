"""``manifest.json`` of an archive: which config, which layers, which names each image has.

The format is Docker's ("Image Specification v1.2", "Combined Image JSON + Filesystem Changeset Format").
Members that are not listed there are passed over: Docker, podman and others each have some.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, InvalidReference, InvalidValue
from ...frozen import frozen
from ...spec import Reference, strict_json
from ...spec import field as member

if TYPE_CHECKING:
    from collections.abc import Iterable

MANIFEST_NAME: Final = "manifest.json"
REPOSITORIES_NAME: Final = "repositories"
MAX_MANIFEST_BYTES: Final = 16 * 1024 * 1024
"""Bytes that a ``manifest.json`` may have: some ten thousand images."""

_CASED: Final = {name.casefold(): name for name in ("Config", "RepoTags", "Layers")}


@frozen
class Item:
    """One image.

    Args:
        config: The path of its configuration.
        layers: The paths of its layers, lowest first.
        tags: Its names, as they are written.
    """

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its names in full; one that cannot be read is left out."""
        full = []
        for tag in self.tags:
            try:
                full.append(full_name(tag))
            except InvalidValue:
                continue
        return tuple(dict.fromkeys(full))


def full_name(text: str) -> str:
    """Return the name of an image in an archive in full: ``alpine`` is ``docker.io/library/alpine:latest``.

    Raises:
        InvalidReference: It is no reference, or has a digest.
    """
    reference = Reference.parse(text).tagged()
    if reference.digest is not None:
        raise InvalidReference(
            f"{text[:160]!a}: an image in an archive is named by a tag, not by a digest",
            hint="name it HOST/NAME:TAG",
        )
    return str(reference)


def parse_items(raw: bytes, *, where: str) -> tuple[Item, ...]:
    """Read a ``manifest.json``.

    Raises:
        InvalidDocument: It is malformed.
    """
    found = strict_json.loads(raw, where=where)
    if not isinstance(found, list):
        raise InvalidDocument(f"{where}: must be an array of images")
    return tuple(_item(entry, where=f"{where}: image @{number}") for number, entry in enumerate(found))


def items_text(items: Iterable[Item]) -> bytes:
    """Return a ``manifest.json`` as it is written."""
    members = [
        {"Config": item.config, "RepoTags": list(item.tags) or None, "Layers": list(item.layers)}
        for item in items
    ]
    return json.dumps(members, separators=(",", ":")).encode()


def _item(found: object, *, where: str) -> Item:
    if not isinstance(found, dict):
        raise InvalidDocument(f"{where}: must be an object")
    for key in found:
        # Go's decoder takes "layers" for Layers; this one does not. No archive may mean two things.
        if _CASED.get(key.casefold(), key) != key:
            raise InvalidDocument(f"{where}: member {key[:40]!r} could be taken for another one")
    config = member.text(found, "Config", where=where)
    if not config:
        raise InvalidDocument(f"{where}: has no Config")
    return Item(config, _texts(found, "Layers", where), _texts(found, "RepoTags", where))


def _texts(found: dict[str, object], key: str, where: str) -> tuple[str, ...]:
    return () if found.get(key) is None else member.texts(found, key, where=where)
