"""Whatever a client sends, it gets one reply that fits into a packet, and nothing is left open."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from oci import Context, Settings
from ocitool.image_proxy.handler import Handler
from ocitool.image_proxy.message import MAX_PACKET_BYTES

METHODS = (
    *("Initialize", "CloseImage", "GetManifest", "GetFullConfig", "GetConfig", "GetBlob", "GetRawBlob"),
    *("GetLayerInfo", "GetLayerInfoPiped", "FinishPipe", "Nonsense", ""),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
REQUESTS = st.fixed_dictionaries(
    {}, optional={"method": st.sampled_from(METHODS) | VALUES, "args": st.lists(VALUES, max_size=4) | VALUES}
)
PACKETS = REQUESTS.map(lambda members: json.dumps(members).encode()) | st.binary(max_size=200)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@given(st.lists(PACKETS, min_size=1, max_size=5))
def test_every_packet_is_answered(packets: list[bytes]) -> None:
    before = open_descriptors()
    with Handler(Context(settings=Settings())) as handler:
        for packet in packets:
            answer = handler.answer(packet)
            assert answer is not None
            content, descriptors = answer
            assert len(content) <= MAX_PACKET_BYTES
            assert descriptors == ()
            reply = json.loads(content)
            assert reply.keys() == {"success", "value", "pipeid", "error_code", "error"}
            assert reply["success"] is (reply["error"] == "")
            assert reply["pipeid"] == 0
    assert open_descriptors() == before
