"""The tar codec under any input: headers survive, and rubbish is refused with our own error."""

from __future__ import annotations

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import OciError
from oci.tar import END, Header, Kind, TarReader, encode_header, padding

NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=150
).filter(lambda name: not name.endswith("/"))


@given(
    st.lists(
        st.builds(
            Header,
            name=NAMES,
            size=st.integers(0, 2000),
            mode=st.integers(0, 0o7777),
            uid=st.integers(0, 2**32 - 2),
            gid=st.integers(0, 2**32 - 2),
            modified_s=st.integers(-(2**40), 2**40),
            fraction_ns=st.integers(0, 10**9 - 1),
        ),
        max_size=5,
    )
)
def test_headers_survive(headers: list[Header]) -> None:
    raw = b"".join(encode_header(one) + bytes(one.size) + padding(one.size) for one in headers) + END
    stream = io.BytesIO(raw)
    reader = TarReader(stream.read, where="here")
    for one in headers:
        read = reader.next()
        assert read is not None
        assert (read.name, read.size, read.mode, read.uid, read.gid, read.modified_ns) == (
            (one.name, one.size, one.mode, one.uid, one.gid, one.modified_ns)
        )
        assert read.kind is Kind.FILE
        stream.seek(read.padded_size, io.SEEK_CUR)
    assert reader.next() is None
    with tarfile.open(fileobj=io.BytesIO(raw), encoding="utf-8") as other:
        assert [member.name for member in other] == [one.name for one in headers]


@given(st.binary(max_size=2000), st.integers(0, 1535), st.binary(max_size=40))
def test_rubbish_is_read_or_refused(rubbish: bytes, at: int, patch: bytes) -> None:
    good = encode_header(Header(name="n" * 120, size=5)) + b"12345" + padding(5) + END
    damaged = good[:at] + patch + good[at + len(patch) :]
    for raw in (rubbish, damaged, good[:at]):
        stream = io.BytesIO(raw)
        reader = TarReader(stream.read, where="here")
        try:
            while (header := reader.next()) is not None:
                stream.seek(header.padded_size, io.SEEK_CUR)
        except OciError:
            pass
