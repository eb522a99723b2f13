"""Every error is one printable line, whatever it quotes, and its facts are fields."""

from __future__ import annotations

import pytest

from oci import errors

HOSTILE = "a\x1b[31m\nb\u202e\ud800\x9b"
SHOWN = "a\\x1b[31m\\nb\\u202e\\ud800\\x9b"


@pytest.mark.parametrize(
    "error",
    [
        errors.OciError(HOSTILE, hint=HOSTILE),
        errors.InvalidDocument(HOSTILE, hint=HOSTILE),
        errors.NotFound(HOSTILE, name="v1", hint=HOSTILE),
        errors.RegistryError(HOSTILE, status=500, hint=HOSTILE),
        errors.StorageError(HOSTILE, path="/x", hint=HOSTILE),
        errors.Cancelled(HOSTILE),
    ],
)
def test_what_cannot_be_printed_is_escaped(error: errors.OciError) -> None:
    assert str(error) == error.message == SHOWN
    assert error.hint in {"", SHOWN}


def test_what_can_be_printed_stays() -> None:
    assert str(errors.OciError("C:\\x \u00e4 \u4e2d 'q'")) == "C:\\x \u00e4 \u4e2d 'q'"


def test_the_tree_is_also_that_of_the_builtins() -> None:
    assert issubclass(errors.InvalidDigest, ValueError)
    assert issubclass(errors.NotFound, LookupError)
    assert all(issubclass(getattr(errors, name), errors.OciError) for name in errors.__all__)


def test_measured_facts_stand_in_fields_and_in_the_message() -> None:
    mismatch = errors.DigestMismatch(expected="sha256:a", actual="sha256:b", where="r")
    assert (mismatch.expected, mismatch.actual, mismatch.where) == ("sha256:a", "sha256:b", "r")
    assert "sha256:a" in str(mismatch)
    size = errors.SizeMismatch(expected=3, actual=4, where="r")
    assert (size.expected, size.actual) == (3, 4)
    limit = errors.LimitExceeded(limit="names", allowed=5, where="r")
    assert (limit.limit, limit.allowed) == ("names", 5)
