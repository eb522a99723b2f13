"""OCI images and containers in pure Python.

The names below are loaded when they are first used, so that ``import oci`` costs nothing but this file.
The façade (`inspect`, `copy`, ...) does a common job in one call; the packages beneath it
(`oci.spec`, `oci.content`, `oci.transports`, `oci.transfer`, ...) hold the typed parts it is made of.

Example:
    >>> import oci
    >>> str(oci.Reference.parse("alpine"))
    'docker.io/library/alpine'
"""

# Not imported from typing: that alone would cost more than all else that ``ocitool --version`` does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .content import CancelToken as CancelToken
    from .content import Limits as Limits
    from .errors import OciError as OciError
    from .facade.attestation import SIGNATURE as SIGNATURE
    from .facade.attestation import Assertion as Assertion
    from .facade.attestation import Form as Form
    from .facade.attestation import attest as attest
    from .facade.build import Build as Build
    from .facade.build import build as build
    from .facade.bundle import unpack_bundle as unpack_bundle
    from .facade.file import FileList as FileList
    from .facade.file import OpenFile as OpenFile
    from .facade.file import list_files as list_files
    from .facade.file import open_file as open_file
    from .facade.image import TagList as TagList
    from .facade.image import delete as delete
    from .facade.image import inspect as inspect
    from .facade.image import inspect_all as inspect_all
    from .facade.image import list_tags as list_tags
    from .facade.image import raw_config as raw_config
    from .facade.image import raw_manifest as raw_manifest
    from .facade.image import resolve as resolve
    from .facade.inspection import Inspection as Inspection
    from .facade.inspection import PlatformEntry as PlatformEntry
    from .facade.inventory import Inventory as Inventory
    from .facade.inventory import signatures as signatures
    from .facade.keyless import sign_keyless as sign_keyless
    from .facade.login import check_login as check_login
    from .facade.login import forget_login as forget_login
    from .facade.login import known_login as known_login
    from .facade.login import known_registries as known_registries
    from .facade.login import save_login as save_login
    from .facade.place import Context as Context
    from .facade.policy_check import PolicyCheck as PolicyCheck
    from .facade.policy_check import check_policy as check_policy
    from .facade.pull import Pulled as Pulled
    from .facade.pull import PullPolicy as PullPolicy
    from .facade.pull import local_store as local_store
    from .facade.pull import pull as pull
    from .facade.repack import Repacked as Repacked
    from .facade.repack import repack as repack
    from .facade.save import save as save
    from .facade.signing import Signed as Signed
    from .facade.signing import remove_signatures as remove_signatures
    from .facade.signing import sign as sign
    from .facade.signing import sign_copy as sign_copy
    from .facade.sync import sync as sync
    from .facade.tags import TagEntry as TagEntry
    from .facade.tags import describe_tags as describe_tags
    from .facade.tags import find_tags as find_tags
    from .facade.tarball import export_tarball as export_tarball
    from .facade.tarball import import_tarball as import_tarball
    from .facade.transfer import copy as copy
    from .facade.transfer import plan as plan
    from .facade.tree import Branch as Branch
    from .facade.tree import Tree as Tree
    from .facade.tree import tree as tree
    from .facade.unpack import Unpacked as Unpacked
    from .facade.unpack import unpack as unpack
    from .facade.verification import Verification as Verification
    from .facade.verification import verify as verify
    from .images import ConfigChanges as ConfigChanges
    from .images import parse_instructions as parse_instructions
    from .settings import Settings as Settings
    from .spec import Descriptor as Descriptor
    from .spec import Digest as Digest
    from .spec import Platform as Platform
    from .spec import Reference as Reference
    from .transfer import CopyOptions as CopyOptions
    from .transfer import CopyResult as CopyResult
    from .transfer import Everything as Everything
    from .transfer import Instance as Instance
    from .transfer import Plan as Plan
    from .transfer import Subset as Subset
    from .transfer.sync import SyncOptions as SyncOptions
    from .transfer.sync import SyncReport as SyncReport
    from .transfer.sync import TagFilter as TagFilter

__version__ = "0.1.0"

DISTRIBUTION = "ocitool"
"""The marker by which the command line knows that this ``oci`` is ours, not another distribution's."""

_ROOMS = {
    "content": ("CancelToken", "Limits"),
    "errors": ("OciError",),
    "facade.attestation": ("SIGNATURE", "Assertion", "Form", "attest"),
    "facade.build": ("Build", "build"),
    "facade.bundle": ("unpack_bundle",),
    "facade.file": ("FileList", "OpenFile", "list_files", "open_file"),
    "facade.image": (
        "TagList",
        "delete",
        "inspect",
        "inspect_all",
        "list_tags",
        "raw_config",
        "raw_manifest",
        "resolve",
    ),
    "facade.inspection": ("Inspection", "PlatformEntry"),
    "facade.inventory": ("Inventory", "signatures"),
    "facade.keyless": ("sign_keyless",),
    "facade.login": ("check_login", "forget_login", "known_login", "known_registries", "save_login"),
    "facade.place": ("Context",),
    "facade.policy_check": ("PolicyCheck", "check_policy"),
    "facade.pull": ("PullPolicy", "Pulled", "local_store", "pull"),
    "facade.save": ("save",),
    "facade.signing": ("Signed", "remove_signatures", "sign", "sign_copy"),
    "facade.repack": ("Repacked", "repack"),
    "facade.sync": ("sync",),
    "facade.tags": ("TagEntry", "describe_tags", "find_tags"),
    "facade.tarball": ("export_tarball", "import_tarball"),
    "facade.transfer": ("copy", "plan"),
    "facade.tree": ("Branch", "Tree", "tree"),
    "facade.unpack": ("Unpacked", "unpack"),
    "facade.verification": ("Verification", "verify"),
    "images": ("ConfigChanges", "parse_instructions"),
    "settings": ("Settings",),
    "spec": ("Descriptor", "Digest", "Platform", "Reference"),
    "transfer": ("CopyOptions", "CopyResult", "Everything", "Instance", "Plan", "Subset"),
    "transfer.sync": ("SyncOptions", "SyncReport", "TagFilter"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["DISTRIBUTION", "__version__", *sorted(_ROOM_OF)]  # noqa: PLE0604 - names, computed from the table


def __getattr__(name: str) -> object:
    """Load a public name from its room (PEP 562)."""
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f".{room}", __name__), name)
    return value


def __dir__() -> list[str]:
    """Name everything that can be asked for, loaded or not."""
    return sorted({*globals(), *__all__})
