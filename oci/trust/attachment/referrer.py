"""Referrers: manifests that name a document as their subject (distribution-spec, "Listing Referrers").

Where a registry lists them itself, it is asked; else the index under the fallback tag is, and is kept up to
date by whoever writes (see `oci.transports.remote.referrer`). A listing is only a hint: a manifest counts if
it says itself what its subject is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...content import ListsReferrers, Opened, Unknown
from ...errors import Cancelled, InvalidDocument, OciError, Unsupported
from ...frozen import frozen
from ...spec import Descriptor, Manifest, parse_document
from ...spec.media_type import OCI_EMPTY, OCI_MANIFEST
from ..verdict import Absent, Unasked
from .blob import store_blob
from .gathering import AttachmentLimits, check_total, each_of, fetch_layer, gathered, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...content import Sink, Source
    from ...spec import Digest
    from .gathering import Attached, Flawed, Gathering

_EMPTY = b"{}"


def read_referrers(
    source: Source,
    digest: Digest,
    is_wanted: Callable[[Descriptor], bool],
    limits: AttachmentLimits | None = None,
) -> Gathering:
    """Read the only layer of each referrer of some kind.

    Args:
        source: Where to look.
        digest: The subject's digest.
        is_wanted: Tells by a referrer's link, as a listing has it, whether it is of that kind.
        limits: Bounds on what is read.
    """
    limits = limits or AttachmentLimits()
    place = f"referrers of {source.label}@{digest}"
    if not isinstance(source, ListsReferrers):
        return Absent(place)
    answer = source.referrers(digest)
    if isinstance(answer, Unknown):
        return Unasked(place, answer.reason)
    links = [link for link in answer.descriptors if is_wanted(link)]
    try:
        check_total([link.size for link in links], limits, where=place)
        read = each_of(links, lambda link: _read_one(source, digest, link, is_wanted), limits)
        manifests = [each for each in read if isinstance(each, _Read)]
        check_total([each.manifest.layers[0].size for each in manifests], limits, where=place)
    except OciError as error:
        return gathered(place, [outcome_of(place, error)])
    rest = [each for each in read if not isinstance(each, _Read)]
    return gathered(place, [*each_of(manifests, lambda each: each.fetch(source, limits), limits), *rest])


def attach(
    sink: Sink,
    subject: Descriptor,
    *,
    artifact_type: str,
    media_type: str,
    content: bytes,
    annotations: Mapping[str, str],
) -> Descriptor:
    """Attach a thing as a referrer with one layer.

    Args:
        sink: Where the subject is.
        subject: The subject.
        artifact_type: What kind of thing it is.
        media_type: The media type of its bytes.
        content: Its bytes.
        annotations: Annotations of the manifest.

    Returns:
        The link to the referrer, as a listing has it.

    Raises:
        Unsupported: The place keeps no referrers.
        OciError: Writing failed, or others keep replacing the list of referrers.
    """
    if not isinstance(sink, ListsReferrers):
        raise Unsupported(f"{sink.label}: nothing can be attached to images here")
    layer, config = Descriptor.of(content, media_type), Descriptor.of(_EMPTY, OCI_EMPTY)
    store_blob(sink, config, _EMPTY)
    store_blob(sink, layer, content)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": config.to_json(),
            "layers": [layer.to_json()],
            "subject": subject.bare().to_json(),
            "annotations": dict(annotations),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    sink.publish(Descriptor.of(manifest, OCI_MANIFEST), manifest)
    return parse_document(manifest, where=sink.label).as_referrer()


@frozen
class _Read:
    manifest: Manifest
    found_at: str

    def fetch(self, source: Source, limits: AttachmentLimits) -> Attached | Flawed | Unasked:
        layer = self.manifest.layers[0]
        return fetch_layer(source, self.manifest, layer, limits, found_at=self.found_at)


def _read_one(
    source: Source, digest: Digest, link: Descriptor, is_wanted: Callable[[Descriptor], bool]
) -> _Read | Flawed | Unasked:
    found_at = f"{source.label}@{link.digest}"
    try:
        opened = Opened(link, source.document(link))
        return _Read(_manifest(opened, digest, is_wanted, found_at), found_at)
    except Cancelled:
        raise
    except OciError as error:
        return outcome_of(found_at, error)


def _manifest(
    opened: Opened, digest: Digest, is_wanted: Callable[[Descriptor], bool], found_at: str
) -> Manifest:
    document = parse_document(opened.content, claimed=opened.descriptor.media_type, where=found_at)
    if not isinstance(document, Manifest) or len(document.layers) != 1:
        raise InvalidDocument(f"{found_at}: no manifest with one layer")
    if document.subject is None or document.subject.digest != digest:
        raise InvalidDocument(f"{found_at}: is not attached to {digest}, whatever the list says")
    if not is_wanted(document.as_referrer()):
        raise InvalidDocument(f"{found_at}: is of another kind than the list says")
    return document
