"""The contract suites live in the library: their assertions are to be explained like any test's."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("oci.testing.contract")
