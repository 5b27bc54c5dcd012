"""Sitting at a counter: it is open when a clerk sits down, makes a pause, and is closed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.messages import CounterMoved
from server.faults import Refusal
from server.store import accounts, shifts, tickets
from server.store.node import record
from server.store.versions import desk_topic, queue_topic

if TYPE_CHECKING:
    from server.acts import Act


class Pause(Enum):
    """Why a counter makes a pause; a closed list, so that it can be counted."""

    MEAL = "meal"
    RESTROOM = "restroom"
    MEETING = "meeting"
    OTHER = "other"


def opened(act: Act) -> None:
    """A clerk sits down at the counter, or goes on after a pause."""
    _begin(act, shifts.OPEN)
    _tell(act, "counter.opened")


def closed(act: Act, reason: str = "") -> None:
    """The clerk left: by the door, or ``idle``. Who was sent to this counter waits for whoever serves their service."""
    for turn in tickets.waiting(act.connection, act.clerk.office, act.since):
        if turn.for_counter == act.clerk.counter:
            tickets.change_turn(act.connection, turn.ticket, {"for_counter": None})
            act.tell("ticket.transferred", turn, service=turn.service, reason="counter_closed")
    shifts.end_shift(act.connection, act.clerk.office, act.clerk.counter, act.now)
    _tell(act, "counter.closed", reason)


def pause(act: Act, reason: str) -> None:
    """Calls nobody for a while; does nothing during a pause.

    Raises:
        Refusal: 400 no such reason, 409 a turn is at the counter, or the clerk sits at none.
    """
    if reason not in {known.value for known in Pause}:
        raise Refusal(400, "no_reason")
    act.must_sit()
    held = tickets.at_counter(act.connection, act.clerk.office, act.clerk.counter)
    if held is not None:
        raise Refusal(409, "pause_busy", number=str(held.number))
    if accounts.is_paused(act.connection, act.clerk.token_hash):
        return
    accounts.set_pause(act.connection, act.clerk.token_hash, act.now, reason)
    _begin(act, shifts.PAUSE)
    _tell(act, "counter.paused", reason)


def work(act: Act) -> None:
    """Goes on after the pause; does nothing when there is none."""
    if accounts.is_paused(act.connection, act.clerk.token_hash):
        accounts.set_pause(act.connection, act.clerk.token_hash, None, "")
        opened(act)


def _begin(act: Act, kind: str) -> None:
    clerk = act.clerk
    shifts.begin_shift(act.connection, clerk.office, clerk.counter, clerk=clerk.name, kind=kind, now=act.now)


def _tell(act: Act, kind: str, reason: str = "") -> None:
    office = act.clerk.office
    first, second = accounts.lists_of(act.connection, act.clerk.name)
    body = CounterMoved(act.clerk.counter, act.clerk.name, reason, first, second)
    record(act.connection, act.node, body, kind=kind, office=office, day=in_lima(act.now).date(), now=act.now)
    act.transaction.touch(desk_topic(office), queue_topic(office))
