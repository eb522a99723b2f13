"""An authority for time on loopback: OpenSSL answers."""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import serialization

from tests.fixture_script import fixture_script

if TYPE_CHECKING:
    from pathlib import Path

FAR_S = 4_000_000_000
CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


class TimestampAuthority:
    """Answers questions for time; a context manager.

    Args:
        openssl: The program.
        folder: Where its files are.
    """

    def __init__(self, openssl: Path, folder: Path) -> None:
        lying = fixture_script("lying-bundles")
        self.root = lying.clock_certificate(lying.CLOCK_ROOT, "clock root", usage=None, ends=FAR_S)
        self.certificate = lying.clock_certificate(lying.CLOCK, "clock", ends=FAR_S)
        self.trusted_root = lying.root(
            tlogs=[], timestampAuthorities=[lying.authority_of(self.certificate, self.root)]
        )
        self.answer: bytes | None = None
        folder.mkdir()
        (folder / "serial").write_text("01")
        (folder / "config").write_text(CONFIG.format(folder=folder))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "key").write_bytes(lying.CLOCK.private_bytes(*form))
        (folder / "signer").write_text(lying.lying.pem(self.certificate))
        (folder / "chain").write_text(lying.lying.pem(self.root))
        self._openssl, self._folder = openssl, folder
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/v1/timestamp"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, question: bytes) -> bytes:
        if self.answer is not None:
            return self.answer
        (self._folder / "question").write_bytes(question)
        words = ["-queryfile", "question", "-config", "config", "-section", "here"]
        words += ["-inkey", "key", "-signer", "signer", "-chain", "chain", "-out", "answer"]
        subprocess.run(
            [self._openssl, "ts", "-reply", *words],
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
        return (self._folder / "answer").read_bytes()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                # As sigstore's own authority says it.
                self.send_response(201)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                pass

        return Handler
