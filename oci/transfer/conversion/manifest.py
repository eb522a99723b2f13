"""Manifests in another form: decided from the manifest alone, written when its layers are known.

The configuration keeps its bytes: what OCI and Docker require of it is the same, either side ignores what
it does not know, and so the image's ID and its DiffIDs stay. (containers/image writes it anew for OCI, and
so loses health checks.) Only for eStargz, whose layers expand to something else, its DiffIDs are replaced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...content import Opened
from ...errors import Unsupported
from ...frozen import frozen, replace
from ...spec import Descriptor, strict_json
from .layer_type import LayerType
from .loss import LINK_MEMBERS, MANIFEST_MEMBERS, lost_in_document, lost_in_link, refuse_loss, without_losses
from .rule import Extent, Format

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...spec import Manifest
    from .rule import Conversion

_OF_THE_BYTES: Final = (
    "containerd.io/snapshot/stargz/",
    "io.containers.estargz.",
    "io.github.containers.zstd-chunked.",
)
"""Annotations of a layer that speak of the very bytes; they are false of a layer that is compressed anew."""


@frozen
class ManifestPlan:
    """What becomes of a manifest.

    Args:
        format: The family that it is written in.
        config_type: The media type of its configuration.
        layer_types: The media types of its layers.
        recompressed: For each layer, whether its bytes change.
    """

    format: Format
    config_type: str
    layer_types: tuple[str, ...]
    recompressed: tuple[bool, ...]


def plan_manifest(
    manifest: Manifest, conversion: Conversion, *, holds: Callable[[Descriptor], bool], where: str
) -> ManifestPlan | None:
    """Decide what becomes of a manifest.

    Args:
        manifest: The manifest.
        conversion: What was asked for.
        holds: Tells whether the destination has a layer as it is.
        where: The manifest, for error messages.

    Returns:
        The plan, or None where it stays as it is.

    Raises:
        Unsupported: The format that was asked for cannot say what this manifest says.
    """
    family = _family(manifest)
    target = conversion.target or family
    kinds = tuple(LayerType.parse(layer.media_type) for layer in manifest.layers)
    if not manifest.is_image or (kinds and not any(kinds)):
        if family is not target:
            raise _not_an_image(manifest, target, where)
        return None
    if target is Format.DOCKER and None in kinds:
        raise _not_an_image(manifest, target, where)
    new = tuple(
        _new_type(layer, kind, conversion, holds) for layer, kind in zip(manifest.layers, kinds, strict=True)
    )
    plan = ManifestPlan(
        target,
        manifest.config.media_type if conversion.target is None else target.config_type,
        tuple(
            layer.media_type if kind is None else _text(kind, where)
            for layer, (kind, _) in zip(manifest.layers, new, strict=True)
        ),
        tuple(changes for _, changes in new),
    )
    if _is_unchanged(manifest, plan):
        return None
    if target is Format.DOCKER and not conversion.allows_loss:
        refuse_loss(_losses(manifest), where=where)
    return plan


def rewrite_manifest(
    manifest: Manifest, plan: ManifestPlan, layers: Mapping[int, Descriptor], config: Descriptor
) -> Opened:
    """Write a manifest anew.

    Args:
        manifest: The manifest.
        plan: What becomes of it.
        layers: The layers whose bytes have changed, by position.
        config: The configuration, another one where DiffIDs have changed.
    """
    members = strict_json.load_object(manifest.raw, where="manifest")
    members = {"schemaVersion": 2, "mediaType": plan.format.manifest_type} | {
        key: value for key, value in members.items() if key not in {"schemaVersion", "mediaType"}
    }
    members["config"] = written_link(replace(config, media_type=plan.config_type, data=None), plan.format)
    members["layers"] = [
        written_link(_new_layer(layer, media_type, layers.get(position)), plan.format)
        for position, (layer, media_type) in enumerate(zip(manifest.layers, plan.layer_types, strict=True))
    ]
    if plan.format is Format.DOCKER:
        members = without_losses(members, MANIFEST_MEMBERS)
    return encoded(members, plan.format.manifest_type, manifest.digest.algorithm)


def encoded(members: Mapping[str, object], media_type: str, algorithm: str) -> Opened:
    """Write a document's bytes, and describe them."""
    raw = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return Opened(Descriptor.of(raw, media_type, algorithm), raw)


def _family(manifest: Manifest) -> Format:
    is_oci = manifest.media_type == Format.OCI.manifest_type
    return Format.OCI if is_oci else Format.DOCKER


def _new_type(
    layer: Descriptor, kind: LayerType | None, conversion: Conversion, holds: Callable[[Descriptor], bool]
) -> tuple[LayerType | None, bool]:
    """Return what becomes of a layer's type, and whether its bytes change."""
    if kind is None:
        return None, False
    kind = replace(kind, format=conversion.target or kind.format)
    form = conversion.layers
    # The bytes of a foreign layer may be anywhere, and are not ours to offer in another form.
    if form is None or kind.is_foreign or not form.changes(layer, kind.compression):
        return kind, False
    if form.extent is Extent.ABSENT and holds(layer):
        return kind, False
    return replace(kind, compression=form.compression), True


def _text(kind: LayerType, where: str) -> str:
    try:
        return kind.text
    except Unsupported as error:
        raise Unsupported(f"{where}: {error.message}", hint=error.hint) from error


def _is_unchanged(manifest: Manifest, plan: ManifestPlan) -> bool:
    return (
        manifest.media_type == plan.format.manifest_type
        and manifest.config.media_type == plan.config_type
        and tuple(layer.media_type for layer in manifest.layers) == plan.layer_types
        and not any(plan.recompressed)
    )


def _losses(manifest: Manifest) -> list[str]:
    members = strict_json.load_object(manifest.raw, where="manifest")
    lost = [
        *lost_in_document(members, MANIFEST_MEMBERS),
        *lost_in_link(manifest.config.to_json(), "the config"),
    ]
    for number, layer in enumerate(manifest.layers, start=1):
        lost += lost_in_link(layer.to_json(), f"layer {number}")
    return lost


def _new_layer(layer: Descriptor, media_type: str, changed: Descriptor | None) -> Descriptor:
    if changed is None:
        return replace(layer, media_type=media_type)
    annotations = {
        key: value for key, value in layer.annotations.items() if not key.startswith(_OF_THE_BYTES)
    }
    # Whatever else is said of where the old bytes are, or of what they are, is not true of the new ones.
    return replace(
        layer,
        media_type=media_type,
        digest=changed.digest,
        size=changed.size,
        annotations={**annotations, **changed.annotations},
        urls=(),
        data=None,
    )


def written_link(link: Descriptor, family: Format) -> dict[str, object]:
    """Return the members of a link as a family has them, in its order."""
    members = link.to_json()
    return without_losses(members, LINK_MEMBERS) if family is Format.DOCKER else members


def _not_an_image(manifest: Manifest, target: Format, where: str) -> Unsupported:
    layers: Sequence[Descriptor] = manifest.layers
    strange = next((x.media_type for x in layers if LayerType.parse(x.media_type) is None), "no layer")
    what = manifest.artifact_type or manifest.config.media_type
    reason = f"with {strange}" if manifest.is_image else f"a {what[:80]}"
    return Unsupported(
        f"{where}: only images can be written as {target.value}, and this is an artifact: {reason[:120]}",
        hint="copy it without --format",
    )
