"""Credentials, and calls to the programs that keep them. Secrets stay out of ``repr`` and of messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import CredentialError, InvalidValue
from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

IDENTITY_USER: Final = "<token>"
"""The user name by which helpers and Docker's files say that the secret is an identity token."""

_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_HEADER_SAFE: Final = re.compile(r"[!-~]*")


@frozen(kw_only=True)
class Credential:
    """What a registry may be shown: a password, an identity token, or a registry token.

    Args:
        username: The user's name; may come with an identity token too.
        password: The password, where neither token is given.
        identity_token: A refresh token, to be exchanged for access tokens.
        registry_token: A bearer token, to be sent to the registry as it is.
        origin: Where it was found, for messages.

    Raises:
        InvalidValue: There is nothing in it, or something that no request can carry.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not (self.username or self.identity_token or self.registry_token):
            raise InvalidValue("a credential needs a user name or a token")
        if not _HEADER_SAFE.fullmatch(self.registry_token):
            raise InvalidValue("a registry token has characters that no header field can carry")
        if ":" in self.username or not _is_clean(self.username):
            raise InvalidValue("a user name has a colon or a control character in it")
        if not _is_encodable(self.password + self.identity_token):
            raise InvalidValue("a password or token is not text that can be sent")

    @classmethod
    def parse(cls, text: str, *, origin: str = "") -> Credential:
        """Read ``USER[:PASSWORD]``, as options of commands give it.

        Raises:
            InvalidValue: There is no user name in it.
        """
        username, _, password = text.partition(":")
        if not username:
            raise InvalidValue("credentials without a user name", hint="write USER:PASSWORD")
        return cls.of_login(username, password, origin=origin)

    @classmethod
    def of_login(cls, username: str, secret: str, *, origin: str = "") -> Credential:
        """Make a credential from a user name and a secret; `IDENTITY_USER` says what the secret is."""
        if username == IDENTITY_USER:
            return cls(identity_token=secret, origin=origin)
        return cls(username=username, password=secret, origin=origin)

    @property
    def login(self) -> tuple[str, str]:
        """User name and secret in the form in which helpers and files keep them."""
        if self.identity_token:
            return IDENTITY_USER, self.identity_token
        return self.username, self.password


@frozen
class HelperCall:
    """A credential helper to be asked; running it is not this room's business.

    Args:
        helper: The helper's short name, as files have it.
        server: What it is asked about.
        origin: The file that names it, for messages.
        is_optional: Whether others are asked where it fails.

    Raises:
        CredentialError: The name could lead to a program outside of the search path.
    """

    helper: str
    server: str
    origin: str = field(default="", compare=False)
    is_optional: bool = False

    def __post_init__(self) -> None:
        if not _HELPER.fullmatch(self.helper):
            raise CredentialError(
                f"{self.origin or 'settings'}: {self.helper[:80]!a} is not the name of a credential helper",
                helper=ascii(self.helper[:80]),
                hint="a helper is named without its path and without docker-credential-",
            )
        if not self.server or not _is_clean(self.server):
            raise CredentialError(
                f"{self.origin or 'settings'}: no helper can be asked about {self.server[:80]!a}",
                helper=self.helper,
            )

    @property
    def program(self) -> str:
        """The program's file name, to be looked for in the search path only."""
        return f"docker-credential-{self.helper}"


def first_found(
    candidates: Iterable[Credential | HelperCall], ask: Callable[[HelperCall], Credential | None]
) -> Credential | None:
    """Return the first credential that candidates lead to, or None.

    Args:
        candidates: What may lead to one, best first.
        ask: Runs a helper.

    Raises:
        CredentialError: A helper failed; one that is optional, and then nobody else had anything.
    """
    failure: CredentialError | None = None
    for candidate in candidates:
        if isinstance(candidate, Credential):
            return candidate
        try:
            answered = ask(candidate)
        except CredentialError as error:
            if not candidate.is_optional:
                raise
            failure = failure or error
            continue
        if answered is not None:
            return answered
    if failure is not None:
        raise failure
    return None


def _is_clean(text: str) -> bool:
    return _is_encodable(text) and not any(ord(c) < 32 or ord(c) == 127 for c in text)


def _is_encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
