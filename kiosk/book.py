"""The kiosk's store as its exchange with the server sees it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from domain.sync import LARGEST_CORRECTION, needs_new_life
from exchange.client import Link
from kiosk.store.settings import CLOCK_OFFSET, PARENT_EPOCH, SYNC_FAILURES, keep, number

if TYPE_CHECKING:
    from domain.messages import Event, Stream
    from domain.sync import Held, Span, Taken
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)


class KioskBook:
    """An `exchange.client.Book` over the outbox. Every method raises StoreError where the disk fails."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        """Reads nothing yet."""
        self._database = database
        self._outbox = outbox

    def link(self) -> Link:
        """What is remembered of the server."""
        return Link(number(self._database, PARENT_EPOCH), number(self._database, SYNC_FAILURES))

    def keep_failures(self, failures: int) -> None:
        """Remembers how often in a row the exchange failed."""
        self._keep(SYNC_FAILURES, failures)

    def held(self) -> dict[Stream, Held]:
        """Our streams, one a life of the store."""
        return self._outbox.held()

    def own(self) -> Stream:
        """The stream that is being written."""
        return self._outbox.own

    def events(self, span: Span) -> tuple[Event, ...]:
        """The events of ``span``, as many as fit."""
        return self._outbox.events(span)

    def take(self, taken: Taken) -> None:
        """Notes how far the streams have got; a store that is another life than it thinks begins a new one.

        So does one of which the server wants events that are kept no more: in a new stream all the others still get
        through, and today's turns among them.
        """
        own = self._outbox.own
        is_former = needs_new_life(taken, own)
        if is_former:
            log.error("sync.former_life epoch=%d new_epoch=%d", own.epoch, self._outbox.open_epoch())
        moved = {stream: cursor for stream, cursor in taken.moved.items() if not (is_former and stream == own)}
        if moved or taken.parent_epoch != number(self._database, PARENT_EPOCH):
            with self._database.immediate() as tables:
                self._outbox.move_cursors(tables, moved)
                keep(tables, PARENT_EPOCH, taken.parent_epoch)
        if moved and any(held.is_cut for held in self._outbox.held().values()):
            log.error("sync.cut epoch=%d new_epoch=%d", own.epoch, self._outbox.open_epoch())

    def keep_clock_offset(self, offset: int) -> None:
        """Remembers by how much the clock is off.

        A clock that had to be put right by years will be set by somebody: that must not be added on top.
        """
        self._keep(CLOCK_OFFSET, offset if abs(offset) <= LARGEST_CORRECTION else 0)

    def _keep(self, name: str, value: int) -> None:
        with self._database.immediate() as tables:
            keep(tables, name, value)
