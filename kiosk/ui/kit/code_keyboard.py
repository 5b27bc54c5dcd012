"""The keys of a ticket's code: capital letters, digits and the hyphen, and no layer to change."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.kit.keyboard import Cell
from kiosk.ui.kit.keyboard_rows import ERASE

_ROWS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM")


class CodeKeyboard(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Dispatches ``on_character`` with what was typed, and ``on_erase``."""

    __events__ = ("on_character", "on_erase")

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for row in _ROWS:
            strip = BoxLayout()
            for character in row:
                strip.add_widget(self._cell(character))
            self.add_widget(strip)
        erase = self._cell(ERASE)
        erase.size_hint_x, erase.icon, erase.special, erase.label = 3.0, "ERASE", True, ""
        self.children[0].add_widget(erase)

    def on_character(self, character: str) -> None:
        """A character was typed."""

    def on_erase(self) -> None:
        """The last character is to go."""

    def _cell(self, name: str) -> Cell:
        cell = Cell(cap=name, key=f"keyboard.{name.lower()}", label=name)
        cell.bind(on_release=self._pressed)
        return cell

    def _pressed(self, cell: Cell) -> None:
        if cell.cap == ERASE:
            self.dispatch("on_erase")
        else:
            self.dispatch("on_character", cell.label)
