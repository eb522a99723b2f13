"""The option that has signatures stamped by an authority for time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci import Context
    from oci.trust.timestamp.request import TimestampServer

timestamp_server_url = click.option(
    "--timestamp-server-url",
    metavar="URL",
    help="Have the signature stamped by this authority (RFC 3161), and keep the timestamp with it.",
)


@contextmanager
def stamping(url: str | None, context: Context) -> Iterator[TimestampServer | None]:
    """Return the authority, or None where none is given."""
    if url is None:
        yield None
        return
    from oci.trust.fetch import HttpFetch
    from oci.trust.timestamp.request import TimestampServer

    assert context.settings is not None
    fetch = HttpFetch(context.settings, token=context.token)
    try:
        yield TimestampServer(url, fetch)
    finally:
        fetch.close()
