"""Annotations: ``KEY=VALUE``, any number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .bundle import Decorator


class _Annotation(click.ParamType[tuple[str, str]]):
    name = "annotation"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{str(value)[:80]!a} is not KEY=VALUE", param, ctx)
        return key, text


def annotation_option(text: str) -> Decorator:
    """Declare the option.

    Args:
        text: What help says it does.
    """
    return click.option(
        "-a", "--annotation", "annotation", type=_Annotation(), metavar="KEY=VALUE", multiple=True, help=text
    )
