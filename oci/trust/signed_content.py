"""The bytes that a signature is over: what it came with, or the document that it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotVerified
from .verdict import Fault

if TYPE_CHECKING:
    from .signature import Signature, Subject


def signed_content(signature: Signature, subject: Subject) -> bytes:
    """Return the bytes that a signature has to be over.

    Raises:
        NotVerified: It says that it is over another document.
    """
    if not signature.is_of_document:
        return signature.payload
    claimed = signature.claimed_digest
    if claimed is not None and not subject.is_named_by(claimed):
        raise NotVerified(f"it is for {claimed}, not {subject.digest}", fault=Fault.OTHER_IMAGE.value)
    return subject.content
