"""Where signatures lie, if not with their image: ``--signatures-in``, or what cosign's variable says."""

from __future__ import annotations

from typing import Final

import click

VARIABLE: Final = "COSIGN_REPOSITORY"
"""The environment variable that cosign reads."""

signature_place: Final = click.option(
    "--signatures-in",
    metavar="REPOSITORY",
    envvar=VARIABLE,
    default="",
    help=f"The repository with the signatures, if not the image's own; also ${VARIABLE}.",
)
