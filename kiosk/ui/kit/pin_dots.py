"""How many digits of a PIN were typed, and none of them."""

from __future__ import annotations

from kivy.properties import NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget


class PinDot(Widget):  # type: ignore[misc]  # Kivy has no types
    """One place, filled when the ``typed`` digits reach it; ``place`` counts from 0."""

    place = NumericProperty(0)
    typed = NumericProperty(0)


class PinDots(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Eight places, ``typed`` of them filled."""

    typed = NumericProperty(0)
