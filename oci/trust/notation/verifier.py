"""Verifying signatures of the Notary Project, in the order of the specification.

Trust policy specification, "Signature Verification": integrity, and that the signature is for this image;
authenticity; expiry; authentic timestamp; revocation. What a statement of the policy only wants logged is
a warning of the proof. Nothing that an unauthenticated chain names is ever fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ...errors import InvalidSettings, InvalidValue, LimitExceeded, NotVerified
from ...spec import parse_document
from ..certificate.rule import is_valid_at, name_of, shown_time, thumbprint
from ..signature import Family
from ..verdict import Fault, Proof, Refusal
from .attribute import Scheme
from .form import read_envelope
from .name import covers, subject_of
from .payload import read_payload
from .revocation import Revocation
from .trust_policy import Action, Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography.x509 import Certificate

    from ...spec import Descriptor
    from ..signature import Signature, Subject
    from .envelope import Envelope
    from .trust_policy import Statement, TrustPolicy
    from .trust_store import TrustStore

_STORES: Final = {Scheme.X509: "ca", Scheme.AUTHORITY: "signingAuthority"}


class NotationVerifier:
    """Trusts whom one statement of a trust policy trusts.

    Args:
        statement: The statement for the image's repository; not one that skips verification.
        store: The trust store.
        clock: Tells the seconds since 1970.
        revocation: Finds out whether certificates were revoked; one that can ask nobody if None.

    Raises:
        InvalidSettings: The statement skips verification.
    """

    family = Family.NOTATION

    def __init__(
        self,
        statement: Statement,
        store: TrustStore,
        *,
        clock: Callable[[], float],
        revocation: Revocation | None = None,
    ) -> None:
        if statement.skips:
            raise InvalidSettings(
                f"the trust policy statement {statement.name!a} skips verification: it proves nothing",
                path="",
                hint="accept such images in policy.json (insecureAcceptAnything), for their repository alone",
            )
        self._statement = statement
        self._store = store
        self._clock = clock
        self._revocation = revocation or Revocation(None, clock=clock)

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves; see `oci.trust.family.Verifier`."""
        try:
            return self._proved(signature, subject)
        except NotVerified as error:
            return Refusal(signature=signature, fault=Fault(error.fault), reason=error.message)
        except (InvalidValue, LimitExceeded) as error:
            if isinstance(error, InvalidSettings):
                raise
            return Refusal(signature=signature, fault=Fault.MALFORMED, reason=error.message)

    def _proved(self, signature: Signature, subject: Subject) -> Proof:
        envelope = read_envelope(signature.envelope, signature.media_type)
        chain = envelope.check()
        target = read_payload(envelope.payload)
        _check_target(target, subject)
        course = _Course(self._statement.actions)
        now_s = self._clock()
        is_trusted = course.holds(Validation.AUTHENTICITY, lambda: self._authenticate(envelope, chain))
        course.holds(Validation.EXPIRY, lambda: _check_expiry(envelope, now_s))
        times: list[_Vouched] = []
        course.holds(
            Validation.TIMESTAMP,
            lambda: times.extend(self._check_time(envelope, chain, now_s, is_trusted=is_trusted)),
        )
        vouched = times[0] if times else None
        course.holds(
            Validation.REVOCATION,
            lambda: self._check_revocation(chain, vouched, is_trusted=is_trusted),
        )
        key = thumbprint(envelope.chain[0])
        return Proof(
            signature=signature,
            digest=target.digest,
            identity="",
            key=key,
            signing_key=key,
            made_s=envelope.attributes.signed_s if vouched is None else vouched.seconds,
            creator=envelope.agent,
            signer=chain[0].subject.rfc4514_string(),
            clock="" if vouched is None else vouched.clock,
            warnings=tuple(course.warnings),
        )

    def _authenticate(self, envelope: Envelope, chain: Sequence[Certificate]) -> None:
        anchors = self._anchors(_STORES[envelope.attributes.scheme])
        if not any(certificate in anchors for certificate in chain):
            raise _untrusted(f"the chain of {name_of(chain[0])} leads to none of the roots that are trusted")
        wanted = self._statement.identities
        if wanted is None:
            return
        try:
            subject = subject_of(chain[0])
        except InvalidValue as error:
            raise _untrusted(error.message) from error
        if not any(covers(identity, subject) for identity in wanted):
            reason = f"{name_of(chain[0])} is of nobody whose signatures are wanted"
            raise NotVerified(reason, fault=Fault.OTHER_SIGNER.value)

    def _anchors(self, kind: str) -> list[Certificate]:
        return [
            certificate
            for store in self._statement.stores
            if store.kind == kind
            for certificate in self._store.certificates(store)
        ]

    def _check_time(
        self, envelope: Envelope, chain: Sequence[Certificate], now_s: float, *, is_trusted: bool
    ) -> tuple[_Vouched, ...]:
        """Check that the certificates were valid when it was signed; return when, if somebody vouches."""
        if envelope.attributes.scheme is Scheme.AUTHORITY:
            signed_s = envelope.attributes.signed_s
            _check_validity(chain, signed_s, signed_s, "when it was signed")
            return (_Vouched(signed_s, "signing authority"),) if is_trusted else ()
        anchors = self._anchors("tsa")
        has_expired = any(each.not_valid_after_utc.timestamp() < now_s for each in chain)
        if not anchors or not (self._statement.timestamps_always or has_expired):
            _check_validity(chain, now_s, now_s, "now, and no timestamp counts")
            return ()
        if not envelope.timestamp:
            raise _expired("a timestamp is wanted, and it has none")
        from ..timestamp.stamp import verify_timestamp

        stamp = verify_timestamp(envelope.timestamp, envelope.signature, anchors)
        if self._statement.actions[Validation.REVOCATION] is not Action.SKIP:
            self._revocation.check(stamp.chain, existed_s=None)
        _check_validity(chain, stamp.earliest_s, stamp.latest_s, "when it was timestamped")
        return (_Vouched(int(stamp.latest_s), stamp.chain[0].subject.rfc4514_string()),)

    def _check_revocation(
        self, chain: Sequence[Certificate], vouched: _Vouched | None, *, is_trusted: bool
    ) -> None:
        if not is_trusted:
            raise NotVerified(
                "nobody was asked, since whom to ask is said by a chain that is not trusted",
                fault=Fault.UNCHECKED.value,
            )
        self._revocation.check(chain, existed_s=None if vouched is None else vouched.seconds)


