"""What is known to be where, and who is bringing what."""

from __future__ import annotations

import pytest

from oci.content import MemoryStore
from oci.spec import Digest
from oci.transfer.sync import ledger as ledger_module
from oci.transfer.sync.ledger import Ledger, Postponed

ONE = Digest.parse("sha256:" + 64 * "1")
TWO = Digest.parse("sha256:" + 64 * "2")


def test_who_comes_second_waits_and_finds_it_there() -> None:
    ledger, place = Ledger(shares=False), MemoryStore("memory:a")
    claim = ledger.claim(place, ONE)
    assert claim is not None and claim.origin is None
    with pytest.raises(Postponed) as caught:
        ledger.claim(place, ONE)
    called: list[str] = []
    caught.value.then(lambda: called.append("again"))
    assert called == []
    claim.done()
    assert called == ["again"]
    assert ledger.claim(place, ONE) is None
    # What has ended already is not waited for.
    caught.value.then(lambda: called.append("at once"))
    assert called == ["again", "at once"]


def test_who_waits_for_one_that_gives_up_may_try() -> None:
    ledger, place = Ledger(shares=False), MemoryStore("memory:a")
    first = ledger.claim(place, ONE)
    assert first is not None
    first.give_up()
    assert ledger.claim(place, ONE) is not None


def test_places_that_share_take_it_over_from_one_another() -> None:
    ledger, a, b, c = (
        Ledger(shares=True),
        MemoryStore("memory:a"),
        MemoryStore("memory:b"),
        MemoryStore("memory:c"),
    )
    first = ledger.claim(a, ONE)
    assert first is not None
    with pytest.raises(Postponed):
        ledger.claim(b, ONE)
    first.done()
    second, third = ledger.claim(b, ONE), ledger.claim(c, ONE)
    assert second is not None and third is not None
    assert second.origin is a and third.origin is a
    ledger.stop_sharing()
    other = ledger.claim(a, TWO)
    assert other is not None
    alone = ledger.claim(b, TWO)
    assert alone is not None and alone.origin is None


def test_places_that_do_not_share_wait_for_nobody() -> None:
    ledger = Ledger(shares=False)
    assert ledger.claim(MemoryStore("memory:a"), ONE) is not None
    assert ledger.claim(MemoryStore("memory:b"), ONE) is not None


def test_the_oldest_is_forgotten_but_never_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_ENTRIES", 2)
    ledger, place = Ledger(shares=False), MemoryStore("memory:a")
    busy = ledger.claim(place, ONE)
    assert busy is not None
    for number in range(3, 9):
        claim = ledger.claim(place, Digest.parse("sha256:" + 64 * str(number)))
        assert claim is not None
        claim.done()
    with pytest.raises(Postponed):
        ledger.claim(place, ONE)
    busy.done()
    assert ledger.claim(place, Digest.parse("sha256:" + 64 * "3")) is not None
