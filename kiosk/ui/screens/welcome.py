"""The first page: where one is, and what one can come for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.clock import in_lima
from drivers.printer.words import Reason, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow.menu import menu
from kiosk.flow.state import Screen
from kiosk.ui.kit.buttons import Card
from kiosk.ui.screens.page import Page, people_waiting

if TYPE_CHECKING:
    from kiosk.flow.state import State

_NOON, _DUSK = 12, 18
_WAYS = {
    "welcome.hand_in": ("HAND_IN", "welcome.hand_in_hint"),
    "welcome.ask": ("SEARCH", "welcome.ask_hint"),
    "welcome.other": ("OFFICE", "welcome.other_hint"),
    "welcome.preferential": ("PREFERENTIAL", "welcome.preferential_hint"),
}
"""The cards, by the key of what they begin: icon, and the line that explains it."""
_SHARES = {"welcome.hand_in": 1.3, "welcome.preferential": 1.2}


class Fact(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One thing to know before one begins."""

    icon = StringProperty("")
    say = ObjectProperty("")


class WayCard(Card):
    """One thing to come for. Where room is scarce it leaves its explanation out: the title says it."""

    explains = StringProperty("")
    is_needed = BooleanProperty(False)
    """Whether its explanation stays all the same."""
    share = NumericProperty(1)
    """How much of the cards' room it takes, beside the others."""


class WelcomePage(Page):
    """Greets by the time of day; says until when turns are given and how many people wait."""

    screen = Screen.WELCOME
    has_languages = True

    greeting = StringProperty("welcome.morning")
    hours = ObjectProperty("")
    people = ObjectProperty("")
    message = StringProperty("")
    """What the office says here from its server, in the place of what is usually said."""
    paper_icon = StringProperty("ID_CARD")
    paper = StringProperty("welcome.no_document")
    warns = BooleanProperty(False)
    """Whether ``paper`` is bad news."""

    ways: tuple[str, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.message = state.message
        self.greeting = _greeting(in_lima(state.now).hour)
        closes = self.texts.time(state.office.hours.until(state.now))
        self.hours = ("welcome.open_until", {"time": closes}) if state.is_open else "welcome.closed"
        self.people = people_waiting(state.people_waiting)
        self.paper_icon, self.paper = _paper(state.printer)
        self.warns = self.paper_icon == "PRINT_ERROR"
        if not self.warns and state.is_open and state.camera is not CameraState.ABSENT:
            self.paper_icon, self.paper = "SCAN", "welcome.show"
        self._fill(state)

    def choose_language(self, language: str) -> None:
        """A language was touched."""
        self.post(happened.LanguageChosen(language))

    def _fill(self, state: State) -> None:
        """A card for each thing that this office's visitors can come for."""
        choices = [choice for choice in menu(state) if choice.key in _WAYS]
        keys = tuple(choice.key for choice in choices)
        if keys == self.ways:
            return
        self.ways = keys
        self.ids.cards.clear_widgets()
        for choice in choices:
            icon, hint = _WAYS[choice.key]
            card = WayCard(key=choice.key, title=choice.key, icon=icon, explains=hint)
            card.kind = "primary" if choice.key == "welcome.hand_in" else "plain"
            card.is_needed = choice.key == "welcome.preferential"
            card.share = _SHARES.get(choice.key, 1)
            card.bind(on_release=lambda _card, event=choice.event: self.post(event))
            self.ids.cards.add_widget(card)


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
