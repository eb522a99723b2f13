"""What the user of a host has decided: logins, certificates, proxies, mirrors.

Values and parsers; only `host` looks at a host by itself. Files are read where a function is given their
paths; nothing here opens a connection or runs a program.
"""

from .auth_file import AuthFile
from .auth_search import AuthLocation, BrokenAuthFile
from .auth_store import AuthStore
from .certificate import Certificates, ClientCertificate
from .credential import Credential, HelperCall
from .daemon import Daemon
from .lookaside import LookasideConf, LookasideRule
from .lookaside_search import LookasideFiles
from .policy_search import PolicyFiles
from .proxy import Proxies
from .registries import Mirror, MirrorUse, PullSource, RegistriesConf, RegistryRule, ShortNameMode
from .registries_search import RegistriesFiles
from .security import Security
from .settings import Settings
from .tls_details import TlsDetails

__all__ = [
    "AuthFile",
    "AuthLocation",
    "AuthStore",
    "BrokenAuthFile",
    "Certificates",
    "ClientCertificate",
    "Credential",
    "Daemon",
    "HelperCall",
    "LookasideConf",
    "LookasideFiles",
    "LookasideRule",
    "Mirror",
    "MirrorUse",
    "PolicyFiles",
    "Proxies",
    "PullSource",
    "RegistriesConf",
    "RegistriesFiles",
    "RegistryRule",
    "Security",
    "Settings",
    "ShortNameMode",
    "TlsDetails",
]
