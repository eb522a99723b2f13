"""The examples in the docstrings of the library are programs, and do what they say."""

from __future__ import annotations

import doctest
import importlib.util
import pkgutil
from pathlib import Path

import pytest

import oci


def _modules() -> list[str]:
    # Looked for in the text, so that nothing is imported before a test of it runs.
    names = ["oci"]
    for found in pkgutil.walk_packages(oci.__path__, "oci."):
        spec = importlib.util.find_spec(found.name)
        assert spec is not None and spec.origin is not None
        if ">>>" in Path(spec.origin).read_text(encoding="utf-8"):
            names.append(found.name)
    return names


@pytest.mark.parametrize("name", _modules())
def test_docstring_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.FAIL_FAST)
    assert result.failed == 0
    assert result.attempted > 0
