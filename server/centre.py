"""An office's server as a child of the centre: sends its own stream and those of its machines on, just as they are.

The office never renumbers and never decides for the centre; it says of each event when it happened, because it alone
has measured its kiosks' clocks. What the centre still has of streams that were lost here (an old copy was put back)
is fetched from there and taken in by the same rules as a push.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from domain.asked import Asked
from domain.leases import BLOCKS
from domain.messages import CancelRequested, NumbersLeased, QueueSnapshot, Stream, from_json
from domain.sync import Held, log_scope, next_life, stream_of_log
from exchange.client import SyncClient
from server.filing.blocks import take
from server.reading import LoosePush, read_push
from server.requests import carry_out
from server.store import log as event_log
from server.store import upstream
from server.store.entry import Entry
from server.store.kiosks import Kiosk
from server.store.log import is_node
from server.store.moves import OWN_LIFE
from server.store.node import carry_over, epoch_now, open_life
from server.taking import Source, finish, take_push
from server.telling import tell_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock, Micros
    from domain.messages import Enrolment, Event
    from domain.sync import Span, Taken
    from exchange.client import Exchange, Link
    from server.granting import Granting
    from server.keys import Keys
    from server.reading import ReadPush
    from server.store.node import Node
    from server.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)

NEWS_EVERY_S = 10.0
"""How often the centre is asked for news while nothing happens; by this it also knows that the office is there."""
HEARD_EVERY_US = 20 * 1_000_000
"""So often, in microseconds, it is written down that the centre answered, while nothing else is."""


class OfficeBook:
    """An `exchange.client.Book` and its `Listener` over the office's tables; in the thread of the exchange."""

    def __init__(
        self, *, node: Node, keys: Keys, granting: Granting, office: str, clock: Clock, writer: Writer, read: Engine
    ) -> None:
        self._node = node
        self._keys = keys
        self._granting = granting
        self._office = office
        self._as_machine = Kiosk(node.id, office)
        self._clock = clock
        self._writer = writer
        self._read = read
        self._behind: dict[Stream, int] = {}
        self._fetched: dict[Stream, list[msgspec.Raw]] = {}
        self._told: dict[str, QueueSnapshot] = {}
        self._noted_at = 0
        self._is_in_step = False
        self.set_up_changed = True
        """Whether the office may be otherwise than was last told; True after a start, and in each new life."""

    # --- the book -----------------------------------------------------------------------------------------------

    def link(self) -> Link:
        """What is remembered of the centre."""
        with self._read.connect() as connection:
            return upstream.read_link(connection)

    def keep_failures(self, failures: int) -> None:
        """Remembers how often in a row the exchange failed."""
        self._keep(failures=failures)

    def keep_trouble(self, trouble: str) -> None:
        """Nobody looks for it here: the log says it."""

    def keep_clock_offset(self, offset: int) -> None:
        """Remembers by how much this machine's clock is off: whoever looks after it should put it right."""
        self._keep(clock_offset=offset)

    def held(self) -> dict[Stream, Held]:
        """Every stream that goes up, once what was fetched is in them and the office has said how it is set up."""
        self._take_in()
        if self.set_up_changed:
            self.set_up_changed = False
            self._writer.do(self._tell)
        with self._read.connect() as connection:
            up = event_log.going_up(connection, self._office, self._node.id)
        held = {
            stream: Held(position.upto, position.above, is_parted=position.parted_at is not None)
            for stream, position in up.items()
        }
        behind = self._behind.items()
        self._behind = {of: upto for of, upto in behind if of not in held or held[of].last < upto}
        return held

    def own(self) -> Stream:
        """The stream that is being written."""
        with self._read.connect() as connection:
            return Stream(self._node.id, epoch_now(connection))

    def events(self, span: Span) -> tuple[Event, ...]:
        """The events of ``span``, as many as fit; what was set aside here goes as the bytes that came."""
        with self._read.connect() as connection:
            found = event_log.logged(connection, span.stream, span.after, span.count)
        return tuple(found)  # type: ignore[arg-type] # the bytes of an event where it is none

    def take(self, taken: Taken) -> None:
        """Notes how far the streams have got above; a node that was put back to an old copy begins a new life."""
        now = self._clock.now()
        self._behind |= taken.behind
        # the first answer in a run takes stock: nothing behind means that nothing is above that is not here
        is_news = not (self._is_in_step or self._behind or taken.take_stock)
        has_moved = bool(taken.moved or taken.forked or taken.behind or is_news)
        if not has_moved and now - self._noted_at < HEARD_EVERY_US:
            return
        self._writer.do(lambda transaction: self._note(transaction.connection, taken, now))
        self._noted_at = now
        self._is_in_step |= is_news

    def _note(self, connection: Connection, taken: Taken, now: Micros) -> None:
        own = Stream(self._node.id, epoch_now(connection))
        for stream, cursor in taken.moved.items():
            event_log.move_above(connection, stream, cursor)
        epoch = next_life(taken, own)
        if epoch > own.epoch:
            _log.error("sync.former_life epoch=%d new_epoch=%d", own.epoch, epoch)
            open_life(connection, now, above=epoch - 1)
            self.set_up_changed = True
        for stream in taken.forked:
            if stream.origin == own.origin:
                carry_over(connection, stream)
            else:
                _log.error("sync.fork_above origin=%s epoch=%d", stream.origin, stream.epoch)
                event_log.note_parted(connection, stream, now)
        upstream.keep(connection, parent_epoch=taken.parent_epoch, heard_at=now)
        if not self._behind and not taken.take_stock:
            upstream.keep(connection, in_step=epoch)

    def _keep(self, **values: int) -> None:
        self._writer.do(lambda transaction: upstream.keep(transaction.connection, **values))

    def _tell(self, transaction: Transaction) -> None:
        tell_all(transaction.connection, self._node, self._keys, self._office, self._clock.now())

    # --- the listener -------------------------------------------------------------------------------------------

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the centre is asked for: requests, what it wants here, other queues, numbers, and what was lost here."""
        return ("requests", "asked", "queue", BLOCKS, *map(log_scope, sorted(self._behind)))

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        """One fact; events are taken in together, by the next `held`."""
        stream = stream_of_log(scope)
        if stream is not None:
            self._fetched.setdefault(stream, []).append(item)
        elif scope == "requests":
            wanted = from_json(bytes(item), CancelRequested)
            self._writer.do(
                lambda transaction: carry_out(transaction, self._node, self._office, wanted, self._clock.now())
            )
        elif scope == BLOCKS:
            leased = from_json(bytes(item), NumbersLeased)
            self._writer.do(lambda transaction: take(transaction, self._node, self._office, leased, self._clock.now()))
        elif scope == "asked":
            asked = from_json(bytes(item), Asked)
            self._writer.do(lambda transaction: self._granting.grant(transaction, asked, self._clock.now()))
        else:
            told = from_json(bytes(item), QueueSnapshot)
            if told.office not in {"", self._office}:
                self._told[told.office] = told

    def _take_in(self) -> None:
        told, self._told = self._told, {}
        if told:
            self._writer.do(lambda transaction: self._note_branches(transaction.connection, told))
        fetched, self._fetched = self._fetched, {}
        for stream, items in fetched.items():
            push = read_push(self._as_machine, LoosePush(stream, _first_seq(items), tuple(items)))
            self._writer.do(partial(self._refill, push=push))
            _log.warning("sync.refilled origin=%s epoch=%d events=%d", stream.origin, stream.epoch, len(items))

    def _note_branches(self, connection: Connection, told: Mapping[str, QueueSnapshot]) -> None:
        for one in told.values():
            upstream.note_branch(connection, one, self._clock.now())

    def _refill(self, transaction: Transaction, push: ReadPush) -> None:
        life = _life(push.stream, self._node.id) if is_node(push.stream.origin) else None
        source = Source(self._as_machine, push.stream, life, is_settled=True, goes_up=True, is_own=True)
        entry = Entry(transaction, is_alone=True)
        take_push(entry, push, source, self._clock.now())
        finish(entry)


class _Numbered(msgspec.Struct):
    """As much of an event as says where it stands."""

    seq: int


def _life(stream: Stream, node: str) -> int:
    """The place of one of our former lives; a node that was here before us lived before all of ours."""
    return OWN_LIFE + stream.epoch if stream.origin == node else stream.epoch


def _first_seq(items: list[msgspec.Raw]) -> int:
    """The number of the first event that was fetched, by the first that can be read."""
    for place, item in enumerate(items):
        try:
            return max(1, from_json(bytes(item), _Numbered).seq - place)
        except msgspec.DecodeError:
            continue
    return 1


class NodeClock:
    """The server's clock as the exchange wants it. What it is off is told and never applied: the system sets it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = 0

    def wall(self) -> Micros:
        """The machine's own time."""
        return self._clock.now()

    def monotonic_s(self) -> float:
        """Seconds that never jump."""
        return self._clock.monotonic_s()


