"""What the scanner read, large, for its holder to confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import StringProperty

from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class CheckDocumentPage(Page):
    """The number, and the name where the card gave one."""

    screen = Screen.CHECK_DOCUMENT

    number = StringProperty("")
    holder = StringProperty("")

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.number = state.draft.document.number
        self.holder = state.draft.name

    def forget(self) -> None:
        """Whose document it was."""
        self.number = self.holder = ""
