"""How a registry is to be reached: what ``--tls-verify`` means."""

from __future__ import annotations

from enum import Enum


class Security(Enum):
    """How much a registry has to prove. It holds for one host, never for those that the host names."""

    VERIFIED = "verified"
    """By https, with a certificate that is valid. Nothing else."""
    UNVERIFIED = "unverified"
    """By https with any certificate, or by plain http where the host does not speak https."""
    PLAIN = "plain"
    """By plain http, without trying https first."""

    @classmethod
    def of(cls, *, tls_verify: bool | None) -> Security:
        """Return what an option ``--tls-verify`` asks for; None, where it was not given, is to verify."""
        return cls.UNVERIFIED if tls_verify is False else cls.VERIFIED

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes to try, in this order; the next one only where the one before found no such service."""
        if self is Security.VERIFIED:
            return ("https",)
        return ("http",) if self is Security.PLAIN else ("https", "http")

    @property
    def verifies(self) -> bool:
        """Tell whether a certificate has to be valid."""
        return self is Security.VERIFIED
