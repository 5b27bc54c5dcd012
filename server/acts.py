"""One thing that a clerk does to the queue, and what makes it true: the turn's state, its event, the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.messages import TicketMoved
from domain.tickets import after
from server.faults import Refusal
from server.projection import start_of_today
from server.store import accounts, tickets
from server.store.node import record
from server.store.versions import board_topic, desk_topic, queue_topic

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.tickets import Move, TicketState
    from server.store.accounts import Clerk
    from server.store.node import Node
    from server.store.tickets import Turn
    from server.store.writer import Transaction

SHORT_WORDS = 120
"""The longest reason in a clerk's own words, in characters."""


def tidy(words: str, longest: int) -> str:
    """Words as they may be kept: without control characters, which a database refuses, and not longer than that."""
    kept = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in words)
    return kept.strip()[:longest]


@dataclass(frozen=True, slots=True)
class Act:
    """What a clerk does ``now``, inside the transaction that makes it true or not done at all."""

    transaction: Transaction
    node: Node
    clerk: Clerk
    now: Micros
    address: str = ""

    @property
    def connection(self) -> Connection:
        """What it reads and writes with."""
        return self.transaction.connection

    @property
    def since(self) -> Micros:
        """The first instant of today; turns of before wait no more."""
        return start_of_today(self.now)

    def turn(self, ticket: UUID) -> Turn:
        """A turn of this office, held for this transaction.

        Raises:
            Refusal: 404.
        """
        found = tickets.lock_turn(self.connection, self.clerk.office, ticket)
        if found is None:
            raise Refusal(404, "unknown_turn")
        return found

    def turn_here(self, ticket: UUID) -> Turn:
        """The turn, which has to be at this counter or to have been here last.

        Raises:
            Refusal: 404 there is none, 409 it is elsewhere.
        """
        found = self.turn(ticket)
        if found.counter != self.clerk.counter:
            raise Refusal(409, "other_counter", number=str(found.number))
        return found

    def must_sit(self) -> None:
        """Leaves alone whoever only supervises.

        Raises:
            Refusal: 409.
        """
        if not self.clerk.counter:
            raise Refusal(409, "no_counter")

    def must_be_free(self) -> None:
        """Lets a turn come to this counter.

        Raises:
            Refusal: 409, it makes a pause or has a turn already, or the clerk sits at none.
        """
        self.must_sit()
        if accounts.is_paused(self.connection, self.clerk.token_hash):
            raise Refusal(409, "paused")
        held = tickets.at_counter(self.connection, self.clerk.office, self.clerk.counter)
        if held is not None:
            raise Refusal(409, "counter_busy", number=str(held.number))

    @staticmethod
    def state_after(turn: Turn, move: Move) -> TicketState:
        """The state that ``move`` leads to.

        Raises:
            Refusal: 409, the turn may not be moved so from the state in which it is.
        """
        state = after(turn.state, move)
        if state is None:
            raise Refusal(409, "illegal_move", number=str(turn.number))
        return state

    def move(self, turn: Turn, move: Move, values: dict[str, Any], **told: Any) -> None:
        """Writes the new state and its event. ``values`` are columns of the turn, ``told`` fields of `TicketMoved`.

        Raises:
            Refusal: 409, the turn may not be moved so from the state in which it is.
        """
        state = self.state_after(turn, move)
        tickets.change_turn(self.connection, turn.ticket, {"state": state.value, "changed_at": self.now} | values)
        self.tell(f"ticket.{move.value}", turn, **told)

    def tell(self, kind: str, turn: Turn, **told: Any) -> None:
        """Records what happened to ``turn``, and wakes whoever follows the queue."""
        body = TicketMoved(turn.ticket, self.clerk.counter, self.clerk.name, **told)
        record(
            self.connection, self.node, body, kind=kind, office=turn.office, day=turn.business_day, now=self.now
        )  # fmt: skip
        self.transaction.touch(queue_topic(turn.office), desk_topic(turn.office))

    def cry(self, turn: Turn) -> dict[str, Any]:
        """The boards announce ``turn`` once more; returns the column that counts it."""
        self.transaction.touch(board_topic(turn.office))
        return {"announced": turn.announced + 1}

    def audit(self, action: str, subject: str, detail: str = "") -> None:
        """Notes in the audit log what the clerk did."""
        row = {
            "at": self.now, "office": self.clerk.office, "actor": self.clerk.name, "action": action,
            "subject": subject, "address": self.address, "detail": detail,
        }  # fmt: skip
        accounts.note_action(self.connection, row)
