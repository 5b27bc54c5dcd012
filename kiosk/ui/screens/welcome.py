"""The first page: where one is, and the two ways to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.clock import in_lima
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

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.greeting = _greeting(in_lima(state.now).hour)
        closes = self.texts.time(state.office.hours.closes)
        self.hours = ("welcome.open_until", {"time": closes}) if state.is_open else "welcome.closed"
        self.people = people_waiting(state.people_waiting)


def _greeting(hour: int) -> str:
    if hour < _NOON:
        return "welcome.morning"
    return "welcome.afternoon" if hour < _DUSK else "welcome.evening"
