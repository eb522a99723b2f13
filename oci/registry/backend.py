"""What the endpoints of one registry share: repositories, uploads, pools of threads, limits."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import InvalidDigest
from ..serving import WorkPool
from ..spec import Digest
from .error import ApiError
from .limit import RegistryLimits
from .tree import RepositoryTree
from .upload import UploadStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Backend", "parse_digest"]

_UPLOADS = (".ocitool", "uploads")
_METADATA_THREADS = 4
_BULK_THREADS = 4
_COMMIT_THREADS = 4


class Backend:
    """The shared parts.

    Each class of work has its own pool: many uploads never keep a HEAD waiting, and a slow disk that syncs
    one large blob never keeps the others from coming in.

    Args:
        folder: The registry's directory, or a single image layout.
        limits: What clients are allowed.
        single_name: See `RepositoryTree`.
        make_session: Makes identities of upload sessions.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: RegistryLimits | None = None,
        single_name: str = "",
        make_session: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self.limits = limits or RegistryLimits()
        self.tree = RepositoryTree(folder, single_name=single_name)
        self.uploads = UploadStore(folder.joinpath(*_UPLOADS), limits=self.limits, make_session=make_session)
        self.metadata = WorkPool("registry-metadata", threads=_METADATA_THREADS)
        self.bulk = WorkPool("registry-bulk", threads=_BULK_THREADS)
        self.commits = WorkPool("registry-commit", threads=_COMMIT_THREADS)

    def close(self) -> None:
        """End the pools, once what has begun has come to its end."""
        for pool in (self.metadata, self.bulk, self.commits):
            pool.close()


def parse_digest(text: str) -> Digest:
    """Parse a digest of a request.

    Args:
        text: As it came.

    Returns:
        The digest.

    Raises:
        ApiError: 400, it is malformed or of an algorithm that is not supported.
    """
    try:
        return Digest.parse(text)
    except InvalidDigest as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", error.message) from None
