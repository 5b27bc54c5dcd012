"""A picture from the icon font, recoloured like any text."""

from __future__ import annotations

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.label import Label


class Symbol(Label):  # type: ignore[misc]  # Kivy has no types
    """An icon by its name in `assets.icons`, ``side_u`` units wide and high."""

    icon = StringProperty("")
    side_u = NumericProperty(72)
    tone = StringProperty("ink")
