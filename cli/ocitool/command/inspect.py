"""``ocitool inspect``: what an image is made of, in skopeo's shape unless something else is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.bundle import bundle
from ..option.command import Command
from ..option.image import ImageType
from ..option.platform import platform_option, wished_platform
from ..option.retry import Patience, retry_options
from ..option.switch import Switch, switch
from ..output import json_bytes, remark, text_bytes, write
from ..short_name import full_name
from ..task import task, warn, work_context
from ..text import rate_limit_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from oci import Context, Inspection, PlatformEntry
    from oci.spec import Platform

    from ..go_value import Struct
    from ..invocation import Invocation

    _Inspect: TypeAlias = Callable[[str, "Wanted", Platform | None, Context], Inspection]


@frozen(kw_only=True)
class Wanted:
    """What is to be shown.

    Args:
        raw: Exact bytes instead of a summary.
        config: The config instead of the whole image.
        every: Every platform of an index.
        layers: The layers.
        details: More than skopeo shows.
        json: JSON instead of a table.
        tags: The repository's tags too; None where nothing was said.
        template: A Go template, or None.
    """

    raw: bool
    config: bool
    every: bool
    layers: bool
    details: bool
    json: bool
    tags: bool | None
    template: str | None

    def check(self) -> None:
        """Refuse combinations of which one part would have no effect.

        Raises:
            UsageError: There is one.
        """
        views = (self.every, self.layers, self.details)
        if self.raw and (any(views) or self.template is not None):
            raise click.UsageError("--raw prints bytes as they are: leave out what shows anything else")
        if self.config and self.every:
            raise click.UsageError("--config shows one image: choose it with --platform instead of --all")
        if sum((*views, self.config)) > 1:
            raise click.UsageError("--all, --layers, --details and --config exclude each other")
        if self.json and not (self.every or self.layers):
            raise click.UsageError("--json belongs to --all and --layers; all else but --raw is JSON anyway")


@click.command("inspect", cls=Command)
@click.argument("image", type=ImageType())
@bundle(
    "wanted",
    Wanted,
    {
        "raw": switch("--raw", text="Print the exact bytes of the manifest or index, or of the config."),
        "config": switch("--config", text="Show the image's config instead."),
        "every": switch("-a", "--all", text="Show every platform of an index, as a table."),
        "layers": switch("--layers", text="Show the layers, as a table."),
        "details": switch("--details", text="Show the digests of its parts, its size, its base image too."),
        "json": switch("--json", text="With --all or --layers: show JSON instead of a table."),
        "tags": click.option(
            "--tags/--no-tags",
            " /-n",
            cls=Switch,
            default=None,
            help="List the tags of the repository too.",
            show_default=True,
        ),
        "template": click.option(
            "-f", "--format", metavar="TEMPLATE", help="Show what a Go template makes of it."
        ),
    },
)
@platform_option(verb="shown")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    wanted: Wanted,
    platform: Platform | None,
    access: Access,
    patience: Patience,
) -> None:
    """Show what an image is made of.

    The output is that of skopeo inspect, but the tags of the repository are listed only with --tags.
    Digest is the digest of what IMAGE stands for; the rest describes the image for one platform.
    """
    wanted.check()
    with task("inspect", image):
        settings = patience.settings(access.settings(invocation.settings()))
        settings = replace(settings, platform=wished_platform(invocation, settings.platform))
        with interruptible(invocation.timeout_s) as token:
            context = work_context(settings, token)
            image = full_name(image, settings)
            inspect = _as_skopeo if invocation.is_skopeo and wanted.tags is None else _as_asked
            content = _content(image, wanted, platform, context, inspect)
    write(content)


def _content(
    image: str, wanted: Wanted, platform: Platform | None, context: Context, inspect: _Inspect
) -> bytes:
    """Ask for what is to be shown, and return it as it is to be written."""
    import oci

    if wanted.raw:
        return _exact(image, wanted, platform, context)
    if wanted.every:
        return _platforms(wanted, oci.inspect_all(image, context=context))
    if wanted.layers:
        return _layers(wanted, oci.inspect(image, platform=platform, context=context))
    if wanted.config:
        from ..view.image_config import config_view

        found = oci.inspect(image, platform=platform, context=context)
        return _formatted(config_view(found), wanted.template)
    from ..view.inspection import inspection_view

    found = inspect(image, wanted, platform, context)
    if found.served_by:
        remark(f"{found.name} was read from {found.served_by}")
    if found.rate_limit is not None and found.rate_limit.is_low:
        warn(rate_limit_text(found.name, found.rate_limit))
    if wanted.details:
        from ..view.detail import detailed_view

        return _formatted(detailed_view(found), wanted.template)
    return _formatted(inspection_view(found), wanted.template)


def _exact(image: str, wanted: Wanted, platform: Platform | None, context: Context) -> bytes:
    import oci

    if wanted.config:
        return oci.raw_config(image, platform=platform, context=context)
    if platform is None:
        return oci.raw_manifest(image, context=context)
    return oci.inspect(image, platform=platform, context=context).manifest.raw


def _layers(wanted: Wanted, found: Inspection) -> bytes:
    from ..view.layer import layer_table, layer_views

    views = layer_views(found)
    if wanted.json:
        return json_bytes(views)
    if wanted.template is None:
        return text_bytes(layer_table(views))
    from ..template import render_table

    return text_bytes(render_table(wanted.template, views))


def _as_asked(image: str, wanted: Wanted, platform: Platform | None, context: Context) -> Inspection:
    import oci

    return oci.inspect(image, platform=platform, tags=bool(wanted.tags), context=context)


def _as_skopeo(image: str, wanted: Wanted, platform: Platform | None, context: Context) -> Inspection:
    """Look at an image with the tags of its repository, where the registry lists them for us."""
    import oci
    from oci.errors import NotFound, RegistryError
    from oci.transports.name import REGISTRY, ImageName

    if ImageName.parse(image).transport == REGISTRY:
        try:
            return oci.inspect(image, platform=platform, tags=True, context=context)
        except (RegistryError, NotFound) as error:
            failure = error
        found = oci.inspect(image, platform=platform, context=context)
        context.warn(f"the tags of the repository are not listed: {failure.message}")
        return found
    return oci.inspect(image, platform=platform, context=context)


def _platforms(wanted: Wanted, entries: Sequence[PlatformEntry]) -> bytes:
    from ..view.platform import platform_table, platform_view

    views = [platform_view(entry) for entry in entries]
    if wanted.json:
        return json_bytes(views)
    if wanted.template is None:
        return text_bytes(platform_table(entries))
    from ..template import render_table

    return text_bytes(render_table(wanted.template, views))


def _formatted(view: Struct, template: str | None) -> bytes:
    if template is None:
        return json_bytes(view)
    from ..template import is_json, render_table

    return json_bytes(view) if is_json(template) else text_bytes(render_table(template, [view]))
