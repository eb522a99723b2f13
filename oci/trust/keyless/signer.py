"""Signing with a certificate of Fulcio and an entry in Rekor, which the package ``sigstore`` asks for.

The one module that uses that package; it is an extra, and loaded when somebody signs in this way. It speaks
to its services itself: with its own timeouts, and proxies and authorities as `requests` finds them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...errors import OciError, Unsupported
from ...frozen import field, frozen

if TYPE_CHECKING:
    from sigstore.sign import SigningContext

_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_HINT: Final = "pip install 'ocitool[keyless]'"


@frozen(kw_only=True)
class Services:
    """Whom to ask for certificates and entries, and what their answers are held against.

    Args:
        signing_config: The JSON of a signing config of sigstore's: their addresses.
        trusted_root: The JSON of the trusted root that goes with it.
    """

    signing_config: bytes
    trusted_root: bytes


@frozen(kw_only=True)
class KeylessSigner:
    """Signs statements as somebody whom an identity provider knows.

    Args:
        token: The identity token, which is a secret for as long as it is valid.
        services: Whom to ask, or None for sigstore's public instance, whose addresses its own client finds.
    """

    token: str = field(repr=False)
    services: Services | None = None

    def sign(self, statement: bytes) -> bytes:
        """Sign a statement of in-toto.

        Returns:
            A sigstore bundle.

        Raises:
            Unsupported: The package is not installed.
            OciError: The token is no good, or a service has refused or could not be reached.
        """
        try:
            from sigstore.dsse import Statement
            from sigstore.oidc import IdentityToken
        except ImportError as error:
            raise Unsupported("signing without keys needs the package sigstore", hint=_HINT) from error
        try:
            with self._context().signer(IdentityToken(self.token)) as signer:
                return str(signer.sign_dsse(Statement(statement)).to_json()).encode()
        except Exception as error:
            # It documents no class that all refusals, timeouts and unreadable answers have in common.
            raise _failure(error) from error

    def _context(self) -> SigningContext:
        from sigstore.models import ClientTrustConfig
        from sigstore.sign import SigningContext

        if self.services is None:
            return SigningContext.from_trust_config(ClientTrustConfig.production())
        config = {
            "mediaType": _CONFIG,
            "trustedRoot": json.loads(self.services.trusted_root),
            "signingConfig": json.loads(self.services.signing_config),
        }
        return SigningContext.from_trust_config(ClientTrustConfig.from_json(json.dumps(config)))


def ambient_token() -> str | None:
    """Return the identity token that the machine this runs on has for it (a CI job, say), or None.

    Raises:
        Unsupported: The package is not installed.
        OciError: There should be one, and it cannot be had.
    """
    try:
        from sigstore.oidc import detect_credential
    except ImportError as error:
        raise Unsupported("signing without keys needs the package sigstore", hint=_HINT) from error
    try:
        found = detect_credential()
    except Exception as error:
        raise _failure(error) from error
    return None if found is None else str(found)


def _failure(error: Exception) -> OciError:
    said = str(error) or str(error.__cause__ or "") or type(error).__name__
    return OciError(f"signing without a key: {' '.join(said.split())[:400]}")
