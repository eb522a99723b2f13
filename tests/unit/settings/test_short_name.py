"""What short names may mean."""

from __future__ import annotations

import pytest

from oci.errors import InvalidReference
from oci.settings import RegistriesConf
from oci.settings.short_name import resolve_short_name

DIGEST = "sha256:" + "a" * 64
CONF = RegistriesConf(
    search_registries=("r.example", "docker.io", "s.example:5000"),
    aliases={"app": "quay.io/team/app", "lib/tool": "quay.io/lib/tool"},
)


def meant(name: str, conf: RegistriesConf = CONF) -> list[str] | None:
    found = resolve_short_name(name, conf)
    return None if found is None else [str(candidate) for candidate in found.candidates]


@pytest.mark.parametrize("target", ["", ":1", f"@{DIGEST}", f":1@{DIGEST}"])
def test_an_alias_decides_and_the_target_stays(target: str) -> None:
    assert meant(f"app{target}") == [f"quay.io/team/app{target}"]
    assert meant(f"lib/tool{target}") == [f"quay.io/lib/tool{target}"]


def test_without_an_alias_each_searched_registry_is_a_candidate_in_order() -> None:
    assert meant("other:1") == ["r.example/other:1", "docker.io/library/other:1", "s.example:5000/other:1"]
    found = resolve_short_name("other:1", CONF)
    assert found is not None
    assert found.is_ambiguous


@pytest.mark.parametrize("name", ["r.example/app", "localhost/app", "h:5000/app"])
def test_a_name_with_a_registry_is_not_short(name: str) -> None:
    assert meant(name) is None


def test_where_nothing_is_said_nothing_is_known() -> None:
    assert meant("other", RegistriesConf()) is None
    assert meant("other", RegistriesConf(aliases=CONF.aliases)) is None


def test_one_searched_registry_leaves_no_doubt() -> None:
    found = resolve_short_name("x", RegistriesConf(search_registries=("r.example",)))
    assert found is not None
    assert not found.is_ambiguous


def test_a_host_that_would_be_read_as_a_namespace_is_passed_over() -> None:
    assert meant("x", RegistriesConf(search_registries=("registry", "r.example"))) == ["r.example/x"]


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(InvalidReference):
        meant("UPPER")
