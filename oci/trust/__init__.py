"""Signatures: where they are found, what they prove, how they are made; one model for every family.

`signature` says what a signature is, `verdict` what was found out about an image, `family` what each family
does (read from a place, verify one, sign). A place that has nothing, one that could not be asked, and a
signature that is no good are three types, so that nobody takes one for another. Cryptography comes from
programs and libraries made for it; nothing of it is written here.
"""

from .signature import Family, KeyHint, Signature, StatedTime, Subject
from .verdict import (
    Absent,
    Fault,
    Found,
    Invalid,
    Proof,
    Reading,
    Refusal,
    Unasked,
    Unsettled,
    Unsigned,
    Verdict,
    Verified,
)

__all__ = [
    "Absent",
    "Family",
    "Fault",
    "Found",
    "Invalid",
    "KeyHint",
    "Proof",
    "Reading",
    "Refusal",
    "Signature",
    "StatedTime",
    "Subject",
    "Unasked",
    "Unsettled",
    "Unsigned",
    "Verdict",
    "Verified",
]
