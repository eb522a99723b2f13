"""``signatures``, as a process: a table, rows of a template, JSON; and what is not known fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from oci.spec.attachment import cosign_tag
from oci.testing import fault
from ocitool.exit_code import ExitCode
from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

SECRET = {"COSIGN_PASSWORD": "secret"}


def test_a_signature_is_shown_as_it_is_and_as_it_proves_and_as_it_is_not_known(
    tmp_path: Path, registry: ScriptedRegistry, index: Content
) -> None:
    registry.put("app", index, "v1")
    image = f"docker://{registry.host}/app:v1"
    asking = ("signatures", PLAIN, "--retry-times", "0", image)

    shown = ocitool(*asking)
    assert (shown.returncode, "0 things attached" in shown.stdout) == (0, True)
    assert "nothing in referrers of " in shown.stdout

    ocitool("generate-key-pair", cwd=tmp_path, env=SECRET)
    signed = ocitool("sign", "--key", "cosign.key", PLAIN, image, cwd=tmp_path, env=SECRET)
    assert signed.returncode == 0, signed.stderr
    heading, row = ocitool(*asking).stdout.splitlines()[1:3]
    assert heading.split() == ["KIND", "FOR", "NAME", "KEY", "TIME", "WHERE", "PROVES"]
    assert row.split("  ")[0] == "cosign" and row.endswith("not verified")

    rows = ocitool(
        *asking, "--key", "cosign.pub", "--format", "{{.Kind}} {{.State}} {{.Signer}}", cwd=tmp_path
    )
    assert rows.stdout == "cosign verified cosign.pub\n"
    whole = json.loads(ocitool(*asking, "--key", "cosign.pub", "-f", "json", cwd=tmp_path).stdout)
    assert (whole["Digest"], whole["Items"][0]["Identity"]) == (str(index.digest), image[len("docker://") :])

    demand = {"type": "sigstoreSigned", "keyPath": str(tmp_path / "cosign.pub")}
    policy = {"default": [demand | {"signedIdentity": {"type": "matchRepository"}}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    judged = ocitool(*asking, "--policy", "policy.json", "-f", "{{.State}}", cwd=tmp_path)
    assert (judged.stdout, judged.stderr) == ("verified\n", "")

    tag = cosign_tag(index.digest, "sig")
    registry.script(fault.answer(429), method="GET", path=f"*/manifests/{tag}")
    unknown = ocitool(*asking)
    assert unknown.returncode == ExitCode.RATE_LIMITED
    assert f"not known: docker://{registry.host}/app:{tag}: " in unknown.stdout
