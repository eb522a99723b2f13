"""Who may do what: some tests need root, and say so."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def root() -> None:
    """Ask for root: under CI it has to be there, elsewhere the test is skipped."""
    if os.geteuid() != 0:
        message = "needs root: owners and devices"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
