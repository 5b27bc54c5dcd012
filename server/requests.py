"""What the holder of a turn asks for at a node that does not call it, and the home node decides, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.messages import CancelAnswered, TicketMoved
from domain.tickets import Move, after
from server.store import requests, tickets
from server.store.node import record
from server.store.versions import board_topic, desk_topic, queue_topic

if TYPE_CHECKING:
    from domain.clock import Micros
    from domain.messages import CancelRequested
    from server.store.node import Node
    from server.store.writer import Transaction


def carry_out(transaction: Transaction, node: Node, office: str, wanted: CancelRequested, now: Micros) -> None:
    """Cancels the turn if it still waits, and answers either way; a request that was answered before does nothing.

    One about a turn that has not arrived yet is left alone: it is offered again.
    """
    connection = transaction.connection
    turn = tickets.lock_turn(connection, office, wanted.ticket)
    if turn is None or not requests.take_once(connection, office, wanted, now):
        return
    state = after(turn.state, Move.CANCEL)

    def say(kind: str, body: TicketMoved | CancelAnswered) -> None:
        record(connection, node, body, kind=kind, office=office, day=turn.business_day, now=now)

    if state is not None:
        tickets.change_turn(connection, turn.ticket, {"state": state.value, "changed_at": now})
        say(f"ticket.{Move.CANCEL.value}", TicketMoved(turn.ticket, "", ""))
    say("cancel.answered", CancelAnswered(wanted.request, wanted.ticket, state is not None))
    transaction.touch(queue_topic(office), desk_topic(office), board_topic(office))
