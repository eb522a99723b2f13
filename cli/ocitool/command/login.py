"""``ocitool login``: credentials are tried at the registry, and saved only when it accepts them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from ..interruption import interruptible
from ..option.access import ask_secret, read_secret
from ..option.auth_file import AuthFileChoice, auth_file_options
from ..option.bundle import bundle
from ..option.command import Command
from ..option.switch import switch
from ..output import remark, text_bytes, write
from ..task import task, work_context

if TYPE_CHECKING:
    from oci.settings import Credential, Settings

    from ..invocation import Invocation


@frozen(kw_only=True)
class Identity:
    """Who logs in, as far as the options say it.

    Args:
        username: The user, or None.
        password: The password, or None.
        password_stdin: Whether the password comes from the standard input.
    """

    username: str | None
    password: str | None
    password_stdin: bool

    @property
    def is_given(self) -> bool:
        """Whether the options say anything at all."""
        return self.username is not None or self.password is not None or self.password_stdin

    def credential(self, usual: str) -> Credential:
        """Return the whole credential, asking a person for what is missing.

        Args:
            usual: The user to suggest, or an empty string.

        Raises:
            UsageError: Something is missing and there is nobody to ask, or too much is given.
        """
        from oci.settings import Credential

        if self.password_stdin and self.username is None:
            raise click.UsageError("--password-stdin needs --username")
        username = self.username or _ask_username(usual)
        if self.password_stdin:
            return Credential.of_login(username, read_secret("-"))
        if self.password is not None:
            return Credential.of_login(username, self.password)
        return Credential.of_login(username, ask_secret("Password", "--password-stdin reads it"))


def _ask_username(usual: str) -> str:
    import sys

    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError("a user name is needed, and there is no terminal to ask for it: --username")
    return str(click.prompt("Username", default=usual or None, err=True))


_IDENTITY = bundle(
    "identity",
    Identity,
    {
        "username": click.option("-u", "--username", metavar="USER", help="The user's name."),
        "password": click.option(
            "-p",
            "--password",
            metavar="PASSWORD",
            envvar="OCITOOL_PASSWORD",
            help="The password; $OCITOOL_PASSWORD and --password-stdin are safer.",
        ),
        "password_stdin": switch("--password-stdin", text="Read the password from the standard input."),
    },
)


@click.command("login", cls=Command)
@click.argument("registry")
@_IDENTITY
@auth_file_options("file")
@click.option("--cert-dir", metavar="DIRECTORY", help="Certificates (*.crt, *.cert, *.key) for the registry.")
@switch("--tls-verify", text="Whether the registry must have a valid certificate.", default=None)
@switch("--get-login", text="Show who is logged in, and do nothing else.")
@switch("-v", "--verbose", text="Say where the credentials were saved.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    registry: str,
    identity: Identity,
    file: AuthFileChoice,
    cert_dir: str | None,
    tls_verify: bool | None,
    get_login: bool,
    verbose: bool,
) -> None:
    """Save the credentials for a registry, once it has accepted them.

    REGISTRY is a host, or a namespace in it such as quay.io/team. They go to the credential helper that the
    auth file names for the registry, or into the file itself. Without options, credentials that are there
    already are tried first.
    """
    import oci
    from oci.settings import Security

    with task("login", registry):
        settings = file.settings(invocation.settings())
        if cert_dir is not None:
            settings = replace(settings, certificate_directory=Path(cert_dir))
        if tls_verify is not None:
            settings = replace(settings, security=Security.of(tls_verify=tls_verify))
        if get_login:
            write(text_bytes(f"{_known(registry, settings, invocation).username}\n"))
            return
        usual = "" if identity.is_given else _renew(registry, settings, invocation)
        if usual is None:
            return
        credential = identity.credential(usual)
        with interruptible(invocation.timeout_s) as token:
            context = work_context(settings, token)
            oci.check_login(registry, credential, context=context)
            where = oci.save_login(registry, credential, context=context)
    if verbose:
        remark(f"saved in {where}")
    write(text_bytes("Login Succeeded!\n"))


def _known(registry: str, settings: Settings, invocation: Invocation) -> Credential:
    import oci
    from oci.errors import OciError

    with interruptible(invocation.timeout_s) as token:
        known = oci.known_login(registry, context=work_context(settings, token))
    if known is None:
        raise OciError(f"nobody is logged in to {registry}", hint=f"ocitool login {registry}")
    return known


def _renew(registry: str, settings: Settings, invocation: Invocation) -> str | None:
    """Try the credentials that are there; return None if they are good, else the user to suggest."""
    import oci
    from oci.errors import Denied, Unauthorized

    with interruptible(invocation.timeout_s) as token:
        context = work_context(settings, token)
        known = oci.known_login(registry, context=context)
        if known is None:
            return ""
        try:
            oci.check_login(registry, known, context=context)
        except (Unauthorized, Denied):
            remark(f"the registry does not accept the credentials that are there, of {known.username}")
            return known.username
    remark(f"already logged in as {known.username}")
    return None
