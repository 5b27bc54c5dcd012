"""How long is left, as a ring and a number."""

from __future__ import annotations

from kivy.properties import NumericProperty
from kivy.uix.anchorlayout import AnchorLayout


class Countdown(AnchorLayout):  # type: ignore[misc]  # Kivy has no types
    """``seconds`` of ``whole`` are left."""

    seconds = NumericProperty(0)
    whole = NumericProperty(1)
