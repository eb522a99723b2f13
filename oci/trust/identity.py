"""Whether the name under which an image was signed is the one that is wanted (containers-policy.json(5)).

Each rule of a policy is a value; here is what it means. A name that cannot be read, and one without tag and
digest where the rule compares whole names, never match.
"""

from __future__ import annotations

from ..errors import OciError
from ..settings.policy import (
    ExactReference,
    ExactRepository,
    IdentityMatch,
    MatchExact,
    MatchRepoDigestOrExact,
    MatchRepository,
    RemapIdentity,
)
from ..spec import Reference


def matches(rule: IdentityMatch, signed: str, wanted: Reference | None) -> bool:
    """Tell whether a signed name satisfies a rule.

    Args:
        rule: The rule.
        signed: The name in the signature, verified.
        wanted: The image's name, or None where it has none; only ``exact...`` rules can match then.
    """
    found = _parsed(signed)
    return found is not None and _holds(rule, found, wanted)


def _holds(rule: IdentityMatch, found: Reference, wanted: Reference | None) -> bool:
    match rule:
        case ExactReference(reference=reference):
            return _is_same(_parsed(reference), found)
        case ExactRepository(repository=repository):
            return _is_of(_parsed(repository), found)
        case MatchExact():
            return _is_same(wanted, found)
        case MatchRepoDigestOrExact():
            return _is_same_or_by_digest(wanted, found)
        case MatchRepository():
            return _is_of(wanted, found)
        case RemapIdentity():
            return _is_same_or_by_digest(_remapped(rule, wanted), found)


def _parsed(text: str) -> Reference | None:
    try:
        return Reference.parse(text)
    except OciError:
        return None


def _is_same(wanted: Reference | None, found: Reference) -> bool:
    return wanted is not None and bool(found.tag or found.digest) and wanted == found


def _is_of(wanted: Reference | None, found: Reference) -> bool:
    return wanted is not None and wanted.name == found.name


def _is_same_or_by_digest(wanted: Reference | None, found: Reference) -> bool:
    if wanted is not None and wanted.digest is not None:
        return _is_of(wanted, found)
    return _is_same(wanted, found)


def _remapped(rule: RemapIdentity, wanted: Reference | None) -> Reference | None:
    if wanted is None:
        return None
    if wanted.name != rule.prefix and not wanted.name.startswith(f"{rule.prefix}/"):
        return wanted
    return _parsed(rule.signed_prefix + str(wanted)[len(rule.prefix) :])
