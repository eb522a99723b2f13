"""Envelopes of any bytes: they are read, or refused with an error of ours, and no signed byte changes."""

from __future__ import annotations

import json

import cbor2
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import InvalidValue, LimitExceeded, NotVerified
from oci.trust.notation import cbor
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.form import read_envelope
from oci.trust.notation.payload import read_payload
from tests.notary import Sketch, signer

GOOD = {JWS: Sketch(party=signer()).jws(), COSE: Sketch(party=signer()).cose()}
REFUSED = (InvalidValue, LimitExceeded, NotVerified)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
cbor_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-100, 300) | st.text(), inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.sampled_from([0, 1, 2, 18, 24, 35, 37, 64, 98, 258, 260]), inner)
    ),
    max_leaves=12,
)


def read(raw: bytes, form: str) -> None:
    try:
        envelope = read_envelope(raw, form)
        envelope.check()
        read_payload(envelope.payload)
    except REFUSED:
        pass


@given(st.sampled_from([JWS, COSE]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(form: str, raw: bytes) -> None:
    read(raw, form)


@given(st.sampled_from([JWS, COSE]), st.data())
def test_damage_to_a_good_envelope_is_noticed_or_harmless(form: str, data: st.DataObject) -> None:
    raw = bytearray(GOOD[form])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(raw[: data.draw(st.integers(0, len(raw)))]), form)
    read(bytes(raw), form)


@given(st.sampled_from([JWS, COSE]), st.integers(0, 10**6), st.integers(1, 255))
def test_no_byte_of_what_was_signed_can_be_changed(form: str, place: int, change: int) -> None:
    raw = bytearray(GOOD[form])
    raw[place % len(raw)] ^= change
    try:
        changed = read_envelope(bytes(raw), form)
        changed.check()
    except REFUSED:
        return
    good = read_envelope(GOOD[form], form)
    assert (changed.payload, changed.attributes) == (good.payload, good.attributes)


@given(st.dictionaries(st.sampled_from(["payload", "protected", "header", "signature", "x"]), json_values))
def test_json_of_any_shape_is_read_or_refused(members: dict[str, object]) -> None:
    read(json.dumps({**json.loads(GOOD[JWS]), **members}).encode(), JWS)


@given(json_values)
def test_headers_of_any_shape_are_read_or_refused(value: object) -> None:
    for name in ("alg", "crit", "cty", "io.cncf.notary.signingScheme", "io.cncf.notary.signingTime"):
        read(Sketch(party=signer(), members={name: value}).jws(), JWS)


@given(cbor_values)
def test_cbor_of_any_shape_is_read_or_refused(value: object) -> None:
    raw = cbor2.dumps(value)
    read(raw, COSE)
    try:
        decoded = cbor.decode(raw, where="w")
    except InvalidValue:
        return
    assert cbor.encode(decoded) == raw


@given(cbor_values, st.sampled_from([1, 2, 3, "io.cncf.notary.signingScheme", "io.cncf.notary.signingTime"]))
def test_cose_headers_of_any_shape_are_read_or_refused(value: object, name: object) -> None:
    read(Sketch(party=signer(), members={name: value}).cose(), COSE)
    read(Sketch(party=signer(), outside={33: value, "io.cncf.notary.timestampSignature": value}).cose(), COSE)
