"""A clerk's work: what they see of the queue, and everything they can do to it.

What each action does stands in `server.calling` (calls and their end), `server.passing` (turns that leave and come
back) and `server.sitting`; every one is a unit of the writer, done whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from domain.clock import Micros
from domain.messages import Note, Personal
from domain.queue import line_of
from domain.tickets import UNDO_US, Move, TicketState
from server import calling, passing, sitting
from server.acts import SHORT_WORDS, Act, tidy
from server.faults import Refusal
from server.projection import start_of_today
from server.store import accounts, notes, tickets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from server.keys import Keys
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.node import Node
    from server.store.notes import SealedNote
    from server.store.tickets import Turn
    from server.store.writer import Transaction, Writer

_T = TypeVar("_T")
_MOVES: Mapping[Move, Callable[[Act, UUID], None]] = {
    Move.RECALL: calling.recall,
    Move.SERVE: calling.serve,
    Move.FINISH: calling.finish,
    Move.MARK_ABSENT: calling.mark_absent,
    Move.REOPEN: calling.undo,
    Move.RETURN: passing.bring_back,
    Move.RESUME: passing.resume,
}
MOVES_BY_HAND = frozenset(_MOVES)
"""What `Desk.move` does to a turn, which takes no more than the turn's name."""


@dataclass(frozen=True, slots=True)
class Written:
    """A note as the clerk who serves reads it. ``author`` is a person's name, or an account's; empty for the visitor.

    ``text`` is None where the note was sealed to another key.
    """

    at: Micros
    author: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """The turn at a counter by its number only, and how many notes there are, so that a page knows of new ones."""

    turn: Turn
    notes: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Who waits in an office, as one counter sees it.

    ``mine`` are called here, the next one first; ``others`` at other counters only. ``parked`` and ``absent`` are
    today's, the last first. ``undo`` is the turn whose end this clerk may still take back, None for none.
    """

    mine: list[Turn]
    others: list[Turn]
    parked: list[Turn]
    absent: list[Turn]
    undo: Turn | None

    @property
    def waiting(self) -> list[Turn]:
        """Everybody who waits."""
        return [*self.mine, *self.others]


@dataclass(frozen=True, slots=True)
class DeskView:
    """What a clerk sees. ``personal`` is None when nothing was sealed to this node or nobody is at the counter.

    ``open_counters`` are the others, to which a turn can be sent.
    """

    turn: Turn | None
    personal: Personal | None = field(repr=False)
    notes: list[Written]
    lines: Lines
    open_counters: list[Clerk]
    now: Micros


class Desk:
    """The counters of the offices whose home node this is; a clerk's session says in which office they sit."""

    def __init__(self, *, node: Node, keys: Keys, offices: Offices, clock: Clock, writer: Writer, read: Engine) -> None:
        self._node = node
        self._offices = offices
        self._keys = keys
        self._clock = clock
        self._writer = writer
        self._read = read

    # --- what a clerk sees --------------------------------------------------------------------------------------

    def view(self, clerk: Clerk, address: str) -> DeskView:
        """The clerk's page. Shows personal data of the turn at the counter, so that look is audited first."""
        turn, sealed, written = self._unit(clerk, _look, address)
        personal = self._keys.open(sealed) if sealed else None
        now = self._clock.now()
        with self._read.connect() as connection:
            lines = _lines(connection, clerk, now)
            others = [
                other for other in passing.open_counters(connection, clerk, now) if other.counter != clerk.counter
            ]
            read = self._read_notes(connection, written)
        return DeskView(turn, personal, read, lines, others, now)

    def now(self) -> Micros:
        """The time by which waits are counted."""
        return self._clock.now()

    def waiting(self, clerk: Clerk) -> list[Turn]:
        """Who waits in the clerk's office, in the order of calls."""
        with self._read.connect() as connection:
            return tickets.waiting(connection, clerk.office, start_of_today(self._clock.now()))

    def lines(self, clerk: Clerk) -> Lines:
        """Who waits, who was set aside and who was not there, without anything personal."""
        with self._read.connect() as connection:
            return _lines(connection, clerk, self._clock.now())

    def held(self, clerk: Clerk) -> Turn | None:
        """The turn at the clerk's counter, without anything personal."""
        with self._read.connect() as connection:
            return tickets.at_counter(connection, clerk.office, clerk.counter)

    def notes_written(self, turn: Turn) -> int:
        """How many notes there are to ``turn``; nobody looks at them for that."""
        with self._read.connect() as connection:
            return notes.count_notes(connection, turn.ticket)

    def _read_notes(self, connection: Connection, written: list[SealedNote]) -> list[Written]:
        names = accounts.full_names(connection) if written else {}
        opened = ((note, self._keys.open_note(note.sealed)) for note in written)
        return [
            Written(note.at, names.get(note.author, note.author), found.text if found else None)
            for note, found in opened
        ]

    # --- what a clerk does --------------------------------------------------------------------------------------

    def call_next(self, clerk: Clerk) -> None:
        """Calls the next turn to the clerk's counter; does nothing when nobody waits for it.

        Raises:
            Refusal: 409, the counter makes a pause, or has a turn already (a second click finds the first one's).
        """
        self._do(clerk, calling.call_next)

    def call_this(self, clerk: Clerk, ticket: UUID, why: str, words: str = "", address: str = "") -> None:
        """Calls a turn that waits, whatever its place, for a reason (`calling.Why`) that is audited.

        Raises:
            Refusal: 400 no reason; 404 no such turn; 409 the counter is not free, or the turn does not wait.
        """
        reason = calling.reason_of(why, words)
        self._do(clerk, lambda act: calling.call_this(act, ticket, reason), address)

    def finish_and_call_next(self, clerk: Clerk) -> Turn | None:
        """Ends whatever attention there is and calls the next turn, both or neither; None when nobody waits.

        Raises:
            Refusal: 409, the counter makes a pause, or a turn is called there: it has not come, so it cannot end.
        """
        return self._do(clerk, calling.finish_and_call_next)

    def move(self, clerk: Clerk, ticket: UUID, move: Move) -> None:
        """Moves a turn, in one of the ways that take no more than its name (`MOVES_BY_HAND`).

        Raises:
            Refusal: 404 there is no such turn, 409 it is not at this counter or the move is not legal now.
        """
        self._do(clerk, lambda act: _MOVES[move](act, ticket))

    def finish_and_call(self, clerk: Clerk, ticket: UUID) -> None:
        """Ends the attention and calls the next turn, both or neither.

        Raises:
            Refusal: 404, 409 as with `move`: a second click finds the turn done, and calls nobody.
        """
        self._do(clerk, lambda act: calling.finish_and_call(act, ticket))

    def park(self, clerk: Clerk, ticket: UUID, reason: str = "") -> None:
        """Sets the turn aside, to be taken up again. The reason, if any, is kept as a note: it may be personal.

        Raises:
            Refusal: 404 there is no such turn, 409 it is not being attended at this counter.
        """
        sealed = self._sealed(reason, SHORT_WORDS)
        self._do(clerk, lambda act: passing.park(act, ticket, sealed))

    def transfer(self, clerk: Clerk, ticket: UUID, *, service: str = "", counter: str = "", reason: str = "") -> None:
        """Sends the turn to another service or to one open counter; it keeps its number and its place.

        The reason, if any, is a note to whoever receives it.

        Raises:
            Refusal: 404 there is no such turn; 409 it is not being attended here, or there is no such place to go.
        """
        sealed = self._sealed(reason, SHORT_WORDS)
        self._do(clerk, lambda act: passing.transfer(act, ticket, service=service, counter=counter, sealed=sealed))

    def change_class(self, clerk: Clerk, ticket: UUID, *, preferential: bool, address: str = "") -> None:
        """Makes a turn that waits, or is at this counter, preferential or ordinary.

        Raises:
            Refusal: 404 there is no such turn, 409 it is over or at another counter.
        """
        self._do(clerk, lambda act: passing.change_class(act, ticket, preferential=preferential), address)

    def note(self, clerk: Clerk, ticket: UUID, text: str) -> None:
        """Writes something to the turn at the counter, sealed to this node's key.

        Raises:
            Refusal: 400 nothing was written, 404 there is no such turn, 409 it is not at this counter.
        """
        sealed = self._sealed(text, passing.LONGEST_NOTE)
        if sealed is None:
            raise Refusal(400, "empty_note")
        self._do(clerk, lambda act: passing.note(act, ticket, sealed))

    def _sealed(self, text: str, longest: int) -> bytes | None:
        words = tidy(text, longest)
        return self._keys.seal_note(Note(words)) if words else None

    def pause(self, clerk: Clerk, reason: str) -> None:
        """The counter calls nobody for a while, for a reason of `counters.Pause`.

        Raises:
            Refusal: 400 no such reason, 409 a turn is at the counter.
        """
        self._do(clerk, lambda act: sitting.pause(act, reason))

    def work(self, clerk: Clerk) -> None:
        """The counter goes on after a pause."""
        self._do(clerk, sitting.work)

    def _do(self, clerk: Clerk, work: Callable[[Act], _T], address: str = "") -> _T:
        """An act, which only the office's home node does.

        Raises:
            Refusal: 409, the office is called elsewhere; and what the act itself refuses.
        """
        self._offices.must_call_here(clerk.office)
        return self._unit(clerk, work, address)

    def _unit(self, clerk: Clerk, work: Callable[[Act], _T], address: str = "") -> _T:
        def unit(transaction: Transaction) -> _T:
            return work(Act(transaction, self._node, clerk, self._clock.now(), address))

        return self._writer.do(unit)


