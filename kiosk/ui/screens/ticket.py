"""The turn: its number to read from across the room, its QR, and the truth about the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.clock import in_lima
from kiosk.flow.state import TICKET_S, Paper, Screen
from kiosk.ui.screens.page import Page, minutes

if TYPE_CHECKING:
    from kiosk.flow.state import State

_TITLES = {
    Paper.PRINTING: "ticket.registered",
    Paper.PRINTED: "ticket.ready",
    Paper.NOT_PRINTED: "ticket.registered",
    Paper.UNCERTAIN: "ticket.registered",
    Paper.GIVEN_UP: "ticket.registered",
}
_LEADS = {
    Paper.PRINTING: "ticket.printing",
    Paper.PRINTED: "ticket.printed",
    Paper.NOT_PRINTED: "ticket.not_printed",
    Paper.UNCERTAIN: "ticket.uncertain",
    Paper.GIVEN_UP: "ticket.not_printed",
}
_ICONS = {
    Paper.PRINTING: "PRINT",
    Paper.PRINTED: "DONE",
    Paper.NOT_PRINTED: "PHOTO",
    Paper.UNCERTAIN: "PRINT_ERROR",
    Paper.GIVEN_UP: "PHOTO",
}
_TONES = {
    Paper.PRINTING: "primary",
    Paper.PRINTED: "ok",
    Paper.NOT_PRINTED: "warn",
    Paper.UNCERTAIN: "warn",
    Paper.GIVEN_UP: "warn",
}


class PaperQuestion(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Asks the only one who sees the slot whether the ticket came out whole."""

    post = ObjectProperty(None)


class Finish(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """The way out, with the time that is left."""

    post = ObjectProperty(None)
    seconds = NumericProperty(0)
    whole = NumericProperty(TICKET_S)


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
    wait = ObjectProperty("")
    """About how long that will be; "" where nobody knows."""
    url = StringProperty("")
    seconds = NumericProperty(0)
    asks = BooleanProperty(None)
    """Whether the question of the paper stands in the place of the way out."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.title, self.lead = _TITLES[state.paper], _LEADS[state.paper]
        self.icon, self.tone = _ICONS[state.paper], _TONES[state.paper]
        self.ahead = "" if state.ahead is None else str(state.ahead)
        self.wait = minutes(state.minutes)
        self.seconds = state.seconds_left or 0
        self.asks = state.paper is Paper.UNCERTAIN
        if state.ticket is not None:
            self.number = str(state.ticket.number)
            self.issued_at = self.texts.time(in_lima(state.ticket.issued_at).time())
            self.url = state.ticket.url

    def on_asks(self, *_: object) -> None:
        """Question or way out: one of the two, so that no hidden button can be hit."""
        self.ids.answer.clear_widgets()
        if self.asks:
            self.ids.answer.add_widget(PaperQuestion(post=self.post))
            return
        finish = Finish(post=self.post, seconds=self.seconds)
        self.bind(seconds=finish.setter("seconds"))
        self.ids.answer.add_widget(finish)

    def forget(self) -> None:
        """The number, and the code that opens its page."""
        self.number = self.url = self.issued_at = ""
