"""How signatures of the Notary Project answer to a policy: where they lie, whom ``notationSigned`` trusts."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InvalidSettings
from ...settings.policy import NotationSigned
from ..fetch import HttpFetch
from .revocation import Revocation
from .shelf import notation_shelf
from .trust_policy import MAX_BYTES, parse_trust_policy
from .trust_store import TrustStore
from .verifier import TrustPolicyVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...content.cancellation import CancelToken
    from ...settings import Settings
    from ...settings.policy import Requirement
    from ..family import Shelf
    from ..policy import Ground


def shelves(ground: Ground) -> Iterator[Shelf]:
    """Yield the place that may have signatures of an image; see `oci.trust.policy.Practice`."""
    yield notation_shelf(ground.source)


@contextmanager
def verifier(requirement: Requirement, ground: Ground) -> Iterator[TrustPolicyVerifier]:
    """Return who verifies for a requirement; see `oci.trust.policy.Practice`."""
    assert isinstance(requirement, NotationSigned)
    session = ground.session
    with trusting(
        requirement.trust_policy, requirement.trust_store, session.settings, token=session.token
    ) as found:
        yield found


@contextmanager
def trusting(
    trust_policy: str, trust_store: str, settings: Settings, *, token: CancelToken | None = None
) -> Iterator[TrustPolicyVerifier]:
    """Read a trust policy, and return who verifies by it, with a network to ask about revocation over.

    Args:
        trust_policy: The file.
        trust_store: The directory of the trust store.
        settings: Decide on proxies.
        token: Cancelling it ends what is asked at once.

    Raises:
        InvalidSettings: The file cannot be read, or is no trust policy.
    """
    try:
        with Path(trust_policy).open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise InvalidSettings(f"{trust_policy}: {reason}", path=trust_policy) from error
    policy = parse_trust_policy(raw, path=trust_policy)
    with closing(HttpFetch(settings, token=token)) as fetch:
        yield TrustPolicyVerifier(
            policy,
            TrustStore(Path(trust_store)),
            clock=time.time,
            revocation=Revocation(fetch, clock=time.time),
        )
