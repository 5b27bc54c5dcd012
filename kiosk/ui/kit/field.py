"""A text box among several: touched, it is the one that the keyboard writes into."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.ui.kit.pressable import Pressable


class Field(Pressable):
    """``text`` under its ``label``, or ``placeholder`` while there is none; both are keys of texts.

    ``focused`` shows the caret and a thick edge. ``limit`` is how many characters it may have.
    """

    label = StringProperty("")
    text = StringProperty("")
    placeholder = StringProperty("")
    focused = BooleanProperty(False)
    limit = NumericProperty(0)
