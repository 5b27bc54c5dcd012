"""A turn as a kiosk tells it to whoever brings a ticket: by its QR, or by the code that stands beside it.

A kiosk is told as much as stands behind the QR and no more: no name, no document, no subject, no class of attention.
"""

from __future__ import annotations

import hmac
import threading
from collections import defaultdict, deque
from math import ceil
from typing import TYPE_CHECKING
from uuid import UUID

from nacl.public import PublicKey, SealedBox

from domain.clock import in_lima
from domain.messages import Personal, TurnStatus, to_json
from domain.queue import LATELY_US, wait_minutes
from domain.tickets import QueueNumber, TicketState
from domain.tracking import TOKEN_CHARS, parse_short_code, parse_token, short_code
from server.faults import Refusal
from server.projection import LARGEST_N
from server.store import tickets

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.filing.tracking import FilingTracking, FollowedFiling
    from server.keys import Keys
    from server.public import TrackedTurn, Tracking
    from server.store.kiosks import Kiosk
    from server.store.tickets import Turn

WRONG_TRIES = 5
WRONG_TRIES_S = 60.0
"""So many wrong codes a kiosk may try in so many seconds; each is one in a million, and good for a day only."""
LONGEST_CODE = 32

_AT_A_COUNTER = frozenset({TicketState.CALLED, TicketState.SERVING, TicketState.ABSENT})
_NOBODY = UUID(int=0)


class Tries:
    """Counts wrong tries, kiosk by kiosk, in this process: a brake on guessing, not a record of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def begin(self, kiosk: str) -> None:
        """Counts a try as wrong before it is looked at, so that many at once are not more than one after the other.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        now = self._clock.monotonic_s()
        with self._lock:
            wrong = self._wrong[kiosk]
            while wrong and now - wrong[0] >= WRONG_TRIES_S:
                wrong.popleft()
            if len(wrong) >= WRONG_TRIES:
                raise Refusal(429, "too_many_tries", seconds=str(ceil(wrong[0] + WRONG_TRIES_S - now)))
            wrong.append(now)

    def was_right(self, kiosk: str) -> None:
        """Takes the try back; those that were wrong before it still count."""
        with self._lock:
            self._wrong[kiosk].pop()


class Turns:
    """Tells kiosks of turns."""

    def __init__(
        self, *, tracking: Tracking, filing_tracking: FilingTracking, keys: Keys, clock: Clock, read: Engine
    ) -> None:
        self._tracking = tracking
        self._filing_tracking = filing_tracking
        self._keys = keys
        self._clock = clock
        self._read = read
        self._tries = Tries(clock)
        # opened where there is nothing to open, so that a number that nobody has takes as long as a wrong code
        decoy = to_json(Personal("", "", "", "", "A" * TOKEN_CHARS))
        self._decoy = SealedBox(PublicKey(keys.seal_public)).encrypt(decoy)

    def by_token(self, text: str) -> TurnStatus:
        """The turn that a token opens, of whatever office.

        Raises:
            Refusal: 404, no kiosk of ours made it.
        """
        return self._status(self._tracking.find(text))

    def by_code(self, kiosk: Kiosk, text: str) -> TurnStatus:
        """The turn of today, of the kiosk's own office, that has this code (``A-017-K7QM``).

        Raises:
            Refusal: 404 no such number or not its code, which is not told apart; 429 too many of these.
        """
        self._tries.begin(kiosk.id)
        turn = self._of_code(kiosk.office, text)
        if turn is None:
            raise Refusal(404, "unknown_ticket")
        self._tries.was_right(kiosk.id)
        return self._status(self._tracking.of(turn))

    def _of_code(self, office: str, text: str) -> Turn | None:
        code = parse_short_code(text) if len(text) <= LONGEST_CODE else None
        head, _, chars = (code or "").rpartition("-")
        number = QueueNumber.parse(head)
        if number is None or number.n > LARGEST_N:
            return None
        today = in_lima(self._clock.now()).date()
        with self._read.connect() as connection:
            turn = tickets.by_number(connection, office, today, number)
            sealed = tickets.sealed_part(connection, turn.ticket if turn else _NOBODY)
        personal = self._keys.open(sealed or self._decoy)
        token = parse_token(personal.token) if personal else None
        if token is None:
            return None
        is_right = hmac.compare_digest(short_code(str(number), token.nonce).encode(), f"{number}-{chars}".encode())
        return turn if turn is not None and is_right and token.nonce_hash == turn.nonce_hash else None

    def _status(self, found: TrackedTurn) -> TurnStatus:
        return TurnStatus(
            number=str(found.number),
            state=found.state.value,
            ahead=found.ahead,
            minutes=None if found.ahead is None else self._minutes(found.office, found.ahead),
            counter=(found.counter or "") if found.state in _AT_A_COUNTER else "",
            filings=tuple(one.standing() for one in self._received(found)),
        )

    def _received(self, found: TrackedTurn) -> list[FollowedFiling]:
        """What was received from it; nobody who was never called brought anything yet."""
        turn = found.turn
        return [] if turn is None or turn.called_at is None else self._filing_tracking.of_ticket(turn.ticket)

    def _minutes(self, office: str, ahead: int) -> int | None:
        now = self._clock.now()
        with self._read.connect() as connection:
            calls = tickets.called_since(connection, office, now - LATELY_US)
        return wait_minutes(ahead, calls, now)
