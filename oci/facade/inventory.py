"""Everything that is attached to an image, and what each of it proves.

Each place answers for itself: it has something, it has nothing, or it could not be asked. What a signature
says of itself is kept apart from what was found out about it, which is nothing unless somebody is trusted.
"""

from __future__ import annotations

import enum
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Final, TypeAlias

from ..content import ListsReferrers, Unknown
from ..errors import Cancelled, InvalidValue, LimitExceeded, NotFound, NotVerified, OciError, Unsupported
from ..frozen import frozen
from ..spec import Manifest, parse_document
from ..spec.attachment import cosign_tag
from ..transports.name import ImageName
from ..trust import Absent, Family, Fault, Found, Proof, Refusal, Subject, Unasked
from ..trust.attachment import AttachmentLimits, each_of
from ..trust.bundle.shelf import is_bundle_link
from ..trust.notation.shelf import is_signature as is_notation_link
from ..trust.policy import verifiers_of
from ..trust.stated import stated_in
from .admission import ground_of, name_of, scopes_of
from .place import Context, Places
from .shelf import shelves_of
from .signing import repository
from .verification import chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from ..content import Source
    from ..spec import Descriptor, Platform
    from ..trust import Reading, Signature
    from ..trust.family import Verifier
    from ..trust.policy import Ground
    from ..trust.stated import Stated


class State(enum.StrEnum):
    """What was found out about one thing."""

    VERIFIED = "verified"
    """It is a signature that holds, by somebody who is trusted."""
    REFUSED = "refused"
    """It is a signature that proves nothing: it cannot be read, or nobody who is trusted has made it."""
    UNVERIFIED = "not verified"
    """It is a signature, and nobody was named whose signatures of its family are trusted."""
    UNSIGNED = "unsigned"
    """It is no signature."""


@frozen(kw_only=True)
class Item:
    """One thing that is attached.

    Args:
        kind: What it is: its family, or the media type of what is no signature.
        found_at: Where.
        family: Its family; None for what is no signature.
        stated: What it says of itself, unverified; None where that cannot be read.
        proof: What it proves, or None.
        refusals: Why it proves nothing, the first being what says most; of each verifier that has seen it.
    """

    kind: str
    found_at: str
    family: Family | None = None
    stated: Stated | None = None
    proof: Proof | None = None
    refusals: tuple[Refusal, ...] = ()

    @property
    def state(self) -> State:
        """What was found out about it."""
        if self.proof is not None:
            return State.VERIFIED
        if self.refusals:
            return State.REFUSED
        return State.UNSIGNED if self.family is None else State.UNVERIFIED


@frozen
class Place:
    """What one place has answered.

    Args:
        name: The place.
        count: How many things it has.
        reason: Why nobody knows whether that is all; None where it was asked.
    """

    name: str
    count: int
    reason: OciError | None = None


@frozen(kw_only=True)
class Inventory:
    """Everything that is attached to one document.

    Args:
        image: The image as it was named.
        document: The link to the document.
        platform: The platform that it was chosen for from an index, or None for what the name stands for.
        items: What is attached.
        places: What the places have answered, each once.
    """

    image: str
    document: Descriptor
    platform: Platform | None
    items: tuple[Item, ...]
    places: tuple[Place, ...]

    def check(self) -> None:
        """Return if this is everything.

        Raises:
            OciError: A place could not be asked: this is why.
        """
        for place in self.places:
            if place.reason is not None:
                raise place.reason


_SBOM: Final = "sbom"

_Shown: TypeAlias = tuple[list[Item], list[Place]]


def signatures(
    image: str,
    verifiers: Sequence[Verifier] = (),
    *,
    platform: Platform | None = None,
    signatures_in: str = "",
    limits: AttachmentLimits | None = None,
    context: Context | None = None,
) -> Inventory:
    """List what is attached to an image, and what each of it proves.

    A policy in the settings has its requirements held against the signatures as well.

    Args:
        image: The image's name.
        verifiers: What is trusted besides.
        platform: Which image of an index is meant; None for what the name itself stands for.
        signatures_in: Another repository that signatures lie in, such as ``host/signatures``.
        limits: Bounds on what is read.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What is there; nothing is raised for places that could not be asked (see `Inventory.check`).

    Raises:
        NotFound: The image is not there, or not for this platform.
        InvalidSettings: A key that the policy names cannot be read.
    """
    name, limits = ImageName.parse(image), limits or AttachmentLimits()
    with Places(context or Context()) as places, ExitStack() as stack:
        source = places.source(name)
        opened = chosen(source, source.open(name.name), platform)
        beside = places.source(repository(signatures_in)) if signatures_in else source
        subject = Subject(content=opened.content, digest=opened.descriptor.digest, name=name_of(name))
        ground = ground_of(name, source, places.session(None))
        trusted = [*verifiers, *stack.enter_context(_by_policy(ground))]
        shelves = [each for family in Family for each in shelves_of(family, ground, beside, limits)]
        readings = each_of(shelves, lambda shelf: shelf.read(subject), limits)
        shown = [*(_shown(each, trusted, subject) for each in readings), *_others(beside, subject)]
    items = tuple(item for found, _ in shown for item in found)
    return Inventory(
        image=image,
        document=opened.descriptor,
        platform=platform,
        items=items,
        places=_merged(place for _, found in shown for place in found),
    )


