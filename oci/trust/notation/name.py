"""Distinguished names, as trust policies write them and as certificates have them (RFC 4514).

Trust policy specification, "Trusted Identities Constraints". A name in a policy has a country, a state and an
organization at least, no attribute twice, and no attribute in one component with another. It stands for
every certificate whose subject has all of what it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.x509 import Certificate, Name

_REQUIRED: Final = ("C", "ST", "O")
_AFTER_COMMA: Final = re.compile(r"((?<!\\)(?:\\\\)*,) +")
"""Spaces that only separate, and are none of the next type's."""


def parse_name(text: str) -> dict[str, str]:
    """Read a name of a policy.

    Args:
        text: Components with commas between them, such as ``C=US, ST=WA, O=acme``.

    Returns:
        The attributes by type.

    Raises:
        InvalidDocument: It breaks a rule.
    """
    from cryptography.x509 import Name, NameOID

    shown = text[:120]
    if "=#" in text:
        raise InvalidDocument(f"{shown!a}: values in hexadecimal are not understood")
    try:
        parsed = Name.from_rfc4514_string(
            _AFTER_COMMA.sub(r"\1", text.lstrip(" ")),
            {
                "S": NameOID.STATE_OR_PROVINCE_NAME,
                "SERIALNUMBER": NameOID.SERIAL_NUMBER,
                "POSTALCODE": NameOID.POSTAL_CODE,
            },
        )
    except ValueError as error:
        raise InvalidDocument(f"{shown!a} is no distinguished name") from error
    attributes = _attributes(parsed, shown)
    missing = [each for each in _REQUIRED if not attributes.get(each)]
    if missing:
        raise InvalidDocument(f"{shown!a} has no {missing[0]}; C, ST and O have to be there")
    return attributes


def subject_of(certificate: Certificate) -> dict[str, str]:
    """Return the attributes of a certificate's subject by type.

    Raises:
        InvalidDocument: An attribute is there twice.
    """
    return _attributes(certificate.subject, "the subject of the certificate")


def covers(general: Mapping[str, str], special: Mapping[str, str]) -> bool:
    """Tell whether everything that one name says is said by another one too."""
    return all(special.get(kind) == value for kind, value in general.items())


def _attributes(name: Name, shown: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for component in name.rdns:
        attributes = list(component)
        if len(attributes) != 1:
            raise InvalidDocument(f"{shown!a}: several attributes in one component (+) are not understood")
        kind = attributes[0].rfc4514_attribute_name
        if kind in found:
            raise InvalidDocument(f"{shown!a} has {kind} twice")
        found[kind] = str(attributes[0].value)
    return found
