"""The whole exception tree, with facts in fields; imports nothing of ours.

::

    OciError
    ├── InvalidValue (ValueError)      a text or document from outside breaks a rule of the specs
    │   ├── InvalidReference
    │   ├── InvalidDigest
    │   ├── InvalidDocument            JSON, manifest, index, config: what and where
    │   ├── InvalidSettings            an authfile, a settings file: path and key
    │   └── UnsupportedMediaType
    ├── ContentError                   what was read or written is not what was asked for
    │   ├── NotFound (LookupError)
    │   │   └── PlatformMismatch       an image, but for another platform than the one asked for
    │   ├── AlreadyExists
    │   ├── DigestMismatch
    │   ├── SizeMismatch
    │   ├── NotVerified                a signature does not prove what was asked for
    │   └── LimitExceeded
    ├── TransportError                 the peer could not be reached or stopped answering
    │   ├── ConnectFailed
    │   ├── ConnectionBroken
    │   ├── Stalled
    │   ├── TlsFailed
    │   └── AddressRefused             a rule of ours forbids this address (realm, redirect, location, ...)
    ├── RegistryError                  the registry answered, with a failure
    │   ├── Unauthorized
    │   ├── Denied
    │   └── RateLimited
    ├── DaemonError                    a container engine answered with a failure
    ├── CredentialError                a credential helper failed, hung, or printed rubbish
    ├── StorageError                   a file system said no: full disk, read-only, permissions
    ├── Locked                         somebody else holds what is needed
    ├── Unsupported                    this transport or peer cannot do that
    ├── Forbidden                      the user's own settings forbid it: a blocked registry, a policy
    ├── CopyError                      what a transfer was doing, and on which side, when one of them happened
    └── Cancelled

Rules: the fault's facts are attributes, never to be parsed out of the text; ``hint`` says what to do;
foreign exceptions are wrapped once, at the boundary, with ``raise ... from``. Exit codes and
wording for people belong to the command line. No error carries a secret: URLs come redacted.
"""

from __future__ import annotations

__all__ = [
    "AddressRefused",
    "AlreadyExists",
    "Cancelled",
    "ConnectFailed",
    "ConnectionBroken",
    "ContentError",
    "CopyError",
    "CredentialError",
    "DaemonError",
    "Denied",
    "DigestMismatch",
    "Forbidden",
    "InvalidDigest",
    "InvalidDocument",
    "InvalidReference",
    "InvalidSettings",
    "InvalidValue",
    "LimitExceeded",
    "Locked",
    "NotFound",
    "NotVerified",
    "OciError",
    "PlatformMismatch",
    "RateLimited",
    "RegistryError",
    "SizeMismatch",
    "Stalled",
    "StorageError",
    "TlsFailed",
    "TransportError",
    "Unauthorized",
    "Unsupported",
    "UnsupportedMediaType",
]


