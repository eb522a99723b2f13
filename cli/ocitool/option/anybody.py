"""Who may be trusted to have signed, all families together: what verifying and listing have in common."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oci.frozen import frozen

from .gpg import GpgTrust, gpg_options
from .notary import Notary, notary_options
from .trusted import Trusted, trusted_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oci.settings import Settings
    from oci.trust.family import Verifier

    from .bundle import Decorator


@frozen(kw_only=True)
class Anybody:
    """Everybody whom the options trust.

    Args:
        trusted: Keys and certificates, for signatures as cosign makes them.
        gpg: GPG keys.
        notary: A trust policy, for signatures as notation makes them.
    """

    trusted: Trusted
    gpg: GpgTrust
    notary: Notary

    @property
    def is_stated(self) -> bool:
        """Whether anybody is trusted."""
        return self.trusted.is_stated or self.gpg.is_stated or self.notary.is_stated

    @contextmanager
    def verifying(self, settings: Settings) -> Iterator[list[Verifier]]:
        """Return who verifies.

        Raises:
            UsageError: Nobody is trusted, or the options contradict each other.
            OciError: A file holds something else, or a program is missing.
            OSError: A file cannot be read.
        """
        import time

        from oci.settings.policy import MatchRepoDigestOrExact

        rule = self.trusted.rule(MatchRepoDigestOrExact())
        with self.notary.verifying(settings) as by_policy, self.gpg.verifying(rule) as by_gpg:
            others = [*by_policy, *by_gpg]
            # Where nobody is trusted at all, it is there that somebody is asked for.
            stated = self.trusted.verifiers(time.time) if self.trusted.is_stated or not others else []
            yield [*stated, *others]

    def attesting(self) -> list[Verifier]:
        """Return who verifies attestations of any kind; nobody where they are not what is asked for.

        Raises:
            UsageError: The options do not say enough.
            OciError: A file holds something else.
            OSError: A file cannot be read.
        """
        import time

        if not self.trusted.is_stated or self.trusted.identity is not None:
            return []
        return self.trusted.attestation_verifiers("", time.time)


def anybody_options(command: Callable[..., object]) -> Callable[..., object]:
    """Declare the options: ``anybody`` gets what they say."""

    @functools.wraps(command)
    def call(*, trusted: Trusted, gpg: GpgTrust, notary: Notary, **values: object) -> object:
        return command(anybody=Anybody(trusted=trusted, gpg=gpg, notary=notary), **values)

    decorators: list[Decorator] = [trusted_options, gpg_options, notary_options]
    decorated: Callable[..., object] = call
    for each in reversed(decorators):
        decorated = each(decorated)
    return decorated
