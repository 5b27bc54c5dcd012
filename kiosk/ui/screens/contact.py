"""Where the visitor wants to be told, or nowhere."""

from __future__ import annotations

from kivy.properties import BooleanProperty

from kiosk.flow.events import Typed
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page


class ContactPage(Page):
    """An address or a mobile number, typed; the usual mail hosts are one touch."""

    screen = Screen.CONTACT

    wordless = BooleanProperty(True)

    def on_typed(self, _page: object, typed: str) -> None:
        """Whether there is anything to go on with."""
        self.wordless = not typed.strip()

    def type_text(self, text: str) -> None:
        """A key of the keyboard, or a host's whole name."""
        for character in text:
            self.post(Typed(character))

    def forget(self) -> None:
        """The keyboard as it is for a new visitor."""
        self.typed = ""
        self.ids.keyboard.reset()
