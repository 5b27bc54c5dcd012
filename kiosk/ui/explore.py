"""Exploring by touch, for who cannot see: what lies under the finger is spoken, and two quick taps choose it.

It is switched on by resting a finger on the first page, wherever: nobody has to find a button for it.
"""

from __future__ import annotations

from functools import partial
from math import hypot, inf
from typing import TYPE_CHECKING

from kivy.clock import Clock

from kiosk.flow import events as happened
from kiosk.flow.menu import menu
from kiosk.flow.narration import choice_said
from kiosk.flow.said import Said
from kiosk.flow.state import Aid, Screen
from kiosk.ui.finger import Finger
from kiosk.ui.kit.buttons import Card, Pill
from kiosk.ui.kit.keyboard import Cell
from kiosk.ui.kit.keyboard_rows import ACUTE, DIAERESIS
from kiosk.ui.kit.keypad import PadKey
from kiosk.ui.kit.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kivy.core.window import WindowBase
    from kivy.input import MotionEvent

    from kiosk.flow.state import State
    from kiosk.ui.kit.pressable import Pressable
    from kiosk.ui.root import Root

DOUBLE_TAP_S = 0.5
"""Two touches within this time choose."""
HOLD_S = 2.0
"""So long a finger rests on the first page to switch exploring on."""
STILL_PX = 40
"""A finger that moves no further rests; in pixels of a panel 1080 wide."""

_NAMES = {
    "keypad.erase": "voice.key_erase",
    "keypad.clear": "voice.key_clear",
    "keyboard.erase": "voice.key_erase",
    "keyboard.shift": "voice.key_shift",
    "keyboard.space": "voice.key_space",
    f"keyboard.{ACUTE}": "voice.key_acute",
    f"keyboard.{DIAERESIS}": "voice.key_diaeresis",
}
"""Of the keys that have a picture for a word, or a mark that no voice reads."""
_LAYERS = {"abc": "voice.key_letters", "123": "voice.key_signs"}
"""Of the key that changes the keyboard, by what is written on it."""


_NEVER_THE_VISITORS = (Cell, PadKey, Pill, Card)
"""What has words that come from the office or from here. A row or a field shows what the visitor wrote."""


class Explorer:
    """Takes every touch while `Aid.EXPLORE` is on; before that, it waits for a finger that rests.

    What was spoken last is what two taps choose, wherever they fall: the finger may have slid off meanwhile.
    """

    def __init__(
        self,
        root: Root,
        *,
        post: Callable[[happened.Event], None],
        speak: Callable[[Sequence[Said], str], None],
        click: Callable[[], None],
    ) -> None:
        """``speak`` is told what to say, and the visitor's language; ``click`` sounds when something is chosen."""
        self._root = root
        self._finger = Finger(root)
        self._post = post
        self._speak = speak
        self._click = click
        self._state: State | None = None
        self._touch: object = None
        self._under: Pressable | None = None
        self._last: Pressable | None = None
        self._touched_s = -inf
        self._cancel_hold: Callable[[], None] = lambda: None

    def listen(self, window: WindowBase) -> None:
        """From now on it hears the touches of ``window``, before any widget does."""
        window.bind(on_touch_down=self._down, on_touch_move=self._move, on_touch_up=self._up)

    def show(self, state: State) -> None:
        """The visit stands at ``state``."""
        if self._state is None or self._state.screen is not state.screen or not self._explores(state):
            self._under = self._last = None
        self._state = state

    # --- the finger -----------------------------------------------------------------------------------------

    def _down(self, _window: object, touch: MotionEvent) -> bool:
        if not self._explores(self._state):
            self._wait_for_rest(touch)
            return False
        if not self._root.is_settled:
            return True
        now_s = Clock.get_time()
        if now_s - self._touched_s <= DOUBLE_TAP_S:
            self._touched_s = -inf
            self._press()
        else:
            self._touched_s = now_s
            self._touch, self._under = touch.uid, None
            self._feel(touch)
        return True

    def _move(self, _window: object, touch: MotionEvent) -> bool:
        if not self._explores(self._state):
            if hypot(touch.x - touch.ox, touch.y - touch.oy) > STILL_PX * self._unit(_window):
                self._cancel_hold()
            return False
        if touch.uid == self._touch:
            self._feel(touch)
        return True

    def _up(self, _window: object, touch: MotionEvent) -> bool:
        self._cancel_hold()
        if touch.uid == self._touch:
            self._touch = None
        return self._explores(self._state)

    def _feel(self, touch: MotionEvent) -> None:
        """Speaks what the finger has come upon."""
        found = self._finger.under(touch.x, touch.y)
        if found is not None and found is not self._under and self._state is not None:
            self._last = found
            self._speak(said_of(found, self._state), self._state.language)
        self._under = found

    def _press(self) -> None:
        chosen = self._last
        if chosen is not None and chosen in self._finger.pressables() and self._finger.fault(chosen.key) is None:
            self._click()
            chosen.trigger_action(0)

    # --- how it is switched on ------------------------------------------------------------------------------

    def _wait_for_rest(self, touch: MotionEvent) -> None:
        self._cancel_hold()
        if self._state is not None and self._state.screen is Screen.WELCOME and self._state.cover is None:
            self._cancel_hold = Clock.schedule_once(partial(self._rested, touch), HOLD_S).cancel

    def _rested(self, touch: MotionEvent, _dt: float) -> None:
        """Takes the touch away from what lay under it, for lifting the finger must not choose that."""
        for reference in touch.grab_list[:]:
            held = reference()
            touch.ungrab(held)
            held.state = "normal"
        self._touch = touch.uid
        self._post(happened.AidSwitched(Aid.EXPLORE))

    @staticmethod
    def _explores(state: State | None) -> bool:
        return state is not None and Aid.EXPLORE in state.aids

    @staticmethod
    def _unit(window: WindowBase) -> float:
        return float(min(window.width, window.height)) / 1080


def said_of(widget: Pressable, state: State) -> tuple[Said, ...]:
    """The words of what can be touched, and how it stands; of a key, its name."""
    name = _NAMES.get(widget.key) or _LAYERS.get(getattr(widget, "label", ""))
    if name:
        return (_standing(widget, Said(name)),)
    drawn = tuple(_drawn(widget))
    choice = next((choice for choice in menu(state) if choice.key == widget.key), None)
    if choice is None:
        return (_standing(widget, drawn[0]), *drawn[1:]) if drawn else ()
    words = Said(plain=choice.plain) if choice.plain else Said(choice.text_key, choice.values)
    return (choice_said(state, choice), *(other for other in drawn if other != words))


def _drawn(widget: Pressable) -> Iterator[Said]:
    """The texts on it, in no language yet; without what may be the visitor's own words or numbers."""
    for part in widget.walk(restrict=True):
        if not isinstance(part, Words):
            continue
        key, values = (part.say, {}) if isinstance(part.say, str) else part.say
        if key and all(isinstance(value, int) for value in values.values()):
            yield Said(key, values)
        elif not key and part.plain and isinstance(widget, _NEVER_THE_VISITORS):
            yield Said(plain=part.plain)


def _standing(widget: Pressable, words: Said) -> Said:
    """``words``, and whether it is on or chosen, as far as it is something that can be."""
    if getattr(widget, "chosen", False):
        return Said("voice.chosen", {"choice": words})
    for name in ("is_on", "held"):
        if hasattr(widget, name) and (name == "is_on" or getattr(widget, name)):
            return Said("voice.on" if getattr(widget, name) else "voice.off", {"choice": words})
    return words
