"""What a test needs and this machine does not have."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End a test that cannot run: it fails where CI=true, since all has to be there, else it is skipped.

    Args:
        what: What is missing, as in ``needs ...``.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {what}", pytrace=False)
    pytest.skip(f"needs {what}")
