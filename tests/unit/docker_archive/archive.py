"""Archives as programs write them, member by member, and as nobody should."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from oci.spec import Digest, media_type
from oci.spec.descriptor import Descriptor
from oci.tar import END, Header, Kind, encode_header, padding
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob, document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oci.content import Opened

LOWER = b"lower layer " * 1000
UPPER = b"upper layer"


def member(name: str, content: bytes = b"", kind: Kind = Kind.FILE, link: str = "") -> bytes:
    """One member."""
    header = Header(name=name, kind=kind, size=len(content), link_name=link)
    return encode_header(header) + content + padding(len(content))


def link(name: str, target: str, kind: Kind = Kind.SYMBOLIC_LINK) -> bytes:
    """A member that leads to another one."""
    return member(name, kind=kind, link=target)


def config(*layers: bytes, label: str = "") -> bytes:
    """A configuration for uncompressed layers."""
    return json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Labels": {"is": label}},
        "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(layer)) for layer in layers]},
    }).encode()  # fmt: skip


def manifest_json(*items: tuple[str, Sequence[str], Sequence[str] | None]) -> bytes:
    """The file of this name: configs, layers, tags."""
    members = [{"Config": one, "RepoTags": tags, "Layers": list(layers)} for one, layers, tags in items]
    return member("manifest.json", json.dumps(members).encode())


def save(path: Path, *members: bytes) -> Path:
    """Write an archive."""
    path.write_bytes(b"".join(members) + END)
    return path


def made_manifest(raw_config: bytes, *layers: bytes) -> bytes:
    """The manifest that containers/image makes, spelled out."""

    def entry(kind: str, content: bytes) -> str:
        return f'{{"mediaType":"{kind}","size":{len(content)},"digest":"{Digest.of(content)}"}}'

    links = ",".join(entry("application/vnd.docker.image.rootfs.diff.tar.gzip", layer) for layer in layers)
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    own = entry("application/vnd.docker.container.image.v1+json", raw_config)
    return f'{{"schemaVersion":2,"mediaType":"{kind}","config":{own},"layers":[{links}]}}'.encode()


def image(label: str, *layers: bytes) -> Sample:
    """An image whose layers are compressed and that loaders accept."""
    raw = config(*layers, label=label)
    blobs = [blob(gzip.compress(layer, mtime=0), media_type.OCI_LAYER_GZIP) for layer in layers]
    own = blob(raw, media_type.OCI_CONFIG)
    root = document({
        "schemaVersion": 2, "mediaType": media_type.OCI_MANIFEST, "config": own.descriptor.to_json(),
        "layers": [one.descriptor.to_json() for one in blobs],
    })  # fmt: skip
    return Sample(root, blobs=(own, *blobs))


def blob_path(one: Opened) -> str:
    """Where a layout keeps a blob."""
    return f"blobs/{one.descriptor.digest.algorithm}/{one.descriptor.digest.encoded}"


def layout_members(sample: Sample, *, entries: Sequence[dict[str, object]] | None = None) -> bytes:
    """A layout with a sample, which is listed without a name unless the entries are given."""
    listed = [sample.root.descriptor.to_json()] if entries is None else list(entries)
    index = {"schemaVersion": 2, "manifests": listed}
    return (
        member("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        + member("index.json", json.dumps(index).encode())
        + b"".join(
            member(blob_path(one), one.content)
            for one in dict.fromkeys((*sample.blobs, *sample.documents, sample.root))
        )
    )


def item_of(sample: Sample, *tags: str) -> tuple[str, list[str], list[str] | None]:
    """The entry of a sample in ``manifest.json``."""
    own, *layers = sample.blobs
    return blob_path(own), [blob_path(layer) for layer in layers], list(tags) or None


def descriptor(content: bytes, kind: str) -> Descriptor:
    """A link to bytes at hand."""
    return Descriptor.of(content, kind)
