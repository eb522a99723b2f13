"""Where registries.conf is looked for, and what counts more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings
from oci.settings import Settings, registries_search

if TYPE_CHECKING:
    from pathlib import Path

    from oci.settings import RegistriesConf

HOME = {"HOME": "/home/u"}


def write(root: Path, path: str, *hosts: str, **texts: str) -> None:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    rules = "".join(
        f'[[registry]]\nprefix = "{host}"\nlocation = "{path.strip("/").lower()}"\n' for host in hosts
    )
    place.write_text("".join(f"{key.replace('_', '-')} = {value}\n" for key, value in texts.items()) + rules)


def conf(root: Path, /, *, uid: int = 1000, **environ: str) -> RegistriesConf:
    return Settings.discover(HOME | environ, root, uid=uid).registries_conf()


def read(root: Path, /, *, uid: int = 1000, **environ: str) -> list[str]:
    return ["/" + origin.removeprefix(f"{root}/") for origin in conf(root, uid=uid, **environ).origins]


def test_the_first_main_file_that_is_there_counts(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    write(tmp_path, "/usr/share/containers/registries.conf")
    assert read(tmp_path) == ["/usr/share/containers/registries.conf"]
    write(tmp_path, "/etc/containers/registries.conf")
    assert read(tmp_path) == ["/etc/containers/registries.conf"]
    write(tmp_path, "/home/u/.config/containers/registries.conf")
    assert read(tmp_path) == ["/home/u/.config/containers/registries.conf"]
    write(tmp_path, "/xdg/containers/registries.conf")
    assert read(tmp_path, XDG_CONFIG_HOME="/xdg") == ["/xdg/containers/registries.conf"]


def test_drop_in_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, "/etc/containers/registries.conf")
    for path in (
        "/usr/share/containers/registries.conf.d/50-middle.conf",
        "/etc/containers/registries.conf.d/20-first.conf",
        "/home/u/.config/containers/registries.conf.d/70-last.conf",
        "/etc/containers/registries.conf.d/70-last.conf",
        "/etc/containers/registries.conf.d/readme.txt",
    ):
        write(tmp_path, path)
    (tmp_path / "etc/containers/registries.conf.d/dir.conf").mkdir()
    assert read(tmp_path) == [
        "/etc/containers/registries.conf",
        "/etc/containers/registries.conf.d/20-first.conf",
        "/usr/share/containers/registries.conf.d/50-middle.conf",
        "/home/u/.config/containers/registries.conf.d/70-last.conf",
    ]


@pytest.mark.parametrize(
    ("uid", "expected"),
    [(0, ["rootful"]), (1000, ["rootless/1000", "rootless"]), (1001, ["rootless"])],
)
def test_some_directories_are_for_some_users(tmp_path: Path, uid: int, expected: list[str]) -> None:
    write(tmp_path, "/etc/containers/registries.rootful.conf.d/1.conf")
    write(tmp_path, "/etc/containers/registries.rootless.conf.d/1000/1.conf")
    write(tmp_path, "/etc/containers/registries.rootless.conf.d/2.conf")
    found = [
        path.split("registries.")[1].replace(".conf.d", "").rpartition("/")[0]
        for path in read(tmp_path, uid=uid)
    ]
    assert found == expected


def test_a_variable_names_the_only_file(tmp_path: Path) -> None:
    write(tmp_path, "/etc/containers/registries.conf")
    write(tmp_path, "/etc/containers/registries.conf.d/1.conf")
    write(tmp_path, "/my.conf")
    write(tmp_path, "/more.conf")
    assert read(tmp_path, CONTAINERS_REGISTRIES_CONF="/my.conf") == ["/my.conf"]
    both = {"CONTAINERS_REGISTRIES_CONF": "/my.conf", "CONTAINERS_REGISTRIES_CONF_OVERRIDE": "/more.conf"}
    assert read(tmp_path, uid=1000, **both) == ["/my.conf", "/more.conf"]
    assert read(tmp_path, CONTAINERS_REGISTRIES_CONF_OVERRIDE="/more.conf")[-1] == "/more.conf"


@pytest.mark.parametrize("variable", ["CONTAINERS_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF_OVERRIDE"])
def test_a_file_that_was_asked_for_has_to_be_there(tmp_path: Path, variable: str) -> None:
    with pytest.raises(InvalidSettings, match="there is no such file"):
        conf(tmp_path, uid=1000, **{variable: "/absent.conf"})


def test_later_files_replace_rules_with_the_same_prefix(tmp_path: Path) -> None:
    write(tmp_path, "/etc/containers/registries.conf", "a.io", "b.io")
    write(tmp_path, "/etc/containers/registries.conf.d/1.conf", "b.io", "c.io")
    rules = {rule.prefix: rule.location for rule in conf(tmp_path).rules}
    main, drop_in = "etc/containers/registries.conf", "etc/containers/registries.conf.d/1.conf"
    assert rules == {"a.io": main, "b.io": drop_in, "c.io": drop_in}


def test_recorded_short_names_count_most(tmp_path: Path) -> None:
    write(
        tmp_path,
        "/etc/containers/registries.conf",
        aliases='{a = "one.io/a", b = "one.io/b", c = "one.io/c"}',
    )
    write(tmp_path, "/home/u/.cache/containers/short-name-aliases.conf", aliases='{a = "two.io/a", b = ""}')
    write(tmp_path, "/var/cache/containers/short-name-aliases.conf", aliases='{a = "root.io/a"}')
    assert conf(tmp_path).aliases == {"a": "two.io/a", "c": "one.io/c"}
    assert conf(tmp_path, uid=0).aliases["a"] == "root.io/a"


def test_a_broken_file_is_an_error_for_whoever_needs_it(tmp_path: Path) -> None:
    place = tmp_path / "etc/containers/registries.conf"
    place.parent.mkdir(parents=True)
    place.write_text("nonsense")
    settings = Settings.discover(HOME, tmp_path, uid=1000)
    with pytest.raises(InvalidSettings, match=r"registries\.conf: line 1"):
        settings.registries_conf()


def test_a_directory_in_the_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "etc/containers/registries.conf").mkdir(parents=True)
    with pytest.raises(InvalidSettings, match="Is a directory") as caught:
        conf(tmp_path)
    assert caught.value.hint == "name a file"


def test_a_loop_of_links_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "etc/containers/registries.conf.d"
    folder.mkdir(parents=True)
    (folder / "1.conf").symlink_to("1.conf")
    with pytest.raises(InvalidSettings, match=r"1\.conf: "):
        conf(tmp_path)


def test_drop_in_files_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries_search, "MAX_FILES", 2)
    for name in "ab":
        write(tmp_path, f"/etc/containers/registries.conf.d/{name}.conf")
    assert len(read(tmp_path)) == 2
    write(tmp_path, "/etc/containers/registries.conf.d/c.conf")
    with pytest.raises(InvalidSettings, match="more than 2 drop-in files"):
        conf(tmp_path)
