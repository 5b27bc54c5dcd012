"""The first page: where one is, and the two ways to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.clock import in_lima
from drivers.printer.words import Reason, Status
from drivers.printer.words import State as PrinterState
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page, people_waiting

if TYPE_CHECKING:
    from kiosk.flow.state import State

_NOON, _DUSK = 12, 18


class Fact(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One thing to know before one begins."""

    icon = StringProperty("")
    say = ObjectProperty("")


class WelcomePage(Page):
    """Greets by the time of day; says until when turns are given and how many people wait."""

    screen = Screen.WELCOME

    greeting = StringProperty("welcome.morning")
    hours = ObjectProperty("")
    people = ObjectProperty("")
    paper_icon = StringProperty("ID_CARD")
    paper = StringProperty("welcome.no_document")

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.greeting = _greeting(in_lima(state.now).hour)
        closes = self.texts.time(state.office.hours.closes)
        self.hours = ("welcome.open_until", {"time": closes}) if state.is_open else "welcome.closed"
        self.people = people_waiting(state.people_waiting)
        self.paper_icon, self.paper = _paper(state.printer)


def _paper(printer: Status) -> tuple[str, str]:
    """That nobody needs a document; or, before anybody has touched anything, that today the screen is the ticket."""
    match printer:
        case Status(PrinterState.BLOCKED, Reason.PAPER):
            return "PRINT_ERROR", "welcome.no_paper"
        case Status(PrinterState.BLOCKED, Reason.COVER):
            return "PRINT_ERROR", "welcome.printer_open"
        case Status(PrinterState.BLOCKED | PrinterState.ABSENT | PrinterState.SILENT):
            return "PRINT_ERROR", "welcome.printer_out"
        case _:
            return "ID_CARD", "welcome.no_document"


def _greeting(hour: int) -> str:
    if hour < _NOON:
        return "welcome.morning"
    return "welcome.afternoon" if hour < _DUSK else "welcome.evening"
