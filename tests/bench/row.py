"""The rows of the table: one function for each piece of work, with what ours has to reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.bench import installation
from tests.bench.contest import Contest, Standing
from tests.bench.contestant import COPIERS, OURS, SYNCERS, Command, Place, program
from tests.bench.measure import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bench.ground import Ground

MB = 1_000_000
PEAK_LIMIT_BYTES = 80 * MB
SYNC_PEAK_LIMIT_BYTES = 100 * MB


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What ours must not exceed.

    Attributes:
        measure: ``wall``, ``CPU``, ``memory`` or ``moved`` (bytes over the network).
        most: The greatest allowed ratio to the standard's figure; for memory and what is moved, the bytes.
        against: Another standard than the row's.
    """

    measure: str
    most: float
    against: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One piece of work, done by all.

    Attributes:
        title: What is done.
        standard: The contestant against which all are measured.
        goals: What ours has to reach.
        standings: How each did.
    """

    title: str
    standard: str
    goals: tuple[Goal, ...]
    standings: list[Standing]


def _copiers(source: Place, destination: Place, *names: str) -> Mapping[str, Callable[[], Command]]:
    return {name: partial(COPIERS[name], source, destination) for name in names}


def registry_to_registry(ground: Ground, rounds: int) -> Row:
    """All of the image, over plain HTTP on loopback."""
    names = (OURS, "crane", "imagecopy", "skopeo", "oras", "regctl")
    contest = Contest(contestants=_copiers(ground.source, ground.destination, *names), rounds=rounds)
    return Row(
        title=f"registry to registry, {ground.image}, loopback, plain HTTP",
        standard="crane",
        goals=(Goal(measure="wall", most=0.95), Goal(measure="CPU", most=1.0)),
        standings=contest.hold(ground),
    )


def registry_to_registry_over_tls(ground: Ground, rounds: int) -> Row:
    """The same over TLS."""
    names = (OURS, "crane", "imagecopy", "oras")
    contestants = _copiers(ground.source_over_tls, ground.destination_over_tls, *names)
    return Row(
        title="the same over TLS",
        standard="crane",
        goals=(Goal(measure="wall", most=1.15),),
        standings=Contest(contestants=contestants, rounds=rounds).hold(ground),
    )


def registry_to_layout(ground: Ground, rounds: int) -> Row:
    """From a registry into an OCI layout."""
    names = (OURS, "crane", "imagecopy", "skopeo", "oras", "regctl")
    contest = Contest(contestants=_copiers(ground.source, ground.layout, *names), rounds=rounds)
    return Row(
        title="registry to OCI layout, the same image",
        standard="crane",
        goals=(Goal(measure="wall", most=1.0),),
        standings=contest.hold(ground),
    )


def slow_registry_to_layout(ground: Ground, rounds: int) -> Row:
    """Into a layout, the source behind the slow link."""
    contestants = _copiers(ground.slow_source, ground.layout, OURS, "crane", "imagecopy")
    contest = Contest(contestants=contestants, rounds=few(rounds), warm_ups=0)
    return Row(
        title="registry to layout, the source behind 40 ms and 20 MB/s per connection",
        standard="crane",
        goals=(Goal(measure="wall", most=0.35),),
        standings=contest.hold(ground),
    )


def slow_registry_to_slow_registry(ground: Ground, rounds: int) -> Row:
    """Both sides behind slow links: an upload is one ordered stream."""
    contestants = _copiers(ground.slow_source, ground.slow_destination, OURS, "crane", "imagecopy")
    contest = Contest(contestants=contestants, rounds=few(rounds), warm_ups=0)
    return Row(
        title="registry to registry, both behind 40 ms and 20 MB/s per connection",
        standard="crane",
        goals=(Goal(measure="wall", most=1.0),),
        standings=contest.hold(ground),
    )


def repository_cold(ground: Ground, rounds: int) -> Row:
    """A repository of thirty tags, to where nothing of it is."""
    contestants = _syncers(ground, OURS, "crane")
    return Row(
        title="30 tags of 6 small layers, 3 of them shared, both sides behind 40 ms",
        standard="crane",
        goals=(Goal(measure="wall", most=0.9),),
        standings=Contest(contestants=contestants, rounds=rounds).hold(ground),
    )


def repository_warm(ground: Ground, rounds: int) -> Row:
    """The same again, when all of it is there."""
    ground.clear()
    run(SYNCERS[OURS](ground.many, ground.slow_destination), ground.environment, ground.log)
    contest = Contest(contestants=_syncers(ground, OURS, "crane"), rounds=rounds, clear=False)
    return Row(
        title="the same again, when all of it is there",
        standard="crane",
        goals=(Goal(measure="wall", most=1.0),),
        standings=contest.hold(ground),
    )


def repository_by_skopeo(ground: Ground, rounds: int) -> Row:
    """What a user of skopeo gains; once, since it takes so long."""
    contest = Contest(contestants=_syncers(ground, OURS, "skopeo"), rounds=1, warm_ups=0)
    return Row(
        title="the same repository with skopeo sync",
        standard="skopeo",
        goals=(Goal(measure="wall", most=0.2),),
        standings=contest.hold(ground),
    )


def _syncers(ground: Ground, *names: str) -> Mapping[str, Callable[[], Command]]:
    return {name: partial(SYNCERS[name], ground.many, ground.slow_destination) for name in names}


def few(rounds: int) -> int:
    """Long runs differ little: fewer of them will do."""
    return max(1, rounds // 2)


def peak_memory(ground: Ground, rounds: int) -> Row:
    """How much memory the copies take at most."""
    ways = {"to a registry": ground.destination, "to a layout": ground.layout}
    contestants = {
        f"{name} {way}": make
        for way, destination in ways.items()
        for name, make in _copiers(ground.source, destination, OURS, "crane", "imagecopy", "oras").items()
    }
    contest = Contest(contestants=contestants, rounds=few(rounds), warm_ups=0, watch_memory=True)
    return Row(
        title="peak memory of both copies",
        standard="",
        goals=(Goal(measure="memory", most=PEAK_LIMIT_BYTES),),
        standings=contest.hold(ground),
    )


def start_of_a_copy(ground: Ground, rounds: int) -> Row:
    """Hardly any bytes: what a whole process needs before it can move some."""
    names = (OURS, "crane", "imagecopy", "oras", "regctl")
    contest = Contest(
        contestants=_copiers(ground.small_source, ground.destination, *names), rounds=rounds * 2
    )
    return Row(
        title="copy of an image of 4 layers of 1 kB between registries on loopback: the start alone",
        standard="crane",
        goals=(),
        standings=contest.hold(ground),
    )


def sync_memory(ground: Ground, rounds: int) -> Row:
    """How much memory a synchronisation takes, of much content and of many names."""
    sources = {"64 layers of 16 MB": ground.large, "3030 tags": ground.thousands}
    contestants = {
        f"{name} {what}": partial(SYNCERS[name], source, ground.destination)
        for what, source in sources.items()
        for name in (OURS, "crane")
    }
    contest = Contest(contestants=contestants, rounds=few(rounds), warm_ups=0, watch_memory=True)
    return Row(
        title="peak memory of synchronising",
        standard="",
        goals=(Goal(measure="memory", most=SYNC_PEAK_LIMIT_BYTES),),
        standings=contest.hold(ground),
    )


def inspect_start(ground: Ground, rounds: int) -> Row:
    """A whole process that inspects one image on loopback."""
    image = ground.source
    skopeo: list[str] = ["--insecure-policy", "inspect", "--no-tags", "--tls-verify=false", image.reference]
    contestants: dict[str, Callable[[], Command]] = {
        OURS: lambda: [program(OURS), "inspect", "--tls-verify=false", image.reference],
        "python and httpx": _python("import httpx, click; httpx.Client(verify=False)"),
        "crane": lambda: [program("crane"), "manifest", "--insecure", image.bare],
        "skopeo": lambda: [program("skopeo"), *skopeo],
    }
    return _start_up(
        "inspect of one image on loopback", contestants, Goal(measure="wall", most=1.25), ground, rounds
    )


def version_start(ground: Ground, rounds: int) -> Row:
    """Answering --version."""
    contestants = {OURS: _ours("--version"), "python alone": _python("pass")}
    return _start_up("--version", contestants, Goal(measure="wall", most=1.5), ground, rounds)


def help_start(ground: Ground, rounds: int) -> Row:
    """Answering --help."""
    contestants = {OURS: _ours("--help"), "python and click": _python("import click")}
    return _start_up("--help", contestants, Goal(measure="wall", most=1.3), ground, rounds)


def _start_up(
    title: str, contestants: Mapping[str, Callable[[], Command]], goal: Goal, ground: Ground, rounds: int
) -> Row:
    contest = Contest(contestants=contestants, rounds=rounds * 6, warm_ups=3, clear=False)
    standard = next(name for name in contestants if name.startswith("python"))
    return Row(title=title, standard=standard, goals=(goal,), standings=contest.hold(ground))


def _ours(*arguments: str) -> Callable[[], Command]:
    return lambda: [program(OURS), *arguments]


def _python(code: str) -> Callable[[], Command]:
    return lambda: [installation.folder() / "python", "-c", code]


ROWS: dict[str, Callable[[Ground, int], Row]] = {
    "registry": registry_to_registry,
    "tls": registry_to_registry_over_tls,
    "layout": registry_to_layout,
    "slow-layout": slow_registry_to_layout,
    "slow-registry": slow_registry_to_slow_registry,
    "sync-cold": repository_cold,
    "sync-warm": repository_warm,
    "sync-skopeo": repository_by_skopeo,
    "memory": peak_memory,
    "start": start_of_a_copy,
    "sync-memory": sync_memory,
    "inspect": inspect_start,
    "version": version_start,
    "help": help_start,
}
