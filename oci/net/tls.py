"""TLS: which certificates a host is verified with, and what a failed handshake means.

This module, and Python's ssl with it, is loaded when the first https connection is made. Only HTTP/1.1 is
offered (ALPN). An insecure choice belongs to the host it was made for; nothing here passes it on to another.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from .. import errors

if TYPE_CHECKING:
    from ..settings.tls_details import TlsDetails
    from .tls_choice import TlsChoice

__all__ = ["check_suite", "hung_up", "is_cut_off", "make_context", "tls_fault"]


def make_context(choice: TlsChoice) -> ssl.SSLContext:
    """Make the context of a choice.

    Raises:
        InvalidSettings: A certificate or key file is missing or is not one.
    """
    context = _verifying(choice) if choice.verify else _trusting()
    context.set_alpn_protocols(["http/1.1"])
    # Early releases of Python 3.11 turn this on, and then an attacker's cut looks like the end of a body.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    _restrict(context, choice.details)
    for certificate, key in choice.clients:
        try:
            # An encrypted key must fail: without a password here, OpenSSL would ask on the terminal.
            context.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ValueError) as error:
            raise _bad_file(key, "client certificate or its key", error) from error
    return context


def _restrict(context: ssl.SSLContext, details: TlsDetails) -> None:
    """Offer only what may be agreed on; which suites of TLS 1.3 that are is seen when one has been chosen.

    Raises:
        InvalidSettings: This OpenSSL has nothing of it.
    """
    if details.min_version is not None:
        modern = details.min_version == "1.3"
        context.minimum_version = ssl.TLSVersion.TLSv1_3 if modern else ssl.TLSVersion.TLSv1_2
    try:
        if details.suites is not None and not details.older_suites:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        elif details.suites is not None:
            context.set_ciphers(":".join(details.older_suites))
            if not details.modern_suites:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
        if details.groups:
            context.set_ecdh_curve(details.groups[0])
    except (ssl.SSLError, ValueError) as error:
        message = f"{details.path}: this system's OpenSSL cannot do that: {error}"
        raise errors.InvalidSettings(message, path=details.path) from error


def check_suite(choice: TlsChoice, sock: ssl.SSLSocket, host: str) -> None:
    """Look whether what was agreed on is among what may be.

    Raises:
        TlsFailed: It is not.
    """
    allowed = choice.details.suites
    agreed = sock.cipher()
    if allowed is not None and (agreed is None or agreed[0] not in allowed):
        name = "none" if agreed is None else agreed[0]
        place = choice.details.path
        message = f"{host}: would use the cipher suite {name}, which {place} does not list"
        raise errors.TlsFailed(message, host=host, reason="suite")


def _verifying(choice: TlsChoice) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for path in choice.ca_files:
        try:
            context.load_verify_locations(path)
        except (OSError, ValueError) as error:
            raise _bad_file(path, "CA certificate", error) from error
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted")


def _bad_file(path: str, what: str, error: Exception) -> errors.InvalidSettings:
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
    return errors.InvalidSettings(f"cannot load the {what} {path}: {reason}", path=path)


# X509_V_ERR_* of OpenSSL: what is wrong with a certificate, in the words of `errors.TlsFailed.reason`.
_VERIFY_REASONS = {9: "expired", 10: "expired", 18: "untrusted", 19: "untrusted", 20: "untrusted",
                   21: "untrusted", 62: "wrong-name", 64: "wrong-name"}  # fmt: skip
_VERIFY_HINTS = {
    "untrusted": "give the CA that signed its certificate, or turn TLS verification off for this host",
    "expired": "check the clock, or renew the registry's certificate",
    "wrong-name": "use the name that the certificate was made for",
}
# What OpenSSL says, by version, when the first bytes of a handshake are an HTTP answer.
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
)
_CLIENT_HINT = "give a client certificate and key that this host accepts"
_NOT_TLS_HINT = "if it is meant to speak plain HTTP, turn TLS verification off for this host"


def is_cut_off(error: ssl.SSLError) -> bool:
    """Whether the peer left without TLS's goodbye, which not every Python 3.11 has a class for."""
    return isinstance(error, ssl.SSLEOFError) or error.reason == "UNEXPECTED_EOF_WHILE_READING"


def tls_fault(host: str, error: ssl.SSLError) -> errors.TlsFailed:
    """Say what went wrong between us and a host, with a hint where there is something to be done."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _VERIFY_REASONS.get(error.verify_code, "certificate")
        hint = _VERIFY_HINTS.get(reason, _VERIFY_HINTS["untrusted"])
        message = f"{host}: its certificate does not hold: {error.verify_message.rstrip('.')}"
        return errors.TlsFailed(message, host=host, reason=reason, hint=hint)
    if is_cut_off(error) or isinstance(error, ssl.SSLZeroReturnError):
        return hung_up(host)
    if error.reason in _NOT_TLS:
        message = f"{host}: does not answer with TLS on this port"
        return errors.TlsFailed(message, host=host, reason="not-tls", hint=_NOT_TLS_HINT)
    text = (error.reason or error.strerror or "unknown error").replace("_", " ").lower()
    if "certificate" in text or "unknown ca" in text:
        message = f"{host}: does not accept our certificate: {text}"
        return errors.TlsFailed(message, host=host, reason="client-certificate", hint=_CLIENT_HINT)
    # This is also all that a host of TLS 1.2 says when it misses a client certificate.
    hint = f"if it asks for one, {_CLIENT_HINT}" if "handshake failure" in text else ""
    return errors.TlsFailed(f"{host}: TLS failed: {text}", host=host, reason="protocol", hint=hint)


def hung_up(host: str) -> errors.TlsFailed:
    """Say that a host ended the connection in the middle of the handshake."""
    message = f"{host}: closed the connection during the TLS handshake"
    return errors.TlsFailed(message, host=host, reason="closed", hint=_NOT_TLS_HINT)
