"""Whether the policy lets an image in: asked before anything of it is written anywhere.

GPG signatures are verified for single copies. Where a policy asks for signatures that cannot be verified yet,
it is never passed over: what it is about is refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Forbidden
from ..frozen import replace
from ..settings.policy import AcceptAnything, Reject, SignedBy
from ..settings.policy_scope import PATH_TRANSPORTS, scopes_of_path, scopes_of_reference
from ..spec import Digest, Reference
from ..spec.reference import DEFAULT_TAG
from ..transports.name import DAEMON, REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import Opened
    from ..settings import Settings
    from ..settings.policy import Ruling
    from ..transports.name import ImageName

_GPG = "GPGKeys"
"""The only kind of key of ``signedBy`` that anybody has implemented."""


def admit(image: ImageName, settings: Settings) -> None:
    """Refuse an image that the policy does not accept without signatures; nothing is asked of anybody.

    Args:
        image: The image as the user named it: where it really comes from, a mirror say, is of no account.
        settings: The user's settings; without a policy in them everything is accepted.

    Raises:
        Forbidden: The policy rejects it, or wants signatures.
    """
    ruling = _ruling(image, settings)
    if ruling is not None:
        raise _unverifiable(image, settings, ruling)


def judge_of(image: ImageName, settings: Settings) -> Callable[[Opened], None]:
    """Return what decides whether a document of an image is let in.

    Of an index that is copied, as a whole or in part, the index has to be signed, since its digest covers
    what is beneath it; where one of its images is chosen and copied, that one.

    Args:
        image: The image as the user named it.
        settings: The user's settings; without a policy in them everything is accepted.

    Raises:
        Forbidden: The policy rejects it whatever it is, or wants what cannot be verified yet.
    """
    ruling = _ruling(image, settings)
    if ruling is None:
        return lambda _opened: None
    signed = [each for each in ruling.requirements if isinstance(each, SignedBy)]
    rest = [each for each in ruling.requirements if not isinstance(each, SignedBy | AcceptAnything)]
    if rest or any(each.key_type != _GPG for each in signed):
        raise _unverifiable(image, settings, ruling)
    from .signature_check import SignatureCheck  # only those whose policy wants signatures need it

    return SignatureCheck(image, name_of(image), settings, ruling, tuple(signed))


def _ruling(image: ImageName, settings: Settings) -> Ruling | None:
    """Return what the policy demands, or None where it accepts anything."""
    policy = settings.policy
    if policy is None:
        return None
    ruling = policy.ruling(image.transport, scopes_of(image))
    if any(isinstance(requirement, Reject) for requirement in ruling.requirements):
        raise Forbidden(
            f"{image}: the policy {policy.path} rejects it ({ruling.key})", path=policy.path, key=ruling.key
        )
    if all(isinstance(requirement, AcceptAnything) for requirement in ruling.requirements):
        return None
    return ruling


def _unverifiable(image: ImageName, settings: Settings, ruling: Ruling) -> Forbidden:
    path = "" if settings.policy is None else settings.policy.path
    return Forbidden(
        f"{image}: the policy {path} needs signatures, which this version does not verify yet ({ruling.key})",
        path=path,
        key=ruling.key,
        hint="have it verified by another tool, or name a policy that does without",
    )


def scopes_of(image: ImageName) -> tuple[str, ...]:
    """Return the scopes of policies that an image is in, the narrowest first."""
    if image.transport in PATH_TRANSPORTS:
        return scopes_of_path(os.path.realpath(image.location))
    named = name_of(image)
    return () if named is None else scopes_of_reference(named)


def name_of(image: ImageName) -> Reference | None:
    """Return the whole name of an image in a registry or an engine; None elsewhere."""
    if image.transport == REGISTRY:
        named = Reference.parse(image.location)
        digest = image.name if isinstance(image.name, Digest) else None
        tag = next(iter(image.names), None if digest else str(image.name or DEFAULT_TAG))
        return replace(named, tag=tag, digest=digest)
    if image.transport == DAEMON and isinstance(image.name, str) and not _is_id(image.name):
        return Reference.parse(image.name)
    return None


def _is_id(name: str) -> bool:
    # An ID says nothing about where an image is from; the transport's own scope speaks for it.
    return name.startswith("sha256:")
