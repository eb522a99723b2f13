"""What a 401 asks for: the challenges of WWW-Authenticate (RFC 9110, section 11; RFC 6750; RFC 7617).

The field may hold several challenges, of schemes that we do not know, and anything else that somebody who
wants our credentials writes into it. A challenge that is not clear (a parameter twice, a control character,
no realm) is left out as if it were not there, and the realm of a Bearer challenge, where credentials are
going to be sent, is judged by `realm_url`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ..frozen import frozen
from . import header
from .redirect import next_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_FIELD: Final = 16 * 1024
"""Characters of the field that are looked at; a longer one is treated as absent."""

MAX_CHALLENGES: Final = 16
"""Challenges that are looked at."""

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME: Final = re.compile(rf"({_WORD})(?:[ \t]+|(?=,|$))")
_TOKEN68: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")
# Some servers leave out the quotes around a URL: a bare value reaches to the next comma or blank.
_PARAMETER: Final = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=][^\s",]*))', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_BETWEEN: Final = re.compile(r"[ \t,]*")


@frozen
class BearerChallenge:
    """A registry that wants a token.

    Args:
        realm: The token server's URL as it was written; see `realm_url`.
        service: How the token server knows this registry.
        scope: What the token must allow, scopes separated by blanks.
        error: Why a token that was sent is not good enough: ``invalid_token``, ``insufficient_scope``, ...
    """

    realm: str
    service: str = ""
    scope: str = ""
    error: str = ""


@frozen
class BasicChallenge:
    """A registry that wants a user name and a password.

    Args:
        realm: What they are for; shown to people at most.
    """

    realm: str


Challenge: TypeAlias = BearerChallenge | BasicChallenge


def parse_challenges(headers: Mapping[str, str]) -> tuple[Challenge, ...]:
    """Read the challenges of an answer, in their order.

    Args:
        headers: The answer's header fields; several WWW-Authenticate fields arrive as one, joined by commas.

    Returns:
        Every well-formed Bearer or Basic challenge. Nothing where there is none that we understand.
    """
    field = header.value(headers, "WWW-Authenticate")
    if not field or len(field) > MAX_FIELD:
        return ()
    made = (_make(scheme, parameters) for scheme, parameters in _split(field))
    return tuple(challenge for challenge in made if challenge is not None)


def best_challenge(headers: Mapping[str, str]) -> Challenge | None:
    """Return the challenge to answer: the first Bearer one, else the first Basic one, else None."""
    challenges = parse_challenges(headers)
    bearer = next((c for c in challenges if isinstance(c, BearerChallenge)), None)
    return bearer or next(iter(challenges), None)


def realm_url(challenge: BearerChallenge, registry_url: str) -> str:
    """Return the URL to ask for a token, after judging it.

    Args:
        challenge: The challenge.
        registry_url: The URL whose answer it came with: an https registry must name an https realm.

    Raises:
        AddressRefused: The realm is no URL that credentials may be sent to.
    """
    return next_url(registry_url, challenge.realm)


def _make(scheme: str, parameters: dict[str, str] | None) -> Challenge | None:
    if parameters is None or "realm" not in parameters:
        return None
    if scheme == "basic":
        return BasicChallenge(parameters["realm"])
    if scheme != "bearer" or not parameters["realm"]:
        return None
    return BearerChallenge(
        realm=parameters["realm"],
        service=parameters.get("service", ""),
        scope=parameters.get("scope", ""),
        error=parameters.get("error", ""),
    )


def _split(field: str) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Yield each challenge's scheme and parameters, None for parameters that contradict each other."""
    position = _skip(field, 0)
    for _ in range(MAX_CHALLENGES):
        matched = _SCHEME.match(field, position)
        if matched is None:
            return
        parameters, position = _parameters(field, matched.end())
        yield matched[1].lower(), parameters


def _parameters(field: str, position: int) -> tuple[dict[str, str] | None, int]:
    if not _PARAMETER.match(field, position) and (token68 := _TOKEN68.match(field, position)):
        position = token68.end()
    position = _skip(field, position)
    found: dict[str, str] = {}
    is_clear = True
    while matched := _PARAMETER.match(field, position):
        name, quoted, bare = matched.groups()
        value = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
        is_clear = is_clear and name.lower() not in found and value.isprintable()
        found[name.lower()] = value
        position = _skip(field, matched.end())
    return (found if is_clear else None), position


def _skip(field: str, position: int) -> int:
    blank = _BETWEEN.match(field, position)
    return position if blank is None else blank.end()
