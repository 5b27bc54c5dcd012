"""The staff's hidden page: a gesture, a PIN, and what can be done at the machine without opening it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.clock import Micros
from kiosk.flow.effects import CheckPin, DoForStaff, Effect, StaffAction
from kiosk.flow.state import Problem, Screen, State
from kiosk.flow.ways import at

if TYPE_CHECKING:
    from kiosk.flow import events as happened

EXTENSION = 15 * 60 * 1_000_000
"""Microseconds by which a touch lets turns be given longer (Ley 27444 art. 138.4)."""

_QUIET_PLACES = frozenset({Screen.WELCOME, Screen.CLOSED, Screen.OUT_OF_SERVICE})
"""Where the gesture means something: it must not end somebody's visit."""


def knock(state: State) -> State:
    """The hidden gesture was made."""
    return at(state, Screen.PIN) if state.screen in _QUIET_PLACES else state


def offer_pin(state: State) -> tuple[State, tuple[Effect, ...]]:
    """The PIN is typed; nothing goes on until it is checked."""
    if state.saving or not state.typed:
        return state, ()
    return replace(state, saving=True, problem=None), (CheckPin(state.typed),)


def pin_checked(state: State, problem: Problem | None) -> tuple[State, tuple[Effect, ...]]:
    """It was right (None), or why not."""
    if state.screen is not Screen.PIN or not state.saving:
        return state, ()
    if problem is not None:
        return replace(state, saving=False, typed="", problem=problem), ()
    return at(state, Screen.STAFF), (DoForStaff(StaffAction.DIAGNOSE),)


def choose(state: State, event: happened.StaffChose) -> tuple[State, tuple[Effect, ...]]:
    """Has it done; what it changes in the visit is changed at once."""
    if state.screen is not Screen.STAFF:
        return state, ()
    after = state
    match event.action:
        case StaffAction.EXTEND:
            until = max(state.now, state.extended_until or state.now)
            after = replace(state, extended_until=Micros(until + EXTENSION))
        case StaffAction.OUT_OF_SERVICE:
            after = replace(state, is_out=True)
        case StaffAction.IN_SERVICE:
            after = replace(state, is_out=False)
        case _:
            pass
    return after, (DoForStaff(event.action),)
