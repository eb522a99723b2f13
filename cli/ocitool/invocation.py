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
        root: The directory of the local store, or None for the usual one.
        tmpdir: The directory for temporary files, or None for the usual one.
        user_agent_prefix: What is said to registries before our name, or None.
        insecure_policy: Whether no policy is to be enforced.
        require_signed: Whether only images are let in that a signature proves.
        policy: The policy to enforce, or None for the usual ones.
        registries_conf: The main file of registries.conf, or None for the usual ones.
        tls_details: The file that says what TLS may agree on, or None.
        registries_d: The directory that says where signatures lie, or None for the usual one.
    """

    debug: bool = False
    timeout_s: float | None = None
    os: str | None = None
    architecture: str | None = None
    variant: str | None = None
    root: str | None = None
    tmpdir: str | None = None
    user_agent_prefix: str | None = None
    insecure_policy: bool = False
    require_signed: bool = False
    policy: str | None = None
    registries_conf: str | None = None
    tls_details: str | None = None
    registries_d: str | None = None

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
        from oci.settings import LookasideFiles, RegistriesFiles, Settings, TlsDetails

        settings = Settings.of_host()
        if self.registries_conf is not None:
            files = (
                settings.registries if isinstance(settings.registries, RegistriesFiles) else RegistriesFiles()
            )
            settings = replace(settings, registries=files.with_main(Path(self.registries_conf)))
        if self.tls_details is not None:
            settings = replace(settings, tls_details=TlsDetails.read(Path(self.tls_details)))
        if self.root is not None:
            settings = replace(settings, store_directory=Path(self.root))
        if self.registries_d is not None:
            usual = settings.lookaside.usual if isinstance(settings.lookaside, LookasideFiles) else None
            named = LookasideFiles(directories=(Path(self.registries_d),), usual=usual, is_required=True)
            settings = replace(settings, lookaside=named)
        if self.tmpdir is not None:
            settings = replace(settings, scratch_directory=Path(self.tmpdir))
        if self.user_agent_prefix is not None:
            settings = replace(settings, user_agent=f"{self.user_agent_prefix} {settings.user_agent}")
        return settings

    def bound_settings(self) -> Settings:
        """Return the same settings with the policy that images must satisfy, for commands that let some in.

        There is none in them where nobody has written one, or where the user does without.

        Raises:
            InvalidSettings: A settings file, the policy above all, cannot be understood.
        """
        from oci.frozen import replace
        from oci.settings import PolicyFiles

        settings = replace(self.settings(), requires_signature=self.require_signed)
        if self.insecure_policy:
            return settings
        chosen = None if self.policy is None else Path(self.policy)
        files = (
            settings.policy_files if chosen is None else PolicyFiles(candidates=(chosen,), is_required=True)
        )
        return replace(settings, policy=files.read())
