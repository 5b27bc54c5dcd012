"""What every answer says to browsers, and what a form's request must say to us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from server.faults import Refusal

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler
    from litestar.types import BeforeMessageSendHookHandler, Message, Scope

_DEFAULTS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers would hide the Origin of our own forms too
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session_cookie(*, is_https: bool) -> str:
    """The name of the session's cookie: one that browsers themselves protect, where there is TLS."""
    return "__Host-session" if is_https else "session"


def secure_headers(*, is_https: bool) -> BeforeMessageSendHookHandler:
    """Adds the headers to everything that leaves; a handler may have said otherwise."""
    said = _DEFAULTS | (_HSTS if is_https else {})
    ours = [(name.lower().encode(), value.encode()) for name, value in said.items()]

    async def before_send(message: Message, scope: Scope) -> None:
        del scope
        if message["type"] != "http.response.start":
            return
        theirs = list(message["headers"])
        named = {name.lower() for name, _ in theirs}
        message["headers"] = [*theirs, *(header for header in ours if header[0] not in named)]

    return before_send


def same_origin(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuses a form that another site's page sent, beside the CSRF token and the cookie's SameSite.

    Raises:
        Refusal: 403.
    """
    del handler
    origin = connection.headers.get("origin")
    if connection.scope.get("method") in _SAFE or origin is None:
        return
    ours = {connection.headers.get("host", ""), urlsplit(connection.app.state.public_url).netloc}
    if urlsplit(origin).netloc not in ours:
        raise Refusal(403, "foreign_origin")
