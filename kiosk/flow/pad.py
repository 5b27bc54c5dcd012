"""What a real key means: the twelve keys beside the screen, for who cannot see it, and a keyboard for who installs it.

On a page with choices a digit takes the choice of that number, as the voice reads them out; where something is typed,
it is typed. ``*`` says the page again (on the first page it switches the voice on), ``#`` and Enter go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flow import events as happened
from kiosk.flow.filling import limit
from kiosk.flow.menu import menu
from kiosk.flow.state import Aid, Screen, State

ENTER, ERASE = "\r", "\b"
AGAIN, ACCEPT = "*", "#"

CAN_BE_LEFT_EMPTY = frozenset({Screen.IDENTIFY, Screen.PRINCIPAL, Screen.DESCRIBE, Screen.CONTACT})
"""Where the visit goes on without a text."""


@dataclass(frozen=True, slots=True)
class Again:
    """The page is to be spoken once more."""


def meaning(state: State, character: str) -> happened.Visitor | Again | None:
    """What the visitor wants by this key, or None where it means nothing."""
    types = limit(state) > 0 and state.cover is None and not state.asks_still_there
    if character == AGAIN:
        return Again() if Aid.VOICE in state.aids else happened.AidSwitched(Aid.VOICE)
    if character in {ACCEPT, ENTER}:
        return _accept(state, types=types)
    if character == ERASE:
        return happened.Erased() if types else happened.WentBack()
    if types:
        return happened.Typed(character)
    choices = menu(state)
    place = int(character) - 1 if character.isascii() and character.isdigit() else -1
    return choices[place].event if 0 <= place < len(choices) else None


def _accept(state: State, *, types: bool) -> happened.Visitor | None:
    """Goes on: past a text that was left empty, or by the first choice. Back, where without a text nothing goes on."""
    if types and not state.typed and state.screen in CAN_BE_LEFT_EMPTY:
        return happened.Skipped()
    if types:
        return happened.WentBack() if not state.typed and state.screen is Screen.ASK else happened.Continued()
    choices = menu(state)
    return choices[0].event if choices else None
