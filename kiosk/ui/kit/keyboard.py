"""The on-screen keyboard: Spanish QWERTY with ñ, dead keys, signs. It types; what is typed lives in the state.

Kivy's own VKeyboard and TextInput bring the system's keyboard, clipboard and bubbles along, which a public machine
must not have.
"""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.kit.keyboard_rows import ACCENTS, CODE, CONTACT, ERASE, LAYER, LETTERS, SHIFT, SIGNS, SPACE, Cap, cap_text
from kiosk.ui.kit.pressable import Pressable

_ICONS = {ERASE: "ERASE", SHIFT: "SHIFT", SPACE: "SPACE"}
_KEYBOARDS = {"words": LETTERS, "contact": CONTACT, "code": CODE}


class Cell(Pressable):
    """A key. It fills its whole cell for the finger and draws a little less, so no touch falls between two keys."""

    cap = StringProperty("")
    label = StringProperty("")
    icon = StringProperty("")
    special = BooleanProperty(False)
    held = BooleanProperty(False)


class Keyboard(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Dispatches ``on_character`` with what was typed, and ``on_erase``.

    Shift and an accent last for one letter. ``purpose`` chooses the keys: words, a contact (digits and @), or a
    code (capitals and digits). ``key_u`` is a key's height where the panel stands upright.
    """

    __events__ = ("on_character", "on_erase")

    key_u = NumericProperty(132)
    purpose = OptionProperty("words", options=list(_KEYBOARDS))
    shifted = BooleanProperty(False)
    accent = StringProperty("")
    signs = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for name in ("purpose", "signs"):
            self.fbind(name, self._build)
        for name in ("shifted", "accent"):
            self.fbind(name, self._label)
        self._build()

    def reset(self) -> None:
        """As it is for a new visitor."""
        self.shifted = self.signs = False
        self.accent = ""

    def on_character(self, character: str) -> None:
        """A character was typed."""

    def on_erase(self) -> None:
        """The last character is to go."""

    def _build(self, *_changed: object) -> None:
        self.clear_widgets()
        for row in SIGNS if self.signs else _KEYBOARDS[self.purpose]:
            strip = BoxLayout()
            for cap in row:
                strip.add_widget(self._cell(cap))
            self.add_widget(strip)
        self._label()

    def _cell(self, cap: Cap) -> Cell:
        special = cap.name in {*ACCENTS, *_ICONS, LAYER} - {SPACE}
        cell = Cell(cap=cap.name, key=f"keyboard.{cap.name}", icon=_ICONS.get(cap.name, ""), special=special)
        cell.size_hint_x = cap.width
        cell.bind(on_release=self._pressed)
        return cell

    def _label(self, *_changed: object) -> None:
        for strip in self.children:
            for cell in strip.children:
                cell.held = cell.cap == self.accent or (cell.cap == SHIFT and self.shifted)
                if cell.cap == LAYER:
                    cell.label = "abc" if self.signs else "123"
                elif not cell.icon:
                    cell.label = cap_text(cell.cap, shifted=self.shifted, accent=self.accent)

    def _pressed(self, cell: Cell) -> None:
        name = cell.cap
        if name in ACCENTS:
            self.accent = "" if self.accent == name else name
        elif name == SHIFT:
            self.shifted = not self.shifted
        elif name == LAYER:
            self.signs = not self.signs
        elif name == ERASE:
            self.dispatch("on_erase")
        else:
            self.dispatch("on_character", " " if name == SPACE else cell.label)
            self.shifted, self.accent = False, ""