def _by_policy(ground: Ground) -> AbstractContextManager[list[Verifier]]:
    policy = ground.session.settings.policy
    if policy is None:
        return nullcontext([])
    return verifiers_of(policy.ruling(ground.image.transport, scopes_of(ground.image)), ground)


def _shown(reading: Reading, trusted: Sequence[Verifier], subject: Subject) -> _Shown:
    match reading:
        case Absent(place=place):
            return [], [Place(place, 0)]
        case Unasked(place=place, reason=reason):
            return [], [Place(place, 0, reason)]
        case Found():
            items = [_item(each, trusted, subject) for each in reading.signatures]
            items += [_flawed(each) for each in reading.refused]
            unread = [Place(each.place, 0, each.reason) for each in reading.unread]
            return items, [Place(reading.place, len(items)), *unread]


def _item(signature: Signature, trusted: Sequence[Verifier], subject: Subject) -> Item:
    refusals: list[Refusal] = []
    stated, proof = None, None
    try:
        stated = stated_in(signature)
    except (InvalidValue, LimitExceeded, NotVerified, Unsupported) as error:
        refusals.append(Refusal(signature=signature, fault=Fault.MALFORMED, reason=error.message))
    for verifier in trusted:
        if verifier.family is signature.family:
            outcome = verifier.verify(signature, subject)
            if isinstance(outcome, Proof):
                proof = proof or outcome
            else:
                refusals.append(outcome)
    # Whoever looks for signatures refuses attestations, and the reverse: that says least.
    refusals.sort(key=lambda each: each.fault is Fault.OTHER_CLAIM)
    return Item(
        kind=signature.family.value,
        found_at=signature.found_at,
        family=signature.family,
        stated=stated,
        proof=proof,
        refusals=tuple(refusals),
    )


def _flawed(refusal: Refusal) -> Item:
    family = refusal.signature.family
    return Item(kind=family.value, found_at=refusal.signature.found_at, family=family, refusals=(refusal,))


def _others(source: Source, subject: Subject) -> Iterable[_Shown]:
    """Yield what is attached and is no signature: other referrers, and what lies under cosign's third tag."""
    yield _other_referrers(source, subject)
    tag = cosign_tag(subject.digest, _SBOM)
    place = f"{source.label}:{tag}"
    try:
        opened = source.open(tag)
        document = parse_document(opened.content, claimed=opened.descriptor.media_type, where=place)
    except NotFound:
        yield [], [Place(place, 0)]
    except Cancelled:
        raise
    except OciError as error:
        yield [], [Place(place, 0, error)]
    else:
        layers = document.layers if isinstance(document, Manifest) else ()
        items = [
            Item(kind=layer.media_type, found_at=f"{place}#{number}")
            for number, layer in enumerate(layers, 1)
        ]
        yield items, [Place(place, len(items))]


def _other_referrers(source: Source, subject: Subject) -> _Shown:
    if not isinstance(source, ListsReferrers):
        return [], []
    place = f"referrers of {source.label}@{subject.digest}"
    answer = source.referrers(subject.digest)
    if isinstance(answer, Unknown):
        return [], [Place(place, 0, answer.reason)]
    items = [
        Item(kind=link.artifact_type or link.media_type, found_at=f"{source.label}@{link.digest}")
        for link in answer.descriptors
        if not is_bundle_link(link) and not is_notation_link(link)
    ]
    return items, [Place(place, len(items))]


def _merged(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return each place once: several families look through the same referrers."""
    merged: dict[str, Place] = {}
    for each in places:
        known = merged.get(each.name, Place(each.name, 0))
        merged[each.name] = Place(each.name, known.count + each.count, known.reason or each.reason)
    return tuple(merged.values())