class OciError(Exception):
    """Root of everything this library raises on purpose.

    Message and hint often quote what came from outside: what cannot be printed in them is escaped here, so
    that no error, wherever it is shown, breaks its line or steers a terminal.

    Args:
        message: What failed, on what, in one line without secrets.
        hint: What the reader can do about it, or an empty string.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = _printable(message)
        self.hint = _printable(hint)
        super().__init__(self.message)

    def add(self, more: str) -> None:
        """Add to the message what only the caller knows; the error stays of its kind and keeps its facts."""
        self.message += _printable(more)
        self.args = (self.message,)


class InvalidValue(OciError, ValueError):
    """A text or a document from outside breaks a rule of the specifications."""


class InvalidReference(InvalidValue):
    """A reference, repository name, tag, or transport name that the grammar refuses."""


class InvalidDigest(InvalidValue):
    """A digest that is malformed, or of an algorithm that is not registered."""


class InvalidDocument(InvalidValue):
    """A JSON document (manifest, index, config, an answer) that is malformed or contradicts itself."""


class InvalidSettings(InvalidValue):
    """A settings or credentials file that cannot be understood.

    Args:
        message: What is wrong.
        path: The file.
        key: The key or line in it, or an empty string.
        hint: What to do.
    """

    def __init__(self, message: str, *, path: str, key: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.key = key


class UnsupportedMediaType(InvalidValue):
    """A document of a kind that the operation cannot work with.

    Args:
        message: What was asked of it.
        media_type: The offending media type.
        hint: What to do.
    """

    def __init__(self, message: str, *, media_type: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.media_type = media_type


class ContentError(OciError):
    """What was read or written is not what was asked for."""


class NotFound(ContentError, LookupError):
    """A name or a digest that is not there.

    Args:
        message: Where it was looked for.
        name: The tag, name or digest.
        hint: What to do.
    """

    def __init__(self, message: str, *, name: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class PlatformMismatch(NotFound):
    """A name that leads to one image, which is for another platform than the one that was asked for.

    Args:
        wished: The platform that was asked for.
        actual: The platform that the image's configuration states.
    """

    def __init__(self, *, wished: str, actual: str) -> None:
        super().__init__(
            f"the image is for {actual}, not for {wished}",
            name=wished,
            hint="there is no index to choose another one from; ask for no platform to take it as it is",
        )
        self.wished = wished
        self.actual = actual


class NotVerified(ContentError):
    """A signature that does not prove what was asked for.

    Args:
        message: Which one, and why not.
        fault: What is the matter, in a word or two: ``wrong key``, ``expired``, ``other image``, ...
        hint: What to do.
    """

    def __init__(self, message: str, *, fault: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


class AlreadyExists(ContentError):
    """Something is there already and must not be replaced."""


class DigestMismatch(ContentError):
    """Bytes whose digest is not the one that was asked for.

    Args:
        expected: The digest that was asked for.
        actual: The digest of the bytes that came.
        where: Where they came from.
    """

    def __init__(self, *, expected: str, actual: str, where: str) -> None:
        super().__init__(f"{where}: content has digest {actual}, expected {expected}")
        self.expected = expected
        self.actual = actual
        self.where = where


class SizeMismatch(ContentError):
    """A body shorter or longer than its descriptor says.

    Args:
        expected: Bytes promised.
        actual: Bytes seen; for a body that is too long, as many as were looked at.
        where: Where they came from.
    """

    def __init__(self, *, expected: int, actual: int, where: str) -> None:
        super().__init__(f"{where}: content has {actual} bytes, expected {expected}")
        self.expected = expected
        self.actual = actual
        self.where = where


class LimitExceeded(ContentError):
    """A named limit was passed: the work stops before memory, disk or time do.

    Args:
        limit: The limit's name, as in `oci.content.Limits`.
        allowed: Its value.
        where: What passed it.
    """

    def __init__(self, *, limit: str, allowed: int, where: str) -> None:
        super().__init__(f"{where}: more than the {limit} limit of {allowed}")
        self.limit = limit
        self.allowed = allowed
        self.where = where


class TransportError(OciError):
    """A peer could not be reached, broke off, or stopped answering.

    Args:
        message: What failed, with the peer's name.
        host: The peer, as ``host[:port]``.
        hint: What to do.
    """

    def __init__(self, message: str, *, host: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.host = host


class ConnectFailed(TransportError):
    """No connection: name not found, refused, unreachable, timed out, refused by a proxy."""


class ConnectionBroken(TransportError):
    """An established connection ended in the middle of an exchange, or spoke something that is not HTTP."""


class Stalled(TransportError):
    """A peer sent or took nothing for longer than the idle limit."""


class TlsFailed(TransportError):
    """TLS could not be agreed upon, mostly because a certificate is not trusted.

    Args:
        message: What failed, with the peer's name.
        host: The peer, as ``host[:port]``.
        reason: ``untrusted``, ``expired``, ``wrong-name`` or ``certificate`` for the peer's certificate;
            ``client-certificate`` for ours; ``not-tls`` if the peer speaks something else (plain HTTP,
            mostly); ``closed`` if it hung up; ``suite`` for a cipher suite that the user does not allow;
            ``protocol`` for the rest.
        hint: What to do.
    """

    def __init__(self, message: str, *, host: str, reason: str = "protocol", hint: str = "") -> None:
        super().__init__(message, host=host, hint=hint)
        self.reason = reason


class AddressRefused(TransportError):
    """One of our own rules forbids going there: a metadata address, https to http, a redirect loop, ..."""


class RegistryError(OciError):
    """A registry (or its token server) answered with a failure.

    Args:
        message: What was asked of whom.
        status: The HTTP status.
        codes: Error codes of the answer's body, outermost first; may be empty.
        method: The request's method.
        url: The request's URL without query and user information.
        retry_after_s: What ``Retry-After`` asked for, in seconds, or None.
        hint: What to do.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        codes: tuple[str, ...] = (),
        method: str = "",
        url: str = "",
        retry_after_s: float | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.codes = codes
        self.method = method
        self.url = url
        self.retry_after_s = retry_after_s


class Unauthorized(RegistryError):
    """401: no credentials, or the wrong ones."""


class Denied(RegistryError):
    """403, or 401 with a valid token: these credentials may not do that."""


class RateLimited(RegistryError):
    """429 that outlasted the retries."""


class DaemonError(OciError):
    """A container engine answered with a failure.

    Args:
        message: What was asked of it, and what it said.
        status: The HTTP status; 200 where the failure came after it.
        hint: What to do.
    """

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class CredentialError(OciError):
    """A credential helper failed, hung, or answered with something else than credentials.

    Args:
        message: What went wrong.
        helper: The helper's program name.
        hint: What to do.
    """

    def __init__(self, message: str, *, helper: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.helper = helper


class StorageError(OciError):
    """The operating system refused a file operation.

    Args:
        message: What was being done.
        path: The file or directory.
        errno: The operating system's number, or None.
        hint: What to do.
    """

    def __init__(self, message: str, *, path: str, errno: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.errno = errno


class Locked(OciError):
    """Somebody else holds a lock that is needed, for longer than we wait.

    Args:
        message: What is locked.
        path: The lock.
        hint: What to do.
    """

    def __init__(self, message: str, *, path: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class Unsupported(OciError):
    """This transport or this peer cannot do what was asked of it."""


class Forbidden(OciError):
    """The user's own settings forbid it: a registry is blocked, or the policy accepts no such image.

    Args:
        message: What is forbidden.
        path: The file that forbids it.
        key: The rule in it.
        hint: What to do.
    """

    def __init__(self, message: str, *, path: str, key: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.key = key


class CopyError(OciError):
    """What a transfer was doing when something failed; the cause is ``__cause__``.

    Args:
        message: The cause's message, completed by what was being done.
        operation: ``resolve``, ``fetch``, ``push``, ``mount``, ``publish``, ...
        side: ``source`` or ``destination``.
        digest: The content concerned, or an empty string.
        hint: What to do.
    """

    def __init__(self, message: str, *, operation: str, side: str, digest: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.side = side
        self.digest = digest


class Cancelled(OciError):
    """The work was cancelled by its caller."""

    def __init__(self, message: str = "cancelled") -> None:
        super().__init__(message)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
