"""The rows about signatures: what verifying one costs beside looking at the image, and what many cost.

The images are signed as cosign does, under its tag, with a key.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

import oci
from oci.facade.place import Places
from oci.settings import Security, Settings
from oci.transports.name import ImageName
from oci.trust import Subject
from oci.trust.cosign.shelf import store
from oci.trust.cosign.signer import CosignSigner
from oci.trust.key.private import PrivateKey
from tests.bench.contest import Contest
from tests.bench.contestant import OURS, Command, Place, program
from tests.bench.row import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.ground import Ground

FEW, MORE, MANY = 50, 100, 200
"""How many signatures an image has."""


def verify_one(ground: Ground, rounds: int) -> Row:
    """A whole process that verifies the only signature of an image on loopback."""
    image = signed(ground, 1)
    look: Command = [program(OURS), "inspect", "--tls-verify=false", image.reference]
    contestants: dict[str, Callable[[], Command]] = {
        OURS: partial(_verify, ground, image),
        "inspect (ocitool)": lambda: look,
    }
    return Row(
        title="verify of one cosign signature on loopback",
        standard="inspect (ocitool)",
        goals=(Goal(measure="wall", most=1.5), Goal(measure="CPU", most=1.5)),
        standings=Contest(contestants=contestants, rounds=rounds * 6, warm_ups=3, clear=False).hold(ground),
    )


def verify_many(ground: Ground, rounds: int) -> Row:
    """Images with more and more signatures: four times as many may cost four times as much, and no more."""
    names = {f"{FEW} signatures": FEW, f"{MORE} signatures": MORE, f"{OURS} {MANY} signatures": MANY}
    contestants = {name: partial(_verify, ground, signed(ground, count)) for name, count in names.items()}
    most = MANY / FEW
    return Row(
        title=f"verify of {MANY} signatures of one image, beside {FEW}",
        standard=f"{FEW} signatures",
        goals=(Goal(measure="wall", most=most), Goal(measure="CPU", most=most)),
        standings=Contest(contestants=contestants, rounds=rounds * 2, clear=False).hold(ground),
    )


@cache
def signed(ground: Ground, count: int) -> Place:
    """Return an image that weighs nothing, with signatures, in a registry of its own."""
    place = ground.small_image(f"signed-{count}")
    with Places(oci.Context(settings=Settings(security=Security.PLAIN))) as places:
        name = ImageName.parse(place.reference)
        sink = places.sink(name)
        opened = sink.open(place.tag)
        called = oci.Reference.parse(place.bare)
        subject = Subject(content=opened.content, digest=opened.descriptor.digest, name=called)
        made = [CosignSigner(key=_key(), annotations={"n": number}).sign(subject) for number in range(count)]
        store(sink, opened.descriptor.digest, made)
    ground.public_key.write_bytes(_key().public.pem)
    return place


@cache
def _key() -> PrivateKey:
    return PrivateKey.of(ec.derive_private_key(1, ec.SECP256R1()), where="bench")


def _verify(ground: Ground, image: Place) -> Command:
    return [program(OURS), "verify", "--tls-verify=false", "--key", ground.public_key, image.reference]


VERIFICATIONS: dict[str, Callable[[Ground, int], Row]] = {
    "verify": verify_one,
    "verify-many": verify_many,
}
