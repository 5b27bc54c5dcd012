"""A clerk's work: call the next turn, call it again, attend, finish, mark absent; see who it is while it is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.messages import Personal, TicketMoved
from domain.tickets import Move, TicketState, after
from server.faults import Refusal
from server.projection import start_of_today
from server.store import tickets
from server.store.accounts import note_action
from server.store.node import record
from server.store.versions import board_topic, desk_topic, queue_topic

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from domain.clock import Clock, Micros
    from server.keys import Keys
    from server.store.accounts import Clerk
    from server.store.node import Node
    from server.store.tickets import Turn
    from server.store.writer import Transaction, Writer

AT_THE_COUNTER = frozenset({Move.RECALL, Move.SERVE, Move.FINISH, Move.MARK_ABSENT})
"""What a clerk does with the turn that is at the counter."""


@dataclass(frozen=True, slots=True)
class DeskView:
    """What a clerk sees. ``personal`` is None when nothing was sealed to this node or nobody is at the counter."""

    turn: Turn | None
    personal: Personal | None = field(repr=False)
    waiting: list[Turn]
    now: Micros


class Desk:
    """The counters of the offices whose home node this is; a clerk's session says in which office they sit."""

    def __init__(self, *, node: Node, keys: Keys, clock: Clock, writer: Writer, read: Engine) -> None:
        self._node = node
        self._keys = keys
        self._clock = clock
        self._writer = writer
        self._read = read

    def view(self, clerk: Clerk, address: str) -> DeskView:
        """The clerk's page. Shows personal data of the turn at the counter, so that look is audited first."""
        now = self._clock.now()
        turn, sealed = self._writer.do(lambda transaction: self._look(transaction, clerk, address, now))
        personal = self._keys.open(sealed) if sealed else None
        return DeskView(turn, personal, self.waiting(clerk), now)

    def now(self) -> Micros:
        """The time by which waits are counted."""
        return self._clock.now()

    def waiting(self, clerk: Clerk) -> list[Turn]:
        """Who waits in the clerk's office, in the order of calls."""
        with self._read.connect() as connection:
            return tickets.waiting(connection, clerk.office, start_of_today(self._clock.now()))

    def held(self, clerk: Clerk) -> Turn | None:
        """The turn at the clerk's counter, without anything personal."""
        with self._read.connect() as connection:
            return tickets.at_counter(connection, clerk.office, clerk.counter)

    def call_next(self, clerk: Clerk) -> None:
        """Calls the next turn to the clerk's counter; does nothing when nobody waits.

        Raises:
            Refusal: 409, the counter has a turn already (a second click finds the first one's).
        """
        self._writer.do(lambda transaction: self._call_next(transaction, clerk))

    def finish_and_call_next(self, clerk: Clerk) -> Turn | None:
        """Finishes the turn that the counter serves, if any, and calls the next; None when nobody waits.

        Raises:
            Refusal: 409, a turn is being called there: it has not come yet, so it cannot be finished.
        """

        def work(transaction: Transaction) -> Turn | None:
            held = tickets.at_counter(transaction.connection, clerk.office, clerk.counter)
            if held is not None and held.state is TicketState.SERVING:
                self._apply(transaction, clerk, held, Move.FINISH, self._clock.now())
            self._call_next(transaction, clerk)
            return tickets.at_counter(transaction.connection, clerk.office, clerk.counter)

        return self._writer.do(work)

    def move(self, clerk: Clerk, ticket: UUID, move: Move) -> None:
        """Moves the turn at the clerk's counter.

        Raises:
            Refusal: 404 there is no such turn, 409 it is not at this counter or the move is not legal now.
        """
        self._writer.do(lambda transaction: self._move(transaction, clerk, ticket, move))

    def _look(
        self, transaction: Transaction, clerk: Clerk, address: str, now: Micros
    ) -> tuple[Turn | None, bytes | None]:
        connection = transaction.connection
        turn = tickets.at_counter(connection, clerk.office, clerk.counter)
        if turn is None:
            return None, None
        row = {
            "at": now, "office": clerk.office, "actor": clerk.name, "action": "ticket.viewed",
            "subject": str(turn.ticket), "address": address,
        }  # fmt: skip
        note_action(connection, row)
        return turn, tickets.sealed_part(connection, turn.ticket)

    def _call_next(self, transaction: Transaction, clerk: Clerk) -> None:
        connection, now = transaction.connection, self._clock.now()
        held = tickets.at_counter(connection, clerk.office, clerk.counter)
        if held is not None:
            raise Refusal(409, "counter_busy", number=str(held.number))
        turn = tickets.claim_next(connection, clerk.office, start_of_today(now), clerk.duty)
        if turn is not None:
            self._apply(transaction, clerk, turn, Move.CALL, now)

    def _move(self, transaction: Transaction, clerk: Clerk, ticket: UUID, move: Move) -> None:
        turn = tickets.lock_turn(transaction.connection, clerk.office, ticket)
        if turn is None:
            raise Refusal(404, "unknown_turn")
        if turn.counter != clerk.counter:
            raise Refusal(409, "other_counter", number=str(turn.number))
        self._apply(transaction, clerk, turn, move, self._clock.now())

    def _apply(self, transaction: Transaction, clerk: Clerk, turn: Turn, move: Move, now: Micros) -> None:
        """Writes the new state and its event, which are one fact."""
        state = after(turn.state, move)
        if state is None:
            raise Refusal(409, "illegal_move", number=str(turn.number))
        values: dict[str, Any] = {
            "state": state.value, "counter": clerk.counter, "clerk": clerk.name, "changed_at": now
        }  # fmt: skip
        if state is TicketState.CALLED:
            values |= {"calls": turn.calls + 1, "called_at": now}
            transaction.touch(board_topic(turn.office))
        tickets.change_turn(transaction.connection, turn.ticket, values)
        record(
            transaction.connection,
            self._node,
            TicketMoved(turn.ticket, clerk.counter, clerk.name),
            kind=f"ticket.{move.value}",
            office=turn.office,
            day=turn.business_day,
            now=now,
        )
        transaction.touch(queue_topic(turn.office), desk_topic(turn.office))
