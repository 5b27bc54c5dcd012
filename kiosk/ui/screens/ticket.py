"""The turn: its number to read from across the room, its QR, and the truth about the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, StringProperty

from domain.clock import in_lima
from kiosk.flow.state import TICKET_S, Paper, Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State

_TITLES = {
    Paper.PRINTING: "ticket.registered",
    Paper.PRINTED: "ticket.ready",
    Paper.NOT_PRINTED: "ticket.registered",
    Paper.UNCERTAIN: "ticket.registered",
}
_LEADS = {
    Paper.PRINTING: "ticket.printing",
    Paper.PRINTED: "ticket.printed",
    Paper.NOT_PRINTED: "ticket.not_printed",
    Paper.UNCERTAIN: "ticket.uncertain",
}
_ICONS = {Paper.PRINTING: "PRINT", Paper.PRINTED: "DONE", Paper.NOT_PRINTED: "PHOTO", Paper.UNCERTAIN: "PHOTO"}
_TONES = {Paper.PRINTING: "primary", Paper.PRINTED: "ok", Paper.NOT_PRINTED: "warn", Paper.UNCERTAIN: "warn"}


class TicketPage(Page):
    """Stays until it is touched away or its time is over."""

    screen = Screen.TICKET

    title = StringProperty("ticket.registered")
    lead = StringProperty("ticket.printing")
    icon = StringProperty("PRINT")
    tone = StringProperty("primary")
    number = StringProperty("")
    issued_at = StringProperty("")
    ahead = StringProperty("")
    """How many waited when the turn was taken; "" where that is not known or does not matter."""
    url = StringProperty("")
    seconds = NumericProperty(0)
    whole = NumericProperty(TICKET_S)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.title, self.lead = _TITLES[state.paper], _LEADS[state.paper]
        self.icon, self.tone = _ICONS[state.paper], _TONES[state.paper]
        self.ahead = "" if state.ahead is None else str(state.ahead)
        self.seconds = state.seconds_left or 0
        if state.ticket is not None:
            self.number = str(state.ticket.number)
            self.issued_at = self.texts.time(in_lima(state.ticket.issued_at).time())
            self.url = state.ticket.url

    def forget(self) -> None:
        """The number, and the code that opens its page."""
        self.number = self.url = self.issued_at = ""
