"""Platforms: what people write, what indexes state, and which image suits which machine."""

from __future__ import annotations

import pytest

from oci.errors import InvalidDocument, InvalidReference
from oci.spec import Platform


def rank(wished: str, offered: str) -> int | None:
    return Platform.parse(wished).rank(Platform.parse(offered))


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/arm/v7", Platform("linux", "arm", "v7")),
        ("Linux/X86_64", Platform("linux", "amd64")),
        (" linux/aarch64 ", Platform("linux", "arm64")),
        ("linux/armv7l", Platform("linux", "arm", "v7")),
        ("linux/armhf/v6", Platform("linux", "arm", "v6")),
        ("windows/amd64", Platform("windows", "amd64")),
    ],
)
def test_a_platform_is_read_as_people_write_it(text: str, platform: Platform) -> None:
    assert Platform.parse(text) == platform
    assert Platform.parse(str(platform)) == platform


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/am\nd64", "linux//v7", "a/\x1b"]
)
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        Platform.parse(text)


@pytest.mark.parametrize(
    ("wished", "offered"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/amd64", "linux/amd64/v1"),
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm/v7", "linux/arm"),
        ("linux/arm/v6", "linux/arm/v6"),
    ],
)
def test_the_same_platform_by_another_name_is_the_best_match(wished: str, offered: str) -> None:
    assert rank(wished, offered) == 0


@pytest.mark.parametrize(
    ("wished", "offered"),
    [
        ("linux/amd64", "linux/arm64"),
        ("linux/amd64", "windows/amd64"),
        ("linux/arm/v6", "linux/arm/v7"),
        ("linux/arm64/v8", "linux/arm64/v9"),
        ("linux/amd64/v3", "linux/amd64"),
        ("linux/arm/v7", "linux/arm/vX"),
    ],
)
def test_another_platform_is_no_match(wished: str, offered: str) -> None:
    assert rank(wished, offered) is None


def test_an_arm_machine_runs_older_variants_the_newest_first() -> None:
    ranks = [rank("linux/arm/v8", f"linux/arm/{variant}") for variant in ("v8", "v7", "v6", "v5")]
    assert ranks == [0, 1, 2, 3]


def test_without_a_wish_any_variant_will_do() -> None:
    assert rank("linux/amd64", "linux/amd64/v3") == 1


def test_versions_and_features_must_fit() -> None:
    wish = Platform("windows", "amd64", os_version="10.0.17763")
    assert wish.rank(Platform("windows", "amd64", os_version="10.0.17763.1234")) == 0
    assert wish.rank(Platform("windows", "amd64", os_version="10.0.20348")) is None
    assert wish.rank(Platform("windows", "amd64")) == 0
    needs = Platform("windows", "amd64", os_features=("win32k",))
    assert needs.rank(Platform("windows", "amd64")) is None
    assert needs.rank(Platform("windows", "amd64", os_features=("win32k", "x"))) == 0


def test_members_survive() -> None:
    members: dict[str, object] = {
        "architecture": "arm",
        "os": "linux",
        "os.version": "1",
        "os.features": ["a"],
        "variant": "v7",
    }
    assert Platform.from_json(members, where="x").to_json() == members
    assert Platform("linux", "amd64").to_json() == {"architecture": "amd64", "os": "linux"}


@pytest.mark.parametrize("members", [{"os": 7}, {"architecture": []}, {"os.features": "x"}, {"variant": {}}])
def test_members_of_the_wrong_type_are_refused(members: dict[str, object]) -> None:
    with pytest.raises(InvalidDocument):
        Platform.from_json(members, where="x")


def test_an_attestation_marks_itself() -> None:
    assert Platform("unknown", "unknown").is_unknown
    assert not Platform("linux", "unknown").is_unknown
