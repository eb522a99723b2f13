"""One policy.json, two programs: ours lets in what skopeo lets in, as long as no signature is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.testing import build_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

IMAGE = build_image([])
ACCEPT = [{"type": "insecureAcceptAnything"}]
REJECT = [{"type": "reject"}]
SIGNED = [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/absent"}]
SIGSTORE = [{"type": "sigstoreSigned", "keyPath": "/absent"}]


def scoped(scope: str, inside: object = REJECT, outside: object = ACCEPT) -> str:
    return json.dumps({"default": outside, "transports": {"oci": {scope: inside}}})


@pytest.mark.parametrize(
    ("text", "lets_in"),
    [
        (json.dumps({"default": ACCEPT}), True),
        (json.dumps({"default": REJECT}), False),
        (json.dumps({"default": ACCEPT + REJECT}), False),
        (json.dumps({"default": SIGNED}), False),
        (json.dumps({"default": SIGSTORE}), False),
        (scoped("FOLDER"), False),
        (scoped("FOLDER/layout"), False),
        (scoped("FOLDER/layou"), True),
        (scoped("FOLDER/other"), True),
        (scoped("", ACCEPT, REJECT), True),
        (scoped("FOLDER/layout", ACCEPT, REJECT), True),
        # From here on the file itself is refused.
        (scoped("relative"), False),
        (scoped("/"), False),
        (scoped("FOLDER/../x"), False),
        ("{}", False),
        (json.dumps({"default": []}), False),
        (json.dumps({"default": ACCEPT, "unknown": 1}), False),
        (json.dumps({"default": [{"type": "accept"}]}), False),
        (json.dumps({"default": [ACCEPT[0] | {"keyPath": "/k"}]}), False),
        ('{"default": [{"type": "reject"}], "default": [{"type": "insecureAcceptAnything"}]}', False),
        (json.dumps({"default": ACCEPT, "transports": {"docker-archive": {"/x": ACCEPT}}}), False),
        (
            json.dumps({"default": ACCEPT, "transports": {"dir": {"/x": [SIGNED[0] | {"keyData": "a2V5"}]}}}),
            False,
        ),
        (
            json.dumps({"default": ACCEPT, "transports": {"dir": {"/x": [SIGNED[0] | {"keyType": "PGP"}]}}}),
            False,
        ),
        (json.dumps({"default": ACCEPT, "transports": {"dir": {"/x": SIGNED}}}), True),
    ],
)
def test_the_same_images_are_let_in(
    tool: Callable[[str], Path], tmp_path: Path, text: str, lets_in: bool
) -> None:
    IMAGE.write_to(tmp_path / "layout", "1")
    policy = tmp_path / "policy.json"
    policy.write_text(text.replace("FOLDER", str(tmp_path)), encoding="ascii")
    for name, words in (("theirs", [str(tool("skopeo"))]), ("ours", [sys.executable, "-m", "ocitool"])):
        ends = (f"oci:{tmp_path}/layout:1", f"oci:{tmp_path}/{name}:1")
        done = subprocess.run(
            [*words, "--policy", str(policy), "copy", *ends],
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode == 0) is lets_in, (name, done.stderr)
        assert (tmp_path / name / "index.json").exists() is lets_in
