"""Results in the shape of skopeo's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci import Inspection, PlatformEntry
from oci.content import Opened
from oci.errors import InvalidDocument, UnsupportedMediaType
from oci.spec import Descriptor, ImageConfig, Manifest, Platform, parse_document
from oci.spec.media_type import (
    DOCKER_CONFIG,
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
)
from oci.transfer import BlobResult, CopyResult, Plan, PlannedBlob
from oci.transfer.event import Outcome
from ocitool.go_json import encode
from ocitool.template import render_table
from ocitool.view.image_config import config_view
from ocitool.view.inspection import inspection_view
from ocitool.view.plan import plan_text, plan_view, result_view
from ocitool.view.platform import platform_table, platform_view
from ocitool.view.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYER = Descriptor.of(b"layer", OCI_LAYER_GZIP)
FULL_CONFIG: dict[str, object] = {
    "history": [
        {"created_by": "RUN <a> & b", "created": "2023-05-06T07:08:09.100Z", "author": "x"},
        {"comment": "buildkit", "empty_layer": True},
    ],
    "variant": "v8",
    "architecture": "arm64",
    "os": "linux",
    "created": "2023-05-06T07:08:09.120000000Z",
    "author": "me",
    "unknown": {"kept": "no"},
    "rootfs": {"diff_ids": [str(LAYER.digest)], "type": "layers"},
    "config": {
        "Labels": {"b": "<2>", "a": "1"},
        "Env": ["PATH=/bin", "A=&"],
        "ExposedPorts": {"80/tcp": {}},
        "Volumes": {"/data": {}},
        "Cmd": ["sh"],
        "Entrypoint": None,
        "User": "nobody",
        "WorkingDir": "/",
        "StopSignal": "SIGTERM",
        "Healthcheck": {"Test": ["NONE"]},
    },
    "docker_version": "20.10.1",
}


def inspection(
    config: Mapping[str, object], *, docker: bool = False, tags: tuple[str, ...] | None = None
) -> Inspection:
    """Return the inspection of an image with this config."""
    raw = json.dumps(config).encode()
    config_type, layer_type, kind = (
        (DOCKER_CONFIG, DOCKER_LAYER_GZIP, DOCKER_MANIFEST)
        if docker
        else (OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST)
    )
    layer = Descriptor(layer_type, LAYER.digest, LAYER.size)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": Descriptor.of(raw, config_type).to_json(),
            "layers": [layer.to_json(), {**layer.to_json(), "annotations": {"k": "v"}}],
        }
    ).encode()
    document = parse_document(manifest)
    assert isinstance(document, Manifest)
    return Inspection(
        name="registry.example/team/app",
        tag="1.0",
        root=Opened(document.descriptor, manifest),
        manifest=document,
        config=ImageConfig.parse(raw),
        repo_tags=tags,
    )


def test_a_full_image_has_skopeos_shape() -> None:
    shown = inspection(FULL_CONFIG, tags=("1.0", "latest"))
    layer = {"MIMEType": OCI_LAYER_GZIP, "Digest": str(LAYER.digest), "Size": 5}
    expected = {
        "Name": "registry.example/team/app",
        "Digest": str(shown.root.descriptor.digest),
        "RepoTags": ["1.0", "latest"],
        "Created": "2023-05-06T07:08:09.12Z",
        "DockerVersion": "20.10.1",
        "Labels": {"a": "1", "b": "<2>"},
        "Architecture": "arm64",
        "Os": "linux",
        "Layers": [str(LAYER.digest)] * 2,
        "LayersData": [{**layer, "Annotations": None}, {**layer, "Annotations": {"k": "v"}}],
        "Env": ["PATH=/bin", "A=&"],
    }
    text = encode(inspection_view(shown), indent="    ")
    assert json.loads(text) == expected
    assert text.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&") == json.dumps(
        expected, indent=4
    )


MINIMAL: dict[str, object] = {
    "architecture": "amd64",
    "os": "linux",
    "rootfs": {"type": "layers", "diff_ids": []},
}


def test_what_is_absent_is_null_or_empty_as_in_go() -> None:
    shown = json.loads(encode(inspection_view(inspection(MINIMAL))))
    assert (shown["RepoTags"], shown["Created"], shown["Labels"], shown["Env"]) == ([], None, None, None)
    assert shown["DockerVersion"] == ""
    empty = {**MINIMAL, "config": {"Labels": {}, "Env": []}}
    shown = json.loads(encode(inspection_view(inspection(empty))))
    assert (shown["Labels"], shown["Env"]) == ({}, [])


def test_a_docker_image_without_a_time_has_gos_zero_time() -> None:
    shown = json.loads(encode(inspection_view(inspection(MINIMAL, docker=True))))
    assert shown["Created"] == "0001-01-01T00:00:00Z"


def test_a_creation_time_that_is_none_is_an_error() -> None:
    with pytest.raises(InvalidDocument, match="created"):
        inspection_view(inspection({**MINIMAL, "created": "yesterday"}))


def test_an_artifact_is_no_image() -> None:
    whole = inspection(MINIMAL)
    artifact = Inspection(name="", tag="", root=whole.root, manifest=whole.manifest, config=None)
    for view in (inspection_view, config_view):
        with pytest.raises(UnsupportedMediaType, match="not an image") as caught:
            view(artifact)
        assert "--raw" in caught.value.hint


def test_templates_see_the_fields_by_their_go_names() -> None:
    shown = [inspection_view(inspection(FULL_CONFIG))]
    assert render_table("{{.Name}} {{.Os}}/{{.Architecture}} {{len .Layers}}", shown) == (
        "registry.example/team/app linux/arm64 2\n"
    )
    assert render_table('{{index .Labels "a"}}|{{range .LayersData}}{{.Size}},{{end}}', shown) == "1|5,5,\n"
    assert render_table("{{.Created.Year}}", shown) == "2023\n"


def test_the_config_is_shown_in_the_order_of_the_specification() -> None:
    text = encode(config_view(inspection(FULL_CONFIG)))
    assert text.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&") == (
        '{"created":"2023-05-06T07:08:09.12Z","author":"me","architecture":"arm64","os":"linux","variant":"v8",'
        '"config":{"User":"nobody","ExposedPorts":{"80/tcp":{}},"Env":["PATH=/bin","A=&"],"Cmd":["sh"],'
        '"Volumes":{"/data":{}},"WorkingDir":"/","Labels":{"a":"1","b":"<2>"},"StopSignal":"SIGTERM"},'
        f'"rootfs":{{"type":"layers","diff_ids":["{LAYER.digest}"]}},'
        '"history":[{"created":"2023-05-06T07:08:09.1Z","created_by":"RUN <a> & b","author":"x"},'
        '{"comment":"buildkit","empty_layer":true}]}'
    )


def test_an_empty_config_is_shown_with_what_is_never_left_out() -> None:
    text = encode(config_view(inspection({})))
    assert text == '{"architecture":"","os":"","config":{},"rootfs":{"type":"","diff_ids":null}}'


def test_a_config_with_members_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="Cmd"):
        config_view(inspection({**MINIMAL, "config": {"Cmd": "sh"}}))


ENTRIES = (
    PlatformEntry(
        platform=Platform("linux", "arm64", "v8"),
        manifest=Descriptor.of(b"{}", OCI_MANIFEST),
        config=Descriptor.of(b"{ }", OCI_CONFIG),
        layers=(LAYER, Descriptor(OCI_LAYER_GZIP, LAYER.digest, 1_234_567)),
    ),
    PlatformEntry(
        platform=None,
        manifest=Descriptor.of(b"{  }", OCI_MANIFEST),
        config=Descriptor.of(b"{}", OCI_CONFIG),
        layers=(),
    ),
)


def test_all_platforms_as_a_table() -> None:
    first, second = ENTRIES
    assert platform_table(ENTRIES).splitlines() == [
        f"PLATFORM        {'MANIFEST':<71}  {'CONFIG':<71}  LAYERS  SIZE",
        f"linux/arm64/v8  {first.manifest.digest}  {first.config.digest}  2       1.2 MB",
        f"unknown         {second.manifest.digest}  {second.config.digest}  0       6 B",
    ]


def test_all_platforms_as_json() -> None:
    shown = json.loads(encode([platform_view(entry) for entry in ENTRIES]))
    assert shown[0] == {
        "Platform": "linux/arm64/v8",
        "Os": "linux",
        "Architecture": "arm64",
        "Variant": "v8",
        "MediaType": OCI_MANIFEST,
        "Digest": str(ENTRIES[0].manifest.digest),
        "ConfigDigest": str(ENTRIES[0].config.digest),
        "Layers": [str(LAYER.digest)] * 2,
        "LayerSizes": [5, 1_234_567],
        "Size": 1_234_577,
    }
    assert (shown[1]["Platform"], shown[1]["Os"], shown[1]["Size"]) == ("unknown", "", 6)


ROOT = Descriptor.of(b"{}", OCI_MANIFEST)
PLAN = Plan(
    root=ROOT,
    names=("v1",),
    documents=(ROOT,),
    blobs=(
        PlannedBlob(descriptor=LAYER, action=Outcome.SENT),
        PlannedBlob(descriptor=ENTRIES[0].config, action=Outcome.SKIPPED),
        PlannedBlob(descriptor=ENTRIES[0].layers[1], action=Outcome.MOUNTED),
    ),
    requests=9,
)


def test_a_plan_for_people() -> None:
    assert plan_text(PLAN).splitlines() == [
        "ACTION  BLOB                 SIZE    TYPE",
        f"send    {LAYER.digest!s:.19}  5 B     {OCI_LAYER_GZIP}",
        f"skip    {ENTRIES[0].config.digest!s:.19}  3 B     {OCI_CONFIG}",
        f"mount   {LAYER.digest!s:.19}  1.2 MB  {OCI_LAYER_GZIP}",
        "",
        "send     1 blob      5 B",
        "mount    1 blob      1.2 MB",
        "skip     1 blob      3 B",
        "publish  1 document  2 B",
        "",
        f"{ROOT.digest} as v1",
        "at least 9 requests",
    ]


def test_a_plan_as_json() -> None:
    shown = json.loads(encode(plan_view(PLAN)))
    assert shown["Digest"] == str(ROOT.digest)
    assert shown["Blobs"][0] == {
        "MediaType": OCI_LAYER_GZIP,
        "Digest": str(LAYER.digest),
        "Size": 5,
        "Action": "sent",
    }
    assert shown["Bytes"] == {"sent": 5, "mounted": 1_234_567, "skipped": 3, "left-out": 0}
    assert (shown["Requests"], shown["Names"]) == (9, ["v1"])


def test_a_result_as_json() -> None:
    blob = BlobResult(descriptor=LAYER, outcome=Outcome.SENT, moved=3, verified_here=False)
    result = CopyResult(root=ROOT, names=(), documents=(ROOT,), blobs=(blob,), attached=(ROOT,))
    shown = json.loads(encode(result_view(result)))
    assert shown["Blobs"][0]["Outcome"] == "sent"
    assert shown["Blobs"][0]["VerifiedHere"] is False
    assert (shown["Moved"], shown["Attached"]) == (3, [str(ROOT.digest)])


def test_columns_are_two_spaces_apart() -> None:
    assert table([("a", "bcd"), ("long", "e")]) == "a     bcd\nlong  e\n"
