"""The audit log, for whoever answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.store import audit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

    from server.store.audit import Deed, Place, Sought

PAGE_LINES = 100
_READ_AT_ONCE = 1000


class AuditLog:
    """Reads; whoever shows what it read writes that into the log, too."""

    def __init__(self, *, read: Engine) -> None:
        self._read = read

    def page(self, sought: Sought, before: Place | None) -> tuple[list[Deed], Place | None]:
        """A page of it, the newest first, and the place before which the next page begins; None after the last."""
        with self._read.connect() as connection:
            found = audit.deeds(connection, sought, before=before, limit=PAGE_LINES + 1)
        page = found[:PAGE_LINES]
        return page, page[-1].place if len(found) > PAGE_LINES else None

    def all(self, sought: Sought) -> Iterator[Deed]:
        """Everything sought, the newest first, read by and by: no connection is held while it is sent."""
        before: Place | None = None
        while True:
            with self._read.connect() as connection:
                found = audit.deeds(connection, sought, before=before, limit=_READ_AT_ONCE)
            yield from found
            if len(found) < _READ_AT_ONCE:
                return
            before = found[-1].place

    def actors(self) -> Sequence[str]:
        """Who can have done something."""
        with self._read.connect() as connection:
            return audit.actors(connection)
