"""How registries are reached and who asks: options that skopeo has once, or as ``--src-`` and ``--dest-``.

A secret on the command line can be read by every user of the machine, and stays in the shell's history. It
is taken, because scripts written for skopeo give it so; a file, the environment and a prompt are the better
ways, and a person at a terminal is told.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from oci.frozen import field, frozen, replace

from ..output import remark
from .bundle import bundle
from .switch import switch

if TYPE_CHECKING:
    from oci.settings import Credential, Settings

    from .bundle import Decorator

_VARIABLE: Final = "OCITOOL_{side}PASSWORD"


@frozen(kw_only=True)
class Access:
    """What the options say about reaching registries on one side.

    Args:
        side: ``src-`` or ``dest-`` where there are two sides, else an empty string.
        creds: ``USER[:PASSWORD]``, or None.
        username: A user name, or None.
        password: The password that belongs to it, or None.
        password_file: The file that the password is in, ``-`` for the standard input, or None.
        registry_token: A bearer token, or None.
        no_creds: Whether the registry is to be asked anonymously.
        authfile: The one auth file to use, or None for the usual ones.
        cert_dir: The directory with certificates, or None for the usual ones.
        tls_verify: Whether certificates must be valid; None for the usual rules.
        shared_blob_dir: The directory that holds the blobs of layouts, or None for within each.
        daemon_host: The address of the container engine, or None for the usual one.
    """

    side: str
    creds: str | None = field(repr=False)
    username: str | None
    password: str | None = field(repr=False)
    password_file: str | None
    registry_token: str | None = field(repr=False)
    no_creds: bool
    authfile: str | None
    cert_dir: str | None
    tls_verify: bool | None
    shared_blob_dir: str | None
    daemon_host: str | None

    def settings(self, base: Settings) -> Settings:
        """Return the user's settings with what the options say in place of them.

        Raises:
            UsageError: The options contradict each other.
            InvalidValue: The credentials are none.
            OSError: The file with the password cannot be read.
        """
        from oci.settings import Security

        settings = base if self.authfile is None else base.with_auth_file(Path(self.authfile))
        if self.tls_verify is not None:
            settings = replace(settings, security=Security.of(tls_verify=self.tls_verify))
        if self.cert_dir is not None:
            settings = replace(settings, certificate_directory=Path(self.cert_dir))
        if self.shared_blob_dir is not None:
            settings = replace(settings, shared_blob_directory=Path(self.shared_blob_dir))
        if self.daemon_host is not None:
            settings = replace(settings, daemon=replace(settings.daemon, host=self.daemon_host))
        if self.no_creds:
            return replace(settings, is_anonymous=True)
        credential = self._credential()
        return settings if credential is None else replace(settings, credential=credential)

    def _credential(self) -> Credential | None:
        from oci.settings import Credential

        if self.registry_token is not None:
            return Credential(registry_token=self.registry_token)
        if self.creds is None and self.username is None:
            return None
        username, colon, password = (self.creds or self.username or "").partition(":")
        return Credential.of_login(username, password if colon else self._password(username))

    def _password(self, username: str) -> str:
        if self.password_file is not None:
            return read_secret(self.password_file)
        if self.password is not None:
            return self.password
        hint = f"--{self.side}password-file reads it from a file or, with -, from the standard input"
        return ask_secret(f"Password of {username}", hint)


def read_secret(path: str) -> str:
    """Read the first line of a file, or of the standard input for ``-``."""
    if path == "-":
        return sys.stdin.readline().rstrip("\r\n")
    with Path(path).open(encoding="utf-8") as stream:
        return stream.readline().rstrip("\r\n")


def ask_secret(question: str, hint: str) -> str:
    """Ask a person for a secret, without showing it.

    Args:
        question: What to ask.
        hint: What to do where there is nobody to ask.

    Raises:
        UsageError: There is nobody to ask.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError(f"a password is needed, and there is no terminal to ask for it: {hint}")
    return str(click.prompt(question, hide_input=True, err=True))


def access_options(parameter: str, *, side: str = "", place: str = "the registry") -> Decorator:
    """Declare the options of one side.

    Args:
        parameter: The command's parameter that gets an `Access`.
        side: ``src`` or ``dest`` where there are two sides.
        place: What help calls the registry of this side.
    """
    prefix = f"{side}-" if side else ""
    secret = _VARIABLE.format(side=f"{side.upper()}_" if side else "")

    def option(name: str, metavar: str, text: str, envvar: str | None = None) -> Decorator:
        return click.option(f"--{prefix}{name}", metavar=metavar, help=text, envvar=envvar)

    def toggle(name: str, text: str, *, default: bool | None) -> Decorator:
        return switch(f"--{prefix}{name}", text=text, default=default)

    return bundle(
        parameter,
        functools.partial(_access, prefix),
        {
            "creds": option(
                "creds", "USER[:PASSWORD]", f"Credentials for {place}; asks for a missing password."
            ),
            "username": option("username", "USER", f"User name for {place}."),
            "password": option("password", "PASSWORD", f"Password for it; ${secret} is safer.", secret),
            "password_file": option(
                "password-file", "FILE", "File with the password; - for the standard input."
            ),
            "registry_token": option("registry-token", "TOKEN", f"Bearer token for {place}."),
            "no_creds": toggle("no-creds", f"Ask {place} anonymously.", default=False),
            "authfile": option("authfile", "FILE", f"Auth file for {place}, instead of the usual ones."),
            "cert_dir": option("cert-dir", "DIRECTORY", f"Certificates (*.crt, *.cert, *.key) for {place}."),
            "tls_verify": toggle(
                "tls-verify", f"Whether {place} must have a valid certificate.", default=None
            ),
            "shared_blob_dir": option(
                "shared-blob-dir", "DIRECTORY", "Directory with the blobs that OCI layouts share."
            ),
            "daemon_host": option(
                "daemon-host", "URL", "Where docker-daemon: is reached: unix:///PATH or tcp://HOST:PORT."
            ),
        },
    )


def _access(prefix: str, **values: Any) -> Access:
    access = Access(side=prefix, **values)
    ways = {
        "creds": access.creds,
        "username": access.username,
        "registry-token": access.registry_token,
        "no-creds": access.no_creds or None,
    }
    given = [f"--{prefix}{name}" for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other")
    has_user = access.creds is not None or access.username is not None
    if not has_user and (access.password_file is not None or _is_typed(prefix, "password")):
        raise click.UsageError(f"a password needs a user: --{prefix}username")
    exposed = _is_typed(prefix, "password") or (":" in (access.creds or "") and _is_typed(prefix, "creds"))
    if exposed and sys.stderr is not None and sys.stderr.isatty():
        remark(f"others can see a password given like this; --{prefix}password-file keeps it from them")
    return access


def _is_typed(prefix: str, name: str) -> bool:
    source = click.get_current_context().get_parameter_source(f"{prefix}{name}".replace("-", "_"))
    return source is ParameterSource.COMMANDLINE
