"""Where typed text appears. It is fed from outside: no system keyboard, clipboard or selection."""

from __future__ import annotations

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


class TextBox(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """``text`` with a caret behind it, or ``placeholder`` (a key) while there is none; ``limit`` 0 hides the count."""

    text = StringProperty("")
    placeholder = StringProperty("")
    limit = NumericProperty(0)
    icon = StringProperty("")
