"""What a failure says of the references that were typed."""

from __future__ import annotations

import pytest

from oci.errors import InvalidReference
from oci.spec import Reference
from ocitool.task import TaskFailed, task


def test_a_password_that_was_typed_into_a_reference_is_not_repeated() -> None:
    typed = "docker://joe:Secr3t@registry.example/app:1"
    with pytest.raises(TaskFailed) as caught, task("inspect", typed):
        Reference.parse(typed.removeprefix("docker://"))
    cause = caught.value.__cause__
    assert isinstance(cause, InvalidReference)
    assert "Secr3t" not in f"{caught.value.references}{cause}{cause.hint}"
    assert caught.value.references == ("docker://...@registry.example/app:1",)


def test_a_digest_stays_as_it_was_typed() -> None:
    typed = f"docker://registry.example/app@sha256:{'0' * 64}"
    assert TaskFailed("copy", typed).references == (typed,)
