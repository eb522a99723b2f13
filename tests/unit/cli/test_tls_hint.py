"""Which options a failed TLS handshake is answered with."""

from __future__ import annotations

import pytest

from oci.errors import CopyError, OciError, TlsFailed
from ocitool.tls_hint import tls_hint

HOST = "registry.example:5000"
NAME = f"docker://{HOST}/app:1"
SINGLE = frozenset({"--tls-verify", "--cert-dir", "--format"})
DOUBLE = frozenset(f"--{side}-{name}" for side in ("src", "dest") for name in ("tls-verify", "cert-dir"))


def failed(reason: str = "untrusted", host: str = HOST) -> TlsFailed:
    return TlsFailed("it failed", host=host, reason=reason, hint="something general")


def in_copy(error: OciError, side: str) -> CopyError:
    wrapped = CopyError("resolve", operation="resolve", side=side)
    wrapped.__cause__ = error
    return wrapped


@pytest.mark.parametrize(
    "reason", ["untrusted", "certificate", "client-certificate", "not-tls", "closed", "protocol"]
)
def test_the_options_of_the_command_are_named(reason: str) -> None:
    hint = tls_hint(failed(reason), (NAME,), SINGLE)
    assert "--tls-verify=false" in hint or "--cert-dir" in hint
    assert "src" not in hint


@pytest.mark.parametrize("reason", ["expired", "wrong-name", "something-new"])
def test_no_option_is_named_where_none_is_the_answer(reason: str) -> None:
    assert tls_hint(failed(reason), (NAME,), SINGLE) == ""


@pytest.mark.parametrize(
    ("references", "error", "named", "not_named"),
    [
        ((NAME, "oci:x"), failed(), "--src-tls-verify=false", "dest"),
        (("oci:x", NAME), failed(), "--dest-tls-verify=false", "src"),
        ((NAME, NAME), in_copy(failed(), "destination"), "--dest-cert-dir", "src"),
        ((NAME, NAME), in_copy(in_copy(failed(), "source"), "source"), "--src-cert-dir", "dest"),
        ((NAME, NAME), failed("not-tls"), "--src-tls-verify=false or --dest-tls-verify=false", "cert-dir"),
    ],
)
def test_the_side_is_the_one_that_failed(
    references: tuple[str, str], error: OciError, named: str, not_named: str
) -> None:
    hint = tls_hint(error, references, DOUBLE)
    assert named in hint
    assert not_named not in hint


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (failed(host="storage.example"), SINGLE),
        (failed(), frozenset({"--format"})),
        (OciError("something else", hint="wait"), SINGLE),
        (TlsFailed("it failed", host=HOST, reason="protocol"), SINGLE),
    ],
    ids=["another host", "no such option", "no TLS", "nothing to be done"],
)
def test_otherwise_the_library_speaks(error: OciError, options: frozenset[str]) -> None:
    assert tls_hint(error, (NAME,), options) == ""
