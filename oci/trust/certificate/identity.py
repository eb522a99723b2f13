"""Whom a certificate names, and who had identified them (fulcio, docs/oid-info.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509

from ...errors import InvalidDocument, NotVerified
from ...frozen import frozen
from ...settings.name_pattern import matches_whole
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

_ISSUER: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_OLD_ISSUER: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_OTHER_NAME: Final = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
_UTF8_STRING: Final = 0x0C
_SHORT: Final = 0x80


@frozen(kw_only=True)
class SignerIdentity:
    """Whose certificates are accepted; what is empty is not asked for.

    Args:
        subject: Their name, whole: an e-mail address, a URI, a host or a user name.
        subject_pattern: A regular expression that the whole name has to match (`oci.settings.name_pattern`).
        email: Their e-mail address, and nothing else that reads like it.
        hostname: Their host's name.
        issuer: Who has identified them, as a URL.
        issuer_pattern: The same for the whole URL.
    """

    subject: str = ""
    subject_pattern: str = ""
    email: str = ""
    hostname: str = ""
    issuer: str = ""
    issuer_pattern: str = ""

    def check(self, certificate: x509.Certificate) -> str:
        """Find out whether a certificate is of somebody who is accepted.

        Args:
            certificate: The certificate, of a chain that holds.

        Returns:
            Whom it names, and who has identified them, for people.

        Raises:
            NotVerified: It is somebody else's.
            InvalidDocument: The certificate cannot be read.
        """
        names, issuer = list(names_in(certificate)), issuer_in(certificate)
        if not self._accepts(names):
            raise NotVerified(
                f"its certificate is for {_listed(names)[:300]}", fault=Fault.OTHER_SIGNER.value
            )
        if self.issuer and issuer != self.issuer:
            raise NotVerified(
                f"its certificate says that {issuer[:200] or 'nobody'} has identified the signer",
                fault=Fault.OTHER_SIGNER.value,
            )
        if self.issuer_pattern and not matches_whole(self.issuer_pattern, issuer):
            raise NotVerified(
                f"its certificate says that {issuer[:200] or 'nobody'} has identified the signer",
                fault=Fault.OTHER_SIGNER.value,
            )
        return shown_identity(certificate)

    def _accepts(self, names: list[tuple[type[x509.GeneralName], str]]) -> bool:
        all_names = [name for _, name in names]
        emails = [name for kind, name in names if kind is x509.RFC822Name]
        hosts = [name.casefold() for kind, name in names if kind is x509.DNSName]
        return (
            (not self.subject or self.subject in all_names)
            and (
                not self.subject_pattern
                or any(matches_whole(self.subject_pattern, name) for name in all_names)
            )
            and (not self.email or self.email in emails)
            and (not self.hostname or self.hostname.casefold() in hosts)
        )


def shown_identity(certificate: x509.Certificate) -> str:
    """Return whom a certificate names, and who has identified them, for people.

    Raises:
        InvalidDocument: The certificate cannot be read.
    """
    shown, issuer = _listed(list(names_in(certificate))), issuer_in(certificate)
    return f"{shown} ({issuer})" if issuer else shown


def _listed(names: list[tuple[type[x509.GeneralName], str]]) -> str:
    return ", ".join(name for _, name in names) or "nobody"


def names_in(certificate: x509.Certificate) -> Iterator[tuple[type[x509.GeneralName], str]]:
    """Yield the alternative names of a certificate's subject, with their kinds.

    Raises:
        InvalidDocument: They cannot be read.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    except ValueError as error:
        raise InvalidDocument("the names in its certificate cannot be read") from error
    for name in names:
        if isinstance(name, x509.RFC822Name | x509.UniformResourceIdentifier | x509.DNSName):
            yield type(name), name.value
        elif isinstance(name, x509.OtherName) and name.type_id == _OTHER_NAME:
            yield x509.OtherName, _utf8(name.value)


def issuer_in(certificate: x509.Certificate) -> str:
    """Return who has identified the subject, as Fulcio writes it; empty where nothing says so.

    Raises:
        InvalidDocument: It is written twice, in two ways, or cannot be read.
    """
    new, old = _extension(certificate, _ISSUER), _extension(certificate, _OLD_ISSUER)
    try:
        found = {_utf8(new)} if new is not None else set()
        if old is not None:
            found.add(old.decode())
    except UnicodeDecodeError as error:
        raise InvalidDocument("the issuer in its certificate is not UTF-8") from error
    if len(found) > 1:
        raise InvalidDocument("its certificate names two issuers")
    return next(iter(found), "")


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes | None:
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise InvalidDocument("the extensions of its certificate cannot be read") from error
    return value.value if isinstance(value, x509.UnrecognizedExtension) else None


def _utf8(der: bytes) -> str:
    """Read a DER UTF8String: one tag, one length, the text, and nothing else."""
    if len(der) >= 2 and der[0] == _UTF8_STRING:
        if der[1] < _SHORT and len(der) == 2 + der[1]:
            return der[2:].decode()
        width = der[1] - _SHORT
        if 1 <= width <= 2 and len(der) == 2 + width + int.from_bytes(der[2 : 2 + width]):
            return der[2 + width :].decode()
    raise InvalidDocument("a name in its certificate is no UTF8String")
