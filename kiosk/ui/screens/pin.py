"""The door to the staff's page: a PIN, of which only the length is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty

from kiosk.flow.events import Typed
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class PinPage(Page):
    """Dots and a keypad."""

    screen = Screen.PIN
    has_aids = False

    length = NumericProperty(0)
    saving = BooleanProperty(False)
    """The PIN is being checked, which takes a while on purpose."""

    def show(self, state: State) -> None:
        """Draws ``state``. The digits themselves are not taken over: nothing here could show them."""
        super().show(state)
        self.typed = ""
        self.length = len(state.typed)
        self.saving = state.saving

    def type_digit(self, digit: str) -> None:
        """A key of the pad."""
        self.post(Typed(digit))

    def forget(self) -> None:
        """How long it was."""
        self.length = 0
