"""Short names on the command line: ``app:1`` as ``registries.conf`` says, which nobody has to have.

Only a name without a transport is one, and only where it is read. Where nothing is said about it, it is
Docker Hub's, as ever. Where several registries could have it, a person at a terminal is asked, and nobody
else: never is one of them tried on the chance that it is the right one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from .output import remark

if TYPE_CHECKING:
    from oci.settings import RegistriesConf, Settings
    from oci.settings.short_name import ShortName

_HUB: Final = "docker.io/"


def full_name(text: str, settings: Settings) -> str:
    """Return an image's name with what a short one means written out.

    Args:
        text: The name, as the user wrote it.
        settings: The user's settings.

    Raises:
        InvalidReference: Several registries could have it, and there is nobody to ask.
        InvalidSettings: registries.conf cannot be understood.
    """
    from oci.errors import OciError
    from oci.settings.short_name import has_registry, resolve_short_name
    from oci.spec import Reference
    from oci.transports.name import ImageName

    try:
        if has_registry(text) or "//" in text or ImageName.parse(text).transport != "docker":
            return text
        Reference.parse(text)
    except OciError:
        return text  # the library says what is wrong with it
    conf = settings.registries_conf()
    found = resolve_short_name(text, conf)
    if found is None:
        return text
    chosen = _choose(text, found, conf)
    if not chosen.startswith(_HUB):
        remark(f"{text} is {chosen}, as registries.conf says")
    return chosen


def _choose(text: str, found: ShortName, conf: RegistriesConf) -> str:
    names = [str(candidate) for candidate in found.candidates]
    if not found.is_ambiguous:
        return names[0]
    from oci.errors import InvalidReference
    from oci.settings import ShortNameMode

    asks = conf.short_name_mode is not ShortNameMode.DISABLED
    if not (asks and _is_terminal()):
        raise InvalidReference(
            f"{text} may be {' or '.join(names)}",
            hint="write one of these, or make it an alias in registries.conf",
        )
    return str(click.prompt(f"Which {text}?", type=click.Choice(names), err=True))


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
