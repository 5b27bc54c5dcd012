"""Calls to a counter, and what becomes of them: called again, attended, done, absent, and the end taken back."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from domain.clock import Micros
from domain.tickets import CALL_GAP_US, CALLS_BEFORE_ABSENT, UNDO_US, Move, TicketState, is_new_call, may_be_absent
from server.acts import SHORT_WORDS, tidy
from server.faults import Refusal
from server.store import attentions, tickets

if TYPE_CHECKING:
    from uuid import UUID

    from server.acts import Act
    from server.store.tickets import Turn

_S = 1_000_000


class Why(Enum):
    """Why a clerk calls a turn that is not the next; a closed list, so that it can be counted."""

    AT_COUNTER = "at_counter"
    """It stands at the counter already."""
    CAME_BACK = "came_back"
    """It comes back with what was missing."""
    EMERGENCY = "emergency"
    OTHER = "other"
    """In the clerk's own words."""


def reason_of(code: str, words: str) -> str:
    """The reason as it is kept: ``code``, or ``other: words``.

    Raises:
        Refusal: 400, no such reason, or another one without a word.
    """
    said = " ".join(tidy(words, SHORT_WORDS).split())
    if code not in {why.value for why in Why} or (code == Why.OTHER.value and not said):
        raise Refusal(400, "no_reason")
    return f"{code}: {said}" if code == Why.OTHER.value else code


def _call(act: Act, turn: Turn, reason: str = "") -> None:
    values = {
        "counter": act.clerk.counter, "clerk": act.clerk.name, "calls": turn.calls + 1, "called_at": act.now,
    }  # fmt: skip
    act.move(turn, Move.CALL, values | act.cry(turn), reason=reason)
    attentions.begin(
        act.connection,
        turn,
        counter=act.clerk.counter,
        clerk=act.clerk.name,
        waiting_since=turn.changed_at if turn.announced else turn.issued_at,  # since it came back, if it was called
        now=act.now,
        serving=False,
    )


def call_next(act: Act) -> None:
    """Calls who is next at this counter; does nothing when nobody waits for it.

    Raises:
        Refusal: 409, the counter makes a pause or has a turn already.
    """
    act.must_be_free()
    turn = tickets.claim_next(act.connection, act.clerk.office, act.since, act.clerk.duty)
    if turn is not None:
        _call(act, turn)


def call_this(act: Act, ticket: UUID, reason: str) -> None:
    """Calls a turn that waits, whatever its place; the reason stands in its event and in the audit log.

    Raises:
        Refusal: 404 there is no such turn, 409 the counter is not free or the turn does not wait today.
    """
    turn = act.turn(ticket)
    act.must_be_free()
    if turn.issued_at < act.since:
        raise Refusal(409, "illegal_move", number=str(turn.number))
    _call(act, turn, reason)
    act.audit("ticket.chosen", str(ticket), reason)


def recall(act: Act, ticket: UUID) -> None:
    """Has the boards cry the turn again. Only half a minute after the last call is it one more."""
    turn = act.turn_here(ticket)
    values = {"counter": act.clerk.counter, "clerk": act.clerk.name} | act.cry(turn)
    is_new = is_new_call(turn.called_at, act.now)
    if is_new:
        values |= {"calls": turn.calls + 1, "called_at": act.now}
    act.move(turn, Move.RECALL, values)
    if is_new:
        attentions.change_last(act.connection, ticket, calls=turn.calls + 1)


def serve(act: Act, ticket: UUID) -> None:
    """The visitor is at the counter."""
    act.move(act.turn_here(ticket), Move.SERVE, {"clerk": act.clerk.name})
    attentions.change_last(act.connection, ticket, serving_at=act.now)


def finish(act: Act, ticket: UUID) -> None:
    """The visitor was attended."""
    act.move(act.turn_here(ticket), Move.FINISH, {"clerk": act.clerk.name})
    attentions.change_last(act.connection, ticket, ended_at=act.now, outcome="done")


def finish_and_call(act: Act, ticket: UUID) -> None:
    """The visitor was attended, and the next is called, both or neither."""
    finish(act, ticket)
    call_next(act)


def finish_and_call_next(act: Act) -> Turn | None:
    """Whoever is attended at the counter was, and the next is called, both or neither; None when nobody waits.

    Raises:
        Refusal: 409, the counter makes a pause, or calls a turn that has not come.
    """
    held = tickets.at_counter(act.connection, act.clerk.office, act.clerk.counter)
    if held is not None and held.state is TicketState.SERVING:
        finish(act, held.ticket)
    call_next(act)
    return tickets.at_counter(act.connection, act.clerk.office, act.clerk.counter)


def mark_absent(act: Act, ticket: UUID) -> None:
    """Nobody came.

    Raises:
        Refusal: 409, there were fewer than three calls, or the third has not had its half minute.
    """
    turn = act.turn_here(ticket)
    if turn.state is TicketState.CALLED and not may_be_absent(turn.calls, turn.called_at, act.now):
        raise Refusal(409, "absent_too_soon", number=str(turn.number), calls=str(CALLS_BEFORE_ABSENT))
    act.move(turn, Move.MARK_ABSENT, {"clerk": act.clerk.name})
    attentions.change_last(act.connection, ticket, ended_at=act.now, outcome="absent")


def undo(act: Act, ticket: UUID) -> None:
    """Takes *done* or *absent* back, as if it had not been.

    Raises:
        Refusal: 409, the counter is not free, another clerk did it, or it was more than ten seconds ago.
    """
    turn = act.turn_here(ticket)
    act.must_be_free()
    if turn.state not in ENDED:
        raise Refusal(409, "illegal_move", number=str(turn.number))
    if turn.clerk != act.clerk.name or undo_until(turn) <= act.now:
        raise Refusal(409, "undo_too_late", number=str(turn.number))
    act.move(turn, Move.REOPEN, {})
    attentions.change_last(act.connection, ticket, ended_at=None, outcome=None)


ENDED = (TicketState.DONE, TicketState.ABSENT)
"""What can be undone."""


def undo_until(turn: Turn) -> Micros:
    """Until when its clerk may take back the end of ``turn``."""
    return Micros(turn.changed_at + UNDO_US)


def absent_from(turn: Turn) -> Micros | None:
    """From when on the called ``turn`` may be marked absent; None while it has to be called more often."""
    if turn.calls < CALLS_BEFORE_ABSENT or turn.called_at is None:
        return None
    return Micros(turn.called_at + CALL_GAP_US)


def counts_from(turn: Turn) -> Micros:
    """From when on calling ``turn`` again counts as one more call."""
    return Micros((turn.called_at or 0) + CALL_GAP_US)