LEAD_EVERY_S = 2.0
"""So often a process that does not exchange asks whether it should now, and the one that does if it still may."""


class Upstream:
    """The office's exchange with the centre: of several processes on one database exactly one makes it."""

    def __init__(
        self,
        enrolment: Enrolment,
        *,
        wire: Exchange,
        books: Callable[[], OfficeBook],
        clock: Clock,
        leads: Callable[[], bool],
    ) -> None:
        """``leads`` tells whether this process is the one, taking its place where it is free; ``books`` opens one."""
        self._books = books
        self._book: OfficeBook | None = None
        self._leads = leads
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._child, self._credential = enrolment.kiosk, enrolment.credential
        self._wire = wire
        self._clock = NodeClock(clock)
        self._client: SyncClient | None = None

    def client(self) -> SyncClient:
        """The exchange itself, not started."""
        book = self._book = self._books()
        return SyncClient(
            self._child,
            book=book,
            wire=self._wire,
            clock=self._clock,
            listener=book,
            news_every_s=NEWS_EVERY_S,
            credential=lambda: self._credential,
        )

    def start(self) -> None:
        """Begins to exchange, or to wait until it may."""
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the exchange, within 3 s or so."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def changed(self, topics: Mapping[str, int], set_up_topic: str) -> None:
        """Something was committed: it may be an event. Returns at once; from any thread."""
        book = self._book
        if set_up_topic in topics and book is not None:
            book.set_up_changed = True
        client = self._client
        if client is not None:
            client.wake()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                leads = self._leads()
            except SQLAlchemyError as error:
                _log.warning("sync.lead_lost kind=%s", type(error).__name__)
                leads = False
            if leads and self._client is None:
                self._client = self.client()
                self._client.start()
            elif not leads and self._client is not None:
                self._client.stop()
                self._client = None
            self._stopping.wait(LEAD_EVERY_S)
        if self._client is not None:
            self._client.stop()
