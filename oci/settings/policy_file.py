"""The text of a ``policy.json``: understood as a whole and strictly, or not at all.

containers-policy.json(5). A key that is not known, is there twice or lacks what belongs to it makes the whole
file invalid: a policy that is understood in part protects nobody. Errors name the file and the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import InvalidDocument, InvalidSettings, OciError
from ..spec import Reference, strict_json
from ..spec.reference import check_registry
from .name_pattern import fault_of_pattern
from .policy import (
    AcceptAnything,
    CertificateOf,
    DigestOnlySigned,
    ExactReference,
    ExactRepository,
    Fulcio,
    Keys,
    MatchExact,
    MatchRepoDigestOrExact,
    MatchRepository,
    NotationSigned,
    Policy,
    PublicKeyInfrastructure,
    Reject,
    RemapIdentity,
    SignedBaseLayer,
    SignedBy,
    SigstoreSigned,
)
from .policy_scope import fault_of_scope
from .strict_object import StrictObject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .policy import IdentityMatch, Requirement

_T = TypeVar("_T")

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a policy may have."""

_KEY_TYPES: Final = ("GPGKeys", "signedByGPGKeys", "X509Certificates", "signedByX509CAs")
_REKOR: Final = {
    "rekorPublicKeyPath": False,
    "rekorPublicKeyPaths": False,
    "rekorPublicKeyData": True,
    "rekorPublicKeyDatas": True,
}
# Paths that differ in case only are two scopes; everywhere else such keys are refused.
_DATA_KEYS: Final = strict_json.FREE_FORM | {
    "transports",
    "containers-storage",
    "dir",
    "docker",
    "docker-daemon",
    "oci",
    "oci-archive",
    "sif",
}


