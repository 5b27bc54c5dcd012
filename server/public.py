"""What everybody may see: the waiting room's board, the queue as phones read it, and one turn behind its QR.

Nothing here names a person, a document, a subject or a class of attention; the class would out the pregnant and
the disabled, so even the order of the queue is given in keys that only a ticket's holder can recognise.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.clock import Micros
from domain.queue import shared_line
from domain.tickets import QueueNumber, TicketState
from domain.tracking import parse_token
from server.faults import Refusal
from server.projection import start_of_today
from server.store import tickets
from server.store.kiosks import token_maker
from server.store.versions import queue_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from domain.clock import Clock
    from domain.queue import Duty, InLine
    from server.door import Door
    from server.hub import Hub
    from server.offices import Offices
    from server.store.tickets import Turn

CACHE_US = 2_000_000
SHOWN_ON_BOARD = 6
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


class Waits(Protocol):
    """How long one waits in an office, from its own history."""

    def of(self, turn: Turn, ahead: Sequence[Turn]) -> tuple[int, int] | None:
        """Between how many minutes and how many ``turn`` will be called; None where that cannot be told."""

    def by_hour(self, office: str) -> tuple[UsualWait, ...]:
        """The usual wait at each hour of a working day, in their order; empty where too little is known."""


@dataclass(frozen=True, slots=True)
class UsualWait:
    """How many minutes one usually waits who comes in the hour that begins at ``hour`` (0 to 23)."""

    hour: int
    minutes: int


class UnknownWaits:
    """Of an office without a history: nothing can be told. It is `Waits`."""

    def of(self, turn: Turn, ahead: Sequence[Turn]) -> tuple[int, int] | None:
        """None, always."""
        del turn, ahead
        return None

    def by_hour(self, office: str) -> tuple[UsualWait, ...]:
        """Nothing, always."""
        del office
        return ()


@dataclass(frozen=True, slots=True)
class BoardCall:
    """A call on the board. ``times`` tells a repeated call from the first."""

    number: str
    counter: str
    times: int


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
    find that place in the queue as ``view`` shows it, both empty where it cannot be known: in an office that is not
    called at this node. ``wait`` is between how many minutes and how many it will be called, ``behind`` how many of
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

    def __init__(self, at: Micros, calling: tuple[CallingNow, ...], waiting: list[Turn], duties: list[Duty]) -> None:
        self.at = at
        self.waiting = waiting
        self._calling = calling
        self._duties = duties
        self._around: dict[str, list[Turn]] = {}
        self._bodies: dict[str, Body] = {}

    def around(self, turn: InLine) -> list[Turn]:
        """Those who are called at the same counters as ``turn``, in the order of calls; made once a view."""
        view = view_of(turn)
        if view not in self._around:
            self._around[view] = shared_line(self.waiting, turn, self._duties)
        return self._around[view]

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
        return Line(now, calling, waiting, [clerk.duty for clerk in self._door.at_counters(office)])


class Board:
    """The waiting room's screen."""

    def __init__(self, *, clock: Clock, read: Engine) -> None:
        self._clock = clock
        self._read = read

    def calls(self, office: str) -> list[BoardCall]:
        """Today's last calls in ``office``, the very last first."""
        with self._read.connect() as connection:
            last = tickets.last_called(connection, office, start_of_today(self._clock.now()), SHOWN_ON_BOARD)
        return [BoardCall(str(turn.number), turn.counter or "", turn.calls) for turn in last]


class Tracking:
    """The page behind a ticket's QR."""

    def __init__(
        self, *, offices: Offices, queue: PublicQueue, clock: Clock, read: Engine, waits: Waits | None = None
    ) -> None:
        self._offices = offices
        self._clock = clock
        self._queue = queue
        self._read = read
        self._waits = waits or UnknownWaits()

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
                maker = token_maker(connection, token.kiosk)
                if maker is None or not token.is_genuine(maker.mac_key):
                    raise Refusal(404, "unknown_ticket")
                return TrackedTurn(maker.office, QueueNumber(maker.series, token.n), OutOfLine.COMING)
        return self.of(turn)

    def of(self, turn: Turn) -> TrackedTurn:
        """A turn that is known here, as its holder sees it."""
        found = TrackedTurn(turn.office, turn.number, turn.state, turn.counter, language=turn.language, turn=turn)
        if turn.issued_at < start_of_today(self._clock.now()) and turn.state in _OVERNIGHT:
            return replace(found, state=OutOfLine.PAST)
        if turn.state is not TicketState.WAITING:
            return found
        found = replace(found, counter=None)
        return self._in_line(found, turn) if self._offices.called_here(turn.office) else found

    def _in_line(self, found: TrackedTurn, turn: Turn) -> TrackedTurn:
        line = self._queue.line(turn.office).around(turn)
        found = replace(found, key=queue_key(turn.nonce_hash), view=view_of(turn))
        ahead = next((place for place, other in enumerate(line) if other.ticket == turn.ticket), None)
        if ahead is None:  # the queue is up to two seconds old: a turn just taken may not stand in it yet
            return found
        behind = sum(other.preferential == turn.preferential for other in line[ahead + 1 :])
        return replace(found, ahead=ahead, wait=self._waits.of(turn, line[:ahead]), behind=min(2, behind))
