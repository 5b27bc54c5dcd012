"""What a turn's holder does from the phone: lets two pass, cancels, goes on describing what they came for.

The token in the address is the whole permission. Every act may arrive twice (a tap that trembles, a line that broke
before the answer): the second finds it done. The home node decides; any other shows its turns and changes nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.messages import CancelRequested, Note, TicketMoved, TicketNoted
from domain.queue import behind_next_two, rivals
from domain.tickets import Move, TicketState, after
from server.brake import Brake
from server.faults import Refusal
from server.projection import start_of_today
from server.public import OutOfLine
from server.store import notes, requests, tickets
from server.store.node import record
from server.store.versions import board_topic, desk_topic, queue_topic

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.queue import Duty
    from server.door import Door
    from server.keys import Keys
    from server.offices import Offices
    from server.public import TrackedTurn
    from server.store.node import Node
    from server.store.tickets import Turn
    from server.store.writer import Transaction, Writer

LONGEST_WORDS = 1000
MOST_ADDITIONS = 5
ACTS_OF_A_TURN = 12
"""So many acts a minute of one turn; who taps more is not a person."""
ACTS_OF_AN_ADDRESS = 240
"""So many a minute from one address: a whole waiting room may share the office's Wi-Fi."""

_VISITOR = ""  # the author of what the holder wrote
_MAY_WRITE = frozenset({TicketState.WAITING, TicketState.CALLED})


@dataclass(frozen=True, slots=True)
class Offers:
    """What a turn's holder may do now. ``let_pass`` is how often they may still let ``behind`` others (1 or 2) pass."""

    let_pass: int = 0
    behind: int = 0
    cancel: bool = False
    write: bool = False


