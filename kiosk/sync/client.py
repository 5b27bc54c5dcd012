"""The thread that keeps kiosk and server in step: sends what is new at once, asks for news now and then.

The rules are `domain.sync`'s; here they meet the store and the wire. Nothing here deletes an event.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain import __version__
from domain.clock import Micros
from domain.messages import (
    PROTOCOL,
    ClockReading,
    ExchangeRequest,
    ExchangeResponse,
    Pull,
)
from domain.sync import LARGEST_CORRECTION, is_believable, next_batch_size, retry_delay_s, take
from kiosk.store.settings import CLOCK_OFFSET, PARENT_EPOCH, keep, number
from kiosk.sync.wire import Answered, Failed, Forked

if TYPE_CHECKING:
    from kiosk.clock import SystemClock
    from kiosk.store.database import Database
    from kiosk.store.outbox import Outbox
    from kiosk.sync.wire import Answer

log = logging.getLogger(__name__)

NEWS_EVERY_S = 5.0
"""How often the server is asked for news when there is nothing to send."""
SHORTEST_WAIT_S = 0.2
CLOCK_NOISE = 1_000_000
"""Microseconds; a smaller difference is the network's, and following it would only add noise."""


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

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it wants to hear of."""
        ...

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """The last version of one fact. Raises: msgspec.DecodeError where it is of another shape: it is only news."""
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
        news_every_s: float = NEWS_EVERY_S,
    ) -> None:
        """Remembers how far things were when the program last ran.

        ``news_every_s`` is how often the server is asked for news when there is nothing to send.
        """
        self._kiosk = kiosk
        self._database = database
        self._outbox = outbox
        self._wire = wire
        self._clock = clock
        self._listener = listener
        self._news_every_s = news_every_s
        self._batch = 1
        self._failures = 0
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._asked_wait_s = 0.0
        self._after: dict[str, tuple[int, int]] = {}
        self._contact_s: float | None = None
        self._more = False

    def start(self) -> None:
        """Begins to exchange."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new to send; returns at once. While the server fails, its time-out is still kept."""
        self._news.set()

    def stop(self) -> None:
        """Ends the thread, if it was started; waits 3 s at most, an exchange cut short is one whose answer was lost."""
        self._stopping.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=3)
        self._wire.close()

    @property
    def last_contact_s(self) -> float | None:
        """When the server last answered sensibly, in monotonic seconds; None while it never did in this run."""
        return self._contact_s

    def exchange_once(self) -> bool:
        """One round trip with all its consequences; whether the server answered sensibly. Never raises."""
        try:
            why = self._round_trip()
        except Exception as error:
            # a thread that died here would end the sync in silence, for good
            log.exception("sync.crashed")
            why = type(error).__name__
        if why is None:
            self._succeed()
            return True
        if self._failures == 0:
            log.warning("sync.failed why=%s", why)
        self._failures += 1
        self._batch = next_batch_size(self._batch, delivered=False)
        return False

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            if not self.exchange_once():
                self._stopping.wait(max(SHORTEST_WAIT_S, retry_delay_s(self._failures, random.random())))
                continue
            self._stopping.wait(self._asked_wait_s)
            if not self._more:
                self._news.wait(self._news_every_s)

    def _round_trip(self) -> str | None:
        """Why it failed, or None."""
        wall, sent_s = self._clock.wall(), self._clock.monotonic_s()
        match self._wire.exchange(self._request()):
            case Answered(response):
                self._take(response)
                self._measure_clock(response.server_time, wall, self._clock.monotonic_s() - sent_s)
                return None
            case Forked():
                return f"fork: epoch {self._outbox.open_epoch()} begins"
            case Failed(why):
                return why

    def _request(self) -> ExchangeRequest:
        streams = self._outbox.pending(self._batch)
        epoch = number(self._database, PARENT_EPOCH)
        return ExchangeRequest(
            proto=PROTOCOL,
            child=self._kiosk,
            child_epoch=streams[-1].stream.epoch,
            known_parent_epoch=epoch,
            streams=streams,
            pull=tuple(Pull(scope, epoch, self._heard_until(scope, epoch)) for scope in self._listener.scopes),
            clock=ClockReading(self._clock.wall(), self._clock.monotonic_s()),
            app_version=__version__,
            backlog=self._outbox.backlog - sum(len(push.events) for push in streams),
        )

    def _heard_until(self, scope: str, epoch: int) -> int:
        """What was heard of a scope in this run, as the server counts it there; 0 for nothing."""
        of_epoch, next_ = self._after.get(scope, (epoch, 0))
        return next_ if of_epoch == epoch else 0

    def _take(self, response: ExchangeResponse) -> None:
        known = number(self._database, PARENT_EPOCH)
        taken = take(known, self._outbox.cursors(), response)
        if taken.moved or taken.parent_epoch != known:
            with self._database.immediate() as tables:
                self._outbox.move_cursors(tables, taken.moved)
                keep(tables, PARENT_EPOCH, taken.parent_epoch)
        self._asked_wait_s = taken.wait_s
        self._more = bool(taken.moved) and self._outbox.backlog > 0
        for ack in response.acks:
            for rejected in ack.rejected:
                log.error("sync.rejected epoch=%d seq=%d code=%s", ack.stream.epoch, rejected.seq, rejected.code)
        self._hear(response)

    def _hear(self, response: ExchangeResponse) -> None:
        for down in response.down:
            if down.scope in self._listener.scopes:
                for item in down.items:
                    with contextlib.suppress(msgspec.DecodeError):  # of a later version: it is only news
                        self._listener.heard(down.scope, item)
                self._after[down.scope] = (down.epoch, down.next)

    def _measure_clock(self, server_time: Micros, wall: Micros, round_trip_s: float) -> None:
        """Corrects the clock by the server's, as far as the round trip allows to know it."""
        arrived = Micros(wall + round(round_trip_s * 500_000))
        error = server_time - arrived - self._clock.offset
        if abs(error) <= max(CLOCK_NOISE, round_trip_s * 1_000_000):
            return
        if not is_believable(Micros(arrived + self._clock.offset), error):
            log.error("sync.clock_suspect off_by_s=%.0f", error / 1e6)
            return
        offset = self._clock.offset + error
        with self._database.immediate() as tables:
            # a clock that had to be put right by years will be set by somebody: that must not be added on top
            keep(tables, CLOCK_OFFSET, offset if abs(offset) <= LARGEST_CORRECTION else 0)
        self._clock.offset = offset
        log.warning("sync.clock_corrected by_s=%.1f", error / 1e6)

    def _succeed(self) -> None:
        if self._failures:
            log.info("sync.recovered failures=%d", self._failures)
        self._failures = 0
        self._contact_s = self._clock.monotonic_s()
        self._batch = next_batch_size(self._batch, delivered=True)
