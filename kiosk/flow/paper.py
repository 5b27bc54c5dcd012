"""The ticket on the screen and its paper: what the printer says, what the visitor saw, and when it is tried again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.printer.words import Result
from kiosk.flow.effects import Effect, PrintAgain
from kiosk.flow.state import MOST_COPIES, Paper, Screen, State
from kiosk.flow.ways import wiped

if TYPE_CHECKING:
    from drivers.printer.words import Outcome
    from kiosk.flow.state import Ticket

_PAPER = {
    Result.CONFIRMED: Paper.PRINTED,
    Result.PROBABLE: Paper.PRINTED,
    Result.CONFIRMED_LATE: Paper.PRINTED,
    Result.NOT_PRINTED: Paper.NOT_PRINTED,
    Result.UNCERTAIN: Paper.UNCERTAIN,
}


def show(state: State, ticket: Ticket) -> State:
    """The turn is committed: its page, which knows nothing of the visitor but how to speak to them."""
    return replace(
        wiped(state),
        screen=Screen.TICKET,
        ticket=ticket,
        ahead=state.people_ahead,
        minutes=state.minutes_ahead,
        language=state.language,
        aids=state.aids,
    )


def reprint(state: State) -> tuple[State, tuple[Effect, ...]]:
    """The turn that the visitor already has, on the screen and once more on paper, as a copy that says so."""
    if state.screen is not Screen.EARLIER or state.earlier is None:
        return state, ()
    copy = state.earlier_copies + 1
    after = replace(show(state, state.earlier), ahead=None, minutes=None)
    if copy > MOST_COPIES:
        return replace(after, paper=Paper.GIVEN_UP, copies=state.earlier_copies), ()
    return replace(after, copies=copy), (PrintAgain(state.earlier.id, copy, state.language),)


def printed(state: State, outcome: Outcome) -> State:
    """The printer is done with it, well or not."""
    paper = _PAPER[outcome.result]
    if paper is Paper.UNCERTAIN and state.copies == MOST_COPIES:
        paper = Paper.GIVEN_UP
    return replace(state, paper=paper, paper_reason=outcome.reason)


def retry(state: State) -> tuple[State, tuple[Effect, ...]]:
    """Where nothing came out, once more as soon as the printer can, while the visitor is still there."""
    again = state.paper is Paper.NOT_PRINTED and not state.is_retried and state.printer.can_print
    if state.ticket is None or not again:
        return state, ()
    # somebody has just mended the printer: there must be time to take the ticket
    after = replace(state, paper=Paper.PRINTING, paper_reason=None, is_retried=True, quiet_since_s=state.now_s)
    return after, (PrintAgain(state.ticket.id, state.copies, state.language),)


def see(state: State, *, whole: bool) -> tuple[State, tuple[Effect, ...]]:
    """Only the visitor sees the slot. What they did not get, they get again, marked: the first may be found later."""
    if state.paper is not Paper.UNCERTAIN or state.ticket is None:
        return state, ()
    if whole:
        return replace(state, paper=Paper.PRINTED, paper_reason=None), ()
    after = replace(state, paper=Paper.PRINTING, paper_reason=None, copies=state.copies + 1)
    return after, (PrintAgain(state.ticket.id, after.copies, state.language),)
