"""The kiosk's store as its exchange with the server sees it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from domain.sync import LARGEST_CORRECTION, next_life
from exchange.client import Link
from kiosk.store.settings import CLOCK_OFFSET, PARENT_EPOCH, SYNC_FAILURES, SYNC_TROUBLE, keep, number, text

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from domain.messages import Stream
    from domain.sync import Held, Span, Taken
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox

log = logging.getLogger(__name__)


class KioskBook:
    """An `exchange.client.Book` over the outbox. Every method raises StoreError where the disk fails."""

    def __init__(self, database: Database, outbox: Outbox, new_life: Callable[[], None] = lambda: None) -> None:
        """Reads nothing yet. ``new_life`` is called, in the sync's thread, when one begins."""
        self._database = database
        self._outbox = outbox
        self._new_life = new_life

    def link(self) -> Link:
        """What is remembered of the server."""
        of = self._database
        return Link(number(of, PARENT_EPOCH), number(of, SYNC_FAILURES), text(of, SYNC_TROUBLE))

    def keep_failures(self, failures: int) -> None:
        """Remembers how often in a row the exchange failed."""
        self._keep(SYNC_FAILURES, failures)

    def keep_trouble(self, trouble: str) -> None:
        """Remembers what somebody has to see to, for `kiosk status`."""
        self._keep(SYNC_TROUBLE, trouble)

    def held(self) -> dict[Stream, Held]:
        """Our streams, one a life of the store."""
        return self._outbox.held()

    def own(self) -> Stream:
        """The stream that is being written."""
        return self._outbox.own

    def events(self, span: Span) -> tuple[msgspec.Raw, ...]:
        """The events of ``span``, as many as fit."""
        return self._outbox.written(span)

    def take(self, taken: Taken) -> None:
        """Notes how far the streams have got; a store that is another life than it thinks begins a new one."""
        own, streams = self._outbox.own, self._outbox.held().keys()
        epoch = next_life(taken, own)
        forked = taken.forked & streams
        is_another = taken.parent_epoch != number(self._database, PARENT_EPOCH)
        is_new_life = epoch > own.epoch
        if not (taken.moved or forked or is_new_life or is_another):
            return
        # how far things are may be forgotten: the server is asked again, and what it has already is sent again
        with self._database.immediate(may_be_forgotten=not (forked or is_new_life)) as tables:
            self._outbox.move_cursors(tables, taken.moved)
            if is_new_life:
                log.error("sync.former_life epoch=%d new_epoch=%d", own.epoch, epoch)
                self._outbox.begin_life(tables, epoch)
            self._outbox.carry_over(tables, forked)
            if is_another:
                keep(tables, PARENT_EPOCH, taken.parent_epoch)
        if is_new_life:
            self._new_life()
        if taken.moved and any(held.is_cut for held in self._outbox.held().values()):
            log.error("sync.cut epoch=%d", own.epoch)  # only a newer copy of the server's, or the centre, has the rest

    def keep_clock_offset(self, offset: int) -> None:
        """Remembers by how much the clock is off.

        A clock that had to be put right by years will be set by somebody: that must not be added on top.
        """
        self._keep(CLOCK_OFFSET, offset if abs(offset) <= LARGEST_CORRECTION else 0)

    def _keep(self, name: str, value: int | str) -> None:
        with self._database.immediate() as tables:
            keep(tables, name, value)
