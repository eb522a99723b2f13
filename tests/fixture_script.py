"""The scripts that build fixtures, as modules: what they make is tried without writing it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


FIXTURES = Path(__file__).parents[1] / "fixtures"


def fixture_script(folder: str) -> ModuleType:
    """Return the ``build.py`` of a folder of fixtures."""
    path = FIXTURES / folder / "build.py"
    spec = importlib.util.spec_from_file_location(folder.replace("-", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
