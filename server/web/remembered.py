"""Pages that are the same until something changes, such as a ticket's, which whoever waits asks for again and again.

They are kept for some seconds at most, and only as long as nothing was committed that a screen is told of: who hears of
a change and reads again never gets the page of before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.stores.memory import MemoryStore

if TYPE_CHECKING:
    from datetime import timedelta

    from litestar import Request

KEPT_S = 5
"""No longer than news may take that another process's notification lost (`server.listener.POLL_S`)."""
MOST = 2048
"""Pages of 4 to 10 kB; whoever invents addresses must not fill the memory."""


def page_key(request: Request[Any, Any, Any]) -> str:
    """Under what a page is kept: all of the request that it depends on, and how much has happened before.

    Made once a request: a page begun before a change must not be kept as one of after it.
    """
    key: str | None = request.state.get("page_key")
    if key is None:
        headers = request.headers
        shapes = (headers.get(name, "") for name in ("x-fragment", "accept-language", "accept-encoding"))
        words = (request.method, request.url.path, request.url.query, *shapes, str(request.app.state.hub.changes))
        key = request.state.page_key = "\n".join(words)
    return key


class FewPages(MemoryStore):
    """Litestar's store in memory, which by itself forgets nothing that nobody asks for again."""

    async def set(self, key: str, value: str | bytes, expires_in: int | timedelta | None = None) -> None:
        """Keeps a page, unless there are too many already even without those whose time is over."""
        if len(self._store) >= MOST:
            await self.delete_expired()
        if len(self._store) < MOST:
            await super().set(key, value, expires_in)
