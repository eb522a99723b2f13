"""Where this host keeps things: paths from environment variables, beneath a root that tests may choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen(kw_only=True)
class Locations:
    """The paths that settings are looked for in.

    Args:
        environ: The environment, with HOME.
        root: What absolute paths lie beneath; ``/`` on a real host.
        uid: The user's number, or None where the system has none.
    """

    environ: Mapping[str, str]
    root: Path
    uid: int | None = None

    def variable(self, name: str) -> Path | None:
        """Return the path in a variable, or None where it is not set or empty."""
        text = self.environ.get(name, "")
        return self.path(text) if text else None

    def path(self, text: str) -> Path:
        """Return a path beneath the root; a relative one is left to the working directory."""
        path = Path(text)
        return self.root / path.relative_to(path.anchor) if path.is_absolute() else path

    @property
    def home(self) -> Path | None:
        """The home directory."""
        return self.variable("HOME")

    @property
    def config(self) -> Path | None:
        """The user's configuration (XDG Base Directory Specification, as are the next ones)."""
        return self._xdg("XDG_CONFIG_HOME", ".config")

    @property
    def state(self) -> Path | None:
        """The user's state, which outlives a restart but is worth no copy."""
        return self._xdg("XDG_STATE_HOME", ".local/state")

    @property
    def cache(self) -> Path | None:
        """The user's cache, which may vanish at any time."""
        return self._xdg("XDG_CACHE_HOME", ".cache")

    @property
    def lookaside(self) -> Path | None:
        """The usual directory of GPG signatures (containers-registries.d(5))."""
        if self.uid == 0:
            return self.path("/var/lib/containers/sigstore")
        data = self._xdg("XDG_DATA_HOME", ".local/share")
        return None if data is None else data / "containers" / "sigstore"

    @property
    def store(self) -> Path | None:
        """The local store of images, wherever OCITOOL_ROOT says."""
        if (chosen := self.variable("OCITOOL_ROOT")) is not None:
            return chosen
        if self.uid == 0:
            return self.path("/var/lib/ocitool")
        data = self._xdg("XDG_DATA_HOME", ".local/share")
        return None if data is None else data / "ocitool"

    @property
    def runtime(self) -> Path | None:
        """The directory for the time that the user is logged in."""
        return self.variable("XDG_RUNTIME_DIR")

    @property
    def scratch(self) -> Path | None:
        """The place for large temporary files: ``/var/tmp`` unless TMPDIR says otherwise.

        ``/tmp`` is memory on many hosts, and an image may be larger than that.
        """
        large = self.root / "var" / "tmp"
        return self.variable("TMPDIR") or (large if large.is_dir() else None)

    def _xdg(self, name: str, default: str) -> Path | None:
        # Relative paths in these variables are to be ignored, says the specification.
        if Path(self.environ.get(name, "")).is_absolute():
            return self.variable(name)
        return None if self.home is None else self.home / default
