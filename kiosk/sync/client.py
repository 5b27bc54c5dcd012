"""The thread that keeps kiosk and server in step: sends what is new at once, asks for news now and then.

The rules are `domain.sync`'s; here they meet the store and the wire. Nothing here deletes an event.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain import __version__
from domain.messages import (
    PROTOCOL,
    ClockReading,
    ExchangeRequest,
    ExchangeResponse,
    Pull,
    QueueSnapshot,
    from_json,
)
from domain.sync import ParentLife, advance_cursor, next_batch_size, parent_life, retry_delay_s
from kiosk.store.database import StoreError
from kiosk.sync.wire import Answered, Failed, Forked

if TYPE_CHECKING:
    import sqlite_utils

    from kiosk.clock import SystemClock
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox
    from kiosk.sync.wire import Answer

log = logging.getLogger(__name__)

NEWS_EVERY_S = 5.0
"""How often the server is asked for news when there is nothing to send."""


class Exchange(Protocol):
    """The way to the server, as `kiosk.sync.wire.Wire` is one."""

    def exchange(self, request: ExchangeRequest) -> Answer:
        """One round trip; never raises."""
        ...

    def close(self) -> None:
        """Lets the connection go."""
        ...


class Listener(Protocol):
    """Who wants to hear news of the office; called from the sync thread."""

    def queue_heard(self, waiting: int) -> None:
        """How many wait now."""
        ...


class SyncClient:
    """Sends the outbox in order, once. `wake` after a commit; `stop` ends the thread."""

    def __init__(
        self,
        kiosk: str,
        *,
        database: Database,
        outbox: Outbox,
        wire: Exchange,
        clock: SystemClock,
        listener: Listener,
    ) -> None:
        """Remembers how far things were when the program last ran."""
        self._kiosk = kiosk
        self._database = database
        self._outbox = outbox
        self._wire = wire
        self._clock = clock
        self._listener = listener
        self._batch = 1
        self._failures = 0
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._clock.offset = self._setting("clock_offset")

    def start(self) -> None:
        """Begins to exchange."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new to send; returns at once. While the server fails, its time-out is still kept."""
        self._news.set()

    def stop(self) -> None:
        """Ends the thread; waits for an exchange under way, 20 s at most."""
        self._stopping.set()
        self._news.set()
        self._thread.join(timeout=20)
        self._wire.close()

    def exchange_once(self) -> bool:
        """One round trip with all its consequences; whether the server answered sensibly."""
        try:
            why = self._round_trip()
        except StoreError as error:
            why = str(error)
        if why is None:
            self._succeed()
            return True
        if self._failures == 0:
            log.warning("sync.failed", extra={"why": why})
        self._failures += 1
        self._batch = next_batch_size(self._batch, delivered=False)
        return False

    def _round_trip(self) -> str | None:
        """Why it failed, or None."""
        sent_at, sent_s = self._clock.now(), self._clock.monotonic_s()
        match self._wire.exchange(self._request()):
            case Answered(response):
                self._take(response)
                self._measure_clock(response, sent_at, self._clock.monotonic_s() - sent_s)
                return None
            case Forked():
                return f"fork: epoch {self._outbox.open_epoch()} begins"
            case Failed(why):
                return why

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            answered = self.exchange_once()
            if not answered:
                self._stopping.wait(max(0.2, retry_delay_s(self._failures, random.random())))
            elif not self._outbox.backlog:
                self._news.wait(NEWS_EVERY_S)

    def _request(self) -> ExchangeRequest:
        streams = self._outbox.pending(self._batch)
        epoch = self._setting("parent_epoch")
        return ExchangeRequest(
            proto=PROTOCOL,
            child=self._kiosk,
            child_epoch=streams[-1].stream.epoch,
            known_parent_epoch=epoch,
            streams=streams,
            pull=(Pull("queue", epoch, 0),),
            clock=ClockReading(self._clock.now(), self._clock.monotonic_s()),
            app_version=__version__,
            backlog=self._outbox.backlog - sum(len(push.events) for push in streams),
        )

    def _take(self, response: ExchangeResponse) -> None:
        life = parent_life(self._setting("parent_epoch"), response.parent_epoch)
        if life is ParentLife.FORMER:
            return
        moved = [(ack.stream, advance_cursor(self._outbox.cursor(ack.stream), ack, life)) for ack in response.acks]
        changed = [(stream, cursor) for stream, cursor in moved if cursor != self._outbox.cursor(stream)]
        if changed or life is ParentLife.NEW:
            with self._database.immediate() as tables:
                for stream, cursor in changed:
                    self._outbox.move_cursor(tables, stream, cursor)
                _set(tables, "parent_epoch", response.parent_epoch)
        for ack in response.acks:
            for rejected in ack.rejected:
                log.error("sync.rejected", extra={"seq": rejected.seq, "code": rejected.code})
        self._hear(response)

    def _hear(self, response: ExchangeResponse) -> None:
        for down in response.down:
            if down.scope == "queue" and down.items:
                try:
                    snapshot = from_json(down.items[-1], QueueSnapshot)
                except msgspec.DecodeError:
                    continue  # news of a later version: it is only news
                self._listener.queue_heard(snapshot.waiting)

    def _measure_clock(self, response: ExchangeResponse, sent_at: int, round_trip_s: float) -> None:
        """Corrects the clock by the server's, as far as the round trip allows to know it."""
        arrived = sent_at + round(round_trip_s * 500_000)
        error = response.server_time - arrived
        if abs(error) > max(1_000_000, round_trip_s * 1_000_000):
            self._clock.offset += error
            with self._database.immediate() as tables:
                _set(tables, "clock_offset", self._clock.offset)
            log.warning("sync.clock_corrected", extra={"by_s": error / 1e6})

    def _succeed(self) -> None:
        if self._failures:
            log.info("sync.recovered", extra={"failures": self._failures})
        self._failures = 0
        self._batch = next_batch_size(self._batch, delivered=True)

    def _setting(self, name: str) -> int:
        return int(self._database.value("SELECT value FROM setting WHERE name = ?", name) or 0)


def _set(tables: sqlite_utils.Database, name: str, value: int) -> None:
    tables.table("setting").upsert({"name": name, "value": value}, pk="name")
