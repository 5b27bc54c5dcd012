"""For whom somebody comes: a person's DNI or a company's RUC, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, StringProperty

from domain.documents import DNI_DIGITS, MOST_CHARACTERS, DocumentKind
from kiosk.flow.events import KindChosen, Typed
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State


class PrincipalPage(Page):
    """Two kinds of number, a keypad, and a way on for those who do not know it."""

    screen = Screen.PRINCIPAL

    kind = StringProperty(DocumentKind.DNI.value)
    digits = NumericProperty(DNI_DIGITS)
    missing = NumericProperty(DNI_DIGITS)
    ask = StringProperty("principal.ask_dni")
    """Which number is wanted."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.kind = state.kind.value
        self.ask = "principal.ask_ruc" if state.kind is DocumentKind.RUC else "principal.ask_dni"
        self.digits = MOST_CHARACTERS.get(state.kind, DNI_DIGITS)
        self.missing = max(0, self.digits - len(state.typed))

    def choose(self, kind: str) -> None:
        """One of the two tabs."""
        self.post(KindChosen(DocumentKind(kind)))

    def type_digit(self, digit: str) -> None:
        """A key of the pad."""
        self.post(Typed(digit))

    def forget(self) -> None:
        """Whose number it was."""
        self.typed = ""
