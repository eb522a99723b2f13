"""What an engine answers: its JSON, its reports of a load, its failures.

Every answer is read strictly and bounded. A load that failed answers 200 and says so in the middle of its
report (``errorDetail``), as progress is written before the outcome is known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import DaemonError, InvalidDocument, NotFound
from ...frozen import frozen
from ...spec import Digest, strict_json
from ...wire.printable import printable

if TYPE_CHECKING:
    from ...net.answer import Answer

_VERSION: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")


@frozen
class ImageFacts:
    """What an engine says of an image.

    Args:
        image_id: Its ID: the digest of its configuration, or, where the engine keeps manifests, of one.
        diff_ids: The digests of its layers, not compressed, the lowest first.
    """

    image_id: str
    diff_ids: tuple[str, ...]


def parse_version(text: str, *, where: str) -> tuple[int, int]:
    """Read the version of an API, such as ``1.41``.

    Raises:
        InvalidDocument: It is none.
    """
    matched = _VERSION.fullmatch(text)
    if not matched:
        raise InvalidDocument(f"{where}: announces the API version {printable(text, limit=40)!r}")
    return int(matched[1]), int(matched[2])


def parse_image(body: bytes, *, where: str) -> ImageFacts:
    """Read the answer to a question for an image.

    Raises:
        InvalidDocument: It is not what the API describes.
    """
    members = strict_json.load_object(body, where=where)
    image_id = members.get("Id")
    rootfs = members.get("RootFS")
    layers = rootfs.get("Layers") if isinstance(rootfs, dict) else None
    if not isinstance(image_id, str):
        raise InvalidDocument(f"{where}: the answer names no image ID")
    Digest.parse(image_id)
    diff_ids = layers if isinstance(layers, list) else []
    return ImageFacts(image_id, tuple(text for text in diff_ids if isinstance(text, str)))


def parse_names(body: bytes, *, where: str) -> tuple[str, ...]:
    """Read the names of all images, in alphabetical order.

    Raises:
        InvalidDocument: It is not what the API describes.
    """
    images = strict_json.loads(body, where=where)
    if not isinstance(images, list) or not all(isinstance(image, dict) for image in images):
        raise InvalidDocument(f"{where}: a list of images was expected")
    tags = [image.get("RepoTags") for image in images]
    found = {tag for some in tags if isinstance(some, list) for tag in some if isinstance(tag, str)}
    return tuple(sorted(found - {"<none>:<none>"}))


def check_load(body: bytes, *, where: str) -> None:
    """Look for a failure in the report of a load, a sequence of JSON objects.

    Raises:
        DaemonError: The report speaks of a failure.
        InvalidDocument: It is no such report.
    """
    for line in body.splitlines():
        if not line.strip():
            continue
        report = strict_json.load_object(line, where=f"{where}: report of a load")
        detail = report.get("errorDetail")
        said = detail.get("message") if isinstance(detail, dict) else report.get("error")
        if said is not None:
            raise DaemonError(f"{where}: the image was not loaded: {printable(str(said))}", status=200)


def failure(answer: Answer, doing: str, *, where: str, name: str = "") -> DaemonError | NotFound:
    """Put a refusal into an error.

    Args:
        answer: The refusal.
        doing: What was asked.
        where: The engine.
        name: The image that a 404 speaks of, if it can speak of one.
    """
    said = _message(answer.body)
    if answer.status == 404 and name:
        return NotFound(f"{where} has no image {name}", name=name)
    return DaemonError(
        f"{where}: {doing} failed with {answer.status}{f': {said}' if said else ''}", status=answer.status
    )


def _message(body: bytes) -> str:
    try:
        message = strict_json.load_object(body, where="answer").get("message")
    except InvalidDocument:
        message = None
    text = message if isinstance(message, str) else body[:400].decode("utf-8", "replace")
    return printable(" ".join(text.split()))
