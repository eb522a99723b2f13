"""The file that says what to synchronise: what is understood, and what is refused with its place."""

from __future__ import annotations

import pytest

from oci.errors import InvalidSettings
from oci.settings.yaml_tree import MAX_BYTES, MAX_DEPTH
from oci.spec import Digest
from oci.transfer import Everything, Subset
from oci.transfer.sync.sync_file import RegistryPart, parse_sync_file

DIGEST = "sha256:" + 64 * "a"

EXAMPLE = f"""
# The example of skopeo-sync(1), and what is ours.
registry.example.com:
    images:
        busybox: []
        redis:
            - "1.0"
            - 2.10
            - {DIGEST}
    images-by-semver:
        alpine: ">= 3.12.0"
    credentials:
        username: john
        password: this is a secret
    tls-verify: true
    cert-dir: /home/john/certs
quay.io:
    tls-verify: false
    images:
        coreos/etcd: [latest]
    images-by-tag-regex:
        nginx: ^1\\.13\\.[12]-alpine-perl$
    images-by-filter:
        team/app:
            include: ^v
            exclude: [rc, beta]
            semver: '>=1'
            newest: 3
            newer-than: 10d
            platforms: [linux/amd64, linux/arm64]
        team/tool: {{all: true, newest: 2, newest-by: date}}
"""


def parse(text: str) -> tuple[RegistryPart, ...]:
    return parse_sync_file(text.encode(), path="f.yaml", now_s=1_000_000.0)


def test_the_example_of_the_manual() -> None:
    first, second = parse(EXAMPLE)
    assert (first.registry, first.tls_verify, first.certificate_directory) == (
        "registry.example.com",
        True,
        "/home/john/certs",
    )
    assert first.credential is not None
    assert first.credential.login == ("john", "this is a secret")
    busybox, redis, alpine = first.wishes
    assert (str(busybox.repository), busybox.names) == ("registry.example.com/busybox", None)
    # A tag is a text, whatever YAML makes of it.
    assert redis.names == ("1.0", "2.10", Digest.parse(DIGEST))
    assert str(alpine.wanted.semver) == ">= 3.12.0"
    etcd, nginx, app, tool = second.wishes
    assert etcd.names == ("latest",)
    assert nginx.wanted.matches("1.13.2-alpine-perl") and not nginx.wanted.matches("1.13.3-alpine-perl")
    assert [str(pattern) for pattern in app.wanted.exclude] == ["rc", "beta"]
    assert (app.wanted.newest, app.wanted.newer_than_s) == (3, 1_000_000.0 - 10 * 86400)
    assert isinstance(app.selection, Subset)
    assert tool.selection == Everything() and tool.wanted.by_date


def test_anchors_and_merges() -> None:
    (one, two) = parse(
        "a.example: &a\n  images: {x: []}\n  tls-verify: off\nb.example:\n  <<: *a\n  images: {y: []}\n"
    )
    assert (str(two.wishes[0].repository), two.tls_verify) == ("b.example/y", False)
    assert str(one.wishes[0].repository) == "a.example/x"


def test_an_empty_file_wants_nothing() -> None:
    assert parse("") == parse("# nothing\n") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("r:\n  image: {}", "f.yaml:2: r.image: is not known"),
        ("r:\n  images: {a: []}\n  images: {b: []}", "f.yaml:3: r.images: is there twice"),
        ("r:\n  images:\n    a: tag", "f.yaml:3: r.images.a: must be a list"),
        ("r:\n  images: {A: []}", "f.yaml:2: r.images.A: "),
        ("r:\n  images: {'a:1': []}", "names an image, not a repository"),
        ("r:\n  images: {a: ['.bad']}", "f.yaml:2: r.images.a: '.bad' is not a tag"),
        ("r:\n  images: {a: ['sha256:12']}", "f.yaml:2: r.images.a: "),
        ("r:\n  images-by-tag-regex: {a: '('}", "r.images-by-tag-regex.a: '(' is not a regular expression"),
        ("r:\n  images-by-semver: {a: latest}", "r.images-by-semver.a: 'latest' is not a version constraint"),
        ("r:\n  images-by-filter: {a: {newest: 0}}", "a.newest: must be a whole number"),
        ("r:\n  images-by-filter: {a: {newest-by: size}}", "a.newest-by: must be version or date"),
        ("r:\n  images-by-filter: {a: {newer-than: soon}}", "a.newer-than: 'soon' is neither a date"),
        ("r:\n  images-by-filter: {a: {platforms: []}}", "a.platforms: needs at least one"),
        ("r:\n  images-by-filter: {a: {latest: 1}}", "a.latest: is not known; there are include"),
        ("r:\n  tls-verify: maybe", "f.yaml:2: r.tls-verify: must be true or false"),
        ("r:\n  credentials: {username: a}", "r.credentials: needs username and password"),
        ("r:\n  credentials: {username: a, password: b, token: c}", "r.credentials.token: is not known"),
        ("r:\n  cert-dir: [a]", "r.cert-dir: must be a text"),
        ("- a", "f.yaml:1: must be a mapping"),
        ("r: [", "f.yaml:1: is not YAML"),
        ("r: {}\n---\nr: {}", "is not YAML"),
        ("r: !!python/object:os.system {}", "the tag"),
        ("? [a]\n: b", "a key must be a text"),
        ("r: &r\n  images: *r", "f.yaml"),
        ("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"nested deeper than {MAX_DEPTH}"),
        ("#" * (MAX_BYTES + 1), "larger than"),
        ("r:\n\timages: {}", "is not YAML"),
        ("\x00", "is not YAML"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        parse(text)
    assert said in str(caught.value)
    assert caught.value.path == "f.yaml"


def test_a_billion_laughs_are_not_told() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for one, other in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{other}: &{other} [{', '.join(['*' + one] * 10)}]")
    with pytest.raises(InvalidSettings, match="stands for more than"):
        parse("\n".join(lines))


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(parse(EXAMPLE))
