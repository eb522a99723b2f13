"""What the database knows of images: documents, what they link, and names.

A document is a root if somebody wants it for its own sake: it was stored under a name, or nothing that is
stored links it. Roots stay until they are removed, named or not; everything else stays as long as a root
leads to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..errors import InvalidReference
from ..frozen import frozen
from ..spec import Descriptor, Digest, Index, Manifest, Reference

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from ..spec import Document
    from .database import Database

CONFIG: Final = "config"
LAYER: Final = "layer"
DOCUMENT: Final = "document"
"""The kinds of links."""


def check_name(name: str) -> str:
    """Return a name that an image may have here unchanged: a whole reference, with a tag or a digest.

    Raises:
        InvalidReference: It is none.
    """
    reference = Reference.parse(name)
    if str(reference) != name or (reference.tag is None) == (reference.digest is None):
        raise InvalidReference(
            f"{name[:160]!r} is not a name for an image in the store",
            hint="a name has a registry, a repository, and a tag or a digest: docker.io/library/app:1",
        )
    return name


@frozen(kw_only=True)
class Record:
    """A document that the store has.

    Args:
        descriptor: The link to it.
        names: Its names, in alphabetical order.
        config: The digest of its configuration, which people call the image's ID; None for an index.
        is_root: Whether it is kept for its own sake.
        is_image: Whether it is the manifest of a runnable image.
        keeps_layers: Whether its layers are kept as they came, so that it can be pushed.
        added_s: When it was stored last, in seconds since 1970.
        subject: The digest that it is attached to, or an empty string.
    """

    descriptor: Descriptor
    names: tuple[str, ...]
    config: Digest | None
    is_root: bool
    is_image: bool
    keeps_layers: bool
    added_s: float
    subject: str


class Catalogue:
    """Reads and writes these tables; whoever writes has begun a transaction.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, name: str) -> Descriptor | None:
        """Return what a name stands for, or None."""
        row = self._database.row(
            """SELECT digest, media_type, size FROM document
               WHERE digest = (SELECT digest FROM name WHERE name = ?)""",
            (name,),
        )
        return None if row is None else _descriptor(row)

    def document(self, digest: Digest) -> Descriptor | None:
        """Return the link to a document, or None."""
        row = self._database.row(
            "SELECT digest, media_type, size FROM document WHERE digest = ?", (str(digest),)
        )
        return None if row is None else _descriptor(row)

    def names(self) -> list[str]:
        """Return all names, in alphabetical order."""
        return [name for (name,) in self._database.rows("SELECT name FROM name ORDER BY name")]

    def roots(self) -> list[Record]:
        """Return the documents that are kept for their own sake, the newest first."""
        rows = self._database.rows("SELECT * FROM record WHERE is_root ORDER BY added_s DESC, digest")
        return [_record(row) for row in rows]

    def documents(self) -> list[Record]:
        """Return all documents, the newest first."""
        rows = self._database.rows("SELECT * FROM record ORDER BY added_s DESC, digest")
        return [_record(row) for row in rows]

    def record(self, digest: Digest) -> Record | None:
        """Return what is known of a document, or None."""
        row = self._database.row("SELECT * FROM record WHERE digest = ?", (str(digest),))
        return None if row is None else _record(row)

    def referrers(self, subject: Digest) -> list[Descriptor]:
        """Return the links to what is attached to a digest."""
        rows = self._database.rows(
            "SELECT digest, media_type, size FROM document WHERE subject = ? ORDER BY digest", (str(subject),)
        )
        return [_descriptor(row) for row in rows]

    def children(self, digest: Digest) -> list[tuple[Digest, str, int]]:
        """Return what a document links: digests, kinds and sizes, in the order of the document."""
        rows = self._database.rows(
            "SELECT child, kind, size FROM link WHERE parent = ? ORDER BY position", (str(digest),)
        )
        return [(Digest.parse(child), kind, size) for child, kind, size in rows]

    def is_discarded(self, digest: Digest) -> bool:
        """Tell whether a layer belongs to an image whose layers are not kept."""
        row = self._database.row(
            """SELECT 1 FROM link JOIN document ON digest = parent
               WHERE child = ? AND kind = 'layer' AND NOT keeps_layers""",
            (str(digest),),
        )
        return row is not None

    def chains(self, digest: Digest) -> list[Digest]:
        """Return the ChainIDs of an image's layers, lowest first."""
        rows = self._database.rows(
            "SELECT chain_id FROM chain WHERE document = ? ORDER BY position", (str(digest),)
        )
        return [Digest.parse(chain) for (chain,) in rows]

    @staticmethod
    def put(
        connection: sqlite3.Connection,
        descriptor: Descriptor,
        document: Document | None,
        names: Iterable[str],
        *,
        chains: Sequence[Digest],
        keeps_layers: bool,
        now_s: float,
    ) -> None:
        """Enter a document, and give it names, which are taken from whatever had them.

        Args:
            connection: Has a transaction open.
            descriptor: The document's link.
            document: The document, or None for one of a kind that is not known.
            names: Its names.
            chains: The ChainIDs of its layers, for an image.
            keeps_layers: Whether its layers are kept as they came.
            now_s: The time, in seconds since 1970.
        """
        text = str(descriptor.digest)
        named = list(names)
        connection.execute(
            """INSERT INTO document VALUES (:digest, :media_type, :size, :subject, :artifact_type,
                 :named OR NOT EXISTS (SELECT 1 FROM link WHERE child = :digest AND kind = 'document'),
                 :is_image, :keeps_layers, :now)
               ON CONFLICT (digest) DO UPDATE SET is_root = is_root OR excluded.is_root,
                 keeps_layers = keeps_layers OR excluded.keeps_layers, added_s = excluded.added_s""",
            {
                "digest": text,
                "media_type": descriptor.media_type,
                "size": descriptor.size,
                "subject": None
                if document is None or document.subject is None
                else str(document.subject.digest),
                "artifact_type": "" if document is None else document.kind_of_artifact,
                "named": bool(named),
                "is_image": isinstance(document, Manifest) and document.is_image,
                "keeps_layers": keeps_layers,
                "now": now_s,
            },
        )
        connection.executemany(
            "INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?, ?)",
            [
                (text, position, str(child.digest), kind, child.size)
                for position, (child, kind) in enumerate(_links(document))
            ],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO chain VALUES (?, ?, ?)",
            [(text, position, str(chain)) for position, chain in enumerate(chains)],
        )
        connection.execute(
            """UPDATE document SET is_root = 0 WHERE digest IN
                 (SELECT child FROM link WHERE parent = ? AND kind = 'document')
               AND NOT EXISTS (SELECT 1 FROM name WHERE name.digest = document.digest)""",
            (text,),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO name VALUES (?, ?, ?)", [(name, text, now_s) for name in named]
        )


def _links(document: Document | None) -> list[tuple[Descriptor, str]]:
    if isinstance(document, Manifest):
        return [(document.config, CONFIG), *((layer, LAYER) for layer in document.layers)]
    if isinstance(document, Index):
        return [(child, DOCUMENT) for child in document.manifests]
    return []


def _descriptor(row: tuple[Any, ...]) -> Descriptor:
    return Descriptor(row[1], Digest.parse(row[0]), row[2])


def _record(row: tuple[Any, ...]) -> Record:
    digest, media_type, size, is_root, is_image, keeps_layers, added_s, subject, config, names = row
    return Record(
        descriptor=Descriptor(media_type, Digest.parse(digest), size),
        names=tuple(names.split(" ")) if names else (),
        config=Digest.parse(config) if config else None,
        is_root=bool(is_root),
        is_image=bool(is_image),
        keeps_layers=bool(keeps_layers),
        added_s=added_s,
        subject=subject,
    )
