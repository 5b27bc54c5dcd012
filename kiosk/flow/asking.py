"""Asking how something stands: a turn by its ticket, a filing by its cargo, or by its number together with its key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.deadlines import Next
from domain.filings import KEY_CHARS, looks_like_number, typed
from domain.messages import FilingStanding
from domain.tracking import parse_short_code
from drivers.scanner.words import CargoReading, DocumentReading
from kiosk.flow.effects import AskStatus
from kiosk.flow.state import Problem, Screen, State
from kiosk.flow.ways import at

if TYPE_CHECKING:
    from domain.messages import TurnStatus
    from drivers.scanner.words import TicketReading
    from kiosk.flow.effects import Effect

_MATTERS = {
    word.value: place
    for place, word in enumerate(
        (Next.BRING_TODAY, Next.BRING, Next.TOO_LATE, Next.TAKE_BACK, Next.COLLECT, Next.OVERDUE)
    )
}
"""Of several filings of one visit the one is shown whose citizen has something to do."""


def go_on(state: State) -> tuple[State, tuple[Effect, ...]]:
    """What was typed is a ticket's code, or a number that opens nothing before its key was typed, too."""
    if state.expediente:
        key = typed(state.typed, KEY_CHARS)
        if key is None:
            return replace(state, problem=Problem.KEY_UNREADABLE), ()
        return replace(state, saving=True, problem=None), (AskStatus(number=state.expediente, key=key),)
    if looks_like_number(state.typed):
        return replace(at(state, Screen.ASK), expediente=state.typed), ()
    code = parse_short_code(state.typed)
    if code is None:
        return replace(state, problem=Problem.CODE_UNREADABLE), ()
    return replace(state, saving=True, problem=None), (AskStatus(code=code),)


def shown(state: State, reading: DocumentReading | TicketReading | CargoReading) -> tuple[State, tuple[Effect, ...]]:
    """A paper was held up where one asks; a document opens nothing there."""
    if isinstance(reading, DocumentReading):
        return replace(state, problem=Problem.NOT_A_TICKET), ()
    question = (
        AskStatus(cargo=reading.code) if isinstance(reading, CargoReading) else AskStatus(token=reading.token.text)
    )
    return replace(at(state, Screen.ASK), saving=True), (question,)


def answered(state: State, answer: TurnStatus | FilingStanding | Problem) -> State:
    """The answer for whoever waits for one."""
    if state.screen is not Screen.ASK or not state.saving:
        return state
    if isinstance(answer, Problem):
        return replace(state, saving=False, problem=answer)
    after = at(state, Screen.STATUS)
    if isinstance(answer, FilingStanding):
        return replace(after, status=None, filing=answer, more_filings=0)
    received = sorted(answer.filings, key=lambda one: _MATTERS.get(one.next, len(_MATTERS)))
    first = received[0] if received and answer.state == "done" else None
    return replace(after, status=answer, filing=first, more_filings=max(0, len(received) - 1) if first else 0)
