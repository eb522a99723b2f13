"""Statements of in-toto: what is said about things that are named by digests (attestation, v0.1, v1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, NotVerified
from ..frozen import field, frozen
from ..spec import Digest, strict_json
from ..spec import field as member
from ..spec.digest import ENCODED_LENGTH
from .dsse import IN_TOTO, kind_in, payload_in
from .verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .signature import Subject

SIGNED: Final = "https://sigstore.dev/cosign/sign/v1"
"""The predicate of a statement that signs an image and says nothing else."""
MAX_SUBJECTS: Final = 1024
"""Things that one statement may be about."""

_V01: Final = "https://in-toto.io/Statement/v0.1"
_V1: Final = "https://in-toto.io/Statement/v1"


@frozen(kw_only=True)
class Thing:
    """Something that a statement is about.

    Args:
        digests: Its digests, as they are stated, by algorithm.
        annotations: What is said beside.
    """

    digests: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def known_digests(self) -> list[Digest]:
        """Those of the digests that are of algorithms that are known, and written as they have to be."""
        return [
            Digest(algorithm, encoded)
            for algorithm, encoded in self.digests.items()
            if len(encoded) == ENCODED_LENGTH.get(algorithm) and set(encoded) <= set("0123456789abcdef")
        ]


@frozen(kw_only=True)
class Found:
    """The thing that is an image.

    Args:
        digest: The digest by which it is.
        annotations: What is said beside.
    """

    digest: Digest
    annotations: Mapping[str, str]


@frozen(kw_only=True)
class Statement:
    """A statement.

    Args:
        subjects: What it is about.
        predicate_type: What kind of thing is said.
        predicate: What is said.
    """

    subjects: tuple[Thing, ...]
    predicate_type: str
    predicate: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def in_signed(cls, content: bytes, *, where: str) -> Statement:
        """Read the statement in the bytes that a signature of its envelope is over.

        Args:
            content: The bytes; the signature has to hold.
            where: Where it was found, for messages.

        Raises:
            InvalidDocument: There is none in it.
        """
        payload = payload_in(content)
        if payload is None or kind_in(content) != IN_TOTO:
            raise InvalidDocument(f"{where}: an envelope of {kind_in(content)[:80]!a}, not of a statement")
        members = strict_json.load_object(payload, where=where)
        if member.text(members, "_type", where=where) not in {_V01, _V1}:
            raise InvalidDocument(f"{where}: no statement of in-toto")
        subjects = member.mappings(members, "subject", where=where)
        if not subjects or len(subjects) > MAX_SUBJECTS:
            raise InvalidDocument(f"{where}: a statement about {len(subjects)} things")
        return cls(
            subjects=tuple(
                Thing(
                    digests=member.text_map(each, "digest", where=where) or {},
                    annotations=member.text_map(each, "annotations", where=where) or {},
                )
                for each in subjects
            ),
            predicate_type=member.text(members, "predicateType", where=where),
            predicate=member.mapping(members, "predicate", where=where) or {},
        )

    def subject_of(self, subject: Subject) -> Found:
        """Return which of the things is an image.

        All digests that it has of one thing have to be those of the image, as far as they are of algorithms
        that are known; one at least has to be.

        Raises:
            NotVerified: It is about something else.
        """
        for stated in self.subjects:
            known = stated.known_digests
            if known and all(map(subject.is_named_by, known)):
                return Found(digest=known[0], annotations=stated.annotations)
        shown = ", ".join(str(dict(each.digests))[:120] for each in self.subjects[:3])
        raise NotVerified(f"it is about {shown}, not {subject.digest}", fault=Fault.OTHER_IMAGE.value)


def encode(digest: Digest, predicate_type: str, predicate: object, *, name: str = "") -> bytes:
    """Return a statement about one image.

    Args:
        digest: The image's digest.
        predicate_type: What kind of thing is said.
        predicate: What is said.
        name: What the image is called, which nobody verifies; may be empty.
    """
    subject: dict[str, object] = {"name": name} if name else {}
    subject["digest"] = {digest.algorithm: digest.encoded}
    members = {
        "_type": _V01 if name else _V1,
        "predicateType": predicate_type,
        "subject": [subject],
        "predicate": predicate,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
