"""What everybody may see on a phone: the queue, and one turn behind its QR.

Nothing here names a person, a document, a subject or a class of attention; the class would out the pregnant and
the disabled, so even the order of the queue is given in keys that only a ticket's holder can recognise.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros
from domain.queue import shared_line
from domain.tickets import QueueNumber, TicketState
from domain.tracking import parse_token
from server.faults import Refusal
from server.projection import start_of_today
from server.store import requests, tickets
from server.store.kiosks import token_maker
from server.store.office_machines import token_makers
from server.store.versions import queue_topic

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.queue import Duty, InLine
    from domain.tracking import Token
    from server.door import Door
    from server.hub import Hub
    from server.offices import Offices
    from server.store.kiosks import TokenMaker
    from server.store.tickets import Turn
    from server.waits import Waits

CACHE_US = 2_000_000
_KEY_CHARS = 16
_OVERNIGHT = frozenset({TicketState.WAITING, TicketState.ABSENT, TicketState.PARKED})
"""Whoever was left in these on a former day is called no more; a counter that never ended a turn still has it."""


class CallingNow(msgspec.Struct, frozen=True):
    """A number that is being called, and where to."""

    number: str
    counter: str


class QueueState(msgspec.Struct, frozen=True):
    """The queue for phones. ``waiting`` has one opaque key a person, in the order of calls."""

    at: Micros
    calling: tuple[CallingNow, ...]
    waiting: tuple[str, ...]


class OutOfLine(Enum):
    """What a ticket's holder is told when there is no state to tell."""

    COMING = "coming"
    """Genuine, but not arrived here yet."""
    PAST = "past"
    """It waited on a former day, and nobody will call it."""


@dataclass(frozen=True, slots=True)
class TrackedTurn:
    """A turn as its holder sees it.

    ``ahead`` is how many are called before it; None unless it waits and its place is known here. ``key`` is how to
    find that place in the queue as ``view`` shows it, both empty where it cannot be known: in an office of which
    nothing is heard here. ``wait`` is between how many minutes and how many it will be called, ``behind`` how many of
    its class would go before it if it let two pass (0, 1 or 2). ``language`` is the visit's, empty before it arrives.
    """

    office: str
    number: QueueNumber
    state: TicketState | OutOfLine
    counter: str | None = None
    key: str = ""
    ahead: int | None = None
    view: str = ""
    wait: tuple[int, int] | None = None
    behind: int = 0
    language: str = ""
    turn: Turn | None = field(default=None, repr=False)
    """The turn itself, None before it arrives."""
    as_of: Micros | None = None
    """As of when the office says so, where nothing was heard of it for a while; None where it is as now."""
    elsewhere: bool = False
    """Whether its office is called at a node of its own, so that nothing but cancelling can be asked for here."""
    asked: bool = False
    """Whether its holder gave it up here and its office has still to decide."""


def queue_key(nonce_hash: bytes) -> str:
    """By which a ticket's holder recognises it in the queue: 16 hexadecimal digits."""
    return hashlib.sha256(b"queue" + nonce_hash).hexdigest()[:_KEY_CHARS]


def view_of(turn: InLine) -> str:
    """Which part of the queue a turn's holder looks at: its service's, or that of the one counter it was sent to."""
    return turn.service if turn.for_counter is None else f"@{turn.for_counter}"


@dataclass(frozen=True, slots=True)
class Body:
    """A queue in bytes: JSON, and the same compressed once for all the phones of a hall."""

    plain: bytes
    zipped: bytes


class Line:
    """The line of those who wait, as it was at one moment. Not a message: it knows the classes."""

    def __init__(
        self, office: str, at: Micros, calling: tuple[CallingNow, ...], waiting: list[Turn], duties: list[Duty]
    ) -> None:
        self._office = office
        self.at = at
        self.waiting = waiting
        self._calling = calling
        self._duties = duties
        self._around: dict[str, list[Turn]] = {}
        self._bodies: dict[str, Body] = {}
        self._waits: dict[tuple[str, bool, int], tuple[int, int] | None] = {}

    def around(self, turn: InLine) -> list[Turn]:
        """Those who are called at the same counters as ``turn``, in the order of calls; made once a view."""
        view = view_of(turn)
        if view not in self._around:
            self._around[view] = shared_line(self.waiting, turn, self._duties)
        return self._around[view]

    def wait(self, turn: InLine, ahead: list[Turn], waits: Waits) -> tuple[int, int] | None:
        """Between how many minutes and how many ``turn`` waits; worked out once for all who are as far in that line."""
        whose = (view_of(turn), turn.preferential, len(ahead))
        if whose not in self._waits:
            self._waits[whose] = waits.of(self._office, turn, ahead)
        return self._waits[whose]

    def state(self, view: str) -> QueueState:
        """What phones read: the line of one view (`view_of`), or the whole of it for an empty one.

        A view in which nobody waits is empty: nobody looks for a place there.
        """
        mine = next((turn for turn in self.waiting if view_of(turn) == view), None)
        line = self.waiting if not view else [] if mine is None else self.around(mine)
        return QueueState(self.at, self._calling, tuple(queue_key(turn.nonce_hash) for turn in line))

    def body(self, view: str) -> Body:
        """The same, as bytes; those of a view in which somebody waits are made once."""
        if view in self._bodies:
            return self._bodies[view]
        state = self.state(view)
        plain = msgspec.json.encode(state)
        made = Body(plain, gzip.compress(plain, mtime=0))
        if state.waiting or not view:  # whoever invents names fills no memory
            self._bodies[view] = made
        return made


