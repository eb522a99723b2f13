"""Options for signatures of the Notary Project: by what to verify, and how to make them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from .bundle import bundle
from .value import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oci.settings import Settings
    from oci.trust.family import Verifier
    from oci.trust.notation.signer import NotationSigner

    from .passphrase import PassphraseChoice


@frozen(kw_only=True)
class Notary:
    """By what signatures of the Notary Project are verified.

    Args:
        trust_policy: The file with the trust policy, or None.
        trust_store: The directory with the trust store, or None.
    """

    trust_policy: str | None
    trust_store: str | None

    @property
    def is_stated(self) -> bool:
        """Whether anybody is trusted."""
        return self.trust_policy is not None or self.trust_store is not None

    @contextmanager
    def verifying(self, settings: Settings) -> Iterator[list[Verifier]]:
        """Return who verifies by them: one, or nobody where neither is given.

        Raises:
            UsageError: Only one of the two is given.
            InvalidSettings: The file is no trust policy.
        """
        if self.trust_policy is None or self.trust_store is None:
            if self.trust_policy != self.trust_store:
                raise click.UsageError("--trust-policy and --trust-store need each other")
            yield []
            return
        from oci.trust.notation.practice import trusting

        with trusting(self.trust_policy, self.trust_store, settings) as found:
            yield [found]


notary_options = bundle(
    "notary",
    Notary,
    {
        "trust_policy": click.option(
            "--trust-policy", metavar="FILE", help="The trust policy for signatures that notation makes."
        ),
        "trust_store": click.option(
            "--trust-store", metavar="DIR", help="The certificates that it speaks of: notation's truststore."
        ),
    },
)


@frozen(kw_only=True)
class Wrapping:
    """What envelopes of the Notary Project are like.

    Args:
        envelope: ``jws`` or ``cose``.
        expires_after_s: Seconds after which a signature is not to be used any more, or None.
    """

    envelope: str
    expires_after_s: int | None

    def signer(
        self,
        key: str,
        certificate: str | None,
        chain: str | None,
        metadata: Mapping[str, str],
        passphrase: PassphraseChoice,
    ) -> NotationSigner:
        """Return what signs with a key and its certificates.

        Args:
            key: The file with the private key, in PEM.
            certificate: The file with its certificate, and perhaps with those that vouch for it.
            chain: The file with those, from the next one to the root, or None.
            metadata: What else to say about images.
            passphrase: What opens the key.

        Raises:
            UsageError: There is no certificate.
            InvalidSettings: They cannot be read, or may not sign images.
            OSError: A file cannot be read.
        """
        import time

        from oci.trust.notation.envelope import COSE, JWS
        from oci.trust.notation.signer import NotationSigner, load_credential

        if certificate is None:
            raise click.UsageError("--as notation needs --cert, and --chain up to the root")
        certificates = Path(certificate).read_bytes() + b"\n"
        if chain is not None:
            certificates += Path(chain).read_bytes()
        given = passphrase.read()
        credential = load_credential(
            Path(key).read_bytes(),
            certificates,
            passphrase=None if given is None else given.encode(),
            where=key,
        )
        return NotationSigner(
            credential=credential,
            clock=time.time,
            media_type=COSE if self.envelope == "cose" else JWS,
            expires_after_s=self.expires_after_s,
            metadata=metadata,
        )


wrapping_options = bundle(
    "wrapping",
    Wrapping,
    {
        "envelope": one_of(
            "--envelope", "jws", "cose", parameter="envelope", text="The form of a signature of notation's."
        ),
        "expires_after_s": click.option(
            "--expires-after",
            "expires_after_s",
            metavar="SECONDS",
            type=click.IntRange(1),
            help="When it is not to be used any more (with --as notation).",
        ),
    },
)
