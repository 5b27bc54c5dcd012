"""A few words of the visitor's own, or none."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty

from kiosk.flow.events import PhraseChosen, Typed
from kiosk.flow.filling import DESCRIPTION_CHARS
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page


class DescribePage(Page):
    """The on-screen keyboard, phrases to touch instead of typing, and a way on without either."""

    screen = Screen.DESCRIBE

    limit = NumericProperty(DESCRIPTION_CHARS)
    wordless = BooleanProperty(True)

    def on_typed(self, _page: object, typed: str) -> None:
        """Whether there is anything to go on with."""
        self.wordless = not typed.strip()

    def type_character(self, character: str) -> None:
        """A key of the keyboard."""
        self.post(Typed(character))

    def choose_phrase(self, key: str) -> None:
        """A phrase was touched; it goes into the visit as it reads."""
        self.post(PhraseChosen(self.texts.t(key)))

    def forget(self) -> None:
        """The keyboard as it is for a new visitor."""
        self.typed = ""
        self.ids.keyboard.reset()
