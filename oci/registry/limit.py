"""Every limit of the registry, with its default."""

from __future__ import annotations

from ..frozen import frozen

__all__ = ["RegistryLimits"]

_MIB = 1024 * 1024


@frozen(kw_only=True)
class RegistryLimits:
    """What one registry allows its clients.

    Args:
        manifest_bytes: A manifest or an index; the specification asks for at least 4 MiB.
        blob_bytes: One blob.
        tags_per_push: ``tag`` parameters of one push; the specification asks for at least 10.
        page_entries: Entries of one page of tags or repositories; a client's ``n`` may ask for fewer.
        referrers_page_bytes: One page of referrers, which clients read like a manifest.
        uploads: Upload sessions open at a time.
        upload_age_s: From the last byte of an upload session to its end.
        users: Entries of an htpasswd file.
    """

    manifest_bytes: int = 4 * _MIB
    blob_bytes: int = 1024 * 1024 * _MIB
    tags_per_push: int = 64
    page_entries: int = 10_000
    referrers_page_bytes: int = 3 * _MIB
    uploads: int = 4096
    upload_age_s: float = 24 * 3600.0
    users: int = 10_000
