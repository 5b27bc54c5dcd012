"""HEAD wherever GET is answered: the same headers, and nothing after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from litestar import Litestar
from litestar.enums import ScopeType

if TYPE_CHECKING:
    from litestar.types import HTTPScope, Message


class HeadToo(Litestar):
    """Litestar, which answers HEAD only where a handler names it.

    Caches, monitors and link checkers ask by HEAD; a stream would never end for them, so the answer is over as soon
    as its headers are out.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return

        async def only_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await super().__call__(cast("HTTPScope", scope | {"method": "GET"}), receive, only_headers)
