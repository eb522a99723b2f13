"""Who vouches for the time at which something was signed: logs that recorded it, authorities that stamped it.

Of those that are trusted, logs are a demand: one has to have recorded the signature. Where there are only
authorities, one has to have stamped it. Whatever a signature brings along for those that are trusted has to
hold, all of it; and a certificate has to be valid at all of the times together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import NotVerified
from ..frozen import field, frozen
from .signature import Timestamp
from .verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .certificate.authority import Authority
    from .log.trusted import TrustedLog
    from .signature import Signature

MAX_TIMESTAMPS: Final = 16
"""Timestamps that one signature may have."""


@frozen(kw_only=True)
class ProvedTime:
    """A time at which a signature existed.

    Args:
        at_s: Seconds since 1970.
        clock: Who says so: ``log``, or the name of an authority.
    """

    at_s: float
    clock: str


@frozen(kw_only=True)
class Witnesses:
    """Those that are trusted to tell when something was signed.

    Args:
        logs: Logs, one of which must have recorded it; none where it need not be recorded.
        authorities: Authorities whose timestamps count.
    """

    logs: tuple[TrustedLog, ...] = ()
    authorities: tuple[Authority, ...] = field(default=(), repr=False)

    @property
    def are_asked(self) -> bool:
        """Whether anybody has to vouch for signatures."""
        return bool(self.logs or self.authorities)

    def times(self, signature: Signature, *, content: bytes, verifier: bytes) -> tuple[ProvedTime, ...]:
        """Find out when a signature was made.

        Args:
            signature: The signature.
            content: The bytes that were signed.
            verifier: The signer's public key, or certificate, in DER.

        Returns:
            All times that are proved, the earliest first; none where nobody is asked, or where a log that has
            recorded the signature does not tell when.

        Raises:
            NotVerified: Nobody who is asked vouches for it, or something does not hold.
            InvalidDocument: Something cannot be read.
        """
        if not self.are_asked:
            return ()
        recorded = None
        if self.logs:
            from .log.recording import recorded_in

            recorded = recorded_in(signature, self.logs, content=content, verifier=verifier)
        found = list(self._stamped(signature))
        if recorded is None and not found:
            raise NotVerified("no authority has stamped it", fault=Fault.UNRECORDED.value)
        if recorded is not None:
            if recorded.at_s is not None:
                found.append(ProvedTime(at_s=recorded.at_s, clock="log"))
            recorded.check_times([each.at_s for each in found])
        return tuple(sorted(found, key=lambda each: each.at_s))

    def _stamped(self, signature: Signature) -> Iterator[ProvedTime]:
        stamps = [each for each in signature.times if isinstance(each, Timestamp)]
        if not self.authorities or not stamps:
            return
        if len(stamps) > MAX_TIMESTAMPS:
            raise NotVerified(f"it has more than {MAX_TIMESTAMPS} timestamps", fault=Fault.MALFORMED.value)
        from .timestamp.stamp import stamp_of

        for each in stamps:
            stamp = stamp_of(each.response, signature.envelope, self.authorities)
            name = stamp.chain[0].subject.rfc4514_string() or "timestamp authority"
            yield ProvedTime(at_s=stamp.generated_s, clock=name)


def certificate_times(
    witnesses: Witnesses, signature: Signature, *, content: bytes, verifier: bytes
) -> tuple[ProvedTime, ...]:
    """Find out at which times a certificate has to have been valid; see `Witnesses.times`.

    Raises:
        NotVerified: Nothing that is trusted tells the time.
    """
    found = witnesses.times(signature, content=content, verifier=verifier)
    if witnesses.are_asked and not found:
        raise NotVerified(
            "a log has it, and nothing that is trusted says since when", fault=Fault.UNRECORDED.value
        )
    return found
