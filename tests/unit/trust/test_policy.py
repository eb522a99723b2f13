"""The table of who answers to which requirement of a policy."""

from __future__ import annotations

from importlib import import_module

import pytest

from oci.settings.policy import Keys, MatchExact, SignedBaseLayer, SignedBy
from oci.trust.policy import MODULES, is_judged


@pytest.mark.parametrize("name", MODULES.values())
def test_every_module_offers_what_a_family_brings(name: str) -> None:
    module = import_module(name, "oci.trust")
    assert callable(module.shelves) and callable(module.verifier)


def test_what_has_no_module_is_not_judged() -> None:
    keys = Keys(data=(b"k",))
    assert is_judged(SignedBy(key_type="GPGKeys", keys=keys, identity=MatchExact()))
    assert not is_judged(SignedBy(key_type="X509Certificates", keys=keys, identity=MatchExact()))
    assert not is_judged(SignedBaseLayer(identity=MatchExact()))
