"""The converter stands between the walk and whoever takes delivery: what is handed on has been changed.

A document is looked at when the walk enters it, before anything beneath it moves, so that what cannot be
converted is refused early; it is written anew when everything beneath it has been delivered.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from ...compression import Compression
from ...content import VerifiedReader, children_of
from ...content.graph import parse_known
from ...errors import InvalidDocument, OciError, Unsupported
from ...frozen import frozen, replace
from ...spec import Descriptor, ImageConfig, Index, Manifest
from ...spec.schema1 import Schema1, is_schema1
from ..attached import attached_to, goes_bare
from ..failure import during
from ..steady import SteadyStream
from ..walk import Delivery, own_children
from .diff_id import with_diff_ids
from .index import attestation_refused, attested, check_index, rewrite_index, target_of
from .layer_type import LayerType
from .manifest import plan_manifest, rewrite_manifest
from .rule import Format
from .schema1 import config_of, layers_of, manifest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...content import CancelToken, Opened, Sink, Source
    from ...spec import Digest, Document
    from ..option import CopyOptions
    from .manifest import ManifestPlan
    from .rule import LayerForm


@frozen
class Recipe:
    """What is done to a layer that is read on its way.

    Args:
        form: The form that it gets; None for the one that it has.
        diff_id: The digest of its expanded bytes, as the image's configuration has it; None where that is to
            be found out.
        media_type: The media type that it gets.
    """

    form: LayerForm | None
    diff_id: Digest | None
    media_type: str


@frozen
class Made:
    """What has become of a layer that was read on its way.

    Args:
        descriptor: The layer, as it is at the destination.
        diff_id: The digest of its expanded bytes.
    """

    descriptor: Descriptor
    diff_id: Digest


class Taker(Delivery, Protocol):
    """Who takes delivery of what is converted."""

    def layer(self, descriptor: Descriptor, recipe: Recipe) -> Made | None:
        """Take care of a layer that is to be read on its way.

        Returns:
            What has become of it, or None where that is not known, since it was not done.
        """

    def replaced(self, before: Descriptor, after: Opened | None, names: tuple[str, ...]) -> None:
        """Take care of a document that was written anew; None where that was not possible (see `layer`)."""


class Converter:
    """Converts what the walk meets; a `Delivery`, and a guide to the walk.

    Args:
        source: Where everything is.
        sink: Where it goes.
        taker: Who takes delivery.
        options: What was asked for.
        token: Ends waiting.
    """

    def __init__(
        self, source: Source, sink: Sink, taker: Taker, options: CopyOptions, token: CancelToken
    ) -> None:
        self._source = source
        self._sink = sink
        self._taker = taker
        self._options = options
        self._token = token
        self._rule = options.conversion
        self._lock = threading.Lock()
        self._plans: dict[Digest, ManifestPlan] = {}
        self._recipes: dict[Digest, Recipe] = {}
        self._layers: dict[Digest, Made | None] = {}
        self._old: dict[Digest, tuple[Schema1, tuple[Descriptor, ...]]] = {}
        self._held: set[Digest] = set()
        self._documents: dict[Digest, Descriptor | None] = {}
        self._met: set[Digest] = set()
        self._attested: set[str] = set()

    # ── on the way down ──

    def children(self, opened: Opened, document: Document | None) -> tuple[tuple[Descriptor, bool], ...]:
        """Return what the walk enters beneath a document, having decided what becomes of it.

        Raises:
            CopyError: The document cannot be converted, or must not change.
        """
        try:
            match document:
                case Manifest():
                    self._decide(document)
                case Index():
                    return self._entries(document)
                case _ if is_schema1(opened.descriptor.media_type, opened.content):
                    return self._schema1(opened)
                case _:
                    self._refuse_unknown(opened)
        except OciError as error:
            raise during("convert", "source", self._source.label, opened.descriptor, error) from error
        return () if document is None else children_of(document)

    def _decide(self, manifest: Manifest) -> None:
        plan = plan_manifest(manifest, self._rule, holds=self._sink.exists, where=self._source.label)
        if plan is None:
            return
        with self._lock:
            is_attested = str(manifest.digest) in self._attested
        if is_attested and not self._rule.leaves_attached:
            raise attestation_refused(self._source.label)
        self._check_may_change(manifest.descriptor)
        if any(plan.recompressed):
            self._write_recipes(manifest, plan)
        with self._lock:
            self._plans[manifest.digest] = plan
            if any(plan.recompressed) and self._rule.layers and self._rule.layers.changes_diff_ids:
                # It is written anew, and sent then.
                self._held.add(manifest.config.digest)

    def _entries(self, index: Index) -> tuple[tuple[Descriptor, bool], ...]:
        check_index(index, self._rule, where=self._source.label)
        target = target_of(index, self._rule)
        if target.index_type != index.media_type:
            self._check_may_change(index.descriptor)
        with self._lock:
            self._attested.update(filter(None, map(attested, index.manifests)))
        left_out = target is Format.DOCKER and index.media_type != target.index_type
        return tuple((entry, True) for entry in index.manifests if not (left_out and attested(entry)))

    def _schema1(self, opened: Opened) -> tuple[tuple[Descriptor, bool], ...]:
        if self._rule.target is None:
            own_children(opened, None)  # refuses it
        schema1 = Schema1.parse(opened.content, algorithm=opened.descriptor.digest.algorithm)
        self._check_may_change(opened.descriptor)
        layers = layers_of(schema1, self._source)
        form = self._rule.layers
        for layer in layers:
            changes = form is not None and form.changes(layer, Compression.GZIP)
            kind = LayerType(self._target, form.compression if form and changes else Compression.GZIP)
            recipe = Recipe(form if changes else None, None, kind.text)
            with self._lock:
                self._recipes.setdefault(layer.digest, recipe)
        with self._lock:
            self._old[opened.descriptor.digest] = schema1, layers
        return tuple((layer, False) for layer in layers)

    @property
    def _target(self) -> Format:
        return self._rule.target or Format.DOCKER

    def _refuse_unknown(self, opened: Opened) -> None:
        if self._rule.format is not None:
            raise Unsupported(
                f"{opened.descriptor.media_type or 'a document'} cannot be written as"
                f" {self._rule.format.value}: it is not an image of a kind that is known here",
                hint="copy it without --format",
            )

    def _write_recipes(self, manifest: Manifest, plan: ManifestPlan) -> None:
        assert self._rule.layers is not None
        diff_ids = self._diff_ids(manifest)
        for layer, diff_id, media_type, changes in zip(
            manifest.layers, diff_ids, plan.layer_types, plan.recompressed, strict=True
        ):
            if not changes:
                continue
            recipe = Recipe(self._rule.layers, diff_id, media_type)
            with self._lock:
                known = self._recipes.setdefault(layer.digest, recipe)
            if known.diff_id != diff_id:
                raise InvalidDocument(
                    f"two images have layer {layer.digest}, and give it different DiffIDs:"
                    f" {known.diff_id} and {diff_id}"
                )

    def _config(self, link: Descriptor) -> ImageConfig:
        stream = SteadyStream(self._source, link, token=self._token, rule=self._options.retry_rule)
        with VerifiedReader(stream, link, where=self._source.label) as reader:
            raw = reader.read(limit=self._options.limits.config_bytes)
        return ImageConfig.parse(raw, where=f"config {link.digest}")

    def _diff_ids(self, manifest: Manifest) -> tuple[Digest, ...]:
        config = self._config(manifest.config)
        if len(config.diff_ids) != len(manifest.layers):
            raise InvalidDocument(
                f"manifest {manifest.digest} has {len(manifest.layers)} layers,"
                f" and its config {len(config.diff_ids)} DiffIDs"
            )
        return config.diff_ids

    # ── on the way up ──

    def blob(self, descriptor: Descriptor) -> None:
        """Hand a blob on, converted if that was decided; the walk calls this."""
        with self._lock:
            recipe = self._recipes.get(descriptor.digest)
            is_held = descriptor.digest in self._held
        if recipe is None:
            if not is_held:
                self._taker.blob(descriptor)
            return
        after = self._taker.layer(descriptor, recipe)
        with self._lock:
            self._layers[descriptor.digest] = after

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Hand a document on, with the links that are right now; the walk calls this."""
        try:
            is_changed, after = self._written(opened)
        except OciError as error:
            raise during("convert", "source", self._source.label, opened.descriptor, error) from error
        with self._lock:
            self._met.add(opened.descriptor.digest)
            if is_changed:
                self._documents[opened.descriptor.digest] = after and after.descriptor
        if is_changed:
            self._taker.replaced(opened.descriptor, after, names)
        else:
            self._taker.document(opened, names)

    def _written(self, opened: Opened) -> tuple[bool, Opened | None]:
        old = self._old.get(opened.descriptor.digest)
        if old is not None:
            return True, self._modern(*old)
        match parse_known(opened, where=self._source.label):
            case Manifest() as manifest:
                return self._manifest(manifest)
            case Index() as index:
                return self._index(index)
        return False, None

    def _manifest(self, manifest: Manifest) -> tuple[bool, Opened | None]:
        plan = self._plans.get(manifest.digest)
        with self._lock:
            is_held = manifest.config.digest in self._held
        if plan is None:
            if is_held:  # by another image, which has other layers
                self._taker.blob(manifest.config)
            return False, None
        layers: dict[int, Descriptor] = {}
        diff_ids: dict[int, Digest] = {}
        for position, (layer, changes) in enumerate(zip(manifest.layers, plan.recompressed, strict=True)):
            if not changes:
                continue
            if layer.digest not in self._layers:
                raise InvalidDocument(f"layer {layer.digest} is linked as two different things")
            after = self._layers[layer.digest]
            if after is None:
                return True, None
            layers[position] = after.descriptor
            diff_ids[position] = after.diff_id
        config = self._new_config(manifest, diff_ids, plan) if is_held else manifest.config
        return True, rewrite_manifest(manifest, plan, layers, config)

    def _new_config(
        self, manifest: Manifest, diff_ids: Mapping[int, Digest], plan: ManifestPlan
    ) -> Descriptor:
        """Write the configuration with other DiffIDs, and move it; everything else in it stays."""
        raw = with_diff_ids(self._config(manifest.config), diff_ids)
        link = Descriptor.of(raw, plan.config_type, manifest.config.digest.algorithm)
        self._taker.blob(replace(link, data=raw))
        return link

    def _modern(self, schema1: Schema1, layers: tuple[Descriptor, ...]) -> Opened | None:
        """Write a schema 1 image as one of today, whose configuration is moved here as well."""
        made = [self._layers[layer.digest] for layer in layers]
        known = [layer for layer in made if layer is not None]
        if len(known) < len(made):
            return None
        raw = config_of(schema1, [layer.diff_id for layer in known])
        config = Descriptor.of(raw, self._target.config_type, schema1.digest.algorithm)
        self._taker.blob(replace(config, data=raw))
        return manifest_of(config, [layer.descriptor for layer in known], self._target)

    def _index(self, index: Index) -> tuple[bool, Opened | None]:
        target = target_of(index, self._rule)
        with self._lock:
            met = [entry.digest for entry in index.manifests if entry.digest in self._met]
            changes = {digest: self._documents[digest] for digest in met if digest in self._documents}
        absent = [entry for entry in index.manifests if entry.digest not in met]
        if not changes and target.index_type == index.media_type:
            return False, None
        if not all(map(attested, absent)):
            raise Unsupported(
                f"index {index.digest} would change, and some of its images are not copied",
                hint="--index rewrite leaves out what is not copied; --all copies all of it",
            )
        stale = {str(digest) for digest in changes}
        dropped = frozenset(
            e for e in index.manifests if attested(e) and (e in absent or attested(e) in stale)
        )
        if dropped and not self._rule.leaves_attached:
            raise attestation_refused(self._source.label)
        self._check_may_change(index.descriptor)
        known = {digest: after for digest, after in changes.items() if after is not None}
        if len(known) < len(changes):
            return True, None
        return True, rewrite_index(index, target, known, dropped)

    def _check_may_change(self, descriptor: Descriptor) -> None:
        if self._options.preserves_digests:
            raise Unsupported(
                "its digest would change, and digests are to be preserved",
                hint="leave out --preserve-digests, or what asks for the change",
            )
        if self._options.digest is not None:
            raise Unsupported(
                "its digest would change, and the destination is named by one",
                hint="name the destination with a tag",
            )
        keeps = self._options.referrers and not goes_bare(descriptor, self._options)
        if keeps and any(attached_to(self._source, descriptor, self._options.limits)):
            raise Unsupported(
                "its digest would change, and things are attached to this one",
                hint="--remove-signatures leaves behind what is attached; without a change, it goes along",
            )
