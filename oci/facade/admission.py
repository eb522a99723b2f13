"""Whether the policy lets an image in: asked before anything of it is written anywhere.

What the policy rejects whatever it is, and what it wants and nobody can judge, is refused before anybody is
asked for anything: it is never passed over.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Forbidden
from ..frozen import frozen, replace
from ..settings.policy import AcceptAnything, Reject
from ..settings.policy_scope import PATH_TRANSPORTS, scopes_of_path, scopes_of_reference
from ..spec import Digest, Reference
from ..spec.reference import DEFAULT_TAG
from ..transports.name import DAEMON, DIRECTORY, REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import Source
    from ..settings import Settings
    from ..settings.policy import Ruling
    from ..transfer.root import Judge
    from ..transports.name import ImageName
    from ..transports.session import Session
    from ..trust.policy import Ground, Judgement


@frozen
class Admission:
    """What the policy demands of an image that it does not reject.

    Args:
        image: The image as the user named it: where it really comes from, a mirror say, is of no account.
        ruling: The demands, or None where there are none.
    """

    image: ImageName
    ruling: Ruling | None

    def judge(
        self, source: Source, session: Session, listener: Callable[[Judgement], None] | None = None
    ) -> Judge | None:
        """Return what decides whether the image is let in, or None where nothing is demanded of it.

        Args:
            source: The place that it is read from.
            session: The settings, and what else belongs to that place.
            listener: Is told what is made of each document, or None.
        """
        if self.ruling is None:
            return None
        from .signature_check import SignatureCheck  # only those whose policy wants signatures need it

        return SignatureCheck(self.ruling, self.ground(source, session), listener)

    def ground(self, source: Source, session: Session) -> Ground:
        """Return what there is to look for signatures in; see `ground_of`."""
        return ground_of(self.image, source, session)


def ground_of(image: ImageName, source: Source, session: Session) -> Ground:
    """Return what there is to look for the signatures of an image in.

    Args:
        image: The image as the user named it.
        source: The place that it is read from.
        session: The settings, and what else belongs to that place.
    """
    from ..trust.policy import Ground

    return Ground(image=image, name=name_of(image), source=source, session=session)


def admit(image: ImageName, settings: Settings) -> Admission:
    """Ask the policy about an image; nothing is asked of anybody else.

    Args:
        image: The image as the user named it.
        settings: The user's settings; without a policy in them everything is accepted.

    Raises:
        Forbidden: The policy rejects it whatever it is, wants what cannot be judged, or wants nothing where
            signatures are required.
    """
    policy = settings.policy
    if policy is None:
        return _undemanding(image, settings, "there is no policy that demands one")
    ruling = policy.ruling(image.transport, scopes_of(image))
    if any(isinstance(requirement, Reject) for requirement in ruling.requirements):
        raise Forbidden(
            f"{image}: the policy {policy.path} rejects it ({ruling.key})", path=policy.path, key=ruling.key
        )
    wanted = [each for each in ruling.requirements if not isinstance(each, AcceptAnything)]
    if not wanted:
        return _undemanding(image, settings, f"the policy {policy.path} demands none ({ruling.key})")
    from ..trust.policy import is_judged

    if not all(map(is_judged, wanted)):
        raise Forbidden(
            f"{image}: the policy {policy.path} needs signatures of a kind that this version does not verify"
            f" ({ruling.key})",
            path=policy.path,
            key=ruling.key,
            hint="have it verified by another tool, or name a policy that does without",
        )
    return Admission(image, ruling)


def rejects_anything(settings: Settings) -> bool:
    """Tell whether there is any image that would not be let in."""
    policy = settings.policy
    if settings.requires_signature or policy is None:
        return settings.requires_signature
    said = [policy.default, *(each for scopes in policy.transports.values() for each in scopes.values())]
    return not all(isinstance(each, AcceptAnything) for requirements in said for each in requirements)


def _undemanding(image: ImageName, settings: Settings, why: str) -> Admission:
    """Let an image in of which nothing is demanded, unless a signature has to prove each of them."""
    if settings.requires_signature:
        raise Forbidden(
            f"{image}: no signature proves it: {why}",
            path="" if settings.policy is None else settings.policy.path,
            hint="--require-signed wants a policy with signedBy or another requirement of signatures",
        )
    return Admission(image, None)


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


def tags_become_files(origin: ImageName, target: ImageName, settings: Settings) -> bool:
    """Tell whether what lies under cosign's tags of a registry is to be files in a directory.

    That is so where registries.d says ``use-sigstore-attachments``; elsewhere tags are tags.
    """
    name = name_of(origin) if origin.transport == REGISTRY and target.transport == DIRECTORY else None
    return name is not None and settings.lookaside_conf().uses_attachments(name) is True


def _is_id(name: str) -> bool:
    # An ID says nothing about where an image is from; the transport's own scope speaks for it.
    return name.startswith("sha256:")
