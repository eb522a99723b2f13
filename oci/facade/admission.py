"""Whether the policy lets an image in: asked before anything of it is written anywhere.

Only what needs no signatures can be granted yet. A policy that asks for some is never passed over: what it is
about is refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Forbidden
from ..frozen import replace
from ..settings.policy import AcceptAnything, Reject
from ..settings.policy_scope import PATH_TRANSPORTS, scopes_of_path, scopes_of_reference
from ..spec import Digest, Reference
from ..spec.reference import DEFAULT_TAG
from ..transports.name import DAEMON, REGISTRY

if TYPE_CHECKING:
    from ..settings import Settings
    from ..transports.name import ImageName


def admit(image: ImageName, settings: Settings) -> None:
    """Refuse an image that the policy does not accept; nothing is asked of anybody.

    Args:
        image: The image as the user named it: where it really comes from, a mirror say, is of no account.
        settings: The user's settings; without a policy in them everything is accepted.

    Raises:
        Forbidden: The policy rejects it, or wants signatures.
    """
    policy = settings.policy
    if policy is None:
        return
    ruling = policy.ruling(image.transport, scopes_of(image))
    if all(isinstance(requirement, AcceptAnything) for requirement in ruling.requirements):
        return
    if any(isinstance(requirement, Reject) for requirement in ruling.requirements):
        raise Forbidden(
            f"{image}: the policy {policy.path} rejects it ({ruling.key})", path=policy.path, key=ruling.key
        )
    raise Forbidden(
        f"{image}: the policy {policy.path} needs signatures, which this version does not verify yet"
        f" ({ruling.key})",
        path=policy.path,
        key=ruling.key,
        hint="have it verified by another tool, or name a policy that does without",
    )


def scopes_of(image: ImageName) -> tuple[str, ...]:
    """Return the scopes of policies that an image is in, the narrowest first."""
    if image.transport in PATH_TRANSPORTS:
        return scopes_of_path(os.path.realpath(image.location))
    if image.transport == REGISTRY:
        named = Reference.parse(image.location)
        digest = image.name if isinstance(image.name, Digest) else None
        tag = next(iter(image.names), None if digest else str(image.name or DEFAULT_TAG))
        return scopes_of_reference(replace(named, tag=tag, digest=digest))
    if image.transport == DAEMON and isinstance(image.name, str) and not _is_id(image.name):
        return scopes_of_reference(Reference.parse(image.name))
    return ()


def _is_id(name: str) -> bool:
    # An ID says nothing about where an image is from; the transport's own scope speaks for it.
    return name.startswith("sha256:")
