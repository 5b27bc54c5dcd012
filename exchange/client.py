"""The thread that keeps a node and the one above in step: sends what is new at once, asks for news now and then.

The rules are `domain.sync`'s; here they meet a store and the wire, a kiosk's or an office's. Nothing here deletes an
event.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain import __version__
from domain.clock import Micros
from domain.messages import PROTOCOL, ClockReading, ExchangeRequest, ExchangeResponse, Pull, Push
from domain.sync import is_believable, next_batch_size, retry_delay_s, spans, stream_of_log, take
from exchange.wire import CLOCK_SUSPECT, UNKNOWN, Answered, Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.messages import Event, Stream
    from domain.sync import Held, Span, Taken
    from exchange.wire import Answer

log = logging.getLogger(__name__)

NEWS_EVERY_S = 5.0
"""How often the parent is asked for news when there is nothing to send."""
STOCK_EVERY_S = 3600.0
"""How often all streams are compared with the parent's: a request of a former life may have arrived late there."""
FETCHED_AT_ONCE = 8
"""Streams that are fetched with one exchange: each brings up to 256 KB, and an answer has 4 MB at most."""
SHORTEST_WAIT_S = 0.2
REFUSED_WAIT_S = 300.0
"""A machine that its parent does not let speak sends nothing, and asks only so often whether it may again."""
CLOCK_NOISE = 1_000_000
"""Microseconds; a smaller difference is the network's, and following it would only add noise."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a child remembers of its parent: the life it knows (0 for none yet), and how often in a row it failed.

    ``trouble`` is what a person has to see to (`exchange.wire.TROUBLES`), empty for nothing.
    """

    parent_epoch: int = 0
    failures: int = 0
    trouble: str = ""


class Book(Protocol):
    """A node's store, as its exchange with the parent needs it. Every method is one transaction and may raise."""

    def link(self) -> Link:
        """What is remembered of the parent."""
        ...

    def keep_failures(self, failures: int) -> None:
        """Remembers how often in a row the exchange failed, so that a restart is no reason to hurry."""
        ...

    def keep_trouble(self, trouble: str) -> None:
        """Remembers what a person has to see to (`exchange.wire.TROUBLES`); empty for nothing, since it was mended."""
        ...

    def held(self) -> Mapping[Stream, Held]:
        """Every stream that goes up from here, and how far each has got."""
        ...

    def own(self) -> Stream:
        """The stream that this node is writing."""
        ...

    def events(self, span: Span) -> tuple[Event | msgspec.Raw, ...]:
        """The events of ``span``, or the first of them, as many as fit (`domain.sync.fitting`); as JSON if it is so.

        A node in the middle hands those on that it could not use as the bytes that came.
        """
        ...

    def take(self, taken: Taken) -> None:
        """Notes all that an answer changed, and begins a new life where it says so (`domain.sync.next_life`)."""
        ...

    def keep_clock_offset(self, offset: int) -> None:
        """Remembers what to add to the machine's clock, in microseconds."""
        ...


class Clock(Protocol):
    """The machine's own clock, and what is to be added to it."""

    offset: int

    def wall(self) -> Micros:
        """The machine's own time."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never jump."""
        ...


class Exchange(Protocol):
    """The way to the parent, as `exchange.wire.Wire` is one."""

    def exchange(self, request: ExchangeRequest) -> Answer:
        """One round trip; never raises."""
        ...

    def close(self) -> None:
        """Lets the connection go."""
        ...


class Listener(Protocol):
    """Who wants to hear what comes down; called from the sync thread."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it wants to hear of."""
        ...

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """The last version of one fact. Raises: msgspec.DecodeError where it is of another shape: it is only news."""
        ...