class TrustPolicyVerifier:
    """Trusts whom a trust policy trusts for each image's repository.

    Args:
        policy: The trust policy.
        store: The trust store.
        clock: Tells the seconds since 1970.
        revocation: Finds out whether certificates were revoked; one that can ask nobody if None.
    """

    family = Family.NOTATION

    def __init__(
        self,
        policy: TrustPolicy,
        store: TrustStore,
        *,
        clock: Callable[[], float],
        revocation: Revocation | None = None,
    ) -> None:
        self._policy = policy
        self._store = store
        self._clock = clock
        self._revocation = revocation

    def verify(self, signature: Signature, subject: Subject) -> Proof | Refusal:
        """Find out what a signature proves; see `oci.trust.family.Verifier`.

        Raises:
            Forbidden: The trust policy has no statement for the image's repository.
        """
        repository = "an image without a repository" if subject.name is None else subject.name.name
        chosen = NotationVerifier(
            self._policy.statement_for(repository),
            self._store,
            clock=self._clock,
            revocation=self._revocation,
        )
        return chosen.verify(signature, subject)


class _Vouched(NamedTuple):
    """A time that somebody else than the signer says."""

    seconds: int
    clock: str


class _Course:
    """The validations of one signature, and what did not hold without being enforced."""

    def __init__(self, actions: Mapping[Validation, Action]) -> None:
        self._actions = actions
        self.warnings: list[str] = []

    def holds(self, validation: Validation, check: Callable[[], None]) -> bool:
        """Run a validation; raises what is wrong where it is enforced."""
        action = self._actions[validation]
        if action is Action.SKIP:
            return False
        try:
            check()
        except NotVerified as error:
            if action is Action.ENFORCE:
                raise
            self.warnings.append(f"{validation.value}: {error.message}")
            return False
        return True


def _check_target(target: Descriptor, subject: Subject) -> None:
    if not subject.is_named_by(target.digest):
        reason = f"it is for {target.digest}, not {subject.digest}"
        raise NotVerified(reason, fault=Fault.OTHER_IMAGE.value)
    stated = parse_document(subject.content, where="image").media_type
    if target.size != len(subject.content) or target.media_type != stated:
        reason = f"it is for {target.size} bytes of {target.media_type}, which the image is not"
        raise NotVerified(reason, fault=Fault.OTHER_IMAGE.value)


def _check_expiry(envelope: Envelope, now_s: float) -> None:
    expires_s = envelope.attributes.expires_s
    if expires_s is not None and now_s >= expires_s:
        raise _expired(f"it was not to be used any more from {shown_time(expires_s)} on")


def _check_validity(chain: Sequence[Certificate], earliest_s: float, latest_s: float, when: str) -> None:
    for certificate in chain:
        if not (is_valid_at(certificate, earliest_s) and is_valid_at(certificate, latest_s)):
            raise _expired(f"{name_of(certificate)} is not valid {when} ({shown_time(latest_s)})")


def _expired(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.EXPIRED.value)


def _untrusted(reason: str) -> NotVerified:
    return NotVerified(reason, fault=Fault.WRONG_KEY.value)
