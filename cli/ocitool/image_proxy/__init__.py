"""The protocol by which bootc and rpm-ostree fetch images: skopeo's ``experimental-image-proxy``, 0.2.8.

A client starts the program with one end of a pair of ``SOCK_SEQPACKET`` sockets. Each packet on it is a JSON
object: a request ``{"method": ..., "args": [...]}``, answered by one reply ``{"success", "value", "pipeid",
"error_code", "error"}``. Content never travels on the socket: the reading end of a pipe comes with the reply
(``SCM_RIGHTS``). Of most methods, ``FinishPipe`` says afterwards how it went; ``GetRawBlob`` sends a second
pipe for that, on which ``{"code", "message"}`` arrives if it went wrong.

Rules of this package: requests are answered one after the other, as they come; content flows in threads
meanwhile, so that one client may read several pipes at once. Everything that is delivered is checked against
the digest and the size it was asked for, the bytes of ``GetRawBlob`` too. A client that goes away ends all
work at once. (skopeo, docs-experimental/skopeo-experimental-image-proxy.1.md.)
"""
