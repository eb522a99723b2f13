"""Basic authentication as a fault of the simplest kind: a registry that wants a user and a password."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..serving import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..serving import Application, Request
    from .script import Fault

__all__ = ["basic_login"]


def basic_login(users: Mapping[str, str], *, realm: str = "registry.test") -> Fault:
    """Let only these users pass: ``registry.script(basic_login({"ann": "secret"}))``.

    Args:
        users: Passwords by name.
        realm: The realm of the challenge.

    Returns:
        The fault.
    """
    accepted = {
        "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        for name, password in users.items()
    }

    async def fault(request: Request, application: Application) -> Response:
        if request.headers.get("Authorization") in accepted:
            return await application(request)
        body = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        headers = {"WWW-Authenticate": f'Basic realm="{realm}"'}
        return json_response(HTTPStatus.UNAUTHORIZED, body, headers=headers)

    return fault