def parse_policy(raw: bytes, *, path: str) -> Policy:
    """Read a policy.

    Args:
        raw: The file's bytes, of which one more than `MAX_BYTES` is enough to see that there are too many.
        path: Where they were read, for messages.

    Raises:
        InvalidSettings: It is no policy.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidSettings(f"{path}: larger than the {MAX_BYTES} bytes of a policy", path=path)
    try:
        document = strict_json.loads(raw, where=path, free_form=_DATA_KEYS)
    except InvalidDocument as error:
        hint = "the file counts as a whole or not at all: mend it, or name another one"
        raise InvalidSettings(error.message, path=path, hint=hint) from error
    whole = StrictObject(document, path=path, key="")
    default = _requirements(whole.value("default"), path, "default")
    transports: dict[str, Mapping[str, tuple[Requirement, ...]]] = {}
    if whole.has("transports"):
        listed = whole.child("transports")
        for transport, scopes in listed.items():
            inner = StrictObject(scopes, path=path, key=listed.inner(transport))
            transports[transport] = _scopes(transport, inner)
    whole.done()
    return Policy(default=default, transports=transports, path=path)


def _scopes(transport: str, listed: StrictObject) -> dict[str, tuple[Requirement, ...]]:
    found: dict[str, tuple[Requirement, ...]] = {}
    for scope, requirements in listed.items():
        fault = fault_of_scope(transport, scope)
        if fault:
            raise listed.wrong(scope, fault)
        found[scope] = _requirements(requirements, listed.path, listed.inner(f'"{scope}"'))
    return found


def _requirements(value: object, path: str, key: str) -> tuple[Requirement, ...]:
    if not isinstance(value, list) or not value:
        raise InvalidSettings(
            f"{path}: {key} must be an array of at least one requirement", path=path, key=key
        )
    return tuple(
        _requirement(StrictObject(item, path=path, key=f"{key}[{position}]"))
        for position, item in enumerate(value)
    )


def _requirement(item: StrictObject) -> Requirement:
    return _of_type(item, _REQUIREMENTS, "no requirement")


def _of_type(item: StrictObject, readers: Mapping[str, Callable[[StrictObject], _T]], otherwise: str) -> _T:
    """Read an object whose ``type`` says how, and that has nothing besides."""
    kind = item.text("type")
    read = readers.get(kind)
    if read is None:
        raise item.wrong("type", f"is {kind[:60]!a}, which is {otherwise}")
    found = read(item)
    item.done()
    return found


def _signed_by(item: StrictObject) -> SignedBy:
    key_type = item.text("keyType")
    if key_type not in _KEY_TYPES:
        raise item.wrong("keyType", f"is {key_type[:60]!a}, and has to be {_KEY_TYPES[0]}")
    name = _only_one(item, ("keyPath", "keyPaths", "keyData"))
    return SignedBy(key_type=key_type, keys=_keys(item, name), identity=_identity(item))


def _sigstore_signed(item: StrictObject) -> SigstoreSigned:
    name = _only_one(item, ("keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"))
    rekor = [each for each in _REKOR if item.has(each)]
    if len(rekor) > 1:
        raise item.wrong(rekor[1], f"is there besides {rekor[0]}: one of them has to go")
    if name == "fulcio" and not rekor:
        raise item.wrong("rekorPublicKeyPath", "or another of the log's keys has to be there with fulcio")
    if name == "pki" and rekor:
        raise item.wrong(rekor[0], "cannot be used with pki")
    signer: Keys | Fulcio | PublicKeyInfrastructure
    if name == "fulcio":
        signer = _fulcio(item.child(name))
    elif name == "pki":
        signer = _pki(item.child(name))
    else:
        signer = _keys(item, name)
    return SigstoreSigned(
        signer=signer, rekor_keys=_keys(item, rekor[0]) if rekor else Keys(), identity=_identity(item)
    )


def _fulcio(item: StrictObject) -> Fulcio:
    read = Fulcio(
        authorities=_keys(item, _only_one(item, ("caPath", "caData"))),
        issuer=item.text("oidcIssuer"),
        subject_email=item.text("subjectEmail"),
    )
    item.done()
    return read


def _pki(item: StrictObject) -> PublicKeyInfrastructure:
    between = ("caIntermediatesPath", "caIntermediatesData")
    if not item.has("subjectEmail") and not item.has("subjectHostname"):
        raise item.wrong("subjectEmail", "or subjectHostname has to be there")
    read = PublicKeyInfrastructure(
        roots=_keys(item, _only_one(item, ("caRootsPath", "caRootsData"))),
        intermediates=_keys(item, _only_one(item, between)) if any(map(item.has, between)) else Keys(),
        subject_email=item.text("subjectEmail") if item.has("subjectEmail") else "",
        subject_hostname=item.text("subjectHostname") if item.has("subjectHostname") else "",
    )
    item.done()
    return read


def _digest_only_signed(item: StrictObject) -> DigestOnlySigned:
    name = _only_one(item, ("keyPath", "keyPaths", "keyData", "keyDatas", "certificate"))
    roots = [each for each in ("trustedRootPath", "trustedRootData") if item.has(each)]
    if len(roots) > 1:
        raise item.wrong(roots[1], f"is there besides {roots[0]}: one of them has to go")
    if name == "certificate" and not roots:
        raise item.wrong("trustedRootPath", "or trustedRootData has to be there with certificate")
    return DigestOnlySigned(
        signer=_certificate_of(item.child(name)) if name == "certificate" else _keys(item, name),
        trusted_root=_keys(item, roots[0]) if roots else Keys(),
    )


def _certificate_of(item: StrictObject) -> CertificateOf:
    subject = _only_one(item, ("subject", "subjectRegexp"))
    issuer = _only_one(item, ("oidcIssuer", "oidcIssuerRegexp"))
    read = CertificateOf(
        subject=item.text(subject) if subject == "subject" else "",
        subject_pattern=_pattern(item, subject) if subject != "subject" else "",
        issuer=item.text(issuer) if issuer == "oidcIssuer" else "",
        issuer_pattern=_pattern(item, issuer) if issuer != "oidcIssuer" else "",
    )
    item.done()
    return read


def _pattern(item: StrictObject, name: str) -> str:
    text = item.text(name)
    fault = fault_of_pattern(text)
    if fault:
        raise item.wrong(name, fault)
    return text


def _only_one(item: StrictObject, names: tuple[str, ...]) -> str:
    given = [name for name in names if item.has(name)]
    if not given:
        raise item.wrong("", f"needs one of {', '.join(names)}")
    if len(given) > 1:
        raise item.wrong(given[1], f"is there besides {given[0]}: one of them has to go")
    return given[0]


def _keys(item: StrictObject, name: str) -> Keys:
    """Read a member whose name tells its form: ``...Path``, ``...Paths``, ``...Data`` or ``...Datas``."""
    if name.endswith("Datas"):
        return Keys(data=item.datas(name))
    if name.endswith("Data"):
        return Keys(data=(item.data(name),))
    return Keys(paths=item.texts(name) if name.endswith("Paths") else (item.text(name),))


def _identity(item: StrictObject) -> IdentityMatch:
    if not item.has("signedIdentity"):
        return MatchRepoDigestOrExact()
    return _match(item.child("signedIdentity"))


def _match(item: StrictObject) -> IdentityMatch:
    return _of_type(item, _MATCHES, "no way to compare names")


def _exact_reference(item: StrictObject) -> ExactReference:
    reference = _name(item, "dockerReference")
    if not reference.tag and not reference.digest:
        raise item.wrong("dockerReference", "has neither a tag nor a digest")
    return ExactReference(str(reference))


def _exact_repository(item: StrictObject) -> ExactRepository:
    return ExactRepository(_name(item, "dockerRepository").name)


def _remap(item: StrictObject) -> RemapIdentity:
    return RemapIdentity(_namespace(item, "prefix"), _namespace(item, "signedPrefix"))


def _name(item: StrictObject, key: str) -> Reference:
    text = item.text(key)
    try:
        return Reference.parse(text)
    except OciError as error:
        raise item.wrong(key, f"is no image name: {text[:80]!a}") from error


def _namespace(item: StrictObject, key: str) -> str:
    text = item.text(key)
    host, slash, path = text.partition("/")
    try:
        check_registry(host)
        if slash:
            Reference.parse(f"{host if _is_host(host) else 'localhost'}/{path}")
    except OciError as error:
        raise item.wrong(key, f"is no registry, namespace or repository: {text[:80]!a}") from error
    return text


def _is_host(text: str) -> bool:
    return "." in text or ":" in text or text == "localhost"


_REQUIREMENTS: Final[Mapping[str, Callable[[StrictObject], Requirement]]] = {
    "insecureAcceptAnything": lambda _: AcceptAnything(),
    "reject": lambda _: Reject(),
    "signedBy": _signed_by,
    "signedBaseLayer": lambda item: SignedBaseLayer(identity=_match(item.child("baseLayerIdentity"))),
    "sigstoreSigned": _sigstore_signed,
    "digestOnlySigned": _digest_only_signed,
    "notationSigned": lambda item: NotationSigned(
        trust_policy=item.text("trustPolicyPath"), trust_store=item.text("trustStorePath")
    ),
}
_MATCHES: Final[Mapping[str, Callable[[StrictObject], IdentityMatch]]] = {
    "matchExact": lambda _: MatchExact(),
    "matchRepoDigestOrExact": lambda _: MatchRepoDigestOrExact(),
    "matchRepository": lambda _: MatchRepository(),
    "exactReference": _exact_reference,
    "exactRepository": _exact_repository,
    "remapIdentity": _remap,
}
