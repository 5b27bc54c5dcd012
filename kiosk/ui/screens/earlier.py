"""The same document was shown again today: the turn that it has, and what its holder may want now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from domain.clock import in_lima
from kiosk.flow.state import MOST_COPIES, Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class EarlierPage(Page):
    """The number, its service and its hour; nothing of the document."""

    screen = Screen.EARLIER

    number = StringProperty("")
    service = StringProperty("")
    taken_at = ObjectProperty("")
    has_copies = BooleanProperty(True)
    """Whether there is paper to be had; else the turn is shown on the screen only."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.has_copies = state.earlier_copies < MOST_COPIES
        if state.earlier is not None:
            self.number, self.service = str(state.earlier.number), state.earlier.service
            hour = in_lima(state.earlier.issued_at).time()
            self.taken_at = ("earlier.taken_at", {"time": self.texts.time(hour)})

    def forget(self) -> None:
        """Whose turn it was."""
        self.number = self.service = ""
        self.taken_at = ""
