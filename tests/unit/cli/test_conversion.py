"""What the options of copy that change an image mean to the library."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from oci.compression import Compression, SeekableForm
from oci.errors import Unsupported
from oci.transfer import Conversion, Extent, Format, LayerForm
from ocitool.option.conversion import conversion_options

GZIP, ZSTD = Compression.GZIP, Compression.ZSTD


def parsed(*arguments: str) -> Conversion:
    @click.command()
    @conversion_options("alteration")
    @click.pass_context
    def command(ctx: click.Context, alteration: object) -> object:
        return alteration.conversion()  # type: ignore[attr-defined]  # the bundle's own type

    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert isinstance(result.return_value, Conversion)
    return result.return_value


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Conversion()),
        (["-f", "oci"], Conversion(format=Format.OCI)),
        (["--format=v2s2", "--allow-loss"], Conversion(format=Format.DOCKER, allows_loss=True)),
        (["--remove-signatures"], Conversion(leaves_attached=True)),
        (["--dest-compress"], Conversion(layers=LayerForm(compression=GZIP, extent=Extent.UNCOMPRESSED))),
        (
            ["--dest-compress-level", "9"],
            Conversion(layers=LayerForm(compression=GZIP, level=9, extent=Extent.UNCOMPRESSED)),
        ),
        (
            ["--dest-compress-format", "zstd", "--dest-compress-level", "19"],
            Conversion(layers=LayerForm(compression=ZSTD, level=19, extent=Extent.ABSENT)),
        ),
        (
            ["--dest-compress-format", "gzip", "--dest-force-compress-format"],
            Conversion(layers=LayerForm(compression=GZIP, extent=Extent.ALL)),
        ),
        (
            ["--dest-compress-format", "estargz"],
            Conversion(
                layers=LayerForm(compression=GZIP, extent=Extent.ABSENT, seekable=SeekableForm.ESTARGZ)
            ),
        ),
        (
            ["--dest-compress-format", "zstd:chunked", "--dest-force-compress-format"],
            Conversion(layers=LayerForm(compression=ZSTD, seekable=SeekableForm.ZSTD_CHUNKED)),
        ),
        (["--dest-decompress"], Conversion(layers=LayerForm(compression=Compression.NONE))),
    ],
)
def test_options_mean(arguments: list[str], expected: Conversion) -> None:
    assert parsed(*arguments) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "v2s1"],
        ["--dest-compress-format", "xz"],
        ["--dest-compress", "--dest-decompress"],
        ["--dest-force-compress-format"],
    ],
)
def test_what_is_refused_by_its_name(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parsed(*arguments)


def test_what_is_refused_for_what_it_asks() -> None:
    for arguments in (["-f", "v2s2", "--dest-compress-format", "zstd"], ["--dest-compress-level", "10"]):
        with pytest.raises(Unsupported):
            parsed(*arguments)
