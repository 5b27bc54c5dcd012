"""What everybody may see: the waiting room's board, the queue as phones read it, and one turn behind its QR.

Nothing here names a person, a document, a subject or a class of attention; the class would out the pregnant and
the disabled, so even the order of the queue is given in keys that only a ticket's holder can recognise.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros
from domain.tickets import QueueNumber, TicketState
from domain.tracking import parse_token
from server.faults import Refusal
from server.projection import start_of_today
from server.store import tickets
from server.store.kiosks import token_maker
from server.store.versions import queue_topic

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.hub import Hub
    from server.offices import Offices
    from server.store.tickets import Turn

CACHE_US = 2_000_000
SHOWN_ON_BOARD = 6
_KEY_CHARS = 16


class CallingNow(msgspec.Struct, frozen=True):
    """A number that is being called, and where to."""

    number: str
    counter: str


class QueueState(msgspec.Struct, frozen=True):
    """The queue for phones. ``waiting`` has one opaque key a person, in the order of calls."""

    at: Micros
    calling: tuple[CallingNow, ...]
    waiting: tuple[str, ...]


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
    find that place in the queue, empty where it cannot be known: in an office that is not called at this node.
    """

    office: str
    number: QueueNumber
    state: TicketState | OutOfLine
    counter: str | None = None
    key: str = ""
    ahead: int | None = None


def queue_key(nonce_hash: bytes) -> str:
    """By which a ticket's holder recognises it in the queue: 16 hexadecimal digits."""
    return hashlib.sha256(b"queue" + nonce_hash).hexdigest()[:_KEY_CHARS]


class PublicQueue:
    """A queue's public face: the same bytes for everybody, read at most every two seconds or when it changes."""

    def __init__(self, *, clock: Clock, read: Engine, hub: Hub) -> None:
        self._clock = clock
        self._read = read
        self._hub = hub
        self._memory: dict[str, tuple[int, Micros, QueueState, bytes]] = {}

    def state(self, office: str) -> QueueState:
        """The queue of ``office`` now."""
        return self._remembered(office)[0]

    def json(self, office: str) -> bytes:
        """The queue of ``office`` now, as phones fetch it."""
        return self._remembered(office)[1]

    def _remembered(self, office: str) -> tuple[QueueState, bytes]:
        version, now = self._hub.version(queue_topic(office)), self._clock.now()
        memory = self._memory.get(office)
        if memory is None or memory[0] != version or not 0 <= now - memory[1] < CACHE_US:
            state = self._now(office, now)
            memory = self._memory[office] = (version, now, state, msgspec.json.encode(state))
        return memory[2], memory[3]

    def _now(self, office: str, now: Micros) -> QueueState:
        since = start_of_today(now)
        with self._read.connect() as connection:
            called = tickets.being_called(connection, office, since)
            waiting = tickets.waiting(connection, office, since)
        return QueueState(
            now,
            tuple(CallingNow(str(turn.number), turn.counter or "") for turn in called),
            tuple(queue_key(turn.nonce_hash) for turn in waiting),
        )


class Board:
    """The waiting room's screen."""

    def __init__(self, *, clock: Clock, read: Engine) -> None:
        self._clock = clock
        self._read = read

    def calls(self, office: str) -> list[BoardCall]:
        """Today's last calls in ``office``, the very last first."""
        with self._read.connect() as connection:
            last = tickets.last_called(connection, office, start_of_today(self._clock.now()), SHOWN_ON_BOARD)
        return [BoardCall(str(turn.number), turn.counter or "", turn.announced) for turn in last]


class Tracking:
    """The page behind a ticket's QR."""

    def __init__(self, *, offices: Offices, queue: PublicQueue, clock: Clock, read: Engine) -> None:
        self._offices = offices
        self._clock = clock
        self._queue = queue
        self._read = read

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
        if turn.state is not TicketState.WAITING:
            return TrackedTurn(turn.office, turn.number, turn.state, turn.counter)
        if turn.issued_at < start_of_today(self._clock.now()):
            return TrackedTurn(turn.office, turn.number, OutOfLine.PAST)
        if not self._offices.called_here(turn.office):
            return TrackedTurn(turn.office, turn.number, turn.state)
        key = queue_key(turn.nonce_hash)
        waiting = self._queue.state(turn.office).waiting
        # the queue is up to two seconds old: a turn just taken may not stand in it yet
        ahead = waiting.index(key) if key in waiting else None
        return TrackedTurn(turn.office, turn.number, turn.state, key=key, ahead=ahead)
