"""Auth files: ``containers/auth.json``, Docker's ``config.json``, and the old ``.dockercfg``.

Sources: containers-auth.json(5); Docker CLI, "credential store". What an entry may hold: ``auth`` (base64 of
``user:password``), ``username`` and ``password``, ``identitytoken``, ``registrytoken``. A helper for one host
(``credHelpers``) comes before the entries, one for all hosts (``credsStore``) too, and where a helper has
nothing, the entries are looked at after all. Members that are not known are kept for whoever writes the file
again.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, InvalidSettings, InvalidValue
from ..frozen import field, frozen
from ..spec import field as member
from ..spec import strict_json
from .auth_key import DOCKER_HUB, DOCKER_HUB_KEY, is_url, normalized, scopes_of
from .credential import IDENTITY_USER, Credential, HelperCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that an auth file may have."""

SECRETS: Final = ("auth", "username", "password", "identitytoken", "registrytoken")
"""The members of an entry that make it a credential."""


@frozen(kw_only=True)
class AuthFile:
    """A parsed auth file; its entries are decoded when they are asked for.

    Args:
        path: Where it was read.
        entries: The entries by their keys, as written.
        helpers: Helpers by the hosts they are for, as written.
        store: The helper for all hosts, or an empty string.
        is_docker: Whether it is one of Docker's files, in which Docker Hub goes by its old URL.
        is_exposed: Whether users other than its owner may read it; worth a warning.
    """

    path: str
    entries: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    is_docker: bool = False
    is_exposed: bool = False

    @classmethod
    def parse(cls, raw: bytes, *, path: str, is_docker: bool = False, is_legacy: bool = False) -> AuthFile:
        """Read an auth file.

        Args:
            raw: Its bytes; none at all are an empty file.
            path: Where they were read, for error messages.
            is_docker: Whether it is one of Docker's files.
            is_legacy: Whether it is a ``.dockercfg``, which has the entries at its top.

        Raises:
            InvalidSettings: It is no auth file.
        """
        members = _load(raw, path)
        auths = members if is_legacy else _mapping(members, "auths", path)
        helpers = {} if is_legacy else _mapping(members, "credHelpers", path)
        store = "" if is_legacy else members.get("credsStore") or ""
        entries: dict[str, Mapping[str, object]] = {}
        for key, entry in auths.items():
            if entry is not None and not isinstance(entry, dict):
                raise _wrong(path, f"auths.{key}", "must be an object")
            entries[key] = entry or {}
        for key, helper in helpers.items():
            if not isinstance(helper, str):
                raise _wrong(path, f"credHelpers.{key}", "must be a string")
        if not isinstance(store, str):
            raise _wrong(path, "credsStore", "must be a string")
        return cls(
            path=path,
            entries=entries,
            helpers={key: str(helper) for key, helper in helpers.items()},
            store=store,
            is_docker=is_docker or is_legacy,
        )

    def lookup(self, registry: str, repository: str = "") -> Iterator[Credential | HelperCall]:
        """Yield what this file offers for a repository; the first one that leads to a credential counts.

        Args:
            registry: The registry's host, with its port if it has one.
            repository: The repository's name, or an empty string for the registry as a whole.

        Raises:
            InvalidSettings: The entry that speaks for the repository cannot be understood.
            CredentialError: A helper's name is not one.
        """
        helper = self.helper_for(registry)
        if helper is not None:
            yield helper
        by_scope = self._by_scope()
        for scope in scopes_of(registry, repository):
            key = by_scope.get(scope)
            credential = None if key is None else self._decode(key)
            if credential is not None:
                yield credential
                return

    def helper_for(self, registry: str) -> HelperCall | None:
        """Return the helper that keeps the credentials of a registry, or None where this file does itself."""
        wanted = normalized(registry)
        for key, helper in self.helpers.items():
            if normalized(key) == wanted:
                return HelperCall(helper, self.server_name(registry), self.path) if helper else None
        return HelperCall(self.store, self.server_name(registry), self.path) if self.store else None

    def server_name(self, registry: str) -> str:
        """Return what a registry is called in this file and towards its helpers."""
        host = normalized(registry)
        return DOCKER_HUB_KEY if self.is_docker and host == DOCKER_HUB else host

    def keys_for(self, scope: str) -> tuple[str, ...]:
        """Return the keys of all entries that stand for the same host or namespace."""
        wanted = normalized(scope)
        return tuple(key for key in self.entries if normalized(key) == wanted)

    def _by_scope(self) -> dict[str, str]:
        # Plain keys win over URLs, and entries that say something over the empty ones that Docker leaves for
        # helpers.
        ranked = sorted(self.entries, key=lambda key: (_is_empty(self.entries[key]), is_url(key)))
        found: dict[str, str] = {}
        for key in ranked:
            found.setdefault(normalized(key), key)
        return found

    def _decode(self, key: str) -> Credential | None:
        entry = self.entries[key]
        if _is_empty(entry):
            return None
        where = f"{self.path}: auths.{key}"
        try:
            texts = {name: member.text(entry, name, where=where) for name in SECRETS}
            username, password = texts["username"], texts["password"]
            if texts["auth"]:
                username, password = _decode_pair(texts["auth"])
            if username == IDENTITY_USER and not texts["identitytoken"]:
                return Credential(identity_token=password, origin=self.path)
            return Credential(
                username="" if username == IDENTITY_USER else username,
                password=password,
                identity_token=texts["identitytoken"],
                registry_token=texts["registrytoken"],
                origin=self.path,
            )
        except (InvalidValue, ValueError) as error:
            raise _wrong(self.path, f"auths.{key}", "is not a credential") from error


def _is_empty(entry: Mapping[str, object]) -> bool:
    return not any(entry.get(name) for name in SECRETS)


def _decode_pair(text: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidValue("auth is not base64 of a text") from error
    username, colon, password = decoded.partition(":")
    if not colon or not username:
        raise InvalidValue("auth is not base64 of USER:PASSWORD")
    return username, password.rstrip("\0")


def _load(raw: bytes, path: str) -> dict[str, object]:
    if len(raw) > MAX_BYTES:
        raise InvalidSettings(f"{path}: larger than the {MAX_BYTES} bytes of an auth file", path=path)
    if not raw.strip():
        return {}
    try:
        return strict_json.load_object(raw, where=path)
    except InvalidDocument as error:
        raise InvalidSettings(error.message, path=path, hint="mend the file, or use another one") from error


def _mapping(members: Mapping[str, object], key: str, path: str) -> dict[str, object]:
    value = members.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(path, key, "must be an object")
    return value


def _wrong(path: str, key: str, what: str) -> InvalidSettings:
    shown = key[:120].encode("unicode_escape").decode("ascii")
    return InvalidSettings(
        f"{path}: {shown} {what}", path=path, key=shown, hint="log in again, or remove the entry"
    )
