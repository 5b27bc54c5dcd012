"""Staff have taken the machine out of service: where turns are to be had meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import ObjectProperty, StringProperty

from domain.clock import in_lima
from kiosk.flow.state import Screen
from kiosk.ui.screens.hours import hours_said
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class OutOfServicePage(Page):
    """Calm words, the hour, and when the office's people are there. Nothing can be touched."""

    screen = Screen.OUT_OF_SERVICE

    clock = StringProperty("")
    day = StringProperty("")
    hours = ObjectProperty("")
    message = StringProperty("")
    """What the office says here from its server, beside the words that always stand here."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.message = state.message
        now = in_lima(state.now)
        self.clock, self.day = self.texts.time(now.time()), self.texts.day(now)
        self.hours = hours_said(state.office.hours, self.texts)
