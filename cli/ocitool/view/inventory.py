"""What is attached to an image and what it proves: as rows, as JSON, and in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.facade.inventory import State
from oci.trust.stated import SIGNER

from ..go_value import Field, Struct
from ..text import count_text, short_digest
from .moment import moment_text
from .table import table

if TYPE_CHECKING:
    from oci import Inventory
    from oci.facade.inventory import Item, Place

_HEADING: Final = ("KIND", "FOR", "NAME", "KEY", "TIME", "WHERE", "PROVES")
_NOTHING: Final = "-"
_SHORT_KEY: Final = 16
_MAX_CELL: Final = 300


def inventory_view(found: Inventory) -> Struct:
    """Return all of it as JSON shows it."""
    return Struct(
        "signatures.Inventory",
        (
            Field("Image", found.image),
            Field("Digest", str(found.document.digest)),
            Field("MediaType", found.document.media_type),
            Field("Platform", str(found.platform or ""), omit_empty=True),
            Field("Items", inventory_rows(found)),
            Field("Places", [_place_view(each) for each in found.places]),
        ),
    )


def inventory_rows(found: Inventory) -> list[Struct]:
    """Return a row for each thing, as templates see it."""
    return [_row(each) for each in found.items]


def inventory_text(found: Inventory, *, is_whole: bool) -> str:
    """Return it in lines.

    Args:
        found: What was found.
        is_whole: Whether digests and keys are written out.
    """
    rows = [_cells(each, found, is_whole=is_whole) for each in found.items]
    digest = found.document.digest
    lines = [f"{found.image}: {count_text(len(rows), 'thing')} attached to {digest}\n"]
    if rows:
        lines.append(table([_HEADING, *rows]))
    lines += [f"nothing in {each.name}\n" for each in found.places if not each.count and each.reason is None]
    lines += [
        f"not known: {each.name}: {each.reason.message}\n" for each in found.places if each.reason is not None
    ]
    return "".join(lines)


def _row(item: Item) -> Struct:
    stated, proof = item.stated, item.proof
    seconds, clock = _time(item)
    return Struct(
        "signatures.Item",
        (
            Field("Kind", item.kind),
            Field("State", item.state.value),
            Field("FoundAt", item.found_at),
            Field("Digest", str(stated.digest or "") if stated else ""),
            Field("Identity", stated.identity if stated else ""),
            Field("About", stated.about if stated else ""),
            Field("Key", proof.key if proof else stated.key if stated else ""),
            Field("Signer", proof.signer if proof else stated.signer if stated else ""),
            Field("Time", moment_text(seconds) or ""),
            Field("TimeFrom", clock),
            Field("Fault", item.refusals[0].fault.value if item.state is State.REFUSED else ""),
            Field("Reason", item.refusals[0].reason if item.state is State.REFUSED else ""),
            Field("Warnings", list(proof.warnings) if proof else []),
        ),
    )


def _time(item: Item) -> tuple[int | None, str]:
    if item.proof is not None and item.proof.made_s is not None:
        return item.proof.made_s, item.proof.clock or SIGNER
    return (item.stated.made_s, item.stated.clock) if item.stated else (None, "")


def _place_view(place: Place) -> Struct:
    return Struct(
        "signatures.Place",
        (
            Field("Name", place.name),
            Field("Count", place.count),
            Field("Unknown", place.reason.message if place.reason else "", omit_empty=True),
        ),
    )


def _cells(item: Item, found: Inventory, *, is_whole: bool) -> tuple[str, ...]:
    stated = item.stated
    digest = stated.digest if stated else None
    key = item.proof.key if item.proof else stated.key if stated else ""
    signer = item.proof.signer if item.proof else stated.signer if stated else ""
    shown_key = key if is_whole or len(key) <= _SHORT_KEY else f"{key[:_SHORT_KEY]}..."
    seconds, _ = _time(item)
    cells = (
        item.kind,
        _NOTHING if digest is None else str(digest) if is_whole else short_digest(digest),
        (stated.identity or stated.about) if stated else "",
        signer or shown_key,
        moment_text(seconds) or "",
        item.found_at if is_whole else _short_place(item.found_at, str(found.document.digest)),
        _proves(item),
    )
    return tuple(cell[:_MAX_CELL] or _NOTHING for cell in cells)


def _short_place(found_at: str, digest: str) -> str:
    """Leave out of a place what all of them have: where the image is, and most of each digest."""
    algorithm, _, encoded = digest.partition(":")
    own = found_at.replace(f"{algorithm}-{encoded}", f"{algorithm}-{encoded[:12]}...")
    own = own.replace(f"{algorithm}={encoded}", f"{algorithm}={encoded[:12]}...")
    label, at, referrer = own.rpartition("@sha256:")
    return f"@{short_digest(f'sha256:{referrer}')}" if at and label else own.rpartition("/")[2]


def _proves(item: Item) -> str:
    match item.state:
        case State.VERIFIED:
            assert item.proof is not None
            but = f", but {'; '.join(item.proof.warnings)}" if item.proof.warnings else ""
            return f"verified{but}"
        case State.REFUSED:
            return f"nothing, {item.refusals[0].fault.value}: {item.refusals[0].reason}"
        case State.UNVERIFIED:
            return "not verified"
        case State.UNSIGNED:
            return _NOTHING
