"""What a push changes on the way: podman's options, which mean what those of a copy mean."""

from __future__ import annotations

from functools import partial
from typing import Final

import click

from .bundle import bundle
from .conversion import Alteration, CompressionType, FormatType
from .switch import switch
from .value import number

push_form_options: Final = bundle(
    "form",
    partial(Alteration, decompress=False, allow_loss=False, remove_list_signatures=False),
    {
        "format": click.option(
            "-f",
            "--format",
            type=FormatType(),
            help="Push a manifest of this family; usually, the image's own.",
        ),
        "compress": switch("--compress", text="Compress layers that are not, with gzip."),
        "compress_format": click.option(
            "--compression-format", type=CompressionType(), help="Compress layers with this."
        ),
        "compress_level": number(
            "--compression-level", text="How hard to try: 1 to 9 for gzip, 1 to 22 for zstd."
        ),
        "force_compress_format": switch(
            "--force-compression",
            text="Do not make do with layers in another compression that the registry has.",
        ),
        "remove_signatures": switch(
            "--remove-signatures", text="Leave behind what speaks of the digest before a change."
        ),
    },
)
"""The options, as an `Alteration` in the command's parameter ``form``."""
