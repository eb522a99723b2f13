"""Where ``policy.json`` is: the first of four places, or the one that somebody names.

``$CONTAINERS_POLICY_JSON``, the user's, the administrator's, the distribution's. There are no drop-in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidSettings
from ..frozen import frozen
from .unreadable import unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from .location import Locations
    from .policy import Policy


@frozen(kw_only=True)
class PolicyFiles:
    """The places of the policy; it is read when somebody is to be bound by it.

    Args:
        candidates: The files; the first one that is there counts.
        is_required: Whether somebody asked for this very file, so that it must be there.
    """

    candidates: tuple[Path, ...] = ()
    is_required: bool = False

    def read(self) -> Policy | None:
        """Read the policy, or return None where there is none.

        Raises:
            InvalidSettings: It cannot be read or understood, or is not there although somebody named it.
        """
        from .policy_file import MAX_BYTES, parse_policy  # most commands write nothing

        for path in self.candidates:
            try:
                with path.open("rb") as stream:
                    return parse_policy(stream.read(MAX_BYTES + 1), path=str(path))
            except FileNotFoundError as error:
                if self.is_required:
                    raise InvalidSettings(f"{path}: there is no such policy", path=str(path)) from error
            except OSError as error:
                raise unreadable(path, error) from error
        return None


def policy_files(places: Locations) -> PolicyFiles:
    """Return where the policy is on a host."""
    chosen = places.variable("CONTAINERS_POLICY_JSON")
    if chosen is not None:
        return PolicyFiles(candidates=(chosen,), is_required=True)
    user = () if places.config is None else (places.config / "containers" / "policy.json",)
    usual = tuple(places.path(f"{top}/policy.json") for top in ("/etc/containers", "/usr/share/containers"))
    return PolicyFiles(candidates=(*user, *usual))