class SyncClient:
    """Sends a node's streams in order, once. `wake` after a commit; `stop` ends the thread."""

    def __init__(
        self,
        child: str,
        *,
        book: Book,
        wire: Exchange,
        clock: Clock,
        listener: Listener,
        news_every_s: float = NEWS_EVERY_S,
        credential: Callable[[], bytes] = bytes,
        afterwards: Callable[[], None] = lambda: None,
    ) -> None:
        """Remembers how far things were when the program last ran.

        ``news_every_s`` is how often the parent is asked for news when there is nothing to send. ``credential`` is what
        is shown to a parent that does not know this node any more (`domain.messages.Enrolment.credential`).
        ``afterwards`` is done in this thread after each exchange that the parent answered; what it raises is as if that
        had failed.
        """
        self._child = child
        self._book = book
        self._wire = wire
        self._clock = clock
        self._listener = listener
        self._news_every_s = news_every_s
        self._afterwards = afterwards
        self._batch = 1
        self._failures, self._trouble = book.link().failures, book.link().trouble
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._asked_wait_s = 0.0
        self._after: dict[str, tuple[int, int]] = {}
        self._contact_s: float | None = None
        self._more = False
        self._take_stock = True
        self._credential = credential
        self._refusal = ""
        self._has_shown = False
        self._stock_s = clock.monotonic_s()
        self._barren: set[str] = set()

    def start(self) -> None:
        """Begins to exchange."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new to send; returns at once. While the parent fails, its time-out is still kept."""
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
        """When the parent last answered sensibly, in monotonic seconds; None while it never did in this run."""
        return self._contact_s

    @property
    def refusal(self) -> str:
        """Why the parent does not let this node speak (`exchange.wire.REFUSALS`); empty while it does."""
        return self._refusal

    def exchange_once(self) -> bool:
        """One round trip with all its consequences; whether the parent answered sensibly. Never raises."""
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
                self._keep_failures()
                self._stopping.wait(self._retry_s())
                continue
            self._stopping.wait(self._asked_wait_s)
            if not self._more:
                self._news.wait(self._news_every_s)

    def _retry_s(self) -> float:
        """How long to wait after a failure."""
        if self._refusal and (self._has_shown or not self._shown()):
            return REFUSED_WAIT_S
        if self._refusal:  # the credential is shown at once
            return SHORTEST_WAIT_S
        return max(SHORTEST_WAIT_S, retry_delay_s(self._failures, random.random()))

    def _shown(self) -> bytes:
        """What the next request shows of this node, besides its signature."""
        return self._credential() if self._refusal == UNKNOWN else b""

    def _keep_failures(self) -> None:
        try:
            self._book.keep_failures(self._failures)
        except Exception as error:  # noqa: BLE001 a full disk: then it is forgotten with the program
            log.warning("sync.not_kept kind=%s", type(error).__name__)

    def _round_trip(self) -> str | None:
        """Why it failed, or None."""
        wall, sent_s = self._clock.wall(), self._clock.monotonic_s()
        request = self._request()
        match self._wire.exchange(request):
            case Answered(response):
                self._take(request, response)
                is_right = self._measure_clock(response.server_time, wall, self._clock.monotonic_s() - sent_s)
                self._keep_trouble(response.trouble or ("" if is_right else CLOCK_SUSPECT))
                self._afterwards()
                return None
            case Refused(code):
                self._refuse(code, shown=bool(request.credential))
                self._keep_trouble(code)
                return f"refused {code}"
            case Failed(why, trouble):
                self._keep_trouble(trouble or self._trouble)  # whoever does not answer has not mended it
                return why

    def _keep_trouble(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        try:
            self._book.keep_trouble(trouble)
        except Exception as error:  # noqa: BLE001 a full disk: it is tried again with the next exchange
            log.warning("sync.not_kept kind=%s", type(error).__name__)
        else:
            self._trouble = trouble

    def _refuse(self, code: str, *, shown: bool) -> None:
        """The parent does not let this node speak: nothing is sent any more, and nothing deleted."""
        if code != self._refusal:
            log.error("sync.refused code=%s", code)
        self._refusal, self._has_shown = code, shown

    def _request(self) -> ExchangeRequest:
        held, epoch = self._book.held(), self._book.link().parent_epoch
        limit = 0 if self._refusal else self._batch
        pushes = tuple(
            Push(span.stream, span.after + 1, self._book.events(span))  # type: ignore[arg-type] # JSON that is one
            for span in spans(held, limit)
        )
        backlog = sum(stream.last - stream.cursor.upto for stream in held.values())
        return ExchangeRequest(
            proto=PROTOCOL,
            child=self._child,
            child_epoch=self._book.own().epoch,
            known_parent_epoch=epoch,
            streams=pushes,
            pull=tuple(Pull(scope, epoch, self._heard_until(scope, epoch, held)) for scope in self._wanted()),
            clock=ClockReading(self._clock.wall(), self._clock.monotonic_s()),
            app_version=__version__,
            backlog=backlog - sum(len(push.events) for push in pushes),
            take_stock=self._take_stock or self._clock.monotonic_s() - self._stock_s >= STOCK_EVERY_S,
            credential=self._shown(),
        )

    def _wanted(self) -> list[str]:
        """The scopes to ask for: of logs a few at a time, and none that brought nothing since stock was taken."""
        scopes = [scope for scope in self._listener.scopes if scope not in self._barren]
        logs = [scope for scope in scopes if stream_of_log(scope)]
        return [scope for scope in scopes if scope not in logs] + logs[:FETCHED_AT_ONCE]

    def _note_barren(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        """Of these streams the parent has none of the events that it should have, and asking again brings none."""
        if request.take_stock:
            self._barren.clear()
            return
        brought = {down.scope for down in response.down if down.items}
        barren = {pull.scope for pull in request.pull if stream_of_log(pull.scope)} - brought
        for scope in sorted(barren):
            log.error("sync.nothing_to_fetch scope=%s", scope)
        self._barren |= barren

    def _heard_until(self, scope: str, epoch: int, held: Mapping[Stream, Held]) -> int:
        """What was heard of a scope in this run, as the parent counts it there; 0 for nothing.

        Of a stream that is fetched from there it is what is held of it.
        """
        fetched = stream_of_log(scope)
        if fetched is not None:
            return held[fetched].last if fetched in held else 0
        of_epoch, next_ = self._after.get(scope, (epoch, 0))
        return next_ if of_epoch == epoch else 0

    def _take(self, request: ExchangeRequest, response: ExchangeResponse) -> None:
        held = self._book.held()
        taken = take(self._book.link().parent_epoch, held, response, request=request)
        self._book.take(taken)
        for stream, cursor in taken.moved.items():
            if replace(held[stream], cursor=cursor).is_cut:
                log.critical("sync.purged_wanted stream=%s upto=%d", stream, cursor.upto)
        self._take_stock = taken.take_stock
        if request.take_stock:
            self._stock_s = self._clock.monotonic_s()
        self._asked_wait_s = taken.wait_s
        behind = any(stream.cursor.upto < stream.last for stream in self._book.held().values())
        self._note_barren(request, response)
        asked = {pull.scope for pull in request.pull}
        fetches = any(scope not in asked for scope in self._wanted() if stream_of_log(scope))
        fetches |= any(bool(down.items) for down in response.down if stream_of_log(down.scope))
        own = self._book.own().origin  # a fork of another's stream is no step forward: it is the same the next time
        moved = bool(taken.moved) or any(stream.origin == own for stream in taken.forked)
        self._more = taken.take_stock or fetches or (moved and behind)
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

    def _measure_clock(self, server_time: Micros, wall: Micros, round_trip_s: float) -> bool:
        """Corrects the clock by the parent's, as far as the round trip allows to know it; whether it is right then."""
        arrived = Micros(wall + round(round_trip_s * 500_000))
        error = server_time - arrived - self._clock.offset
        if abs(error) <= max(CLOCK_NOISE, round_trip_s * 1_000_000):
            return True
        if not is_believable(Micros(arrived + self._clock.offset), error):
            log.error("sync.clock_suspect off_by_s=%.0f", error / 1e6)
            return False
        self._clock.offset += error
        self._book.keep_clock_offset(self._clock.offset)
        log.warning("sync.clock_corrected by_s=%.1f", error / 1e6)
        return True

    def _succeed(self) -> None:
        if self._failures:
            log.info("sync.recovered failures=%d", self._failures)
            self._failures = 0
            self._keep_failures()
        if self._refusal:
            log.warning("sync.accepted after=%s", self._refusal)
            self._refusal, self._has_shown = "", False
        self._contact_s = self._clock.monotonic_s()
        self._batch = next_batch_size(self._batch, delivered=True)
