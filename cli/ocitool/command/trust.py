"""``ocitool trust``: what the policy demands of images, shown and changed, with podman's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..option.command import Command, Group
from ..option.switch import switch
from ..output import json_bytes, text_bytes, write
from ..task import task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oci.settings import PolicyFiles

    from ..invocation import Invocation

_TYPES: Final = {"accept": "insecureAcceptAnything", "reject": "reject"}
_KEYED: Final = ("signedBy", "sigstoreSigned")
_HEADING: Final = ("TRANSPORT", "NAME", "TYPE", "KEYS", "STORE")


@click.group("trust", cls=Group)
def command() -> None:
    """Show or change what the policy demands of images.

    trust show [--raw|--json] [SCOPE] shows it. trust set --type TYPE [--pubkeysfile FILE] SCOPE demands
    something else of a registry, a namespace or an image, or of everything else (SCOPE "default"). The file
    is the one that binds this host's copies, or that of --policy.
    """


@command.command("show", cls=Command)
@click.argument("scope", required=False)
@switch("--raw", text="Print the file as it is.")
@switch("-j", "--json", "as_json", text="Print it as JSON, one object for each requirement.")
@click.pass_obj
def show(invocation: Invocation, /, *, scope: str | None, raw: bool, as_json: bool) -> None:
    """Show what the policy demands of images."""
    from oci.settings.policy_edit import scopes_in

    if raw and as_json:
        raise click.UsageError("--raw and --json exclude each other")
    with task("trust show", scope or ""):
        files = _files(invocation)
        content = _content(files)
        rows = (
            []
            if raw
            else [_row(invocation, *each) for each in scopes_in(content) if scope in {None, each[1]}]
        )
    if raw:
        write(content)
        return
    flat = [entry for entries in rows for entry in entries]
    if as_json:
        write(json_bytes(flat))
        return
    from ..view.table import table

    lines = [_HEADING, *((e["transport"], e["name"], e["type"], e["keys"], e["sigstore"]) for e in flat)]
    write(text_bytes(table(lines)))


@command.command("set", cls=Command)
@click.argument("scope")
@click.option(
    "-t",
    "--type",
    "kind",
    type=click.Choice([*_TYPES, *_KEYED]),
    default=_KEYED[0],
    show_default=True,
    help="What is demanded.",
)
@click.option(
    "-f", "--pubkeysfile", "keys", multiple=True, metavar="FILE", help="A public key; any number of times."
)
@click.pass_obj
def change_scope(invocation: Invocation, /, *, scope: str, kind: str, keys: tuple[str, ...]) -> None:
    """Demand something else of the images of a scope.

    Of several keys, each has to have signed, as podman writes it.
    """
    from oci.settings.policy_edit import change

    if bool(keys) is not (kind in _KEYED):
        raise click.UsageError(f"--type {kind} {'needs' if kind in _KEYED else 'takes no'} --pubkeysfile")
    with task("trust set", scope):
        change(_written(_files(invocation)), scope, _requirements(kind, keys))


def _requirements(kind: str, keys: tuple[str, ...]) -> list[Mapping[str, object]]:
    if kind in _TYPES:
        return [{"type": _TYPES[kind]}]
    from oci.errors import InvalidSettings

    paths = [Path(key).resolve() for key in keys]
    for path in paths:
        if not path.is_file():
            raise InvalidSettings(f"{path}: there is no such key", path=str(path))
    extra = {"keyType": "GPGKeys"} if kind == "signedBy" else {}
    return [{"type": kind, **extra, "keyPath": str(path)} for path in paths]


def _files(invocation: Invocation) -> PolicyFiles:
    from oci.settings import PolicyFiles

    if invocation.policy is not None:
        return PolicyFiles(candidates=(Path(invocation.policy),), is_required=True)
    return invocation.settings().policy_files


def _written(files: PolicyFiles) -> Path:
    """Return the file that counts, or the first that would."""
    return next((path for path in files.candidates if path.exists()), files.candidates[0])


def _content(files: PolicyFiles) -> bytes:
    from oci.errors import NotFound

    policy = files.read()
    if policy is None:
        places = ", ".join(str(path) for path in files.candidates)
        raise NotFound(f"there is no policy in {places}", name="policy.json")
    return Path(policy.path).read_bytes()


def _row(
    invocation: Invocation, transport: str, scope: str, requirements: list[Mapping[str, object]]
) -> list[dict[str, str]]:
    shown = {text: word for word, text in _TYPES.items()}
    return [
        {
            "transport": transport or "all",
            "name": scope or "*",
            "type": shown.get(str(each["type"]), str(each["type"])),
            "keys": _keys(each),
            "sigstore": _store(invocation, transport, scope),
        }
        for each in requirements
    ]


def _keys(requirement: Mapping[str, object]) -> str:
    path = requirement.get("keyPath")
    if isinstance(path, str):
        return path
    paths = requirement.get("keyPaths")
    if isinstance(paths, list):
        return ", ".join(map(str, paths))
    return "in the policy" if {"keyData", "keyDatas"} & set(requirement) else ""


def _store(invocation: Invocation, transport: str, scope: str) -> str:
    """Return what registries.d says of the very scope."""
    conf = invocation.settings().lookaside_conf()
    rule = conf.default if not transport else conf.scopes.get(scope) if transport == "docker" else None
    return "" if rule is None else rule.read
