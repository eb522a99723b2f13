"""One registries.conf, two programs: ours asks the registries that containers/image asks, and no others.

skopeo 1.9 is Debian's; imagecopy has the engine of the newest one.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

from oci.frozen import field, frozen
from oci.testing import ScriptedRegistry, build_image, fault, random_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

pytestmark = pytest.mark.interop

IMAGE = build_image([random_layer(2000, seed=31)])
RULE = '[[registry]]\nprefix = "named.invalid"\nlocation = "{origin}"\ninsecure = true\n'
FIRST = '[[registry.mirror]]\nlocation = "{first}/cache"\ninsecure = true\n'
SECOND = '[[registry.mirror]]\nlocation = "{second}"\ninsecure = true\n'
BY_TAG, BY_DIGEST = "named.invalid/app:1", f"named.invalid/app@{IMAGE.digest}"


@frozen(kw_only=True)
class Case:
    """A file, a name, and which registries have the image (or fail with a status)."""

    text: str
    name: str = BY_TAG
    having: Mapping[str, str] = field(default_factory=dict)
    failing: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    succeeds: bool = True


CASES = {
    "the first mirror": Case(text=RULE + FIRST + SECOND, having={"first": "cache/app"}, asked=("first",)),
    "the second mirror": Case(
        text=RULE + FIRST + SECOND, having={"second": "app", "origin": "app"}, asked=("first", "second")
    ),
    "the origin": Case(
        text=RULE + FIRST + SECOND, having={"origin": "app"}, asked=("first", "second", "origin")
    ),
    "nobody": Case(text=RULE + FIRST, asked=("first", "origin"), succeeds=False),
    "a mirror that denies": Case(
        text=RULE + FIRST, having={"origin": "app"}, failing={"first": 403}, asked=("first", "origin")
    ),
    "a mirror that fails": Case(
        text=RULE + FIRST, having={"origin": "app"}, failing={"first": 500}, asked=("first", "origin")
    ),
    "digests only, by tag": Case(
        text=RULE + "mirror-by-digest-only = true\n" + FIRST,
        having={"first": "cache/app", "origin": "app"},
        asked=("origin",),
    ),
    "digests only, by digest": Case(
        text=RULE + "mirror-by-digest-only = true\n" + FIRST,
        name=BY_DIGEST,
        having={"first": "cache/app", "origin": "app"},
        asked=("first",),
    ),
    "one mirror for digests": Case(
        text=RULE + FIRST + 'pull-from-mirror = "digest-only"\n' + SECOND,
        having={"first": "cache/app", "second": "app"},
        asked=("second",),
    ),
    "one mirror for tags": Case(
        text=RULE + FIRST + 'pull-from-mirror = "tag-only"\n' + SECOND,
        name=BY_DIGEST,
        having={"first": "cache/app", "second": "app"},
        asked=("second",),
    ),
    "another location": Case(
        text='[[registry]]\nprefix = "named.invalid/team"\nlocation = "{origin}/inner/x"\ninsecure = true\n',
        name="named.invalid/team/app:1",
        having={"origin": "inner/x/app"},
        asked=("origin",),
    ),
    "a wildcard": Case(
        text='[[registry]]\nprefix = "*.invalid"\nlocation = "{origin}/all"\ninsecure = true\n' + FIRST,
        name="deep.named.invalid/app:1",
        having={"origin": "all/app"},
        asked=("first", "origin"),
    ),
    "the longest prefix": Case(
        text=RULE
        + '[[registry]]\nprefix = "named.invalid/app"\nlocation = "{second}/own"\ninsecure = true\n',
        having={"second": "own", "origin": "app"},
        asked=("second",),
    ),
    "blocked": Case(
        text='[[registry]]\nlocation = "{origin}"\ninsecure = true\nblocked = true\n',
        name="{origin}/app:1",
        having={"origin": "app"},
        succeeds=False,
    ),
    "blocked, with a mirror": Case(
        text='[[registry]]\nlocation = "{origin}"\ninsecure = true\nblocked = true\n' + FIRST,
        name="{origin}/app:1",
        having={"first": "cache/app", "origin": "app"},
        asked=("first",),
    ),
    "where a name leads is blocked": Case(
        text=RULE + '[[registry]]\nprefix = "{origin}/app"\nlocation = "{origin}/app"\nblocked = true\n',
        having={"origin": "app"},
        succeeds=False,
    ),
    "keys that nobody knows": Case(
        text="later = 1\n" + RULE + "x = 2\n", having={"origin": "app"}, asked=("origin",)
    ),
}


class Told(NamedTuple):
    """What became of a copy: whether it succeeded, whom it asked for the manifest, who gave the blobs."""

    succeeded: bool
    asked: tuple[str, ...]
    served: tuple[str, ...]


@pytest.fixture(params=["skopeo", pytest.param("imagecopy", marks=pytest.mark.costly)])
def theirs(request: pytest.FixtureRequest, tool: Callable[[str], Path]) -> list[str]:
    """Return how to copy with a program of others."""
    program = str(tool(request.param))
    return [program, "--insecure-policy", "copy"] if request.param == "skopeo" else [program]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_registries_are_asked(theirs: list[str], case: Case, tmp_path: Path) -> None:
    ours = [sys.executable, "-m", "ocitool", "--insecure-policy", "copy"]
    expected = Told(case.succeeds, case.asked, case.asked[-1:] if case.succeeds else ())
    assert told(theirs, case, tmp_path / "theirs") == expected
    assert told(ours, case, tmp_path / "ours") == expected


def test_a_mirror_that_must_speak_tls_is_not_asked_otherwise(
    tool: Callable[[str], Path], tmp_path: Path
) -> None:
    case = Case(text=RULE + FIRST.replace("true", "false"), having={"first": "cache/app", "origin": "app"})
    expected = Told(succeeded=True, asked=("origin",), served=("origin",))
    for name, words in (("theirs", [str(tool("skopeo"))]), ("ours", [sys.executable, "-m", "ocitool"])):
        assert told([*words, "--insecure-policy", "copy"], case, tmp_path / name) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[[registry]]\nblocked = true\n",
        '[[registry]]\nlocation = "https://a.invalid"\n',
        '[[registry]]\nprefix = "a.invalid"\n',
        '[[registry]]\nprefix = "*.a.invalid/x"\nlocation = "b.invalid"\n',
        '[[registry]]\nlocation = "a.invalid"\ninsecure = "yes"\n',
        RULE + RULE.replace("named", "other").replace("insecure", "blocked"),
        '[[registry]]\nlocation = "a.io"\nlocation = "b.io"\n',
        '[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\ninsecure = true\n',
        'short-name-mode = "maybe"\n',
        'unqualified-search-registries = ["a.io/x"]\n',
        '[aliases]\n"a.io/x" = "a.io/x"\n',
        '[aliases]\nx = "a.io/x:1"\n',
        "nonsense\n",
    ],
)
def test_what_they_refuse_ours_refuses(tool: Callable[[str], Path], text: str, tmp_path: Path) -> None:
    case = Case(text=text, name="named.invalid/app:1")
    for words in ([str(tool("skopeo"))], [sys.executable, "-m", "ocitool"]):
        done = run([*words, "--insecure-policy", "copy"], case.text, case.name, tmp_path)
        assert done.returncode != 0
        assert "registries.conf" in done.stderr


def told(words: list[str], case: Case, folder: Path) -> Told:
    """Copy the image of a case, and see whom the program asked."""
    with ExitStack() as stack:
        names = ("first", "second", "origin")
        registries = {name: stack.enter_context(ScriptedRegistry(folder / name)) for name in names}
        for name, repository in case.having.items():
            registries[name].put(repository, IMAGE, "1")
        for name, status in case.failing.items():
            registries[name].script(fault.answer(status), path="*/manifests/*")
        hosts = {name: registry.host for name, registry in registries.items()}
        done = run(words, case.text.format(**hosts), case.name.format(**hosts), folder)

        def those_with(part: str) -> tuple[str, ...]:
            return tuple(name for name in names if any(part in x.path for x in registries[name].exchanges))

        return Told(done.returncode == 0, those_with("/manifests/"), those_with("/blobs/"))


def run(words: list[str], text: str, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program with a registries.conf of its own."""
    file = folder / ".config" / "containers" / "registries.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="ascii")
    return subprocess.run(
        [*words, f"docker://{name}", f"oci:{folder}/copy:1"],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
