"""What the database of a store looks like, and how an older one becomes a newer one.

Each step takes the database from one version to the next, within one transaction. A step that has been
released is never changed: a new one is appended.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x0C170015
"""What tells our databases from those of others (SQLite, "PRAGMA application_id")."""

_FIRST: Final = """
CREATE TABLE document (
    digest TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    subject TEXT,
    artifact_type TEXT NOT NULL,
    is_root INTEGER NOT NULL,
    is_image INTEGER NOT NULL,
    keeps_layers INTEGER NOT NULL DEFAULT 1,
    added_s REAL NOT NULL
) STRICT;
CREATE INDEX document_subject ON document (subject) WHERE subject IS NOT NULL;

CREATE TABLE link (
    parent TEXT NOT NULL REFERENCES document (digest) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    child TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (parent, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_child ON link (child);

CREATE TABLE chain (
    document TEXT NOT NULL REFERENCES document (digest) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    chain_id TEXT NOT NULL,
    PRIMARY KEY (document, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_chain_id ON chain (chain_id);

CREATE TABLE name (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL REFERENCES document (digest) ON DELETE CASCADE,
    added_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX name_digest ON name (digest);

CREATE VIEW record AS
    SELECT digest, media_type, size, is_root, is_image, keeps_layers, added_s,
        coalesce(subject, '') AS subject,
        (SELECT child FROM link WHERE parent = digest AND kind = 'config') AS config,
        (SELECT group_concat(name, ' ') FROM
            (SELECT name FROM name WHERE name.digest = document.digest ORDER BY name)) AS names
    FROM document;

CREATE TABLE snapshot (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    chain_id TEXT NOT NULL UNIQUE,
    parent TEXT,
    unsynced_boot TEXT,
    file_bytes INTEGER NOT NULL,
    disk_bytes INTEGER,
    added_s REAL NOT NULL
) STRICT;

CREATE TABLE lease (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose TEXT NOT NULL,
    pid INTEGER NOT NULL,
    start_ticks INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    began_s REAL NOT NULL
) STRICT;

CREATE TABLE lease_item (
    lease INTEGER NOT NULL REFERENCES lease (id) ON DELETE CASCADE,
    item TEXT NOT NULL,
    PRIMARY KEY (lease, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_item_item ON lease_item (item);
"""

_ARCHIVE_SIZES: Final = """
ALTER TABLE snapshot RENAME COLUMN file_bytes TO expanded_bytes
"""
"""What people call a layer's size is that of its archive; older rows have that of its files, a bit less."""

STEPS: Final = (_FIRST, _ARCHIVE_SIZES)
"""What leads from each version to the next; the first one from an empty database to version 1."""
