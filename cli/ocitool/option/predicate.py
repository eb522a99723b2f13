"""Kinds of attestations: a URI, or one of the short names that cosign has for the usual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from .bundle import Decorator

TYPES: Final = {
    "custom": "https://cosign.sigstore.dev/attestation/v1",
    "cyclonedx": "https://cyclonedx.org/bom",
    "link": "https://in-toto.io/Link/v1",
    "openvex": "https://openvex.dev/ns",
    "slsaprovenance": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance02": "https://slsa.dev/provenance/v0.2",
    "slsaprovenance1": "https://slsa.dev/provenance/v1",
    "spdx": "https://spdx.dev/Document",
    "spdxjson": "https://spdx.dev/Document",
    "vuln": "https://cosign.sigstore.dev/attestation/vuln/v1",
}


class _PredicateType(click.ParamType[str]):
    name = "type"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if text and text not in TYPES and ":" not in text:
            self.fail(f"{text[:80]!a} is neither a URI nor one of {', '.join(TYPES)}", param, ctx)
        return TYPES.get(text, text)


def predicate_type(*, default: str, text: str) -> Decorator:
    """Declare the option.

    Args:
        default: The kind where none is given.
        text: What help says it is.
    """
    return click.option(
        "--type", "predicate_type", type=_PredicateType(), metavar="TYPE", default=default, help=text
    )
