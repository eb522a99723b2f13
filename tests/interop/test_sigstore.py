"""Signatures with timestamps, both ways: cosign 3 verifies ours offline, ours what cosign 3 had stamped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import oci
from oci.testing import ScriptedRegistry, build_image, layer
from oci.trust import Family, Verified
from oci.trust.bundle.claim import StatementClaim
from oci.trust.cosign.claim import Asked, Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.signer import CosignSigner
from oci.trust.fetch import HttpFetch
from oci.trust.root.document import load_trusted_root
from oci.trust.timestamp.request import TimestampServer
from tests.fixture_script import fixture_script
from tests.interop.test_cosign import CONTEXT, OFFLINE, run, write_pair
from tests.timestamp_authority import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.trust.key.private import PrivateKey

pytestmark = [pytest.mark.interop, pytest.mark.costly]

IMAGE = build_image([layer({"a": b"1"})])


@pytest.fixture
def image(tmp_path: Path) -> Iterator[str]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        yield f"{server.host}/app:v1"


@pytest.fixture
def authority(tool: Callable[[str], Path], tmp_path: Path) -> Iterator[TimestampAuthority]:
    with TimestampAuthority(tool("openssl"), tmp_path / "clock") as found:
        (tmp_path / "root.json").write_text(json.dumps(found.trusted_root))
        yield found


@pytest.mark.parametrize("family", [Family.COSIGN, Family.BUNDLE])
def test_cosign_3_verifies_what_we_had_stamped(
    tool: Callable[[str], Path], image: str, authority: TimestampAuthority, tmp_path: Path, family: Family
) -> None:
    assert CONTEXT.settings is not None
    key, fetch = write_pair(tmp_path), HttpFetch(CONTEXT.settings)
    server = TimestampServer(authority.url, fetch)
    if family is Family.COSIGN:
        oci.sign(f"docker://{image}", CosignSigner(key=key, stamper=server), context=CONTEXT)
    else:
        oci.attest(f"docker://{image}", key, oci.SIGNATURE, stamper=server, context=CONTEXT)
    (tmp_path / "other.json").write_text(json.dumps(fixture_script("lying-bundles").root(tlogs=[])))
    for root, is_good in (("other.json", False), ("root.json", True)):
        words = ("--insecure-ignore-tlog", "--use-signed-timestamps", "--trusted-root", root)
        done = run(tool("cosign3"), "verify", *words, *OFFLINE, "cosign.pub", image, cwd=tmp_path)
        assert (done.returncode == 0) is is_good, done.stderr
    fetch.close()


def proves(authority: TimestampAuthority, image: str, key: PrivateKey, family: Family) -> bool:
    root = load_trusted_root(json.dumps(authority.trusted_root).encode(), path="root.json")
    claim: Asked = Claim(rule=None) if family is Family.COSIGN else StatementClaim()
    keys = (TrustedKey(name="k", key=key.public),)
    verifier = KeyVerifier(keys=keys, claim=claim, witnesses=root.witnesses, family=family)
    found = oci.verify(f"docker://{image}", [verifier], context=CONTEXT).verdict
    return isinstance(found, Verified) and found.proofs[0].clock == "CN=clock"


@pytest.mark.parametrize("family", [Family.COSIGN, Family.BUNDLE])
def test_what_cosign_had_stamped_is_proved_with_its_time(
    tool: Callable[[str], Path], image: str, authority: TimestampAuthority, tmp_path: Path, family: Family
) -> None:
    key = write_pair(tmp_path)
    name, form = ("cosign2", ()) if family is Family.COSIGN else ("cosign3", ("--use-signing-config=false",))
    words = ("sign", "-y", "--tlog-upload=false", *form)
    assert run(tool(name), *words, *OFFLINE, "cosign.key", image, cwd=tmp_path).returncode == 0
    assert not proves(authority, image, key, family)
    stamped = ("--timestamp-server-url", authority.url)
    done = run(tool(name), *words, *stamped, *OFFLINE, "cosign.key", image, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert proves(authority, image, key, family)
