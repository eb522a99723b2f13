"""registries.d: what its files say, which of them counts, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidSettings
from oci.settings import LookasideConf, LookasideFiles, LookasideRule, Settings
from oci.settings.lookaside import path_of
from oci.settings.lookaside_file import parse_lookaside
from oci.spec import Reference

if TYPE_CHECKING:
    from pathlib import Path

NAME = Reference.parse("registry.example.com:5000/team/app:1")


def test_a_file_in_all_its_parts() -> None:
    file = parse_lookaside(
        b"default-docker:\n  sigstore-staging: file:///var/staging\n"
        b"docker:\n  registry.example.com:\n    lookaside: https://sig.example.com/top/\n"
        b"    use-sigstore-attachments: true\n  registry.example.com/team:\n",
        path="a.yaml",
    )
    assert file.default == LookasideRule(write="file:///var/staging")
    assert file.scopes == {
        "registry.example.com": LookasideRule(read="https://sig.example.com/top", uses_attachments=True),
        "registry.example.com/team": LookasideRule(),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docker: []", "docker: must be a mapping"),
        ("dockers: {}", "dockers: is not known here"),
        ("default-docker: {lookasid: file:///x}", "default-docker.lookasid: is not known here"),
        ("default-docker: {lookaside: ftp://x/y}", "must be a file:, http: or https: URL"),
        ("default-docker: {lookaside: file://relative}", "must be a file:, http: or https: URL"),
        ("default-docker: {lookaside: 'https://me:secret@h/y'}", "no credentials"),
        ("default-docker: {lookaside: 'https://h/y?z=1'}", "no query"),
        (
            "default-docker: {lookaside: file:///x, sigstore: file:///y}",
            "sigstore: is there besides",
        ),
        ("default-docker: {use-sigstore-attachments: 1}", "must be true or false"),
        ("docker: {h: {}, h: {}}", "docker.h: is there twice"),
        ("{", "is not YAML"),
    ],
)
def test_what_cannot_be_understood(text: str, said: str) -> None:
    with pytest.raises(InvalidSettings, match=said) as caught:
        parse_lookaside(text.encode(), path="a.yaml")
    assert caught.value.path == "a.yaml"
    assert "secret" not in str(caught.value)


def test_old_and_new_names_may_say_the_same() -> None:
    file = parse_lookaside(b"default-docker: {lookaside: 'file:///x', sigstore: 'file:///x'}", path="a")
    assert file.default == LookasideRule(read="file:///x")


def test_the_most_specific_scope_that_says_something_decides_each_matter_by_itself() -> None:
    rules = LookasideConf(
        scopes={
            "registry.example.com:5000/team/app:1": LookasideRule(uses_attachments=False),
            "registry.example.com:5000/team": LookasideRule(read="https://team.example"),
            "registry.example.com:5000": LookasideRule(read="https://host.example", write="file:///host"),
            "*.example.com": LookasideRule(read="https://domain.example", uses_attachments=True),
        },
        default=LookasideRule(read="https://default.example"),
        usual="file:///usual",
    )
    assert rules.to_read(NAME) == "https://team.example"
    assert rules.to_write(NAME) == "https://team.example"
    assert rules.uses_attachments(NAME) is False
    other = Reference.parse("registry.example.com:5000/other:1")
    assert (rules.to_read(other), rules.to_write(other)) == ("https://host.example", "file:///host")
    assert rules.uses_attachments(other) is True
    beyond = Reference.parse("quay.io/x:1")
    assert rules.to_read(beyond) == "https://default.example"
    assert rules.uses_attachments(beyond) is None
    assert LookasideConf(usual="file:///usual").to_read(beyond) == "file:///usual"


def test_all_files_of_the_first_directory_that_is_there_count(tmp_path: Path) -> None:
    user, usual = tmp_path / "user", tmp_path / "etc"
    for folder in (user, usual):
        folder.mkdir()
    (usual / "a.yaml").write_text("default-docker: {lookaside: 'file:///etc-says'}", encoding="ascii")
    (user / "a.yaml").write_text("docker: {a.example: {lookaside: 'file:///a'}}", encoding="ascii")
    (user / "b.yaml").write_text("docker: {b.example: {lookaside: 'file:///b'}}", encoding="ascii")
    (user / "c.conf").write_text("not yaml: [", encoding="ascii")
    found = LookasideFiles(directories=(tmp_path / "none", user, usual), usual=tmp_path / "u x").read()
    assert set(found.scopes) == {"a.example", "b.example"}
    assert found.default is None
    assert path_of(found.usual) == tmp_path / "u x"


def test_two_files_that_say_something_of_one_scope_contradict_each_other(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("docker: {h: {lookaside: 'file:///same'}}", encoding="ascii")
    with pytest.raises(InvalidSettings, match=r"b\.yaml: says something of h, as .*a\.yaml does"):
        LookasideFiles(directories=(tmp_path,)).read()


def test_a_directory_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="none"):
        LookasideFiles(directories=(tmp_path / "none",), is_required=True).read()
    assert LookasideFiles(directories=(tmp_path / "none",)).read() == LookasideConf()


@pytest.mark.parametrize(
    ("uid", "usual"), [(0, "var/lib/containers/sigstore"), (1000, "home/u/.local/share/containers/sigstore")]
)
def test_where_a_host_keeps_them(tmp_path: Path, uid: int, usual: str) -> None:
    (tmp_path / "etc/containers/registries.d").mkdir(parents=True)
    settings = Settings.discover({"HOME": "/home/u"}, tmp_path, uid=uid)
    assert path_of(settings.lookaside_conf().to_read(NAME)) == tmp_path / usual
    folder = tmp_path / "home/u/.config/containers/registries.d"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text("default-docker: {lookaside: 'https://s.example'}", encoding="ascii")
    assert settings.lookaside_conf().to_read(NAME) == "https://s.example"
