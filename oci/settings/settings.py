"""Settings: everything that the user of this host has decided, as one value.

Functions of the library take it and never look at the host themselves. `Settings()` knows nothing of any
host, `Settings.discover` reads what an environment and a root directory say, and `Settings.of_host` does
that for this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import __version__
from ..errors import InvalidReference
from ..frozen import field, frozen, replace
from ..spec import Platform
from .auth_file import AuthFile
from .auth_key import normalized
from .auth_search import (
    AuthLocation,
    BrokenAuthFile,
    auth_locations,
    chosen,
    login_location,
    read_auth_files,
    read_auth_variable,
)
from .certificate import Certificates, certificate_directories, find_certificates, read_certificates
from .credential import HelperCall
from .daemon import Daemon, daemon_of
from .host import read_host
from .location import Locations
from .lookaside import LookasideConf
from .lookaside_search import LookasideFiles, lookaside_files
from .policy_search import PolicyFiles, policy_files
from .proxy import Proxies, proxies_of
from .registries import AUTH_FILES, RegistriesConf
from .registries_search import RegistriesFiles, registries_files
from .security import Security
from .tls_details import TlsDetails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .credential import Credential
    from .policy import Policy


@frozen(kw_only=True)
class Settings:
    """What the user has decided.

    Args:
        auth_files: Auth files in the order in which they are asked.
        login_file: Where a login is written to, or None where there is no place for one.
        credential: What registries are shown instead of anything in the auth files, or None.
        is_anonymous: Whether registries are shown nothing at all.
        security: How registries are reached; None to do what `registries` says of each.
        security_by_host: The same for single hosts.
        policy: Which images may be let in; None to let all in. Never found by itself: whoever wants to be
            bound by the host's policy reads `policy_files`.
        requires_signature: Whether only images are let in that a signature proves, as the policy demands.
        policy_files: Where the host's policy is.
        registries: What ``registries.conf`` says, or where to read it.
        certificate_directories: ``certs.d`` directories, in the order in which they are asked.
        certificate_directory: One directory with the certificates for every registry, instead of those.
        tls_details: What TLS may agree on, where that is less than usual.
        proxies: The proxies to use.
        attempts: Times that a request is made at most, the first one included.
        retry_delay_s: Seconds that the first delay between them is chosen from; it doubles from then on.
        connect_timeout_s: Seconds for making a connection.
        idle_timeout_s: Seconds that a peer may be silent.
        requests_at_once: Requests that a registry gets at once at first; fewer when it complains.
        platform: The platform that images are wanted for; None for no wish.
        user_agent: How we introduce ourselves.
        state_directory: Where journals of unfinished transfers lie, or None for nowhere.
        shared_blob_directory: Where the blobs of layouts lie (``<algorithm>/<hex>`` beneath it), or None for
            within each layout.
        modified_s: The time that archives give all that is in them, in seconds since 1970, so that equal
            images give equal files; as SOURCE_DATE_EPOCH says.
        latest_s: The latest time that anything in a new layer has, in seconds since 1970, as
            SOURCE_DATE_EPOCH says, so that equal trees give equal layers; None for the times as they are.
        lookaside: Where signatures of registries' images lie besides them, as ``registries.d`` says, or where
            to read that.
        cache_directory: Where things lie that can be fetched again, or None for nowhere.
        scratch_directory: Where temporary files go, some as large as an image; None for the system's usual
            place.
        daemon: Where a container engine is reached.
        store_directory: Where the local store of images lies, or None for nowhere.
    """

    auth_files: tuple[AuthFile | BrokenAuthFile, ...] = ()
    login_file: AuthLocation | None = None
    credential: Credential | None = None
    is_anonymous: bool = False
    security: Security | None = None
    security_by_host: Mapping[str, Security] = field(default_factory=dict)
    policy: Policy | None = None
    requires_signature: bool = False
    policy_files: PolicyFiles = field(default_factory=PolicyFiles)
    registries: RegistriesConf | RegistriesFiles = field(default_factory=RegistriesConf)
    certificate_directories: tuple[Path, ...] = ()
    certificate_directory: Path | None = None
    tls_details: TlsDetails = field(default_factory=TlsDetails)
    proxies: Proxies = field(default_factory=Proxies)
    attempts: int = 5
    retry_delay_s: float = 0.5
    connect_timeout_s: float = 30.0
    idle_timeout_s: float = 60.0
    requests_at_once: int = 16
    platform: Platform | None = None
    user_agent: str = f"ocitool/{__version__}"
    state_directory: Path | None = None
    lookaside: LookasideConf | LookasideFiles = field(default_factory=LookasideConf)
    cache_directory: Path | None = None
    scratch_directory: Path | None = None
    shared_blob_directory: Path | None = None
    modified_s: int = 0
    latest_s: int | None = None
    daemon: Daemon = field(default_factory=Daemon)
    store_directory: Path | None = None

    @classmethod
    def discover(
        cls, environ: Mapping[str, str], root: Path, *, uid: int | None = None, machine: str = ""
    ) -> Settings:
        """Find out what the user has decided.

        Nothing is raised for a file that cannot be understood before somebody needs it.

        Args:
            environ: The environment.
            root: What absolute paths lie beneath.
            uid: The user's number, or None where the system has none.
            machine: The platform that images run on here, as ``OS/ARCH``, or an empty string.
        """
        places = Locations(environ=environ, root=root, uid=uid)
        return cls(
            auth_files=(*read_auth_variable(places), *read_auth_files(auth_locations(places))),
            login_file=login_location(places),
            certificate_directories=certificate_directories(places),
            policy_files=policy_files(places),
            registries=registries_files(places),
            proxies=proxies_of(environ),
            platform=_platform(machine),
            state_directory=None if places.state is None else places.state / "ocitool",
            modified_s=_epoch(environ) or 0,
            latest_s=_epoch(environ),
            lookaside=lookaside_files(places),
            cache_directory=None if places.cache is None else places.cache / "ocitool",
            scratch_directory=places.scratch,
            daemon=daemon_of(environ, places),
            store_directory=places.store,
        )

    @classmethod
    def of_host(cls) -> Settings:
        """Find out what the user of this host has decided."""
        host = read_host()
        return cls.discover(host.environ, host.root, uid=host.uid, machine=host.machine)

    def with_auth_file(self, path: Path) -> Settings:
        """Return the settings with one auth file, to be read and written, in place of all others."""
        location = chosen(path)
        return replace(
            self,
            auth_files=read_auth_files((location,)),
            login_file=replace(location, is_required=False),
            credential=None,
        )

    def credentials_for(self, registry: str, repository: str = "") -> Iterator[Credential | HelperCall]:
        """Yield what a registry may be shown, best first; the first one that leads to a credential counts.

        A helper that has nothing for the registry leads to none, and the next one is to be tried. Files are
        looked at as the caller goes on, so that a broken one is an error for those only who get to it.

        Args:
            registry: The registry's host as the user wrote it, with its port if it has one.
            repository: The repository's name, or an empty string for the registry as a whole.

        Raises:
            InvalidSettings: A file that would have to be asked cannot be understood, or registries.conf.
            CredentialError: A file names a helper that cannot be one.
        """
        if self.is_anonymous:
            return
        if self.credential is not None:
            yield self.credential
            return
        for helper in self.registries_conf().credential_helpers:
            if helper == AUTH_FILES:
                yield from self._credentials_of_files(registry, repository)
            else:
                # Helpers know hosts; credentials of single namespaces are in files only.
                yield self.helper_call(helper, registry)

    def helper_call(self, helper: str, registry: str) -> HelperCall:
        """Return the question to a helper that ``registries.conf`` names.

        Args:
            helper: Its name, as it is written there.
            registry: The registry's host.

        Raises:
            CredentialError: The name is none.
        """
        origins = self.registries_conf().origins
        origin = origins[-1] if origins else "registries.conf"
        return HelperCall(helper, normalized(registry), origin, is_optional=True)

    def _credentials_of_files(self, registry: str, repository: str) -> Iterator[Credential | HelperCall]:
        for file in self.auth_files:
            if isinstance(file, BrokenAuthFile):
                raise file.error
            yield from file.lookup(registry, repository)

    def with_registries_read(self) -> Settings:
        """Return the settings with ``registries.conf`` read, so that it is read once and stays what it is.

        Raises:
            InvalidSettings: One of its files cannot be read or understood.
        """
        if isinstance(self.registries, RegistriesConf):
            return self
        return replace(self, registries=self.registries.read())

    def registries_conf(self) -> RegistriesConf:
        """Return what ``registries.conf`` says; read now, unless that has been done (see above)."""
        return self.registries if isinstance(self.registries, RegistriesConf) else self.registries.read()

    def lookaside_conf(self) -> LookasideConf:
        """Return where signatures lie; ``registries.d`` is read now, unless it has been.

        Raises:
            InvalidSettings: One of its files cannot be read or understood.
        """
        return self.lookaside if isinstance(self.lookaside, LookasideConf) else self.lookaside.read()

    def exposure_of(self, found: Credential | HelperCall) -> str:
        """Return what to warn of where a secret is in a file that others can read, else an empty text."""
        files = (file for file in self.auth_files if isinstance(file, AuthFile))
        # What a helper keeps is not in the file that names the helper.
        if isinstance(found, HelperCall) or not any(f.is_exposed and f.path == found.origin for f in files):
            return ""
        return f"{found.origin}: others can read the credentials in this file; chmod 600 keeps them out"

    def security_of(self, registry: str) -> Security:
        """Return how a registry is reached, leaving aside what ``registries.conf`` says of it."""
        return self.security_by_host.get(registry, self.security or Security.VERIFIED)

    def for_place(self, registry: str, *, is_insecure: bool, is_elsewhere: bool) -> Settings:
        """Return the settings for one place that ``registries.conf`` leads to.

        Args:
            registry: The place's registry.
            is_insecure: Whether it may speak plain http, or show any certificate. What the user says about
                a call, or about a host, counts more.
            is_elsewhere: Whether this is another registry than the user named: credentials that were given
                without saying for whom are not for it.
        """
        settings = self
        if is_insecure and settings.security is None and registry not in settings.security_by_host:
            settings = replace(settings, security=Security.UNVERIFIED)
        if is_elsewhere and settings.credential is not None:
            settings = replace(settings, credential=None)
        return settings

    def certificates_for(self, registry: str) -> Certificates:
        """Return the certificate files for a registry; the directories are read now.

        Raises:
            InvalidSettings: They are incomplete or cannot be read.
        """
        if self.certificate_directory is not None:
            return read_certificates(self.certificate_directory)
        return find_certificates(self.certificate_directories, registry)


def _epoch(environ: Mapping[str, str]) -> int | None:
    text = environ.get("SOURCE_DATE_EPOCH", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _platform(machine: str) -> Platform | None:
    try:
        return Platform.parse(machine) if machine else None
    except InvalidReference:
        return None
