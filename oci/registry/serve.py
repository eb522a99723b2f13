"""A registry that runs until it is told to stop: what ``ocitool serve`` does.

It listens on this machine only, unless it is protected (TLS and users) or the caller insists. On a plain
loopback address it answers only to its own names, so that no web page reaches it through somebody's browser.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from ..errors import InvalidSettings, InvalidValue
from ..frozen import field, frozen
from ..serving import Server, TcpAddress, guarded
from .htpasswd import Htpasswd
from .limit import RegistryLimits
from .login import Login
from .registry import Registry
from .tree import check_readable, check_writable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..content.cancellation import CancelToken
    from ..serving import Address, Application

__all__ = ["DEFAULT_ADDRESS", "ServeOptions", "Serving", "serve"]

DEFAULT_ADDRESS: Final = TcpAddress("127.0.0.1", 5000)


@frozen(kw_only=True)
class ServeOptions:
    """What to serve, where, to whom.

    Args:
        folder: The registry's directory, or a single image layout; made where it does not exist.
        address: Where to listen; port 0 lets the system choose.
        is_read_only: Refuse everything but GET and HEAD.
        htpasswd: A file of users; without one, everybody who gets here may do everything.
        certificate: The server's certificate with its chain, in PEM.
        key: Its private key, in PEM; in the certificate's file by default.
        allows_unprotected: Let other machines in without TLS or without users.
        names: Host names of this server besides localhost, for requests without TLS.
        single_name: The repository's name when the folder is a layout; its base name by default.
        limits: What clients are allowed.
        grace_s: How long requests under way may still take at the end.
    """

    folder: Path
    address: Address = DEFAULT_ADDRESS
    is_read_only: bool = False
    htpasswd: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    allows_unprotected: bool = False
    names: tuple[str, ...] = ()
    single_name: str = ""
    limits: RegistryLimits = field(default_factory=RegistryLimits)
    grace_s: float = 0.4


@frozen
class Serving:
    """A registry that is up.

    Args:
        address: Where it listens, with the port the system chose.
        is_tls: Whether it speaks https.
        repository: The only repository, when the folder is itself a layout; else None.
    """

    address: Address
    is_tls: bool
    repository: str | None

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end."""
        return f"{'https' if self.is_tls else 'http'}://{self.address}"


def serve(options: ServeOptions, *, on_ready: Callable[[Serving], None], stop: CancelToken) -> None:
    """Run a registry until the token is cancelled.

    Args:
        options: What to serve, where, to whom.
        on_ready: Called once it listens.
        stop: Ends it.

    Raises:
        InvalidValue: An address that others can reach, without protection.
        InvalidSettings: The users' file or the certificate is not valid.
        InvalidReference: The folder is an image layout whose name cannot name a repository.
        Unsupported: Users need the package ``bcrypt``, which is not installed.
        Locked: Somebody listens there already.
        StorageError: The folder cannot be made, read or written to, or the system refuses something else.
    """
    _check_protection(options)
    tls = _tls_context(options)
    (check_readable if options.is_read_only else check_writable)(options.folder)
    with ExitStack() as stack:
        registry = Registry(
            options.folder,
            is_read_only=options.is_read_only,
            limits=options.limits,
            single_name=options.single_name,
        )
        stack.callback(registry.close)
        application: Application = registry
        if options.htpasswd is not None:
            login = Login(registry, Htpasswd(options.htpasswd, users_max=options.limits.users))
            stack.callback(login.close)
            application = login
        any_host = tls is not None or not isinstance(options.address, TcpAddress)
        application = guarded(application, names=options.names, any_host=any_host)

        def tell(address: Address) -> None:
            on_ready(Serving(address, tls is not None, registry.single_name))

        asyncio.run(_run(application, options, tls, tell, stop))


async def _run(
    application: Application,
    options: ServeOptions,
    tls: ssl.SSLContext | None,
    on_ready: Callable[[Address], None],
    stop: CancelToken,
) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    server = Server(application)
    with stop.on_cancel(lambda: loop.call_soon_threadsafe(stopped.set)):
        try:
            on_ready(await server.listen(options.address, tls=tls, exposed=not options.address.is_local))
            await stopped.wait()
        finally:
            await server.close(grace_s=options.grace_s)


def _check_protection(options: ServeOptions) -> None:
    is_protected = options.certificate is not None and options.htpasswd is not None
    if not options.address.is_local and not is_protected and not options.allows_unprotected:
        raise InvalidValue(
            f"other machines can reach {options.address}: a registry there needs TLS and users",
            hint="give a certificate and an htpasswd file, listen on 127.0.0.1, or allow it unprotected",
        )


def _tls_context(options: ServeOptions) -> ssl.SSLContext | None:
    if options.certificate is None:
        if options.key is not None:
            raise InvalidSettings("a key without a certificate", path=str(options.key))
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certificate, options.key)
    except OSError as error:
        raise InvalidSettings(
            f"{options.certificate}: not a certificate with its key: {error.strerror or error}",
            path=str(options.certificate),
            hint="both are PEM files; the key must belong to the certificate and have no password",
        ) from error
    return context
