"""The ten digits, and the boxes that they fill."""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from kiosk.ui.kit.pressable import Pressable

_CLEAR, _ERASE = "clear", "erase"
_KEYS = (*"123456789", _CLEAR, "0", _ERASE)
_ICONS = {_CLEAR: "CLOSE", _ERASE: "ERASE"}


class PadKey(Pressable):
    """A digit, or an icon on a tinted key."""

    label = StringProperty("")
    icon = StringProperty("")


class Keypad(GridLayout):  # type: ignore[misc]  # Kivy has no types
    """A telephone's order of digits. Dispatches ``on_digit`` with the character, ``on_erase``, ``on_clear``."""

    __events__ = ("on_digit", "on_erase", "on_clear")

    key_u = NumericProperty(124)
    """A key's height where the panel stands upright."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for name in _KEYS:
            digit = "" if name in _ICONS else name
            key = PadKey(key=f"keypad.{name}", label=digit, icon=_ICONS.get(name, ""))
            key.bind(on_release=self._pressed)
            self.add_widget(key)

    def _pressed(self, key: PadKey) -> None:
        name = key.key.removeprefix("keypad.")
        if key.label:
            self.dispatch("on_digit", name)
        else:
            self.dispatch(f"on_{name}")

    def on_digit(self, digit: str) -> None:
        """A digit was pressed."""

    def on_erase(self) -> None:
        """The last digit is to go."""

    def on_clear(self) -> None:
        """All digits are to go."""


class DigitBox(AnchorLayout):  # type: ignore[misc]  # Kivy has no types
    """One place: ``digit`` or empty; ``place`` counts from 0, ``cursor`` is the place to be filled next."""

    digit = StringProperty("")
    place = NumericProperty(0)
    cursor = NumericProperty(0)


class DigitBoxes(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A number of known length, one box a digit, so that a missing one is seen."""

    digits = StringProperty("")
    count = NumericProperty(8)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.fbind("count", self._build)
        self.fbind("digits", self._fill)
        self._build()

    def _build(self, *_changed: object) -> None:
        self.clear_widgets()
        self._boxes = [DigitBox(place=place) for place in range(int(self.count))]
        for box in self._boxes:
            self.add_widget(box)
        self._fill()

    def _fill(self, *_changed: object) -> None:
        for place, box in enumerate(self._boxes):
            box.digit = self.digits[place] if place < len(self.digits) else ""
            box.cursor = len(self.digits)
