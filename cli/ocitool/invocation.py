"""What was said to the program itself, before the command or behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oci.settings import Settings


class Invocation:
    """The options of the program itself; every command gets them as click's ``obj``.

    Attributes:
        name: The name that the program was called by.
        debug: Whether requests are shown, and an internal error's traceback.
        timeout_s: Seconds that the command may take, or None.
        os: The operating system to choose images for, or None for this machine's.
        architecture: The architecture to choose images for, or None for this machine's.
        variant: The variant of it, or None for this machine's.
        tmpdir: The directory for temporary files, or None for the usual one.
        user_agent_prefix: What is said to registries before our name, or None.
        insecure_policy: Whether no policy is to be enforced.
    """

    debug: bool = False
    timeout_s: float | None = None
    os: str | None = None
    architecture: str | None = None
    variant: str | None = None
    tmpdir: str | None = None
    user_agent_prefix: str | None = None
    insecure_policy: bool = False

    def __init__(self, name: str = "ocitool") -> None:
        self.name = name

    @property
    def is_skopeo(self) -> bool:
        """Whether the program was called by skopeo's name, and is expected to behave like it."""
        return self.name == "skopeo"

    def settings(self) -> Settings:
        """Return the settings of this host, with what the options say in place of them.

        Raises:
            InvalidSettings: A settings file cannot be understood.
        """
        from oci.frozen import replace
        from oci.settings import Settings

        settings = Settings.of_host()
        if self.tmpdir is not None:
            settings = replace(settings, scratch_directory=Path(self.tmpdir))
        if self.user_agent_prefix is not None:
            settings = replace(settings, user_agent=f"{self.user_agent_prefix} {settings.user_agent}")
        return settings
