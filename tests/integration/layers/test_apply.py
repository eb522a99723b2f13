"""Applying one layer to a real directory: every kind of entry, with all that its header says."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import signal
import stat
import struct
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from oci.content import MemoryStream, VerifiedReader
from oci.errors import (
    DigestMismatch,
    InvalidDocument,
    InvalidValue,
    LimitExceeded,
    SizeMismatch,
    StorageError,
)
from oci.layers import IdMap, IdRange, LayerLimits, LayerStream, Ownership
from oci.spec import Descriptor, Digest
from oci.tar import TarLimits
from tests.integration.layers.material import (
    WHEN,
    apply,
    file,
    folder,
    hard_link,
    layer,
    listing,
    member,
    names,
    symlink,
    tar,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_has_content_mode_and_time(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (applied,) = apply(tmp_path / "t", tar(member("a/b", content=content, mode=0o640, mtime=WHEN + 0.25)))
    status = (tmp_path / "t/a/b").stat()
    assert (tmp_path / "t/a/b").read_bytes() == content
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert status.st_mtime_ns == WHEN * 10**9 + 250_000_000
    assert (applied.entries, applied.file_bytes, applied.omissions) == (1, len(content), ())


def test_times_are_kept_to_the_nanosecond(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(member("f", records={"mtime": "-12.123456789"})))
    assert (tmp_path / "t/f").stat().st_mtime_ns == -12_123_456_789


def test_a_directory_keeps_its_time_whatever_is_written_into_it(tmp_path: Path) -> None:
    apply(
        tmp_path / "t",
        tar(folder("d", mtime=5), folder("d/e", mtime=6), file("d/e/f"), folder("./", mtime=7), file("d/g")),
    )
    times = [(tmp_path / "t" / name).stat().st_mtime for name in ("d", "d/e", ".")]
    assert times == [5, 6, 7]


def test_a_directory_that_is_used_again_late_keeps_its_time(tmp_path: Path) -> None:
    """More directories are written into than are kept open."""
    many = [each for n in range(400) for each in (folder(f"d{n}", mtime=n), file(f"d{n}/f"))]
    apply(tmp_path / "t", tar(*many, *(file(f"d{n}/late") for n in range(400))))
    assert [(tmp_path / f"t/d{n}").stat().st_mtime for n in range(400)] == list(range(400))


def test_directories_that_nobody_describes_are_made(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        apply(tmp_path / "t", tar(file("a/b/c")))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "t/a/b").stat().st_mode) == 0o755


def test_links_of_both_kinds(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(file("f"), symlink("s", "../../etc/passwd"), hard_link("h", "./f")))
    assert (tmp_path / "t/s").readlink().as_posix() == "../../etc/passwd"
    assert (tmp_path / "t/s").lstat().st_mtime == WHEN
    assert (tmp_path / "t/h").samefile(tmp_path / "t/f")


def test_a_hard_link_to_a_symbolic_link_is_another_name_of_the_link(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(file("f"), symlink("s", "f"), hard_link("h", "s")))
    assert (tmp_path / "t/h").is_symlink()


def test_a_hard_link_to_itself_changes_nothing(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(file("f"), hard_link("f", "f"), hard_link("h", "f"), hard_link("h", "f")))
    assert (tmp_path / "t/f").read_bytes() == b"content"
    assert (tmp_path / "t/h").samefile(tmp_path / "t/f")


@pytest.mark.usefixtures("root")
def test_devices_and_fifos(tmp_path: Path) -> None:
    apply(
        tmp_path / "t",
        tar(
            member("null", tarfile.CHRTYPE, mode=0o666, device=(1, 3)),
            member("disk", tarfile.BLKTYPE, mode=0o660, device=(7, 300), owner=(0, 6)),
            member("pipe", tarfile.FIFOTYPE, mode=0o622),
        ),
    )
    found = {name: (tmp_path / "t" / name).lstat() for name in ("null", "disk", "pipe")}
    assert [stat.filemode(each.st_mode) for each in found.values()] == [
        "crw-rw-rw-",
        "brw-rw----",
        "prw--w--w-",
    ]
    assert found["null"].st_rdev == os.makedev(1, 3)
    assert found["disk"].st_rdev == os.makedev(7, 300)
    assert found["disk"].st_gid == 6
    assert found["pipe"].st_mtime == WHEN


@pytest.mark.usefixtures("root")
def test_owners_and_the_set_user_id_bit(tmp_path: Path) -> None:
    apply(
        tmp_path / "t",
        tar(
            member("f", mode=0o4755, owner=(1000, 1001)),
            member("d", tarfile.DIRTYPE, mode=0o2770, owner=(5, 6)),
            member("s", tarfile.SYMTYPE, link="x", owner=(7, 8)),
        ),
    )
    found = {name: shown[:3] for name, shown in listing(tmp_path / "t").items()}
    assert found["f"] == ("-rwsr-xr-x", 1000, 1001)
    assert found["d"] == ("drwxrws---", 5, 6)
    assert found["s"] == ("lrwxrwxrwx", 7, 8)


@pytest.mark.usefixtures("root")
def test_owners_are_mapped(tmp_path: Path) -> None:
    ownership = Ownership(IdMap((IdRange(0, 100_000, 1000),)), IdMap((IdRange(0, 200_000, 1000),)))
    apply(tmp_path / "t", tar(member("f", owner=(1, 999))), ownership=ownership)
    status = (tmp_path / "t/f").stat()
    assert (status.st_uid, status.st_gid) == (100_001, 200_999)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("uid", [1000, 2**32 - 1, 2**40])
def test_an_owner_that_is_not_mapped_is_refused(tmp_path: Path, uid: int) -> None:
    ownership = Ownership(IdMap((IdRange(0, 100_000, 1000),)))
    with pytest.raises(InvalidValue, match=r"owner of dir/f in layer 0"):
        apply(tmp_path / "t", tar(member("dir/f", owner=(uid, 0))), ownership=ownership)


@pytest.mark.usefixtures("root")
def test_attributes_survive_a_capability_too(tmp_path: Path) -> None:
    capability = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
    records = {
        "SCHILY.xattr.security.capability": capability.decode("utf-8", "surrogateescape"),
        "SCHILY.xattr.trusted.note": "a\0b=\n",
        "SCHILY.xattr.security.selinux": "system_u:object_r:etc_t:s0",
        "LIBARCHIVE.xattr.trusted.other%20one": "aGVsbG8",
        "LIBARCHIVE.xattr.trusted.note": "b3RoZXI=",
    }
    apply(tmp_path / "t", tar(member("f", mode=0o4755, owner=(1, 1), records=records)))
    assert dict(listing(tmp_path / "t")["f"][-1]) == {  # type: ignore[call-overload]
        "security.capability": capability,
        "trusted.note": b"a\0b=\n",
        "trusted.other one": b"hello",
    }


@pytest.mark.usefixtures("root")
def test_what_overlayfs_keeps_for_itself_is_left_out_and_said(tmp_path: Path) -> None:
    records = {"SCHILY.xattr.trusted.overlay.redirect": "/etc", "SCHILY.xattr.user.overlay.opaque": "y"}
    (applied,) = apply(tmp_path / "t", tar(member("d", tarfile.DIRTYPE, records=records)))
    assert os.listxattr(tmp_path / "t/d") == []
    assert [(each.count, each.example) for each in applied.omissions] == [(1, "d"), (1, "d")]
    assert "trusted.overlay.redirect" in applied.omissions[0].reason


def test_attributes_that_symbolic_links_cannot_have_are_counted(tmp_path: Path) -> None:
    links = [
        member(f"s{n}", tarfile.SYMTYPE, link="x", records={"SCHILY.xattr.user.n": "1"}) for n in range(3)
    ]
    (applied,) = apply(tmp_path / "t", tar(*links))
    assert [(each.count, each.example) for each in applied.omissions] == [(3, "s0")]


@pytest.mark.parametrize(
    ("records", "error"),
    [
        ({f"SCHILY.xattr.user.a{n}": "1" for n in range(3)}, LimitExceeded),
        ({"SCHILY.xattr.user.a": "123456789"}, LimitExceeded),
        ({"LIBARCHIVE.xattr.user.a": "*"}, InvalidDocument),
        ({"LIBARCHIVE.xattr.user.a%00b": "YQ"}, InvalidDocument),
        ({"SCHILY.xattr.": "a"}, InvalidDocument),
    ],
)
def test_attributes_that_are_refused(tmp_path: Path, records: dict[str, str], error: type[Exception]) -> None:
    limits = LayerLimits(xattrs=2, xattr_bytes=8)
    with pytest.raises(error, match="dir/f"):
        apply(tmp_path / "t", tar(member("dir/f", records=records)), limits=limits)


def test_the_last_of_several_entries_of_a_name_counts(tmp_path: Path) -> None:
    apply(
        tmp_path / "t",
        tar(
            *(file("x", b"1"), file("x", b"2"), symlink("x", "y"), folder("x"), file("x/in")),
            *(
                file("x", b"3"),
                member("p", tarfile.FIFOTYPE),
                file("p", b"4"),
                folder("d"),
                symlink("d", "x"),
            ),
        ),
    )
    assert (tmp_path / "t/x").read_bytes() == b"3"
    assert (tmp_path / "t/p").read_bytes() == b"4"
    assert (tmp_path / "t/d").is_symlink()


def test_a_link_within_leads_where_it_leads_in_the_container(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    apply(
        tmp_path / "t",
        tar(
            folder("outside"),
            symlink("a", "/outside"),
            symlink("b", "../../outside"),
            file("a/x"),
            file("b/y"),
        ),
    )
    assert names(tmp_path / "t/outside") == ["x", "y"]
    assert names(tmp_path / "outside") == []


def test_names_of_any_bytes(tmp_path: Path) -> None:
    odd = ["\udcff\udcfe", "line\nfeed", "\x1b[31m", " ", "-rf", "ä" * 127, "a\\b"]
    apply(tmp_path / "t", tar(*(file(name) for name in odd)))
    assert sorted(os.listdir(tmp_path / "t")) == sorted(odd)  # noqa: PTH208 - the names as they are


@pytest.mark.parametrize("form", ["plain", "gzip", "members", "zstd", "skippable", "padded"])
def test_each_compression(tmp_path: Path, form: str) -> None:
    raw = tar(file("a", b"a" * 300_000), file("b"))
    stored = {
        "plain": raw,
        "gzip": gzip.compress(raw),
        "members": gzip.compress(raw[:1000]) + gzip.compress(raw[1000:]),
        "zstd": zstandard.compress(raw),
        "skippable": b"\x50\x2a\x4d\x18\4\0\0\0skip" + zstandard.compress(raw),
        "padded": gzip.compress(raw) + bytes(1000),
    }[form]
    apply(tmp_path / "t", layer(stored, raw))
    assert names(tmp_path / "t") == ["a", "b"]


@pytest.mark.parametrize("cut", [1, 600, 1500, 90_000])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_a_layer_that_breaks_off_is_refused(tmp_path: Path, cut: int, compress: object) -> None:
    raw = tar(file("a", os.urandom(100_000)))
    assert callable(compress)
    with pytest.raises((InvalidDocument, DigestMismatch)):
        apply(tmp_path / "t", layer(compress(raw)[:cut], raw))


def test_a_wrong_diff_id_is_found_though_everything_is_written(tmp_path: Path) -> None:
    raw = tar(file("a"))
    told: list[int] = []
    with pytest.raises(DigestMismatch, match="DiffID"):
        apply(tmp_path / "t", layer(gzip.compress(raw), raw + b"x"), listener=lambda n, _: told.append(n))
    assert told == []


def test_a_layer_that_is_not_what_was_asked_for_is_refused(tmp_path: Path) -> None:
    raw = tar(file("a"))
    wished = Descriptor.of(raw, "application/octet-stream")
    for sent, error in ((raw + b"x", SizeMismatch), (raw[:-1] + b"x", DigestMismatch)):
        stream = LayerStream(
            lambda sent=sent: VerifiedReader(MemoryStream(sent), wished, where="here"),  # type: ignore[misc]
            Digest.of(sent),
            limits=LayerLimits(),
            where="here",
        )
        with pytest.raises(error):
            apply(tmp_path / "t", stream)


LIMITED = {
    "entries": (LayerLimits(tar=TarLimits(entries=2)), [file("a"), file("b"), file("c")]),
    "file_bytes": (LayerLimits(file_bytes=3), [file("a", b"123"), file("b", b"1234")]),
    "depth": (LayerLimits(depth=2), [file("a/b"), file("a/b/c")]),
    "path_bytes": (LayerLimits(tar=TarLimits(path_bytes=9)), [file("123456789"), file("1234567890")]),
}


@pytest.mark.parametrize("name", LIMITED)
def test_limits(tmp_path: Path, name: str) -> None:
    limits, members = LIMITED[name]
    apply(tmp_path / "within", tar(*members[:-1]), limits=limits)
    with pytest.raises(LimitExceeded) as caught:
        apply(tmp_path / "beyond", tar(*members), limits=limits)
    assert caught.value.limit == name


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (LayerLimits(expanded_bytes=1_000_000), "expanded_bytes"),
        (LayerLimits(ratio=50, ratio_from_bytes=1), "ratio"),
    ],
)
@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_bombs_are_refused(tmp_path: Path, limits: LayerLimits, name: str, compress: object) -> None:
    raw = tar(file("a", bytes(5_000_000)))
    assert callable(compress)
    with pytest.raises(LimitExceeded) as caught:
        apply(tmp_path / "t", layer(compress(raw), raw, limits=limits), limits=limits)
    assert caught.value.limit == name


def test_what_the_system_refuses_is_said_with_the_entry(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StorageError, match="layer 0: d/f: File too large") as caught:
            apply(tmp_path / "t", tar(file("d/f", bytes(2000))))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (caught.value.path, caught.value.errno) == ("d/f", errno.EFBIG)