class Phone:
    """The acts of turns' holders in the offices whose home node this is."""

    def __init__(
        self,
        *,
        node: Node,
        keys: Keys,
        offices: Offices,
        door: Door,
        clock: Clock,
        writer: Writer,
        read: Engine,
    ) -> None:
        self._node = node
        self._keys = keys
        self._offices = offices
        self._door = door
        self._clock = clock
        self._writer = writer
        self._read = read
        self._of_a_turn = Brake(clock, most=ACTS_OF_A_TURN)
        self._of_an_address = Brake(clock, most=ACTS_OF_AN_ADDRESS)

    def offers(self, found: TrackedTurn) -> Offers:
        """What the holder of this turn may do now; that they wrote as often as they may is told where they write."""
        turn = found.turn
        if turn is None:
            return Offers()
        if not self._offices.called_here(turn.office):  # only asked for, there, and once
            is_known = self._offices.is_known(turn.office)
            return Offers(cancel=is_known and found.state is TicketState.WAITING and not found.asked)
        waits = found.state is TicketState.WAITING
        left = self._offices.rules.let_pass - turn.let_pass if waits and found.behind else 0
        return Offers(max(0, left), found.behind, waits, found.state in _MAY_WRITE)

    def additions(self, found: TrackedTurn) -> int:
        """How often the holder wrote to this turn."""
        if found.turn is None:
            return 0
        with self._read.connect() as connection:
            return len(self._written(connection, found.turn))

    def let_pass(self, found: TrackedTurn, address: str, already: int) -> None:
        """Lets the next two of the turn's class go first. ``already`` is how often it had when the page was made.

        Raises:
            Refusal: 409 not now, 429 too many taps.
        """
        turn = self._brake(found, address)
        duties = [clerk.duty for clerk in self._door.at_counters(turn.office)]
        self._writer.do(lambda transaction: self._let_pass(transaction, turn, already, duties))

    def cancel(self, found: TrackedTurn, address: str) -> None:
        """Gives the turn up, or asks its office to, where that is called elsewhere: there it is decided.

        Raises:
            Refusal: 409 not now, 429 too many taps.
        """
        turn = self._brake(found, address, elsewhere_too=True)
        if self._offices.called_here(turn.office):
            self._writer.do(lambda transaction: self._cancel(transaction, turn))
        else:
            self._writer.do(lambda transaction: self._ask_to_cancel(transaction, turn))

    def describe(self, found: TrackedTurn, address: str, words: str) -> None:
        """Adds to what the visitor said at the kiosk; only the clerk who serves reads it.

        Raises:
            Refusal: 400 no words or too many, 409 not now, 429 too many taps.
        """
        turn = self._brake(found, address)
        told = tidy(words)
        if not told:
            raise Refusal(400, "no_words")
        if len(told) > LONGEST_WORDS:
            raise Refusal(400, "too_many_words", most=str(LONGEST_WORDS))
        self._writer.do(lambda transaction: self._describe(transaction, turn, Note(told)))

    def _brake(self, found: TrackedTurn, address: str, *, elsewhere_too: bool = False) -> Turn:
        """The turn, unless it or its address acts too often, or it cannot be acted upon here and today."""
        self._of_an_address.pass_by(address)
        if found.turn is None:
            raise Refusal(409, "not_arrived")
        self._of_a_turn.pass_by(str(found.turn.ticket))
        if not self._offices.called_here(found.office) and not (elsewhere_too and self._offices.is_known(found.office)):
            raise Refusal(409, "other_home")
        if found.state is OutOfLine.PAST:
            raise Refusal(409, "past_turn")
        return found.turn

    @staticmethod
    def _locked(transaction: Transaction, turn: Turn) -> Turn:
        held = tickets.lock_turn(transaction.connection, turn.office, turn.ticket)
        if held is None:
            raise Refusal(404, "unknown_ticket")
        return held

    def _let_pass(self, transaction: Transaction, seen: Turn, already: int, duties: list[Duty]) -> None:
        connection, now, turn = transaction.connection, self._clock.now(), self._locked(transaction, seen)
        if turn.state is not TicketState.WAITING:
            raise Refusal(409, "not_waiting")
        if turn.let_pass > already:
            return  # the second tap of one
        if turn.let_pass >= self._offices.rules.let_pass:
            raise Refusal(409, "no_more_passing")
        waiting = tickets.waiting(connection, turn.office, start_of_today(now))
        place = behind_next_two(rivals(waiting, turn, duties), turn)
        if place == turn.lined_up_at:
            raise Refusal(409, "nobody_behind")
        tickets.change_turn(connection, turn.ticket, {"lined_up_at": place, "let_pass": turn.let_pass + 1})
        self._record(transaction, turn, TicketMoved(turn.ticket, "", "", lined_up_at=place), "ticket.let_pass")
        transaction.touch(queue_topic(turn.office), desk_topic(turn.office), board_topic(turn.office))

    def _cancel(self, transaction: Transaction, seen: Turn) -> None:
        turn = self._locked(transaction, seen)
        if turn.state is TicketState.CANCELLED:
            return
        state = after(turn.state, Move.CANCEL)
        if state is None:
            raise Refusal(409, "not_waiting")
        changed = {"state": state.value, "changed_at": self._clock.now()}
        tickets.change_turn(transaction.connection, turn.ticket, changed)
        self._record(transaction, turn, TicketMoved(turn.ticket, "", ""), f"ticket.{Move.CANCEL.value}")
        transaction.touch(queue_topic(turn.office), desk_topic(turn.office), board_topic(turn.office))

    def _ask_to_cancel(self, transaction: Transaction, seen: Turn) -> None:
        connection, turn = transaction.connection, self._locked(transaction, seen)
        if turn.state is TicketState.CANCELLED or requests.is_asked(connection, turn.ticket):
            return  # the second tap of one
        if after(turn.state, Move.CANCEL) is None:
            raise Refusal(409, "not_waiting")
        wanted = CancelRequested(uuid4(), turn.ticket)
        requests.ask(connection, turn.office, wanted, self._clock.now())
        self._record(transaction, turn, wanted, "cancel.requested")
        transaction.touch(queue_topic(turn.office))

    def _describe(self, transaction: Transaction, seen: Turn, told: Note) -> None:
        connection, turn = transaction.connection, self._locked(transaction, seen)
        written = self._written(connection, turn)
        if any(self._keys.open_note(sealed) == told for sealed in written):
            return  # the same words again: the second tap of one
        if turn.state not in _MAY_WRITE:
            raise Refusal(409, "too_late_to_write")
        if len(written) >= MOST_ADDITIONS:
            raise Refusal(409, "enough_words", most=str(MOST_ADDITIONS))
        sealed, now = self._keys.seal_note(told), self._clock.now()
        notes.add_note(connection, turn.ticket, turn.office, author=_VISITOR, sealed=sealed, now=now)
        self._record(transaction, turn, TicketNoted(turn.ticket, _VISITOR), "ticket.noted", sealed)
        transaction.touch(desk_topic(turn.office))

    @staticmethod
    def _written(connection: Connection, turn: Turn) -> list[bytes]:
        """What the holder wrote to the turn, sealed."""
        return [note.sealed for note in notes.notes_of(connection, turn.ticket) if note.author == _VISITOR]

    def _record(
        self,
        transaction: Transaction,
        turn: Turn,
        body: TicketMoved | TicketNoted | CancelRequested,
        kind: str,
        sealed: bytes | None = None,
    ) -> None:
        record(
            transaction.connection,
            self._node,
            body,
            kind=kind,
            office=turn.office,
            day=turn.business_day,
            now=self._clock.now(),
            sealed=sealed,
        )


def tidy(words: str) -> str:
    """What was typed, with single line ends and nothing that cannot be seen: no controls, no turned-round text."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    seen = (char for char in lines if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return unicodedata.normalize("NFC", "".join(seen)).strip()
