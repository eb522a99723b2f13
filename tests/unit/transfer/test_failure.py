"""Errors that are completed by what was being done."""

from __future__ import annotations

import pytest

from oci.errors import Cancelled, ConnectionBroken, CopyError, OciError
from oci.transfer.failure import during


def wrap(error: OciError, operation: str) -> None:
    try:
        raise error
    except OciError as caught:
        raise during(operation, "source", "docker://a/b", None, caught) from caught


def test_what_failed_is_the_cause() -> None:
    error = ConnectionBroken("broke off", host="a")
    with pytest.raises(CopyError, match=r"^fetch \(source docker://a/b\): broke off$") as caught:
        wrap(error, "fetch")
    assert caught.value.__cause__ is error


def test_what_is_wrapped_already_keeps_its_cause() -> None:
    error = ConnectionBroken("broke off", host="a")
    with pytest.raises(CopyError) as first:
        wrap(error, "fetch")
    with pytest.raises(CopyError) as second:
        wrap(first.value, "resolve")
    assert second.value is first.value
    assert second.value.__cause__ is error
    assert second.value.operation == "fetch"


def test_a_cancelling_is_not_wrapped_and_not_its_own_cause() -> None:
    with pytest.raises(Cancelled) as caught:
        wrap(Cancelled(), "fetch")
    assert caught.value.__cause__ is None
