"""How GPG signatures answer to a policy: where they lie, and which keys ``signedBy`` means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...content import KeepsSignatures, TakesSignatures
from ...errors import Unsupported
from ...settings.lookaside import FILE_SCHEME, path_of
from ...settings.policy import SignedBy
from ...transports.name import DIRECTORY, REGISTRY
from ..key_text import texts_of
from .shelf import DirectoryShelf, LookasideShelf
from .verifier import SimpleVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...settings import Settings
    from ...settings.policy import Requirement
    from ...spec import Digest, Reference
    from ...transports.name import ImageName
    from ..family import OpenKeeper, Shelf
    from ..policy import Ground


def shelves(ground: Ground) -> Iterator[Shelf]:
    """Yield the places that may have signatures of an image; see `oci.trust.policy.Practice`."""
    yield from files_of(ground)
    if isinstance(ground.source, KeepsSignatures):
        from .extension_shelf import ExtensionShelf

        yield ExtensionShelf(ground.source, ground.source.label)


def files_of(ground: Ground) -> Iterator[Shelf]:
    """Yield the places that keep an image's signatures as files: nobody has to be asked for them in vain."""
    if ground.image.transport == DIRECTORY:
        yield DirectoryShelf(Path(ground.image.location))
    elif ground.image.transport == REGISTRY and ground.name is not None:
        url = ground.session.settings.lookaside_conf().to_read(ground.name)
        if url.startswith(FILE_SCHEME):
            yield LookasideShelf(path_of(url))
        elif url:
            from .web_shelf import WebShelf

            yield WebShelf(url, ground.session)


def keeper_of(
    image: ImageName, name: Reference | None, settings: Settings, place: object, digest: Digest
) -> OpenKeeper | None:
    """Return where signatures of an image can be added, or None where that is not possible.

    Args:
        image: The image where it is, or will be.
        name: Its whole name, or None where it has none.
        settings: That side's settings.
        place: That place, where it is open already; a registry may keep signatures itself.
        digest: The image's digest, for such a registry.

    Raises:
        OciError: A registry could not be asked.
        Unsupported: Its signatures are on the web, where they can only be read.
    """
    if image.transport == DIRECTORY:
        return DirectoryShelf(Path(image.location))
    if image.transport != REGISTRY or name is None:
        return None
    if isinstance(place, TakesSignatures) and place.signatures(digest) is not None:
        from .extension_shelf import ExtensionKeeper

        return ExtensionKeeper(place, str(image))
    url = settings.lookaside_conf().to_write(name)
    if url and not url.startswith(FILE_SCHEME):
        raise Unsupported(
            f"{url}: signatures on the web can only be read",
            hint="lookaside-staging in registries.d says where they are written to",
        )
    return LookasideShelf(path_of(url)) if url else None


def verifier(requirement: Requirement, _ground: Ground) -> SimpleVerifier:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, SignedBy)
    return SimpleVerifier(texts_of(requirement.keys), requirement.identity)
