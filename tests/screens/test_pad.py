"""A visit by a numeric keypad beside the screen, key by key as the window hears them, with and without its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.flow.advance import advance
from kiosk.flow.effects import IssueTicket
from kiosk.flow.events import Event, Issued
from kiosk.flow.state import Aid, Screen, State
from tests.flows.visitor import TICKET

if TYPE_CHECKING:
    from tests.screens.stage import Stage

NUMPAD_0, NUMPAD_ENTER = 256, 271


def _press(stage: Stage, keys: str, *, lock: bool) -> None:
    """Digits of the numeric keypad; ``*`` is text with or without the lock; a line end is its Enter."""
    modifiers = ["numlock"] if lock else []
    for key in keys:
        code = NUMPAD_ENTER if key == "\n" else NUMPAD_0 + int(key) if key.isdigit() else ord(key)
        stage.window.dispatch("on_key_down", code, 0, None, modifiers)
        if key == "*" or (key.isdigit() and lock):
            stage.window.dispatch("on_textinput", key)
        stage.play(0.2)


@pytest.mark.parametrize("lock", [False, True])
def test_a_visit_by_the_pad_alone(stage: Stage, lock: bool) -> None:  # noqa: FBT001 - pytest's way
    state = stage.state
    asked: list[object] = []

    def handle(event: Event) -> State:
        nonlocal state
        state, effects = advance(state, event)
        asked.extend(effects)
        return state

    stage.handle = handle
    _press(stage, "*" + "1" + "12345678" + "1" + "1" + "\n\n1", lock=lock)
    assert Aid.VOICE in state.aids
    (issue,) = [effect for effect in asked if isinstance(effect, IssueTicket)]
    assert issue.draft.document.number == "12345678"
    stage.app.post(Issued(TICKET))
    stage.play()
    assert stage.app._root.page.name == "ticket"
    _press(stage, "\n", lock=lock)
    assert state.screen is Screen.WELCOME
    assert stage.app._root.page.name == "welcome"
