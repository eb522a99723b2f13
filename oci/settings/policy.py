"""Signature policies as values (containers-policy.json(5)); nothing is judged here.

A policy has requirements for single scopes of a transport (a registry, a namespace, a directory), for whole
transports, and for everything else. The most specific scope decides alone, and all of its requirements must
hold. `policy_file` reads the text; which scopes an image is in is told by `policy_scope`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ..frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@frozen
class MatchExact:
    """The signature is for the very name that was asked for (``matchExact``)."""


@frozen
class MatchRepoDigestOrExact:
    """The same; an image asked for by digest needs the same repository only (``matchRepoDigestOrExact``)."""


@frozen
class MatchRepository:
    """The signature is for the same repository, whatever its tag (``matchRepository``)."""


@frozen
class ExactReference:
    """The signature is for one given name (``exactReference``).

    Args:
        reference: The name, with a tag or digest.
    """

    reference: str


@frozen
class ExactRepository:
    """The signature is for one given repository (``exactRepository``).

    Args:
        repository: The repository.
    """

    repository: str


@frozen
class RemapIdentity:
    """`MatchRepoDigestOrExact`, after one namespace has taken the place of another (``remapIdentity``).

    Args:
        prefix: The namespace of the image.
        signed_prefix: The namespace that the signature names instead.
    """

    prefix: str
    signed_prefix: str


IdentityMatch: TypeAlias = (
    MatchExact | MatchRepoDigestOrExact | MatchRepository | ExactReference | ExactRepository | RemapIdentity
)


@frozen(kw_only=True)
class Keys:
    """Keys or certificates, of which one has to fit; either in files or in the policy itself.

    Args:
        paths: Files.
        data: What such files would hold.
    """

    paths: tuple[str, ...] = ()
    data: tuple[bytes, ...] = ()


@frozen(kw_only=True)
class Fulcio:
    """Certificates that Fulcio has made for somebody (``fulcio``).

    Args:
        authorities: The roots that are trusted.
        issuer: Who has identified that somebody.
        subject_email: Who that is.
    """

    authorities: Keys
    issuer: str
    subject_email: str


@frozen(kw_only=True)
class PublicKeyInfrastructure:
    """Certificates of one's own authorities (``pki``).

    Args:
        roots: The roots that are trusted.
        intermediates: Certificates between them and those of the signers.
        subject_email: Who must have signed, or an empty string.
        subject_hostname: Which host must have signed, or an empty string.
    """

    roots: Keys
    intermediates: Keys = field(default_factory=Keys)
    subject_email: str = ""
    subject_hostname: str = ""


@frozen
class AcceptAnything:
    """Nothing is required (``insecureAcceptAnything``)."""


@frozen
class Reject:
    """No image is accepted (``reject``)."""


@frozen(kw_only=True)
class SignedBy:
    """A simple signature made with GPG (``signedBy``).

    Args:
        key_type: What the keys are, as the policy names it.
        keys: The keys.
        identity: For which image the signature must be.
    """

    key_type: str
    keys: Keys
    identity: IdentityMatch


@frozen(kw_only=True)
class SignedBaseLayer:
    """A base image with a signature (``signedBaseLayer``); nobody has ever implemented it.

    Args:
        identity: The base image.
    """

    identity: IdentityMatch


@frozen(kw_only=True)
class SigstoreSigned:
    """A signature in sigstore's format (``sigstoreSigned``).

    Args:
        signer: The keys, or the certificates, of whom must have signed.
        rekor_keys: Keys of the log that must have recorded it; none where it need not be recorded.
        identity: For which image the signature must be.
    """

    signer: Keys | Fulcio | PublicKeyInfrastructure
    rekor_keys: Keys = field(default_factory=Keys)
    identity: IdentityMatch = field(default_factory=MatchRepoDigestOrExact)


@frozen(kw_only=True)
class NotationSigned:
    """A signature of the Notary Project (``notationSigned``); ours, and unknown to containers/image.

    Args:
        trust_policy: The trust policy, in which the image's repository has a statement.
        trust_store: The directory with the certificates that it speaks of.
    """

    trust_policy: str
    trust_store: str


@frozen(kw_only=True)
class CertificateOf:
    """Whose certificates are accepted; of each pair, one is there and the other one empty.

    Args:
        subject: Their name, whole.
        subject_pattern: A regular expression that the whole name has to match.
        issuer: Who must have identified them, as a URL.
        issuer_pattern: A regular expression that the whole URL has to match.
    """

    subject: str = ""
    subject_pattern: str = ""
    issuer: str = ""
    issuer_pattern: str = ""


@frozen(kw_only=True)
class DigestOnlySigned:
    """A sigstore bundle, which signs a digest and no name (``digestOnlySigned``); ours.

    An image that was signed in one repository satisfies it in every other one.

    Args:
        signer: The keys, or the certificates, of whom must have signed.
        trusted_root: The trusted root by which time and certificates are judged; nothing for keys alone.
    """

    signer: Keys | CertificateOf
    trusted_root: Keys = field(default_factory=Keys)


Requirement: TypeAlias = (
    AcceptAnything | Reject | SignedBy | SignedBaseLayer | SigstoreSigned | NotationSigned | DigestOnlySigned
)

_DEFAULT: Final = "default"


@frozen
class Ruling:
    """What a policy says about an image.

    Args:
        requirements: What must hold, all of it; never empty.
        key: Where in the policy that is written, such as ``transports.docker.quay.io``.
    """

    requirements: tuple[Requirement, ...]
    key: str


@frozen(kw_only=True)
class Policy:
    """A whole policy.

    Args:
        default: What must hold where nothing else is said; never empty.
        transports: For each transport, and each scope in it, what must hold; the scope ``""`` is the rest of
            the transport.
        path: Where it was read, for messages.
    """

    default: tuple[Requirement, ...]
    transports: Mapping[str, Mapping[str, tuple[Requirement, ...]]] = field(default_factory=dict)
    path: str = field(default="", compare=False)

    def ruling(self, transport: str, scopes: Iterable[str]) -> Ruling:
        """Return what the policy says about an image.

        Args:
            transport: The image's transport.
            scopes: The scopes it is in, the narrowest first, as `policy_scope.scopes_of` returns them.
        """
        known = self.transports.get(transport, {})
        for scope in (*scopes, ""):
            if scope in known:
                return Ruling(known[scope], f'transports.{transport}."{scope}"')
        return Ruling(self.default, _DEFAULT)
