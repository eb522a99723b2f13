"""``trustpolicy.json``: whose signatures are wanted for which repositories, and how strictly.

Trust policy specification, version 1.0. Understood as a whole and strictly, or not at all: members nobody
knows, two statements for one repository, and identities of which one covers another make the file invalid.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final

from ...errors import Forbidden, InvalidDocument, InvalidReference, InvalidSettings
from ...frozen import field, frozen
from ...settings.strict_object import StrictObject
from ...spec import Reference, strict_json
from .name import covers, parse_name

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a trust policy may have."""

_VERSION: Final = "1.0"
_EVERYTHING: Final = "*"
_SUBJECT: Final = "x509.subject"
_STORE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")


class Validation(enum.Enum):
    """What is found out about a signature, in this order."""

    INTEGRITY = "integrity"
    AUTHENTICITY = "authenticity"
    EXPIRY = "expiry"
    TIMESTAMP = "authenticTimestamp"
    REVOCATION = "revocation"


class Action(enum.Enum):
    """What becomes of a signature for which one of these does not hold."""

    ENFORCE = "enforce"
    """It is refused."""
    LOG = "log"
    """It is said, and nothing more."""
    SKIP = "skip"
    """Nobody looks."""


def _level(permissive: Action, lenient: Action) -> dict[Validation, Action]:
    return {
        Validation.INTEGRITY: Action.ENFORCE,
        Validation.AUTHENTICITY: permissive,
        Validation.TIMESTAMP: lenient,
        Validation.EXPIRY: lenient,
        Validation.REVOCATION: lenient,
    }


LEVELS: Final[Mapping[str, Mapping[Validation, Action]]] = {
    "strict": _level(Action.ENFORCE, Action.ENFORCE),
    "permissive": _level(Action.ENFORCE, Action.LOG),
    "audit": _level(Action.LOG, Action.LOG),
    "skip": dict.fromkeys(Validation, Action.SKIP),
}
"""The levels of verification, and what each does."""

STORE_KINDS: Final = ("ca", "signingAuthority", "tsa")
"""The kinds of trust stores."""


@frozen
class NamedStore:
    """A store of trusted certificates.

    Args:
        kind: One of `STORE_KINDS`.
        name: Its name.
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@frozen(kw_only=True)
class Statement:
    """What holds for some repositories.

    Args:
        name: What the statement is called.
        scopes: Repositories with their registry, or the one that is everything.
        actions: What becomes of a signature, for each validation.
        skips: Whether no signatures are wanted at all.
        timestamps_always: Whether a timestamp is verified while the certificates are valid still.
        stores: Whose certificates are trusted.
        identities: Subjects that are trusted, by attribute; None for all.
    """

    name: str
    scopes: tuple[str, ...]
    actions: Mapping[Validation, Action]
    skips: bool = False
    timestamps_always: bool = True
    stores: tuple[NamedStore, ...] = ()
    identities: tuple[Mapping[str, str], ...] | None = ()


@frozen(kw_only=True)
class TrustPolicy:
    """A whole trust policy.

    Args:
        statements: Its statements; no repository is in two of them.
        path: Where it was read, for messages.
    """

    statements: tuple[Statement, ...]
    path: str = field(default="", compare=False)

    def statement_for(self, repository: str) -> Statement:
        """Return the statement for a repository.

        Args:
            repository: The repository with its registry, such as ``quay.io/acme/app``.

        Raises:
            Forbidden: There is none, so that nothing of it is trusted.
        """
        for scope in (repository, _EVERYTHING):
            for statement in self.statements:
                if scope in statement.scopes:
                    return statement
        raise Forbidden(
            f"{self.path}: no statement of the trust policy is for {repository}",
            path=self.path,
            key="registryScopes",
        )


def parse_trust_policy(raw: bytes, *, path: str) -> TrustPolicy:
    """Read a trust policy.

    Args:
        raw: The file's bytes, of which one more than `MAX_BYTES` is enough to see that there are too many.
        path: Where they were read, for messages.

    Raises:
        InvalidSettings: It is no trust policy.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidSettings(f"{path}: larger than the {MAX_BYTES} bytes of a trust policy", path=path)
    try:
        document = strict_json.loads(raw, where=path)
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=path) from error
    whole = StrictObject(document, path=path, key="")
    version = whole.text("version")
    if version != _VERSION:
        raise whole.wrong("version", f"is {version[:20]!a}, and {_VERSION} is understood")
    listed = whole.value("trustPolicies")
    if not isinstance(listed, list) or not listed:
        raise whole.wrong("trustPolicies", "must be an array of at least one statement")
    statements = tuple(
        _statement(StrictObject(each, path=path, key=f"trustPolicies[{position}]"))
        for position, each in enumerate(listed)
    )
    whole.done()
    _check_unique(whole, [each.name for each in statements], "statements have the name")
    _check_unique(whole, [scope for each in statements for scope in each.scopes], "statements are for")
    return TrustPolicy(statements=statements, path=path)


