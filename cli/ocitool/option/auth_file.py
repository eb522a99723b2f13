"""The one auth file that ``login`` and ``logout`` change, where it is not the usual one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from .bundle import bundle

if TYPE_CHECKING:
    from oci.settings import Settings

    from .bundle import Decorator


@frozen(kw_only=True)
class AuthFileChoice:
    """What the options say.

    Args:
        authfile: A file of the containers tools, or None.
        compat_auth_file: A file of Docker's, which names Docker Hub in another way, or None.
    """

    authfile: str | None
    compat_auth_file: str | None

    def settings(self, base: Settings) -> Settings:
        """Return settings that read and write this file only.

        Raises:
            UsageError: There are two.
        """
        if self.authfile is not None and self.compat_auth_file is not None:
            raise click.UsageError("--authfile and --compat-auth-file exclude each other")
        chosen = self.authfile or self.compat_auth_file
        if chosen is None:
            return base
        settings = base.with_auth_file(Path(chosen))
        if not Path(chosen).exists():
            settings = replace(settings, auth_files=())
        if self.compat_auth_file is not None and settings.login_file is not None:
            settings = replace(settings, login_file=replace(settings.login_file, is_docker=True))
        return settings


def auth_file_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `AuthFileChoice`.
    """
    return bundle(
        parameter,
        AuthFileChoice,
        {
            "authfile": click.option(
                "--authfile", metavar="FILE", help="Auth file to use, instead of the usual ones."
            ),
            "compat_auth_file": click.option(
                "--compat-auth-file",
                metavar="FILE",
                help="The same, in the form of Docker's config.json.",
            ),
        },
    )
