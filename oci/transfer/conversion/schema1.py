"""Schema 1 images as images of today: a configuration made of the history, a manifest made of the layers.

What comes out is what containers/image makes of them, mostly to the byte: the top step's description is the
configuration, without what belonged to the step; steps that changed nothing are history without a layer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...content import Measures
from ...errors import Unsupported
from ...spec import Descriptor, field
from ...spec.media_type import DOCKER_LAYER_GZIP
from .manifest import encoded, written_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...content import Opened, Source
    from ...spec import Digest
    from ...spec.schema1 import Schema1, Schema1Layer
    from .rule import Format

_OF_THE_STEP: Final = frozenset({"id", "parent", "parent_id", "layer_id", "throwaway", "Size"})
_NEVER: Final = "0001-01-01T00:00:00Z"
_ESCAPES: Final = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
# As Go writes them.


def layers_of(schema1: Schema1, source: Source) -> tuple[Descriptor, ...]:
    """Describe the layers, lowest first; their sizes are asked for, since the manifest has none.

    Raises:
        Unsupported: The source does not tell sizes.
        NotFound: A layer is not there.
    """
    return tuple(_described(layer.digest, source) for layer in schema1.layers if not layer.is_empty)


def config_of(schema1: Schema1, diff_ids: Sequence[Digest]) -> bytes:
    """Write the configuration.

    Args:
        schema1: The manifest.
        diff_ids: The digests of its expanded layers, lowest first.

    Raises:
        InvalidDocument: The history is malformed.
    """
    top = schema1.layers[-1].compatibility
    members = {key: value for key, value in top.items() if key not in _OF_THE_STEP}
    members["history"] = [_step(layer) for layer in schema1.layers]
    members["rootfs"] = {"type": "layers", "diff_ids": [str(digest) for digest in diff_ids]}
    text = json.dumps(dict(sorted(members.items())), separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPES).encode()


def manifest_of(config: Descriptor, layers: Iterable[Descriptor], target: Format) -> Opened:
    """Write the manifest."""
    members: Mapping[str, object] = {
        "schemaVersion": 2,
        "mediaType": target.manifest_type,
        "config": written_link(config, target),
        "layers": [written_link(layer, target) for layer in layers],
    }
    return encoded(members, target.manifest_type, config.digest.algorithm)


def _described(digest: Digest, source: Source) -> Descriptor:
    size = source.size_of(digest) if isinstance(source, Measures) else None
    if size is None:
        raise Unsupported(
            f"{source.label} does not tell the size of layer {digest}, and a schema 1 manifest has none"
        )
    return Descriptor(DOCKER_LAYER_GZIP, digest, size)


def _step(layer: Schema1Layer) -> dict[str, object]:
    where = "schema 1 history"
    said = layer.compatibility
    command = field.texts(field.mapping(said, "container_config", where=where) or {}, "Cmd", where=where)
    step: dict[str, object] = {"created": field.text(said, "created", where=where) or _NEVER}
    texts = {
        "author": field.text(said, "author", where=where),
        "created_by": " ".join(command),
        "comment": field.text(said, "comment", where=where),
    }
    step |= {key: text for key, text in texts.items() if text}
    if layer.is_empty:
        step["empty_layer"] = True
    return step
