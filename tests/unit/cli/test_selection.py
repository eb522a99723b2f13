"""Which images of an index the options mean."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from oci.spec import Platform
from oci.transfer import Everything, Instance, Selection, Subset
from ocitool.invocation import Invocation
from ocitool.option.command import Command
from ocitool.option.platform import wished_platform
from ocitool.option.selection import Choice, selection_options

HOST = Platform("linux", "amd64")
ARM = Platform("linux", "arm64")
ARM7 = Platform("linux", "arm", "v7")


@click.command(cls=Command)
@selection_options("choice")
@click.pass_obj
def example(found: list[Selection], /, *, choice: Choice) -> None:
    """Keep what was parsed."""
    found.append(choice.selection(HOST))


@pytest.mark.parametrize(
    ("arguments", "selection"),
    [
        ("", Instance(HOST, is_strict=False)),
        ("--all", Everything()),
        ("-a", Everything()),
        ("--all=false", Instance(HOST, is_strict=False)),
        ("--platform linux/arm64", Instance(ARM)),
        ("--platform linux/aarch64", Instance(ARM)),
        ("--platform linux/arm64 --platform linux/arm/v7", Subset((ARM, ARM7))),
        ("--platform linux/arm64 --index sparse", Subset((ARM,))),
        ("--platform linux/arm64 --index rewrite", Subset((ARM,), rewrite=True)),
        ("--multi-arch linux/arm64 --strip-removed-platforms", Subset((ARM,), rewrite=True)),
        ("--multi-arch all", Everything()),
        ("--multi-arch system", Instance(HOST, is_strict=False)),
        ("--multi-arch index-only", Subset(())),
        ("--multi-arch linux/arm64,linux/arm/v7", Subset((ARM, ARM7))),
        ("--multi-arch linux/arm64 --index rewrite", Subset((ARM,), rewrite=True)),
    ],
)
def test_each_combination_means_one_selection(arguments: str, selection: Selection) -> None:
    found: list[Selection] = []
    result = CliRunner().invoke(example, arguments.split(), obj=found, catch_exceptions=False)
    assert (result.exit_code, found) == (0, [selection])


@pytest.mark.parametrize(
    "arguments",
    [
        "--all --platform linux/arm64",
        "--all --multi-arch system",
        "--platform linux/arm64 --multi-arch all",
        "--index sparse",
        "--all --index rewrite",
        "--platform linux",
        "--multi-arch some",
        "--index thin",
    ],
)
def test_contradictions_and_nonsense_are_refused(arguments: str) -> None:
    result = CliRunner().invoke(example, arguments.split(), obj=[])
    assert result.exit_code == 2


def invocation(
    os: str | None = None, architecture: str | None = None, variant: str | None = None
) -> Invocation:
    made = Invocation()
    made.os, made.architecture, made.variant = os, architecture, variant
    return made


@pytest.mark.parametrize(
    ("options", "host", "platform"),
    [
        (invocation(), HOST, HOST),
        (invocation(), None, Platform("linux", "amd64")),
        (invocation(os="windows"), HOST, Platform("windows", "amd64")),
        (invocation(architecture="arm64"), ARM7, ARM),
        (invocation(architecture="arm"), ARM7, ARM7),
        (invocation(variant="v6"), ARM7, Platform("linux", "arm", "v6")),
        (invocation(architecture="arm", variant="v5"), HOST, Platform("linux", "arm", "v5")),
    ],
)
def test_overriding_the_machines_platform(
    options: Invocation, host: Platform | None, platform: Platform
) -> None:
    assert wished_platform(options, host) == platform
