"""The chapters of the tour."""

from __future__ import annotations

import hashlib
import json
import tarfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

from docs.demo import image
from docs.demo.slow_link import SlowLink
from oci.testing import build_image, random_layer

if TYPE_CHECKING:
    from pathlib import Path

    from docs.demo.stage import Stage

PLAIN = "--tls-verify=false"
BOTH_PLAIN = "--src-tls-verify=false --dest-tls-verify=false"
BIG_BYTES = 48_000_000
LINK_BYTES_PER_S = 16_000_000
CONTINUED_AT_MOST = 0.55
NOT_FOUND = 2


def tour(stage: Stage) -> None:
    """Run every chapter."""
    with ExitStack() as stack:
        stage.chapter("Two registries on this machine, one of them with an image")
        made = image.write(stage.folder / "first/team/app")
        stage.say("an image for three platforms, with two signatures and an SBOM attached, in first/team/app")
        first, second = (stack.enter_context(stage.registry(name)) for name in ("first", "second"))
        stage.say("both listen on loopback without TLS, which every command has to be told")
        source, mirror = f"docker://{first}/team/app", f"docker://{second}/mirror/app"
        digest = str(made.digest)
        _look(stage, source, digest)
        _mirror(stage, f"{source}:1.0", f"{mirror}:1.0", digest)
        _to_files(stage, f"{source}:1.0", str(made.parts[1].digest))
        _interrupt(stage, first, second)
        _delete(stage, f"{source}:1.0", f"{mirror}:1.0", digest)
    _survey(stage)


def _look(stage: Stage, source: str, digest: str) -> None:
    stage.chapter("Look at the image, without pulling it")
    shown = json.loads(stage.run(f"ocitool inspect {PLAIN} {source}:1.0"))
    stage.check("the digest is that of what was built", found=shown["Digest"], expected=digest)
    stage.run(f"ocitool inspect {PLAIN} --all {source}:1.0")
    lines = stage.run(
        f"ocitool inspect {PLAIN} --all --format '{{{{.Platform}}}} {{{{.Size}}}}' {source}:1.0"
    )
    platforms = tuple(line.split()[0] for line in lines.splitlines())
    stage.check("every platform is listed", found=platforms, expected=image.PLATFORMS)
    tags = json.loads(stage.run(f"ocitool list-tags {PLAIN} {source}"))["Tags"]
    stage.check("cosign's tag is among the tags", found=tags, expected=["1.0", "latest", _cosign_tag(digest)])


def _mirror(stage: Stage, source: str, mirror: str, digest: str) -> None:
    copy = f"ocitool copy {BOTH_PLAIN} --all --referrers"
    stage.chapter("Copy all of it to the other registry: first the plan, then the copy, then once more")
    stage.run(f"{copy} --dry-run {source} {mirror}")
    written = list((stage.folder / "second").rglob("*"))
    stage.check("the plan has written nothing", found=written, expected=[])
    printed = stage.run(f"{copy} {source} {mirror}")
    stage.check("the mirror has the same digest", found=printed.strip(), expected=digest)
    again = json.loads(stage.run(f"{copy} --json {source} {mirror}", last_lines=2))
    stage.check("the second copy moved no bytes of any blob", found=again["Moved"], expected=0)

    stage.chapter("Compare: the exact bytes of the index, and every file of the two registries")
    stage.run(f"ocitool inspect {PLAIN} --raw {mirror} > index.json")
    printed = stage.run("ocitool manifest-digest index.json")
    stage.check("manifest-digest agrees", found=printed.strip(), expected=digest)
    hashed = _sha256((stage.folder / "index.json").read_bytes())
    stage.check("so does hashlib", found=hashed, expected=digest)
    original, copied = (_blobs(stage.folder / path) for path in ("first/team/app", "second/mirror/app"))
    what = f"all {len(original)} blobs and documents are there, signatures and SBOM too"
    stage.check(what, found=set(copied), expected=set(original))
    wrong = _wrong(stage.folder / "second/mirror/app")
    stage.check("each of the mirror's files hashes to its name", found=wrong, expected=[])