def _check_unique(whole: StrictObject, names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise whole.wrong("trustPolicies", f"cannot stand: several {what} {name[:120]!a}")


def _statement(item: StrictObject) -> Statement:
    name, scopes = item.text("name"), _scopes(item)
    verification = item.child("signatureVerification")
    level = verification.text("level")
    if level not in LEVELS:
        raise verification.wrong("level", f"is {level[:40]!a}, and has to be one of {', '.join(LEVELS)}")
    actions = dict(LEVELS[level])
    skips = level == "skip"
    if verification.has("override"):
        if skips:
            raise verification.wrong("override", "cannot stand where verification is skipped")
        actions.update(_overrides(verification.child("override")))
    always = _verifies_always(verification)
    verification.done()
    if skips:
        if scopes == (_EVERYTHING,):
            raise item.wrong("registryScopes", "cannot be everything where verification is skipped")
        if item.has("trustStores") or item.has("trustedIdentities"):
            raise item.wrong("signatureVerification", "is skipped, and so nobody can be trusted besides")
        item.done()
        return Statement(name=name, scopes=scopes, actions=actions, skips=True)
    stores, identities = _stores(item), _identities(item)
    item.done()
    return Statement(
        name=name,
        scopes=scopes,
        actions=actions,
        timestamps_always=always,
        stores=stores,
        identities=identities,
    )


def _verifies_always(verification: StrictObject) -> bool:
    if not verification.has("verifyTimestamp"):
        return True
    when = verification.text("verifyTimestamp")
    if when not in {"always", "afterCertExpiry"}:
        raise verification.wrong("verifyTimestamp", "has to be always or afterCertExpiry")
    return when == "always"


def _scopes(item: StrictObject) -> tuple[str, ...]:
    scopes = item.texts("registryScopes")
    for scope in scopes:
        if scope == _EVERYTHING:
            if len(scopes) > 1:
                raise item.wrong("registryScopes", "has * besides others")
        elif not _is_repository(scope):
            raise item.wrong("registryScopes", f"has {scope[:120]!a}, which is no whole repository")
    return scopes


def _is_repository(scope: str) -> bool:
    try:
        parsed = Reference.parse(scope)
    except InvalidReference:
        return False
    # A name that would be expanded, or has a tag, is not the scope that it looks like.
    return parsed.name == scope and str(parsed) == scope


def _overrides(item: StrictObject) -> dict[Validation, Action]:
    found: dict[Validation, Action] = {}
    for name, value in item.items():
        try:
            validation, action = Validation(name), Action(value)
        except ValueError as error:
            raise item.wrong(name, "is no validation, or has no action that is known") from error
        if validation is Validation.INTEGRITY:
            raise item.wrong(name, "cannot be overridden")
        if action is Action.SKIP and validation is not Validation.REVOCATION:
            raise item.wrong(name, "cannot be skipped")
        found[validation] = action
    return found


def _stores(item: StrictObject) -> tuple[NamedStore, ...]:
    found = []
    for text in item.texts("trustStores"):
        kind, _, name = text.partition(":")
        if kind not in STORE_KINDS or not _STORE_NAME.fullmatch(name) or name in {".", ".."}:
            raise item.wrong("trustStores", f"has {text[:120]!a}, and not KIND:NAME of a store")
        found.append(NamedStore(kind, name))
    return tuple(found)


def _identities(item: StrictObject) -> tuple[Mapping[str, str], ...] | None:
    texts = item.texts("trustedIdentities")
    if _EVERYTHING in texts:
        if len(texts) > 1:
            raise item.wrong("trustedIdentities", "has * besides others")
        return None
    found: list[dict[str, str]] = []
    for text in texts:
        kind, _, name = text.partition(":")
        if kind != _SUBJECT:
            raise item.wrong("trustedIdentities", f"has {text[:120]!a}, and not {_SUBJECT}: NAME")
        try:
            parsed = parse_name(name)
        except InvalidDocument as error:
            raise item.wrong("trustedIdentities", error.message) from error
        for other in found:
            if covers(parsed, other) or covers(other, parsed):
                raise item.wrong("trustedIdentities", f"overlap: {text[:120]!a} and another one of them")
        found.append(parsed)
    return tuple(found)
