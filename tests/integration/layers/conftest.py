"""Who may do what: some tests need root, and say so."""

from __future__ import annotations

import os

import pytest

from tests.missing import missing


@pytest.fixture
def root() -> None:
    """Ask for root: under CI it has to be there, elsewhere the test is skipped."""
    if os.geteuid() != 0:
        missing("root: owners and devices")
