"""Turns that leave a counter without being done, and come back: parked, sent elsewhere, absent; their class; notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.messages import TicketNoted
from domain.queue import behind_next_two, rivals
from domain.tickets import Move, TicketState
from server.door import IDLE_US, LONGEST_US
from server.faults import Refusal
from server.store import accounts, attentions, tickets
from server.store.node import record
from server.store.notes import add_note
from server.store.settings import read_settings
from server.store.versions import desk_topic

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from server.acts import Act
    from server.store.accounts import Clerk
    from server.store.tickets import Turn

LONGEST_NOTE = 500
"""Characters of a note."""


def open_counters(connection: Connection, clerk: Clerk, now: Micros) -> list[Clerk]:
    """Who sits at the counters of the clerk's office, themselves and those in a pause too."""
    return accounts.signed_in(
        connection, clerk.office, opened_after=Micros(now - LONGEST_US), seen_after=Micros(now - IDLE_US)
    )


def park(act: Act, ticket: UUID, sealed: bytes | None) -> None:
    """Sets the turn aside, to be taken up again: somebody went to fetch a paper. ``sealed`` is a note why."""
    turn = act.turn_here(ticket)
    act.move(turn, Move.PARK, {"clerk": act.clerk.name})
    if sealed is not None:
        _keep(act, turn, sealed)
    attentions.change_last(act.connection, ticket, ended_at=act.now, outcome="parked")


def resume(act: Act, ticket: UUID) -> None:
    """Takes a turn that was set aside up again, at this counter, wherever it was before.

    Raises:
        Refusal: 404 there is no such turn, 409 the counter is not free or the turn is not set aside.
    """
    turn = act.turn(ticket)
    act.must_be_free()
    act.move(turn, Move.RESUME, {"counter": act.clerk.counter, "clerk": act.clerk.name})
    attentions.begin(
        act.connection,
        turn,
        counter=act.clerk.counter,
        clerk=act.clerk.name,
        waiting_since=turn.changed_at,
        now=act.now,
        serving=True,
    )


def bring_back(act: Act, ticket: UUID) -> None:
    """An absent visitor is here after all: waits again, behind the next two of their class.

    Raises:
        Refusal: 404 there is no such turn, 409 it was not absent, or not today.
    """
    turn = act.turn(ticket)
    if turn.issued_at < act.since:
        raise Refusal(409, "illegal_move", number=str(turn.number))
    waiting = tickets.waiting(act.connection, act.clerk.office, act.since)
    line = rivals(waiting, turn, [clerk.duty for clerk in open_counters(act.connection, act.clerk, act.now)])
    place = behind_next_two(line, turn)
    back = {"counter": None, "clerk": None, "calls": 0, "lined_up_at": place}
    act.move(turn, Move.RETURN, back, lined_up_at=place)


def transfer(act: Act, ticket: UUID, *, service: str, counter: str, sealed: bytes | None) -> None:
    """Sends the turn to another service, or to one open counter (the other is empty). Number and place are kept.

    ``sealed`` is a note to whoever receives it.

    Raises:
        Refusal: 404 there is no such turn; 409 it is not being attended here, or the place is this one or is not open.
    """
    turn = act.turn_here(ticket)
    act.state_after(turn, Move.TRANSFER)  # what cannot go anywhere is told so before where it cannot go
    if counter:
        others = {clerk.counter for clerk in open_counters(act.connection, act.clerk, act.now)} - {act.clerk.counter}
        known = counter in others
    else:
        settings = read_settings(act.connection, act.clerk.office)
        known = settings is not None and settings[0].service(service) is not None and service != turn.service
    if not known:
        raise Refusal(409, "no_such_place")
    wanted = service or turn.service
    values = {"service": wanted, "for_counter": counter or None, "counter": None, "clerk": None, "calls": 0}
    act.move(turn, Move.TRANSFER, values, service=wanted, for_counter=counter)
    if sealed is not None:
        _keep(act, turn, sealed)
    attentions.change_last(act.connection, ticket, ended_at=act.now, outcome="transferred")


_CLASS_HAS_MEANING = frozenset({TicketState.WAITING, TicketState.CALLED, TicketState.SERVING})


def change_class(act: Act, ticket: UUID, *, preferential: bool) -> None:
    """Puts a turn into the other class; does nothing where it is in that one already.

    Raises:
        Refusal: 404 there is no such turn, 409 it is over, or at another counter.
    """
    turn = act.turn(ticket)
    if turn.state not in _CLASS_HAS_MEANING:
        raise Refusal(409, "illegal_move", number=str(turn.number))
    if turn.state is not TicketState.WAITING and turn.counter != act.clerk.counter:
        raise Refusal(409, "other_counter", number=str(turn.number))
    if turn.preferential is preferential:
        return
    tickets.change_turn(act.connection, ticket, {"preferential": preferential})
    if turn.state is not TicketState.WAITING:
        attentions.change_last(act.connection, ticket, preferential=preferential)
    act.tell("ticket.class_changed", turn, preferential=preferential)
    act.audit("ticket.class_changed", str(ticket), "preferential" if preferential else "ordinary")


def note(act: Act, ticket: UUID, sealed: bytes) -> None:
    """Keeps what the clerk wrote to the turn at the counter, as it was sealed.

    Raises:
        Refusal: 404 there is no such turn, 409 it is not at this counter (any more).
    """
    turn = act.turn_here(ticket)
    if turn.state.value not in tickets.AT_A_COUNTER:
        raise Refusal(409, "other_counter", number=str(turn.number))
    _keep(act, turn, sealed)


def _keep(act: Act, turn: Turn, sealed: bytes) -> None:
    author = act.clerk.name
    add_note(act.connection, turn.ticket, turn.office, author=author, sealed=sealed, now=act.now)
    record(
        act.connection,
        act.node,
        TicketNoted(turn.ticket, author),
        kind="ticket.noted",
        office=turn.office,
        day=turn.business_day,
        now=act.now,
        sealed=sealed,
    )
    act.transaction.touch(desk_topic(turn.office))
