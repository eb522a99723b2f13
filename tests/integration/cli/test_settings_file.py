"""Settings files as the command line finds and obeys them: policies, registries.conf, short names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.settings import host
from oci.settings import settings as settings_module
from oci.testing import ScriptedRegistry
from ocitool.exit_code import ExitCode
from ocitool.program import run
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content

ACCEPT = [{"type": "insecureAcceptAnything"}]
REJECT = [{"type": "reject"}]
SIGNED = [{"type": "signedBaseLayer", "baseLayerIdentity": {"type": "matchExact"}}]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "mirror") as running:
        yield running


def policy(folder: Path, default: object = ACCEPT, **transports: object) -> str:
    file = folder / "policy.json"
    file.write_text(json.dumps({"default": default, "transports": transports}), encoding="ascii")
    return str(file)


def conf(folder: Path, text: str) -> str:
    file = folder / "registries.conf"
    file.write_text(text, encoding="ascii")
    return str(file)


class TestPolicy:
    def copy(self, registry: ScriptedRegistry, folder: Path, *options: str, **env: str) -> tuple[int, str]:
        source = f"docker://{registry.host}/app:1"
        done = ocitool(*options, "copy", "--src-tls-verify=false", source, f"oci:{folder}/to:1", env=env)
        return done.returncode, done.stderr

    @pytest.fixture(autouse=True)
    def _image(self, registry: ScriptedRegistry, image: Content) -> None:
        registry.put("app", image, "1")

    def test_a_rejected_image_is_never_asked_for(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        file = policy(tmp_path, docker={f"{registry.host}/app": REJECT})
        code, text = self.copy(registry, tmp_path, "--policy", file)
        assert code == ExitCode.FORBIDDEN
        assert f'the policy {file} rejects it (transports.docker."{registry.host}/app")' in text
        assert registry.exchanges == []
        assert not (tmp_path / "to").exists()

    def test_signatures_can_be_required(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        file = policy(tmp_path)
        code, text = self.copy(registry, tmp_path, "--require-signed", "--policy", file)
        assert code == ExitCode.FORBIDDEN
        assert f"no signature proves it: the policy {file} demands none (default)" in text
        assert registry.exchanges == []

    def test_what_needs_signatures_is_refused_not_ignored(
        self, registry: ScriptedRegistry, tmp_path: Path
    ) -> None:
        file = policy(tmp_path, [*ACCEPT, *SIGNED])
        code, text = self.copy(registry, tmp_path, CONTAINERS_POLICY_JSON=file)
        assert code == ExitCode.FORBIDDEN
        assert (
            f"the policy {file} needs signatures of a kind that this version does not verify (default)"
            in text
        )
        assert not (tmp_path / "to").exists()

    def test_an_invalid_policy_stops_everything(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        file = policy(tmp_path, [{"type": "accept"}])
        code, text = self.copy(registry, tmp_path, CONTAINERS_POLICY_JSON=file)
        assert code == ExitCode.SETTINGS
        assert f"{file}: default[0].type is 'accept', which is no requirement" in text
        assert registry.exchanges == []

    def test_a_policy_that_was_named_has_to_be_there(
        self, registry: ScriptedRegistry, tmp_path: Path
    ) -> None:
        code, text = self.copy(registry, tmp_path, "--policy", str(tmp_path / "absent"))
        assert code == ExitCode.SETTINGS
        assert "there is no such policy" in text

    def test_an_option_does_without_any_policy(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        file = policy(tmp_path, REJECT)
        assert self.copy(registry, tmp_path, "--insecure-policy", CONTAINERS_POLICY_JSON=file)[0] == 0

    def test_a_policy_binds_a_plan_as_well(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        code, _ = self.copy(registry, tmp_path, "--policy", policy(tmp_path, REJECT))
        source, target = f"docker://{registry.host}/app:1", f"oci:{tmp_path}/to:1"
        planned = ocitool("--policy", policy(tmp_path, REJECT), "copy", "--dry-run", source, target)
        assert (code, planned.returncode) == (ExitCode.FORBIDDEN, ExitCode.FORBIDDEN)

    def test_a_path_is_judged_without_its_links(self, image: Content, tmp_path: Path) -> None:
        image.write_to(tmp_path / "real" / "layout", "1")
        (tmp_path / "link").symlink_to(tmp_path / "real")
        file = policy(tmp_path, oci={str((tmp_path / "real").resolve()): REJECT})
        done = ocitool("--policy", file, "copy", f"oci:{tmp_path}/link/layout:1", f"oci:{tmp_path}/to:1")
        assert done.returncode == ExitCode.FORBIDDEN

    def test_looking_is_free(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        name = f"docker://{registry.host}/app:1"
        done = ocitool("--policy", policy(tmp_path, REJECT), "inspect", "--tls-verify=false", name)
        assert done.returncode == 0

    def test_synchronising_leaves_out_what_is_rejected(
        self, registry: ScriptedRegistry, image: Content, tmp_path: Path
    ) -> None:
        registry.put("app", image, "2")
        file = policy(tmp_path, docker={f"{registry.host}/app:1": REJECT})
        arguments = ("sync", "--src-tls-verify=false", "--dest-tls-verify=false", "--keep-going")
        ends = ("--src", "docker", "--dest", "docker", f"{registry.host}/app", f"{registry.host}/to")
        done = ocitool("--policy", file, *arguments, *ends)
        assert done.returncode == ExitCode.FAILURE
        assert "rejects it" in done.stdout + done.stderr
        assert registry.content("to/app", "2") == image.raw
        assert not [
            x for x in registry.exchanges if x.path.endswith("/app/manifests/1") and "/to/" not in x.path
        ]

    def test_without_a_policy_that_is_said_in_one_line(
        self,
        tmp_path: Path,
        image: Content,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        image.write_to(tmp_path / "from", "1")
        bare = host.Host(environ={"HOME": "/home/u"}, root=tmp_path / "root", uid=1000, machine="linux/amd64")
        monkeypatch.setattr(settings_module, "read_host", lambda: bare)
        line = "there is no policy.json, so that every image is accepted\n"
        for options, is_said in (([], True), (["--quiet"], False), (["--insecure-policy"], False)):
            assert run(["copy", *options, f"oci:{tmp_path}/from:1", f"oci:{tmp_path}/to:1"]) == 0
            assert (line in capfd.readouterr().err) is is_said


class TestRegistriesConf:
    def test_a_mirror_serves_and_that_is_shown(
        self, registry: ScriptedRegistry, mirror: ScriptedRegistry, image: Content, tmp_path: Path
    ) -> None:
        mirror.put("cache/app", image, "1")
        file = conf(
            tmp_path,
            f'[[registry]]\nprefix = "named.invalid"\nlocation = "{registry.host}"\ninsecure = true\n'
            f'[[registry.mirror]]\nlocation = "{mirror.host}/cache"\ninsecure = true\n',
        )
        env = {"CONTAINERS_REGISTRIES_CONF": file}
        name, place = "docker://named.invalid/app:1", f"docker://{mirror.host}/cache/app"
        done = ocitool("copy", name, f"oci:{tmp_path}/to:1", env=env)
        assert (done.returncode, done.stdout) == (0, f"{image.digest}\n")
        assert f"read from {place}\n" in done.stderr
        done = ocitool("copy", "--json", "--quiet", name, f"oci:{tmp_path}/to:1", env=env)
        assert (json.loads(done.stdout)["ServedBy"], done.stderr) == (place, "")
        done = ocitool("inspect", name, env=env)
        assert json.loads(done.stdout)["Name"] == "named.invalid/app"
        assert f"named.invalid/app was read from {place}\n" in done.stderr
        assert registry.exchanges == []

    def test_nothing_is_asked_of_a_blocked_registry(self, registry: ScriptedRegistry, tmp_path: Path) -> None:
        file = conf(tmp_path, f'[[registry]]\nlocation = "{registry.host}"\nblocked = true\n')
        name = f"docker://{registry.host}/app:1"
        for words in (
            ["inspect", name],
            ["list-tags", name],
            ["delete", name],
            ["copy", name, f"oci:{tmp_path}/to"],
        ):
            done = ocitool("--registries-conf", file, *words)
            assert done.returncode == ExitCode.FORBIDDEN, words
            assert f"{file} blocks {registry.host}" in done.stderr
        assert registry.exchanges == []

    def test_an_option_counts_more_than_the_file(
        self, registry: ScriptedRegistry, image: Content, tmp_path: Path
    ) -> None:
        registry.put("app", image, "1")
        file = conf(tmp_path, f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n')
        words = ("inspect", f"docker://{registry.host}/app:1")
        assert ocitool("--registries-conf", file, *words).returncode == 0
        done = ocitool("--registries-conf", file, *words, "--tls-verify=true")
        assert done.returncode == ExitCode.UNREACHABLE

    def test_a_broken_file_is_told_of_with_its_line(self, tmp_path: Path) -> None:
        file = conf(tmp_path, "\nnonsense\n")
        done = ocitool("--registries-conf", file, "inspect", "docker://r.invalid/app:1")
        assert done.returncode == ExitCode.SETTINGS
        assert f"{file}: line 2: " in done.stderr

    def test_a_layout_is_looked_at_without_registries_conf(self, image: Content, tmp_path: Path) -> None:
        image.write_to(tmp_path / "layout", "1")
        done = ocitool("--registries-conf", str(tmp_path / "absent"), "inspect", f"oci:{tmp_path}/layout:1")
        assert done.returncode == 0


class TestShortNames:
    def text(self, registry: ScriptedRegistry, *more: str) -> str:
        rule = f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n'
        return "\n".join((*more, rule))

    def test_an_alias_leads_to_its_repository(
        self, registry: ScriptedRegistry, image: Content, tmp_path: Path
    ) -> None:
        registry.put("team/app", image, "1")
        text = self.text(registry, f'aliases = {{ app = "{registry.host}/team/app" }}')
        done = ocitool("--registries-conf", conf(tmp_path, text), "inspect", "app:1")
        assert json.loads(done.stdout)["Name"] == f"{registry.host}/team/app"
        assert f"app:1 is {registry.host}/team/app:1, as registries.conf says" in done.stderr

    def test_one_searched_registry_leaves_no_doubt(
        self, registry: ScriptedRegistry, image: Content, tmp_path: Path
    ) -> None:
        registry.put("app", image, "1")
        file = conf(tmp_path, self.text(registry, f'unqualified-search-registries = ["{registry.host}"]'))
        assert json.loads(ocitool("--registries-conf", file, "list-tags", "app").stdout)["Tags"] == ["1"]
        assert ocitool("--registries-conf", file, "copy", "app:1", f"oci:{tmp_path}/to:1").returncode == 0

    @pytest.mark.parametrize("mode", ["enforcing", "permissive", "disabled"])
    def test_of_several_none_is_guessed(self, registry: ScriptedRegistry, tmp_path: Path, mode: str) -> None:
        hosts = f'["{registry.host}", "r.invalid"]'
        more = (f"unqualified-search-registries = {hosts}", f'short-name-mode = "{mode}"')
        file = conf(tmp_path, self.text(registry, *more))
        done = ocitool("--registries-conf", file, "inspect", "app:1")
        assert done.returncode == ExitCode.USAGE
        assert f"app:1 may be {registry.host}/app:1 or r.invalid/app:1" in done.stderr
        assert registry.exchanges == []


def test_what_a_file_of_tls_details_says_wrong_has_its_place(
    registry: ScriptedRegistry, tmp_path: Path
) -> None:
    (tmp_path / "tls.yaml").write_text("minVersion: '1.2'\ncipherSuites: [rot13]\n")
    for words in (["--tls-details", "tls.yaml", "inspect"], ["inspect", "--tls-details", "tls.yaml"]):
        done = ocitool(*words, "--tls-verify=false", f"docker://{registry.host}/app:1", cwd=tmp_path)
        assert done.returncode == ExitCode.SETTINGS
        assert "tls.yaml:2: cipherSuites: 'rot13' is not known here" in done.stderr
    assert not registry.asked("*", "*")