def _look(act: Act) -> tuple[Turn | None, bytes | None, list[SealedNote]]:
    turn = tickets.at_counter(act.connection, act.clerk.office, act.clerk.counter)
    if turn is None:
        return None, None, []
    act.audit("ticket.viewed", str(turn.ticket))
    return turn, tickets.sealed_part(act.connection, turn.ticket), notes.notes_of(act.connection, turn.ticket)


def _lines(connection: Connection, clerk: Clerk, now: Micros) -> Lines:
    since = start_of_today(now)
    waiting = tickets.waiting(connection, clerk.office, since)
    mine = line_of(waiting, clerk.duty)
    ours = {turn.ticket for turn in mine}
    away = tickets.called_today(
        connection, clerk.office, since, TicketState.PARKED, TicketState.ABSENT, changed_after=Micros(0)
    )
    return Lines(
        mine=mine,
        others=[turn for turn in waiting if turn.ticket not in ours],
        parked=[turn for turn in away if turn.state is TicketState.PARKED],
        absent=[turn for turn in away if turn.state is TicketState.ABSENT],
        undo=_undoable(connection, clerk, now),
    )


def _undoable(connection: Connection, clerk: Clerk, now: Micros) -> Turn | None:
    """The last turn whose end the clerk may take back; None for none, and while somebody is at the counter."""
    if tickets.at_counter(connection, clerk.office, clerk.counter) is not None:
        return None
    ended = tickets.called_today(
        connection, clerk.office, start_of_today(now), *calling.ENDED, changed_after=Micros(now - UNDO_US)
    )
    return next((turn for turn in ended if (turn.counter, turn.clerk) == (clerk.counter, clerk.name)), None)
