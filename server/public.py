"""What everybody may see: the waiting room's board, the queue as phones read it, and one turn behind its QR.

Nothing here names a person, a document, a subject or a class of attention; the class would out the pregnant and
the disabled, so even the order of the queue is given in keys that only a ticket's holder can recognise.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class TrackedTurn:
    """A turn as its holder sees it. ``state`` is None for a genuine ticket that has not arrived here yet.

    ``ahead`` is how many are called before it, None unless it waits.
    """

    number: QueueNumber
    state: TicketState | None
    counter: str | None = None
    key: str = ""
    ahead: int | None = None


def queue_key(nonce_hash: bytes) -> str:
    """By which a ticket's holder recognises it in the queue: 16 hexadecimal digits."""
    return hashlib.sha256(b"queue" + nonce_hash).hexdigest()[:_KEY_CHARS]


class PublicQueue:
    """The queue's public face: the same bytes for everybody, read at most every two seconds or when it changes."""

    def __init__(self, *, office: str, clock: Clock, read: Engine, hub: Hub) -> None:
        self._office = office
        self._clock = clock
        self._read = read
        self._hub = hub
        self._memory: tuple[int, Micros, QueueState, bytes] | None = None

    def state(self) -> QueueState:
        """The queue now."""
        return self._remembered()[0]

    def json(self) -> bytes:
        """The queue now, as phones fetch it."""
        return self._remembered()[1]

    def _remembered(self) -> tuple[QueueState, bytes]:
        version, now = self._hub.version(queue_topic(self._office)), self._clock.now()
        memory = self._memory
        if memory is None or memory[0] != version or not 0 <= now - memory[1] < CACHE_US:
            state = self._now(now)
            memory = self._memory = (version, now, state, msgspec.json.encode(state))
        return memory[2], memory[3]

    def _now(self, now: Micros) -> QueueState:
        since = start_of_today(now)
        with self._read.connect() as connection:
            called = tickets.being_called(connection, self._office, since)
            waiting = tickets.waiting(connection, self._office, since)
        return QueueState(
            now,
            tuple(CallingNow(str(turn.number), turn.counter or "") for turn in called),
            tuple(queue_key(turn.nonce_hash) for turn in waiting),
        )


class Board:
    """The waiting room's screen."""

    def __init__(self, *, office: str, clock: Clock, read: Engine) -> None:
        self._office = office
        self._clock = clock
        self._read = read

    def calls(self) -> list[BoardCall]:
        """Today's last calls, the very last first."""
        with self._read.connect() as connection:
            last = tickets.last_called(connection, self._office, start_of_today(self._clock.now()), SHOWN_ON_BOARD)
        return [BoardCall(str(turn.number), turn.counter or "", turn.calls) for turn in last]


class Tracking:
    """The page behind a ticket's QR."""

    def __init__(self, *, queue: PublicQueue, read: Engine) -> None:
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
                return TrackedTurn(QueueNumber(maker.series, token.n), None)
        key = queue_key(turn.nonce_hash)
        waiting = self._queue.state().waiting
        ahead = waiting.index(key) if turn.state is TicketState.WAITING and key in waiting else None
        return TrackedTurn(turn.number, turn.state, turn.counter, key, ahead)
