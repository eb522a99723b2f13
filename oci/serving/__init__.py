"""What our servers share: HTTP/1.1 on asyncio, with limits, guards and bulk bodies at full speed.

An application is an ``async def`` from a `Request` to a `Response`. A request's body arrives in large pieces
(`Body.pieces`), a file is answered by ``sendfile`` (`FileRegion`), and a connection can be handed over whole
(`Takeover`) for protocols that begin as HTTP. Servers listen on loopback or a unix socket unless asked
otherwise.
"""

from .body import Body
from .buffer import BufferPool
from .guard import guarded
from .header import Headers, Query
from .limit import ServerLimits
from .listener import Address, TcpAddress, UnixAddress, parse_address
from .region import FileRegion
from .request import Request
from .response import Application, Response, Takeover, json_response, text_response
from .running import Running, running
from .server import Server
from .stream import RawStream
from .work import WorkPool

__all__ = [
    "Address",
    "Application",
    "Body",
    "BufferPool",
    "FileRegion",
    "Headers",
    "Query",
    "RawStream",
    "Request",
    "Response",
    "Running",
    "Server",
    "ServerLimits",
    "Takeover",
    "TcpAddress",
    "UnixAddress",
    "WorkPool",
    "guarded",
    "json_response",
    "parse_address",
    "running",
    "text_response",
]