def _to_files(stage: Stage, source: str, digest: str) -> None:
    stage.chapter("Take one platform out of it: into a layout and into an archive")
    copy = "ocitool copy --src-tls-verify=false --platform linux/arm64"
    stage.run(f"{copy} {source} oci:layout:1.0")
    wrong = _wrong(stage.folder / "layout")
    stage.check("every file of the layout hashes to its name", found=wrong, expected=[])
    stage.run(f"{copy} {source} oci-archive:app.tar:1.0")
    with tarfile.open(stage.folder / "app.tar") as archive:
        member = archive.extractfile("index.json")
        assert member is not None
        entries = json.load(member)["manifests"]
    found = [entry["digest"] for entry in entries]
    stage.check("tarfile finds the image in the archive", found=found, expected=[digest])
    stage.run("ocitool inspect --config oci-archive:app.tar:1.0")


def _interrupt(stage: Stage, first: str, second: str) -> None:
    stage.chapter("Kill a copy half-way, and run it again: a download, then an upload")
    big = build_image([random_layer(BIG_BYTES, compression="none")])
    big.write_to(stage.folder / "first/team/big", "1.0")
    size = big.leaves[1].descriptor.size
    stage.say(f"a layer of {size / 1e6:.0f} MB, behind a link of {LINK_BYTES_PER_S / 1e6:.0f} MB/s")
    with SlowLink(first, LINK_BYTES_PER_S) as link:
        download = f"ocitool copy --src-tls-verify=false docker://{link.address}/team/big:1.0 oci:big:1.0"
        _kill_and_repeat(stage, download, link, size)
    with SlowLink(second, LINK_BYTES_PER_S) as link:
        upload = f"ocitool copy --dest-tls-verify=false oci:big:1.0 docker://{link.address}/mirror/big:1.0"
        _kill_and_repeat(stage, upload, link, size)
    for layout in ("big", "second/mirror/big"):
        wrong = _wrong(stage.folder / layout)
        stage.check(f"every file of {layout} hashes to its name", found=wrong, expected=[])


def _kill_and_repeat(stage: Stage, command: str, link: SlowLink, size: int) -> None:
    link.crawl_after(size * 3 // 4)
    in_place = _killed_copy(stage, f"{command} --progress json", size)
    link.recover()
    stage.say(f"killed with SIGKILL when {in_place / 1e6:.1f} MB were in place")
    before = link.settled()
    stage.run(f"{command} --progress plain")
    carried = link.settled() - before
    what = f"the link carried {carried / 1e6:.1f} MB the second time, {carried / size:.0%} of the layer"
    stage.check(what, found=carried <= size * CONTINUED_AT_MOST, expected=True)


def _killed_copy(stage: Stage, command: str, size: int) -> int:
    copy = stage.start(command)
    assert copy.stderr is not None
    for line in copy.stderr:
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("in_place", 0) > size / 2:
            copy.kill()
            copy.communicate()
            return int(event["in_place"])
    return stage.fail("the copy ended before it could be killed")


def _delete(stage: Stage, source: str, mirror: str, digest: str) -> None:
    stage.chapter("Delete the image from the mirror")
    stage.run(f"ocitool delete {PLAIN} {mirror}")
    stage.run(f"ocitool inspect {PLAIN} {mirror}", expected=NOT_FOUND)
    kept = stage.run(f"ocitool inspect {PLAIN} --format '{{{{.Digest}}}}' {source}").strip()
    stage.check("the source still has it", found=kept, expected=digest)


def _survey(stage: Stage) -> None:
    stage.chapter("Where to look")
    for name, what in (
        ("first/", "the first registry, one image layout for each repository"),
        ("second/", "the second one"),
        ("layout/", "the image for linux/arm64 as a layout"),
        ("app.tar", "the same as an archive"),
        ("big/", "the download that was killed and continued"),
    ):
        stage.say(f"{name:<9} {what}")


def _blobs(layout: Path) -> list[str]:
    return sorted(path.name for path in (layout / "blobs/sha256").iterdir())


def _wrong(layout: Path) -> list[str]:
    files = {name: layout / "blobs/sha256" / name for name in _blobs(layout)}
    return [name for name, path in files.items() if _sha256(path.read_bytes()) != f"sha256:{name}"]


def _cosign_tag(digest: str) -> str:
    return digest.replace(":", "-") + ".sig"


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
