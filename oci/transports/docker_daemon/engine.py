"""The few calls of the Engine API that move images, on a client of their own.

The version is agreed upon with the first call: what the engine announces, or the newest that this module
was written for. An engine may be silent for long while it writes layers, so it is waited for longer
than a registry.
"""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from ...errors import ConnectFailed, DaemonError, Unsupported
from ...net.client import Client
from ...net.request import Request
from ...net.site import Site
from ...net.terms import Timeouts
from ...net.tls_choice import TlsChoice
from ...net.transport import SocketTransport
from ...wire.retry import RetryRule
from .address import DaemonAddress
from .answer import failure, parse_image, parse_names, parse_version
from .certificate import client_certificates

if TYPE_CHECKING:
    from ...net.answer import Answer, StreamAnswer
    from ...net.upload import Upload
    from ..session import Session
    from .answer import ImageFacts

NEWEST: Final = (1, 51)
"""The newest version of the API that is asked for; an older engine is spoken to in its own."""
OLDEST: Final = (1, 24)
"""The oldest one in which all the calls here mean what they do now."""

PATIENCE: Final = 5
"""How many times longer than a registry an engine may be silent: it reads or writes whole images."""

_ABSENT_HINT: Final = (
    "is it running? DOCKER_HOST or --daemon-host (on a copy --src-daemon-host, --dest-daemon-host) names its"
    " socket; podman's is made by: podman system service"
)
_FORBIDDEN_HINT: Final = "Docker lets root and the group docker in: be in it, or use an engine of your own"


class Engine:
    """One engine; for several threads at once.

    Args:
        session: The settings of this side, limits, and what stops the work.

    Raises:
        InvalidReference: The address cannot be read.
        InvalidSettings: The certificates are incomplete.
        Unsupported: The engine is reached in a way that is not known here.
    """

    def __init__(self, session: Session) -> None:
        settings = session.settings
        directory = settings.certificate_directory or settings.daemon.certificate_directory
        wants_tls = directory is not None or settings.daemon.asks_for_tls
        self.address = DaemonAddress.parse(settings.daemon.host, wants_tls=wants_tls)
        self.label = f"docker-daemon at {self.address.text}"
        choice = TlsChoice()
        if self.address.is_tls:
            found = client_certificates(directory)
            choice = TlsChoice.of(settings.security_of(""), found, settings.tls_details)
        self._site = Site(self.address.url, tls=lambda _: choice, socket_path=self.address.socket_path)
        self._session = session
        idle_s = settings.idle_timeout_s * PATIENCE
        self._client = Client(
            transport=SocketTransport(),
            retry=RetryRule(attempts=1),
            timeouts=Timeouts(connect_s=settings.connect_timeout_s, idle_s=idle_s, answer_s=idle_s),
            limits=session.limits,
            user_agent=settings.user_agent,
        )
        self._lock = threading.Lock()
        self._version: str | None = None

    def image(self, name: str) -> ImageFacts:
        """Ask for an image by a name or an ID.

        Raises:
            NotFound: The engine has no such image.
            DaemonError: It refused.
            TransportError: It cannot be reached.
        """
        answer = self._get(f"/images/{name}/json")
        if answer.status != 200:
            raise failure(answer, f"asking for {name}", where=self.label, name=name)
        return parse_image(answer.body, where=self.label)

    def names(self) -> tuple[str, ...]:
        """Return the names of all images."""
        answer = self._get("/images/json")
        if answer.status != 200:
            raise failure(answer, "listing images", where=self.label)
        return parse_names(answer.body, where=self.label)

    def export(self, image_id: str) -> StreamAnswer:
        """Begin to read an image as a Docker archive.

        Raises:
            NotFound: The engine has no such image.
            DaemonError: It refused.
            TransportError: It cannot be reached.
        """
        request = self._request("GET", f"/images/{image_id}/get")
        answer = self._client.stream(request, token=self._session.token)
        if answer.status != 200:
            refusal = answer.read_document()
            raise failure(refusal, f"reading {image_id}", where=self.label, name=image_id)
        return answer

    def load(self) -> Upload:
        """Begin to write a Docker archive; its answer is for `check_load`.

        Raises:
            DaemonError: The engine refused to speak with us.
            TransportError: It cannot be reached.
        """
        request = self._request("POST", "/images/load?quiet=1", {"Content-Type": "application/x-tar"})
        return self._client.upload(request, None, token=self._session.token)

    def tag(self, image_id: str, name: str) -> None:
        """Give an image that is there a further name.

        Args:
            image_id: The image.
            name: The name, with its tag.

        Raises:
            NotFound: The image has gone meanwhile.
            DaemonError: The engine refused.
        """
        repository, _, tag = name.rpartition(":")
        path = f"/images/{image_id}/tag?{urlencode({'repo': repository, 'tag': tag})}"
        answer = self._client.send(self._request("POST", path), token=self._session.token)
        if answer.status not in {200, 201}:
            raise failure(answer, f"naming {image_id}", where=self.label, name=image_id)

    def reach(self) -> None:
        """Find out whether there is an engine, and agree on a version with it.

        Raises:
            ConnectFailed: Nobody answers there.
            DaemonError: Somebody does who is no engine.
            Unsupported: The engine is too old.
        """
        with self._lock:
            if self._version is None:
                self._version = self._agreed()

    def close(self) -> None:
        """Close the connections; safe to call more than once."""
        self._client.close()

    def _agreed(self) -> str:
        url = f"{self.address.url}/_ping"
        request = Request(method="GET", url=url, site=self._site, follows=False)
        try:
            answer = self._client.send(request, token=self._session.token)
        except ConnectFailed as error:
            raise self._unreachable(error) from error
        announced = answer.headers.get("api-version")
        if answer.status != 200 or announced is None:
            raise DaemonError(
                f"{self.label}: whoever listens there is no container engine"
                f" (answers {answer.status} to /_ping{'' if announced else ', and names no API version'})",
                status=answer.status,
            )
        version = parse_version(announced, where=self.label)
        if version < OLDEST:
            raise Unsupported(
                f"{self.label}: speaks version {announced} of the API; {_shown(OLDEST)} is the oldest usable"
            )
        return _shown(min(version, NEWEST))

    def _unreachable(self, error: ConnectFailed) -> ConnectFailed:
        cause = error.__cause__
        is_forbidden = isinstance(cause, OSError) and cause.errno in {errno.EACCES, errno.EPERM}
        hint = _FORBIDDEN_HINT if is_forbidden else error.hint or _ABSENT_HINT
        return ConnectFailed(f"docker-daemon at {error.message}", host=error.host, hint=hint)

    def _get(self, path: str) -> Answer:
        return self._client.send(self._request("GET", path), token=self._session.token)

    def _request(self, method: str, path: str, headers: dict[str, str] | None = None) -> Request:
        self.reach()
        url = f"{self.address.url}/v{self._version}{path}"
        return Request(method=method, url=url, site=self._site, headers=headers or {}, follows=False)


def _shown(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
