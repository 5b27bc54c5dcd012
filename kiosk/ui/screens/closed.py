"""Outside hours: when one can come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from kiosk.flow.state import TICKET_S, Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class ClosedPage(Page):
    """Says the day and hour of the next opening."""

    screen = Screen.CLOSED

    day = StringProperty("")
    time = ObjectProperty("")
    seconds = NumericProperty(0)
    whole = NumericProperty(TICKET_S)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.seconds = state.seconds_left or 0
        opening = state.office.hours.next_opening(state.now)
        self.day = self.texts.day(opening)
        self.time = ("closed.opens_at", {"time": self.texts.time(opening.time())})