class PublicQueue:
    """A queue's public face: the same bytes for everybody, read at most every two seconds or when it changes."""

    def __init__(self, *, door: Door, clock: Clock, read: Engine, hub: Hub) -> None:
        self._door = door
        self._clock = clock
        self._read = read
        self._hub = hub
        self._memory: dict[str, tuple[int, Line]] = {}

    def line(self, office: str) -> Line:
        """Who waits in ``office`` now."""
        version, now = self._hub.version(queue_topic(office)), self._clock.now()
        memory = self._memory.get(office)
        if memory is None or memory[0] != version or not 0 <= now - memory[1].at < CACHE_US:
            memory = self._memory[office] = (version, self._now(office, now))
        return memory[1]

    def body(self, office: str, view: str = "") -> Body:
        """The queue of ``office`` now, as phones fetch it."""
        return self.line(office).body(view)

    def _now(self, office: str, now: Micros) -> Line:
        since = start_of_today(now)
        with self._read.connect() as connection:
            called = tickets.being_called(connection, office, since)
            waiting = tickets.waiting(connection, office, since)
        calling = tuple(CallingNow(str(turn.number), turn.counter or "") for turn in called)
        return Line(office, now, calling, waiting, [clerk.duty for clerk in self._door.at_counters(office)])


def _maker(connection: Connection, token: Token) -> TokenMaker | None:
    """The kiosk that made a token: one of ours, or of an office's, of which several may have that number."""
    own = token_maker(connection, token.kiosk)
    makers = chain(() if own is None else (own,), token_makers(connection, token.kiosk))
    return next((maker for maker in makers if token.is_genuine(maker.mac_key)), None)


class Tracking:
    """The page behind a ticket's QR."""

    def __init__(self, *, offices: Offices, queue: PublicQueue, waits: Waits, clock: Clock, read: Engine) -> None:
        self._offices = offices
        self._clock = clock
        self._queue = queue
        self._read = read
        self._waits = waits

    def find(self, text: str) -> TrackedTurn:
        """The turn that a token opens.

        Raises:
            Refusal: 404, no kiosk of ours made it.
        """
        token = parse_token(text)
        if token is None:
            raise Refusal(404, "unknown_ticket")
        with self._read.connect() as connection:
            turn = tickets.by_nonce_hash(connection, token.nonce_hash)
            if turn is None:
                maker = _maker(connection, token)
                if maker is None:
                    raise Refusal(404, "unknown_ticket")
                return self._coming(maker, token)
        return self.of(turn)

    def _coming(self, maker: TokenMaker, token: Token) -> TrackedTurn:
        elsewhere = not self._offices.called_here(maker.office)
        as_of = self._offices.stale_since(maker.office, self._clock.now()) if elsewhere else None
        number = QueueNumber(maker.series, token.n)
        return TrackedTurn(maker.office, number, OutOfLine.COMING, as_of=as_of, elsewhere=elsewhere)

    def of(self, turn: Turn) -> TrackedTurn:
        """A turn that is known here, as its holder sees it."""
        found = TrackedTurn(turn.office, turn.number, turn.state, turn.counter, language=turn.language, turn=turn)
        if not self._offices.called_here(turn.office):
            as_of = self._offices.stale_since(turn.office, self._clock.now())
            found = replace(found, as_of=as_of, elsewhere=True)
        if turn.issued_at < start_of_today(self._clock.now()) and turn.state in _OVERNIGHT:
            return replace(found, state=OutOfLine.PAST)
        if turn.state is not TicketState.WAITING:
            return found
        found = replace(found, counter=None, asked=self._is_asked(turn))
        return self._in_line(found, turn) if self._offices.is_known(turn.office) else found

    def _is_asked(self, turn: Turn) -> bool:
        if self._offices.called_here(turn.office):
            return False
        with self._read.connect() as connection:
            return requests.is_asked(connection, turn.ticket)

    def _in_line(self, found: TrackedTurn, turn: Turn) -> TrackedTurn:
        whole = self._queue.line(turn.office)
        line = whole.around(turn)
        found = replace(found, key=queue_key(turn.nonce_hash), view=view_of(turn))
        ahead = next((place for place, other in enumerate(line) if other.ticket == turn.ticket), None)
        if ahead is None:  # the queue is up to two seconds old: a turn just taken may not stand in it yet
            return found
        behind = sum(other.preferential == turn.preferential for other in line[ahead + 1 :])
        return replace(found, ahead=ahead, wait=whole.wait(turn, line[:ahead], self._waits), behind=min(2, behind))
