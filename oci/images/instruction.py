"""Changes of a configuration as people write them: the instructions of a Containerfile, one in each text.

``CMD ["/bin/sh"]``, ``ENV A=b``; as ``podman import`` has it, an equals sign may stand in place of the first
space. What an instruction says of a configuration is kept; what it would do to files is none of its business.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, InvalidValue
from ..spec import strict_json
from .config import ConfigChanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_INSTRUCTION: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+|=)(.*)", re.DOTALL)
_PORT: Final = re.compile(r"([0-9]{1,5})(?:/(tcp|udp|sctp))?", re.ASCII)
_LAST_PORT: Final = 65535
_SHELL: Final = ("/bin/sh", "-c")


def parse_instructions(texts: Iterable[str]) -> ConfigChanges:
    """Read instructions; of those that say what was said before, the last one counts.

    Args:
        texts: ``CMD``, ``ENTRYPOINT``, ``ENV``, ``EXPOSE``, ``LABEL``, ``STOPSIGNAL``, ``USER``, ``VOLUME``,
            ``WORKDIR``, each with what it says.

    Raises:
        InvalidValue: A text is no such instruction.
    """
    told = _Told()
    for text in texts:
        matched = _INSTRUCTION.fullmatch(text)
        if matched is None:
            raise InvalidValue(f"{text[:160]!r} is no instruction: write one as CMD /bin/sh, or CMD=/bin/sh")
        told.take(matched[1].upper(), matched[2].strip())
    return told.changes()


class _Told:
    """What instructions have said so far."""

    def __init__(self) -> None:
        self._pairs: dict[str, dict[str, str]] = {"ENV": {}, "LABEL": {}}
        self._lists: dict[str, dict[str, None]] = {"EXPOSE": {}, "VOLUME": {}}
        self._programs: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}

    def take(self, name: str, value: str) -> None:
        readers: dict[str, Callable[[str, str], None]] = {
            **dict.fromkeys(("CMD", "ENTRYPOINT"), self._program),
            **dict.fromkeys(("ENV", "LABEL"), self._pair),
            **dict.fromkeys(("STOPSIGNAL", "USER", "WORKDIR"), self._text),
            "EXPOSE": self._ports,
            "VOLUME": self._volumes,
        }
        reader = readers.get(name)
        if reader is None:
            said = (
                "which an OCI configuration has no place for" if name == "ONBUILD" else "which is not known"
            )
            raise InvalidValue(f"{name[:40]}: an instruction {said}; known are {', '.join(sorted(readers))}")
        reader(name, value)

    def changes(self) -> ConfigChanges:
        return ConfigChanges(
            env=self._pairs["ENV"],
            labels=self._pairs["LABEL"],
            entrypoint=self._programs.get("ENTRYPOINT"),
            command=self._programs.get("CMD"),
            working_directory=self._texts.get("WORKDIR"),
            user=self._texts.get("USER"),
            exposed_ports=tuple(self._lists["EXPOSE"]),
            volumes=tuple(self._lists["VOLUME"]),
            stop_signal=self._texts.get("STOPSIGNAL"),
        )

    def _program(self, name: str, value: str) -> None:
        words = _listed(name, value)
        self._programs[name] = words if words is not None else (*_SHELL, value) if value else ()

    def _pair(self, name: str, value: str) -> None:
        words = _words(name, value)
        if name == "ENV" and words and "=" not in words[0]:  # the old form, with one variable
            key, _, text = value.partition(" ")
            words = [f"{key}={text.strip()}"]
        for word in words or [""]:
            key, equals, text = word.partition("=")
            if not key or not equals:
                raise InvalidValue(f"{name} {value[:160]}: write {name} NAME=VALUE")
            self._pairs[name][key] = text

    def _text(self, name: str, value: str) -> None:
        if not value or (name == "WORKDIR" and not value.startswith("/")):
            raise InvalidValue(f"{name} {value[:160]}: {'a whole path' if value else 'a value'} is wanted")
        self._texts[name] = value

    def _ports(self, name: str, value: str) -> None:
        for word in value.split() or [""]:
            matched = _PORT.fullmatch(word)
            if matched is None or not 0 < int(matched[1]) <= _LAST_PORT:
                raise InvalidValue(f"{name} {value[:160]}: write PORT[/tcp|/udp|/sctp]")
            self._lists[name][f"{int(matched[1])}/{matched[2] or 'tcp'}"] = None

    def _volumes(self, name: str, value: str) -> None:
        words = _listed(name, value)
        for word in _words(name, value) if words is None else words:
            self._lists[name][word] = None


def _listed(name: str, value: str) -> tuple[str, ...] | None:
    """Read a list of texts in JSON; None for what is written otherwise, even if it begins like one."""
    try:
        members = strict_json.loads(value.encode(), where=name)
    except InvalidDocument:
        return None
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        return None
    return tuple(members)


def _words(name: str, value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError as error:
        raise InvalidValue(f"{name} {value[:160]}: {error}") from error
