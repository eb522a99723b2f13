"""Whom a command trusts to have signed: keys, or certificates of somebody that authorities vouch for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from oci.errors import InvalidSettings, OciError
from oci.frozen import frozen

from .annotation import annotation_option
from .bundle import bundle
from .key_file import read_public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.x509 import Certificate

    from oci.settings.policy import IdentityMatch
    from oci.trust import Family
    from oci.trust.certificate.authority import Authority
    from oci.trust.certificate.identity import SignerIdentity
    from oci.trust.cosign.claim import Asked, Claim
    from oci.trust.family import Verifier
    from oci.trust.log.trusted import TrustedLog
    from oci.trust.root.trusted_root import TrustedRoot

ANY_NAME: Final = "any"
"""Stands for every name that may have been signed."""


@frozen(kw_only=True)
class Trusted:
    """What the options say about who must have signed, and what.

    Args:
        keys: Files with public keys.
        subject: Whose certificate it has to be, or None.
        subject_pattern: A regular expression for that, or None.
        issuer: Who must have identified them, or None.
        issuer_pattern: A regular expression for that, or None.
        roots: The file with the authorities, or None.
        between: The file with those beneath them, or None.
        log_keys: Files with the keys of logs.
        trusted_root: The file with logs and authorities in place of those, or None.
        identity: The name that must have been signed, ``any`` for any; None for one of the same repository.
        annotation: What signatures have to say.
    """

    keys: tuple[str, ...]
    subject: str | None
    subject_pattern: str | None
    issuer: str | None
    issuer_pattern: str | None
    roots: str | None
    between: str | None
    log_keys: tuple[str, ...]
    trusted_root: str | None
    identity: str | None
    annotation: tuple[tuple[str, str], ...]

    @property
    def is_stated(self) -> bool:
        """Whether anybody is trusted."""
        return bool(self.keys or self.roots or self.subject or self.subject_pattern)

    def verifiers(self, clock: Callable[[], float]) -> list[Verifier]:
        """Return what finds out whether one of those has signed an image.

        Bundles sign no name: where one is asked for, they are not looked at.

        Args:
            clock: Tells the seconds since 1970.

        Raises:
            UsageError: Nobody is trusted, or the options do not say enough.
            InvalidSettings: A file holds something else.
            OSError: A file cannot be read.
        """
        from oci.trust import Family
        from oci.trust.bundle.claim import StatementClaim

        found = self._trusting(self.claim(), Family.COSIGN, clock)
        if self.identity is None or self.identity == ANY_NAME:
            statement = StatementClaim(annotations=dict(self.annotation))
            found += self._trusting(statement, Family.BUNDLE, clock)
        return found

    def attestation_verifiers(self, predicate_type: str, clock: Callable[[], float]) -> list[Verifier]:
        """Return what finds out whether one of those has attested something; see `verifiers`.

        Args:
            predicate_type: What kind of thing; empty for any.
            clock: Tells the seconds since 1970.
        """
        from oci.trust import Family
        from oci.trust.bundle.claim import StatementClaim

        if self.identity is not None:
            raise click.UsageError("attestations are about digests: --identity has no meaning for them")
        claim = StatementClaim(predicate_type=predicate_type, annotations=dict(self.annotation))
        return [
            *self._trusting(claim, Family.ATTESTATION, clock),
            *self._trusting(claim, Family.BUNDLE, clock),
        ]

    def _trusting(self, claim: Asked, family: Family, clock: Callable[[], float]) -> list[Verifier]:
        from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey

        if not self.is_stated:
            raise click.UsageError(
                "who must have signed? --key, --gpg, or --certificate-identity with --trusted-root or"
                " --ca-roots; or --policy"
            )
        root = self._root()
        found: list[Verifier] = []
        if self.keys:
            keys = tuple(TrustedKey(name=path, key=read_public_key(path)) for path in self.keys)
            found.append(KeyVerifier(keys=keys, claim=claim, witnesses=root.witnesses, family=family))
        if self.roots is not None or self.subject is not None or self.subject_pattern is not None:
            from oci.trust.cosign.certificate_verifier import CertificateVerifier

            found.append(
                CertificateVerifier(
                    authorities=root.authorities,
                    identity=self._signer(),
                    claim=claim,
                    witnesses=root.witnesses,
                    certificate_logs=None if self.trusted_root is None else root.certificate_logs,
                    clock=clock,
                    family=family,
                )
            )
        return found

    def _root(self) -> TrustedRoot:
        """Return who else is trusted: what the file of a trusted root says, or what single options do."""
        from oci.trust.root.trusted_root import TrustedRoot

        if self.trusted_root is not None:
            from oci.trust.root.document import load_trusted_root

            if self.roots or self.between or self.log_keys:
                raise click.UsageError(
                    "--trusted-root says it all: no --ca-roots, --ca-intermediates or --rekor-key beside it"
                )
            return load_trusted_root(Path(self.trusted_root).read_bytes(), path=self.trusted_root)
        return TrustedRoot(logs=self._logs(), authorities=tuple(self._authorities()))

    def _logs(self) -> tuple[TrustedLog, ...]:
        if not self.log_keys:
            return ()
        from oci.trust.log.trusted import logs_with

        return logs_with(map(read_public_key, self.log_keys))

    def _authorities(self) -> Iterator[Authority]:
        if self.roots is None:
            if self.subject is not None or self.subject_pattern is not None:
                raise click.UsageError(
                    "--certificate-identity needs --trusted-root or --ca-roots: who vouches for it?"
                )
            return
        from oci.trust.certificate.authority import Authority

        between = () if self.between is None else self._certificates(self.between)
        yield Authority(anchors=self._certificates(self.roots), between=between)

    def claim(self) -> Claim:
        """Return what signed documents have to say.

        Raises:
            UsageError: The name is none.
        """
        from oci.settings.policy import MatchRepository
        from oci.trust.cosign.claim import Claim

        return Claim(rule=self.rule(MatchRepository()), annotations=dict(self.annotation))

    def rule(self, usual: IdentityMatch) -> IdentityMatch | None:
        """Return which signed names are for the image, or None for any.

        Args:
            usual: The rule where the options say nothing.

        Raises:
            UsageError: The name is none.
        """
        from oci.settings.policy import ExactReference, ExactRepository
        from oci.spec import Reference

        if self.identity is None:
            return usual
        if self.identity == ANY_NAME:
            return None
        try:
            named = Reference.parse(self.identity)
        except OciError as error:
            raise click.UsageError(f"--identity: {error.message}") from error
        return ExactReference(str(named)) if named.tag or named.digest else ExactRepository(str(named))

    def _signer(self) -> SignerIdentity:
        from oci.settings.name_pattern import fault_of_pattern
        from oci.trust.certificate.identity import SignerIdentity

        if self.subject is None and self.subject_pattern is None:
            raise click.UsageError("--ca-roots needs --certificate-identity: anybody may have a certificate")
        if (self.log_keys or self.trusted_root) and self.issuer is None and self.issuer_pattern is None:
            raise click.UsageError("a certificate of Fulcio needs --certificate-oidc-issuer, too")
        for option, pattern in (
            ("--certificate-identity-regexp", self.subject_pattern),
            ("--certificate-oidc-issuer-regexp", self.issuer_pattern),
        ):
            fault = fault_of_pattern(pattern or "")
            if fault:
                raise click.UsageError(f"{option} {fault}")
        return SignerIdentity(
            subject=self.subject or "",
            subject_pattern=self.subject_pattern or "",
            issuer=self.issuer or "",
            issuer_pattern=self.issuer_pattern or "",
        )

    @staticmethod
    def _certificates(path: str) -> tuple[Certificate, ...]:
        from oci.trust.certificate.chain import load_certificates

        try:
            return load_certificates(Path(path).read_bytes(), where=path)
        except OciError as error:
            raise InvalidSettings(error.message, path=path) from error


trusted_options = bundle(
    "trusted",
    Trusted,
    {
        "keys": click.option(
            "--key", "keys", metavar="FILE", multiple=True, help="A public key to trust; any number of times."
        ),
        "subject": click.option(
            "--certificate-identity", "subject", metavar="NAME", help="Whose certificate it has to be."
        ),
        "subject_pattern": click.option(
            "--certificate-identity-regexp",
            "subject_pattern",
            metavar="REGEXP",
            help="The same as a regular expression for the whole name.",
        ),
        "issuer": click.option(
            "--certificate-oidc-issuer", "issuer", metavar="URL", help="Who must have identified them."
        ),
        "issuer_pattern": click.option(
            "--certificate-oidc-issuer-regexp",
            "issuer_pattern",
            metavar="REGEXP",
            help="The same as a regular expression for the whole URL.",
        ),
        "roots": click.option(
            "--ca-roots", "roots", metavar="FILE", help="The authorities that vouch for certificates, in PEM."
        ),
        "between": click.option(
            "--ca-intermediates", "between", metavar="FILE", help="Authorities beneath them, in PEM."
        ),
        "log_keys": click.option(
            "--rekor-key",
            "log_keys",
            metavar="FILE",
            multiple=True,
            help="The key of a log that must have recorded it; any number of times.",
        ),
        "trusted_root": click.option(
            "--trusted-root",
            metavar="FILE",
            help="sigstore's trusted root: logs and authorities, and when each of them counts.",
        ),
        "identity": click.option(
            "--identity",
            metavar="NAME",
            help="The name that must have been signed: one of the image's repository by default, or with GPG"
            " the image's own; or any.",
        ),
        "annotation": annotation_option("What the signature has to say; any number of times."),
    },
)
