"""The waiting room's boards: who is called where, who is next, and what the office has to tell.

Nothing here names a person, a document, a subject or a class of attention; the class would out the pregnant and the
disabled, and numbers alone don't tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.queue import soon_called
from domain.tickets import QueueNumber, TicketState
from server.projection import start_of_today
from server.store import boards, tickets

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from server.door import Door
    from server.store.boards import Picture, Slide, Zone
    from server.store.tickets import Turn
    from server.voice import Voice

LAST_CALLS = 12
"""More than a board has room for: when many are called at once, each gets its moment."""
NEXT_SHOWN = 3
FRESH_US = 20 * 1_000_000
"""A call of longer ago, in microseconds, is shown and no longer cried out: a board that was off does not catch up."""
QUIET_US = 60 * 1_000_000
"""So long after the last call, in microseconds, whoever was called is there, and the slides have the room."""


@dataclass(frozen=True, slots=True)
class BoardCall:
    """A call on the board. ``cries`` tells a repeated call from the first; ``is_open`` while nobody has come yet."""

    number: QueueNumber
    counter: str
    cries: int
    is_open: bool
    is_fresh: bool

    @property
    def key(self) -> str:
        """By which a board knows what it has cried out already."""
        return f"{self.number}/{self.counter}/{self.cries}"


@dataclass(frozen=True, slots=True)
class BoardView:
    """What a board shows. ``calls`` has the very last first; ``coming`` whoever should get ready, the next first.

    ``speaks`` is whether calls can be heard as words.
    """

    zone: Zone
    calls: list[BoardCall]
    coming: list[QueueNumber]
    notices: list[str]
    slides: list[Slide]
    is_quiet: bool
    speaks: bool
    now: Micros


class Board:
    """The waiting room's screens of the offices that are known at this node."""

    def __init__(self, *, door: Door, voice: Voice, clock: Clock, read: Engine) -> None:
        self._door = door
        self._voice = voice
        self._clock = clock
        self._read = read

    def now(self) -> Micros:
        """The time by which it is told how old something is."""
        return self._clock.now()

    def zones(self, office: str) -> list[Zone]:
        """Every board of ``office``; there is at least the one of all counters."""
        with self._read.connect() as connection:
            return boards.zones(connection, office)

    def zone(self, office: str, name: str) -> Zone | None:
        """The board of that name; None for no board of ours."""
        with self._read.connect() as connection:
            return boards.zone(connection, office, name)

    def view(self, office: str, zone: Zone) -> BoardView:
        """What that board shows now."""
        now = self._clock.now()
        since = start_of_today(now)
        duties = [
            clerk.duty
            for clerk in self._door.at_counters(office)
            if clerk.paused_at is None and (not zone.counters or clerk.counter in zone.counters)
        ]
        with self._read.connect() as connection:
            last = self._last(connection, office, zone, now)
            waiting = tickets.waiting(connection, office, since)
            day = in_lima(now).date()
            notices = [one.words for one in boards.notices(connection, office) if one.is_on(day)]
            slides = boards.slides(connection, office)
        calls = [_call(turn, now) for turn in last]
        is_quiet = not any(call.is_open for call in calls) and all(now - _cried_at(turn) > QUIET_US for turn in last)
        coming = [turn.number for turn in soon_called(waiting, duties, NEXT_SHOWN)]
        return BoardView(zone, calls, coming, notices, slides, is_quiet, bool(self._voice.languages), now)

    def sound(self, office: str, zone: Zone, text: str) -> bytes | None:
        """What is heard of the call of that number, a WAV file; None for one that this board does not show.

        Nobody can make the server say anything else.
        """
        number = QueueNumber.parse(text)
        with self._read.connect() as connection:
            last = self._last(connection, office, zone, self._clock.now())
        turn = next((turn for turn in last if turn.number == number), None)
        return None if turn is None else self._voice.call(turn.number, turn.counter or "", turn.language)

    def picture(self, office: str, digest: str) -> Picture | None:
        """The slide's picture of that digest; None for none."""
        try:
            wanted = bytes.fromhex(digest)
        except ValueError:
            return None
        with self._read.connect() as connection:
            return boards.slide_picture(connection, [office], wanted)

    @staticmethod
    def _last(connection: Connection, office: str, zone: Zone, now: Micros) -> list[Turn]:
        return tickets.last_called(connection, office, start_of_today(now), LAST_CALLS, zone.counters)


def _call(turn: Turn, now: Micros) -> BoardCall:
    is_open = turn.state is TicketState.CALLED
    # whichever counts more: a call is announced, but not every announcement is one more call
    cries = max(turn.calls, turn.announced)
    return BoardCall(turn.number, turn.counter or "", cries, is_open, now - _cried_at(turn) <= FRESH_US)


def _cried_at(turn: Turn) -> Micros:
    """When the turn was last cried out: a repetition too soon to count moves only the time of its last change."""
    called_at = turn.called_at or turn.changed_at
    return max(called_at, turn.changed_at) if turn.state is TicketState.CALLED else called_at
