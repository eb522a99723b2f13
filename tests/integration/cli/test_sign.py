"""``sign``, ``verify`` and what belongs to them, as processes against a registry."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import click
import pytest

from oci.errors import OciError
from oci.spec.attachment import cosign_tag
from oci.testing import fault
from ocitool.exit_code import ExitCode
from ocitool.option.signing_parameter import read_parameters
from ocitool.option.trusted import Trusted
from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

SECRET = {"COSIGN_PASSWORD": "secret"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    made = ocitool("generate-key-pair", cwd=folder, env=SECRET)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def image_name(registry: ScriptedRegistry, index: Content) -> str:
    registry.put("app", index, "v1")
    return f"docker://{registry.host}/app:v1"


def test_a_key_pair_is_for_its_owner_only_and_never_written_over(keys: Path) -> None:
    private = keys / "cosign.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    before = private.read_bytes()
    again = ocitool("generate-key-pair", cwd=keys, env=SECRET)
    assert again.returncode == ExitCode.STORAGE
    assert private.read_bytes() == before
    assert (keys / "cosign.pub").read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_a_key_pair_under_skopeos_names(tmp_path: Path, image_name: str) -> None:
    words = ("generate-sigstore-key", "--output-prefix", "mine")
    (tmp_path / "pw").write_text("open sesame\nanother line\n")
    made = ocitool(*words, "--passphrase-file", "pw", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "")
    assert "mine.private" in made.stderr and "mine.pub" in made.stderr
    assert stat.S_IMODE((tmp_path / "mine.private").stat().st_mode) == 0o600
    signed = ocitool(
        "sign", "--key", "mine.private", "--passphrase-file", "pw", PLAIN, image_name, cwd=tmp_path
    )
    assert signed.returncode == 0, signed.stderr
    assert ocitool("verify", "--key", "mine.pub", PLAIN, image_name, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("there", ["mine.private", "mine.pub"])
def test_where_one_of_the_files_is_there_none_is_written_and_nobody_is_asked(
    tmp_path: Path, there: str
) -> None:
    (tmp_path / there).write_text("mine")
    done = ocitool("generate-sigstore-key", "--output-prefix", "mine", cwd=tmp_path, stdin="")
    assert done.returncode == ExitCode.STORAGE and there in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_without_a_terminal_a_password_has_to_be_given(keys: Path, image_name: str) -> None:
    done = ocitool("sign", "--key", "cosign.key", PLAIN, image_name, cwd=keys, stdin="")
    assert done.returncode == ExitCode.USAGE
    assert "COSIGN_PASSWORD" in done.stderr
    (keys / "pw").write_text("wrong\n")
    done = ocitool("sign", "--key", "cosign.key", "--passphrase-file", "pw", PLAIN, image_name, cwd=keys)
    assert (done.returncode, "does not open" in done.stderr) == (ExitCode.SETTINGS, True)


def test_an_index_is_signed_with_all_that_it_links_and_the_image_is_verified(
    keys: Path, image_name: str, index: Content, image: Content
) -> None:
    signed = ocitool(
        "sign", "--key", "cosign.key", PLAIN, image_name, "--recursive", "-a", "who=me", cwd=keys, env=SECRET
    )
    assert signed.returncode == 0, signed.stderr
    lines = [line.split() for line in signed.stdout.splitlines()]
    assert [line[0] for line in lines] == [str(each.digest) for each in (index, *index.parts)]
    assert lines[0][3].endswith(cosign_tag(index.digest, "sig"))
    done = ocitool(
        "verify", "--key", "cosign.pub", PLAIN, image_name, "--platform", "linux/amd64", "--format", "json",
        cwd=keys,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["digest"]) == ("verified", str(image.digest))
    assert found["proofs"][0]["signer"] == "cosign.pub"
    assert found["proofs"][0]["statement"] == {"who": "me"}


def test_unsigned_and_not_known_are_two_failures(
    keys: Path, image_name: str, registry: ScriptedRegistry, index: Content
) -> None:
    verify = ("verify", "--key", "cosign.pub", PLAIN, "--retry-times", "0", image_name)
    done = ocitool(*verify, cwd=keys)
    assert (done.returncode, done.stdout.split(": ")[1]) == (ExitCode.CONTENT, "unsigned")
    path = f"*/manifests/{cosign_tag(index.digest, 'sig')}"
    registry.script(fault.answer(429), method="GET", path=path)
    done = ocitool(*verify, cwd=keys)
    assert (done.returncode, done.stdout.split(": ")[1]) == (ExitCode.RATE_LIMITED, "unknown")


def test_signatures_lie_where_cosign_s_variable_says(registry: ScriptedRegistry, index: Content) -> None:
    registry.put("app", index, "v1")
    place = {"COSIGN_REPOSITORY": f"{registry.host}/signatures"}
    shown = ocitool("triangulate", PLAIN, f"docker://{registry.host}/app:v1", env=place)
    assert shown.stdout == f"{registry.host}/signatures:{cosign_tag(index.digest, 'sig')}\n"


def test_clean_asks_before_it_takes_anything_away(image_name: str) -> None:
    asked = ocitool("clean", PLAIN, image_name, stdin="")
    assert asked.returncode == ExitCode.USAGE
    assert "nothing of the kind" in ocitool("clean", "--force", PLAIN, image_name).stderr


NOTHING = Trusted(
    keys=(),
    subject=None,
    subject_pattern=None,
    issuer=None,
    issuer_pattern=None,
    roots=None,
    between=None,
    log_keys=(),
    trusted_root=None,
    identity=None,
    annotation=(),
)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"roots": "cosign.pub"},
        {"subject": "me@example.com"},
        {"subject": "me@example.com", "roots": "cosign.pub"},
        {"keys": ("cosign.key",)},
        {"keys": ("cosign.pub",), "identity": "UPPER/case"},
        {"keys": ("absent",)},
        {"roots": "cosign.pub", "subject": "me@example.com", "log_keys": ("cosign.pub",)},
    ],
)
def test_options_that_do_not_say_who_is_trusted_are_refused(
    keys: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]
) -> None:
    from oci.frozen import replace

    monkeypatch.chdir(keys)
    with pytest.raises((click.UsageError, OciError, OSError)):
        replace(NOTHING, **options).verifiers(lambda: 0.0)


def test_a_copy_is_signed_as_skopeo_s_options_say(
    keys: Path, image_name: str, registry: ScriptedRegistry, image: Content
) -> None:
    (keys / "right").write_text("secret\n")
    there = f"docker://{registry.host}/copy:v1"
    (keys / "params.yaml").write_text("privateKeyFile: cosign.key\nprivateKeyPassphraseFile: right\n")
    done = ocitool(
        "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", "--platform", "linux/amd64",
        "--sign-by-sigstore", "params.yaml", image_name, there, cwd=keys,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert registry.content("copy", cosign_tag(image.digest, "sig"))
    assert ocitool("verify", "--key", "cosign.pub", PLAIN, there, cwd=keys).returncode == 0


@pytest.mark.parametrize(
    "text",
    ["", "[]", "privateKeyFile: k\nother: x\n", "privateKeyFile: [k]\n", "fulcio: {}\nprivateKeyFile: k\n"],
)
def test_parameters_of_signing_that_are_not_understood_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(OciError):
        read_parameters(str(file))
