"""Saying something about an image, signed: attestations, and signatures in the form of bundles."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TYPE_CHECKING

from ..frozen import frozen
from ..transports.name import ImageName
from ..trust.bundle.shelf import store_attestation, store_bundle
from ..trust.dsse import IN_TOTO, Envelope
from ..trust.statement import SIGNED, encode
from .admission import name_of
from .place import Context, Places
from .signing import Signed, repository

if TYPE_CHECKING:
    from ..trust.key.private import PrivateKey
    from ..trust.timestamp.request import TimestampServer


class Form(enum.Enum):
    """How what was signed is kept."""

    TAG = "tag"
    """Beneath cosign's ``.att`` tag."""
    BUNDLE = "bundle"
    """As a sigstore bundle that refers to the image."""


@frozen(kw_only=True)
class Assertion:
    """What is said about an image.

    Args:
        predicate_type: What kind of thing it is, as a URI.
        predicate: A JSON value.
        form: How it is kept.
    """

    predicate_type: str = SIGNED
    predicate: object
    form: Form = Form.TAG


SIGNATURE = Assertion(predicate={}, form=Form.BUNDLE)
"""Says that an image is signed and nothing else, as cosign 3 does."""


def attest(
    image: str,
    key: PrivateKey,
    assertion: Assertion,
    *,
    signatures_in: str = "",
    stamper: TimestampServer | None = None,
    context: Context | None = None,
) -> Signed:
    """Say something about an image, signed with a key.

    Args:
        image: The image's name.
        key: The key.
        assertion: What is said, and how it is kept.
        signatures_in: Another repository for it, such as ``host/signatures``.
        stamper: The authority that stamps the signature in a bundle, or None.
        context: Settings, cancelling, limits, warnings and the clock.

    Raises:
        NotFound: The image is not there.
        Unsupported: The place keeps no referrers.
        Locked: Others keep replacing what is attached.
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        place = places.sink(name)
        shelf = places.sink(repository(signatures_in)) if signatures_in else place
        link = place.resolve(name.name)
        named = name_of(name)
        title = named.name if named is not None and assertion.predicate_type != SIGNED else ""
        statement = encode(link.digest, assertion.predicate_type, assertion.predicate, name=title)
        envelope = Envelope.sign(IN_TOTO, statement, key.sign)
        if assertion.form is Form.TAG:
            tag = store_attestation(shelf, link, envelope, assertion.predicate_type)
            stored_at = f"{shelf.label}:{tag}"
        else:
            stored = store_bundle(
                shelf,
                link,
                envelope,
                assertion.predicate_type,
                hint=bytes.fromhex(key.public.fingerprint),
                created=now_text(context),
                stamps=[] if stamper is None else [stamper.stamp(each) for each in envelope.signatures],
            )
            stored_at = f"{shelf.label}@{stored.digest}"
    return Signed(digest=link.digest, platform=None, identity="", stored_at=stored_at)


def now_text(context: Context) -> str:
    """Return the time now, as RFC 3339 has it."""
    return dt.datetime.fromtimestamp(int(context.clock()), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
