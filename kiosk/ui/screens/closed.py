"""Outside hours: when one can come back, and what can be done all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from domain.calendar import FilingDay
from kiosk.flow.state import TICKET_S, Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State

_RULES = {
    FilingDay.BUSINESS_DAYS: "closed.filing_business_days",
    FilingDay.EVERY_DAY: "closed.filing_every_day",
}


class ClosedPage(Page):
    """Says the day and hour of the next opening, and shows the way to the virtual desk with its rule of the day."""

    screen = Screen.CLOSED

    day = StringProperty("")
    time = ObjectProperty("")
    url = StringProperty("")
    address = StringProperty("")
    rule = StringProperty("")
    has_desk = BooleanProperty(False)
    seconds = NumericProperty(0)
    whole = NumericProperty(TICKET_S)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.seconds = state.seconds_left or 0
        opening = state.office.hours.next_opening(state.now)
        self.day = self.texts.day(opening)
        self.time = ("closed.opens_at", {"time": self.texts.time(opening.time())})
        desk = state.office.virtual_desk
        self.has_desk = desk is not None
        if desk is not None:
            self.url = desk.url
            self.address = desk.url.split("://")[-1].rstrip("/")
            self.rule = _RULES[desk.filing_day]
