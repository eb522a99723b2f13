"""Logging in to registries: credentials are tried, kept, found again and forgotten.

They are kept where skopeo, podman and Docker look for them: with the credential helper that the auth file
names for the registry, else in the file itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import Unsupported
from ..frozen import replace
from ..net import credential_helper
from ..net.clock import Clock
from ..net.request import Request
from ..settings import AuthStore, Credential, Settings
from ..settings.auth_file import AuthFile
from ..settings.auth_key import normalized
from ..settings.auth_search import VARIABLE
from ..settings.credential import first_found
from ..settings.registries import AUTH_FILES
from ..spec.reference import check_registry
from ..transports.remote.network import Network
from ..transports.session import Session
from ..wire import endpoint
from ..wire.failure import failure
from .place import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..net.answer import Answer
    from ..settings import HelperCall
    from ..transports.remote.registry import Registry

_OK: Final = 200
_UNAUTHORIZED: Final = 401


def check_login(registry: str, credential: Credential, *, context: Context | None = None) -> None:
    """Try credentials at a registry.

    Args:
        registry: A host, or a namespace in it such as ``quay.io/team``.
        credential: What to show it.
        context: Settings, cancelling, limits and warnings. The warnings tell of a registry that asks
            nobody for a login, so that nothing could be tried.

    Raises:
        Unauthorized: The registry does not accept them.
        RegistryError: It failed in another way.
        TransportError: It cannot be reached.
        Forbidden: ``registries.conf`` blocks it.
    """
    context = context or Context()
    host, _ = _split(registry)
    settings = replace(_settings(context), credential=credential, is_anonymous=False)
    token = context.token.child()
    session = Session(settings=settings, token=token, limits=context.limits, warn=context.warn)
    network = Network(settings, context.limits, context.trace)
    try:
        rules = network.rules(session)
        blocked_by = rules.blocking(host)
        if blocked_by is not None:
            raise blocked_by.refusal(host)
        target = network.registry(host, session, is_insecure=rules.is_insecure(host))
        answer, was_asked = _knock(network, target, session)
    finally:
        network.close()
    if answer.status != _OK:
        raise failure(
            answer.status,
            answer.headers,
            answer.body,
            method="GET",
            url=answer.url,
            what=f"login to {host}",
            now=Clock().now(),
        )
    if not was_asked:
        context.warn(f"{host} asks for no login here, so that the credentials could not be tried")


def save_login(registry: str, credential: Credential, *, context: Context | None = None) -> str:
    """Keep credentials, without trying them.

    Args:
        registry: A host, or a namespace in it.
        credential: The credentials.
        context: Settings, cancelling and warnings. The warnings tell where other credentials come first.

    Returns:
        Where they are: the path of a file, or the name of a helper.

    Raises:
        StorageError: The file cannot be written.
        InvalidSettings: The file is there and cannot be understood; it stays as it is.
        CredentialError: The helper failed.
    """
    context = context or Context()
    host, scope = _split(registry)
    settings = _settings(context).with_registries_read()
    _warn_of_variable(host, scope, settings, context)
    first = settings.registries_conf().credential_helpers[0]
    if first != AUTH_FILES:
        return _save_with_helper(settings.helper_call(first, host), scope, credential, context)
    store = _store(settings)
    file = store.read()
    helper = file.helper_for(host)
    if helper is None:
        store.save(scope, credential)
        return file.path
    credential_helper.store(helper, credential, context.token)
    if file.is_docker:
        store.mark(host)
    return helper.program


def known_login(registry: str, *, context: Context | None = None) -> Credential | None:
    """Find the credentials that a registry would be shown, or None.

    Args:
        registry: A host, or a namespace in it.
        context: Settings, cancelling and warnings.

    Raises:
        InvalidSettings: An auth file cannot be understood.
        CredentialError: A helper failed.
    """
    context = context or Context()
    host, scope = _split(registry)
    _, _, namespace = scope.partition("/")
    settings = _settings(context)

    def told() -> Iterator[Credential | HelperCall]:
        for found in settings.credentials_for(host, namespace):
            exposure = settings.exposure_of(found)
            if exposure:
                context.warn(exposure)
            yield found

    return first_found(told(), lambda call: credential_helper.get(call, context.token))


def known_registries(*, context: Context | None = None) -> tuple[str, ...]:
    """List what the auth file that logins are written to has credentials for, or names a helper for."""
    file = _store(_settings(context or Context())).read()
    return tuple(dict.fromkeys(normalized(key) for key in (*file.entries, *file.helpers)))


def forget_login(registry: str, *, context: Context | None = None) -> bool:
    """Take credentials out of the auth file that logins are written to, and out of its helper.

    Args:
        registry: A host, or a namespace in it.
        context: Settings and cancelling.

    Returns:
        Whether there were any.

    Raises:
        StorageError: The file cannot be written.
        CredentialError: The helper failed.
    """
    context = context or Context()
    host, scope = _split(registry)
    settings = _settings(context).with_registries_read()
    store = _store(settings)
    named = [each for each in settings.registries_conf().credential_helpers if each != AUTH_FILES]
    helpers = [store.read().helper_for(host), *(settings.helper_call(each, host) for each in named)]
    had_any = False
    for helper in helpers:
        if helper is not None and credential_helper.get(helper, context.token) is not None:
            credential_helper.erase(helper, context.token)
            had_any = True
    return store.forget(scope) or had_any


def _warn_of_variable(host: str, scope: str, settings: Settings, context: Context) -> None:
    """Say so where what is saved will not be what the registry is shown."""
    for file in settings.auth_files:
        if not isinstance(file, AuthFile) or file.path != f"${VARIABLE}":
            continue
        named = {normalized(key) for key in (*file.entries, *file.helpers)}
        if not named.isdisjoint({host, scope}):
            context.warn(f"{file.path} has credentials for {scope}, too, and they come before these")


def _save_with_helper(helper: HelperCall, scope: str, credential: Credential, context: Context) -> str:
    if "/" in scope:
        raise Unsupported(
            f"{scope}: {helper.origin} has {helper.program} keep credentials, and it knows registries only",
            hint="log in to the registry, or name an auth file",
        )
    credential_helper.store(helper, credential, context.token)
    return helper.program


def _knock(network: Network, registry: Registry, session: Session) -> tuple[Answer, bool]:
    """Ask for the base of the API, with what is wanted there; tell too whether anything was wanted."""
    url = endpoint.ping(registry.base)
    answer = network.client.send(Request(method="GET", url=url, site=registry.site), token=session.token)
    if answer.status != _UNAUTHORIZED:
        return answer, False
    authenticator = registry.challenged()
    if not authenticator.learn(answer.headers, url, repository="", scopes=(), sent=None):
        return answer, True
    login = authenticator.authorization("", ())
    asking = Request(
        method="GET", url=url, site=registry.site, headers={"Authorization": login} if login else {}
    )
    return network.client.send(asking, token=session.token), True


def _settings(context: Context) -> Settings:
    return context.settings or Settings.of_host()


def _store(settings: Settings) -> AuthStore:
    if settings.login_file is None:
        raise Unsupported("there is no place for an auth file", hint="name one, or set HOME")
    return AuthStore(settings.login_file)


def _split(registry: str) -> tuple[str, str]:
    """Return the host, and the whole scope, of a registry as people write it."""
    scope = normalized(registry)
    return check_registry(scope.partition("/")[0]), scope
