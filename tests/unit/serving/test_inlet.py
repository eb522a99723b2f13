"""What an inlet delivers, and when."""

from __future__ import annotations

import asyncio

import pytest

from oci.serving.buffer import BufferPool
from oci.serving.inlet import Inlet

ENOUGH = 1000


def receive(inlet: Inlet, content: bytes) -> None:
    """Do what the event loop does with bytes that have come."""
    inlet.space()[: len(content)] = content
    inlet.filled(len(content))


@pytest.mark.parametrize("before", [b"", b"some"])
def test_little_is_delivered_when_nothing_follows_it(before: bytes) -> None:
    async def taken() -> bytes:
        inlet = Inlet(BufferPool(buffers=0, buffer_bytes=0), peer="somebody")
        if before:
            receive(inlet, before)
        taking = asyncio.create_task(inlet.take(ENOUGH, timeout_s=None, last=b"end"))
        await asyncio.sleep(0)
        receive(inlet, b"nd")
        span = await asyncio.wait_for(taking, 60)
        return bytes(span.view)

    assert asyncio.run(taken()) == before + b"nd"
