"""What a registry says is attached to an image (distribution-spec, "Listing Referrers").

Three answers are kept apart: a list, "this registry has no referrers API" (ask for the fallback tag instead,
see `referrer_tag`), and "not known". A registry that throttles or fails has said nothing, and a copy that
took that for "nothing is attached" would lose signatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import InvalidDocument, OciError
from ..frozen import frozen
from ..spec import Index, parse_document
from ..spec.media_type import OCI_INDEX, bare
from . import header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..spec import Descriptor

NO_API: Final = frozenset({400, 404, 405, 406, 501})
"""Statuses of registries that do not know the request. 404 is the specification's; the others were seen."""


@frozen
class ReferrerPage:
    """One page of what is attached.

    Args:
        descriptors: The links, of the wanted artifact type only.
    """

    descriptors: tuple[Descriptor, ...]


@frozen
class NoReferrersApi:
    """The registry does not have the API: the fallback tag tells."""


@frozen
class ReferrersUnknown:
    """The registry said nothing that can be relied on.

    Args:
        reason: Why, or None where the status says it (see `failure.failure`).
    """

    reason: OciError | None


ReferrerVerdict: TypeAlias = ReferrerPage | NoReferrersApi | ReferrersUnknown


def judge(
    status: int, headers: Mapping[str, str], body: bytes, *, artifact_type: str = "", where: str
) -> ReferrerVerdict:
    """Judge the answer to a request for one page of referrers.

    Args:
        status: The answer's status.
        headers: Its header fields.
        body: Its body.
        artifact_type: The artifact type that is wanted, or an empty string for all.
        where: What was asked for, for error messages.
    """
    if status in NO_API:
        return NoReferrersApi()
    if status != 200:
        return ReferrersUnknown(None)
    kind = bare(header.value(headers, "Content-Type") or "")
    if kind and kind != OCI_INDEX:
        return ReferrersUnknown(
            InvalidDocument(f"{where}: the referrers came as {kind[:80]!a}, not as an index")
        )
    try:
        document = parse_document(body, claimed=kind, where=where)
    except OciError as error:
        return ReferrersUnknown(error)
    if not isinstance(document, Index):
        return ReferrersUnknown(InvalidDocument(f"{where}: the referrers are a manifest, not an index"))
    # Filtered here in any case: OCI-Filters-Applied says what a registry meant to do.
    return ReferrerPage(of_type(document.manifests, artifact_type))


def of_type(descriptors: Iterable[Descriptor], artifact_type: str) -> tuple[Descriptor, ...]:
    """Return the links with an artifact type, or all of them where it is empty."""
    return tuple(link for link in descriptors if artifact_type in {"", link.artifact_type})
