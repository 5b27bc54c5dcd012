"""The buttons of a screen: the large one, the quiet one beside it, small pills, and cards to choose from."""

from __future__ import annotations

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty

from kiosk.ui.kit.pressable import Pressable


class Action(Pressable):
    """What a screen leads to, as high as the `Actions` that it stands in.

    There is one ``primary`` at most; ``waiting`` is the same button, not ready yet. It still answers, because a dead
    button tells nobody what is missing.
    """

    kind = OptionProperty("primary", options=["primary", "waiting", "quiet"])
    say = ObjectProperty("")
    icon = StringProperty("")


class Pill(Pressable):
    """A small button with few words, ``high_u`` units high."""

    say = StringProperty("")
    plain = StringProperty("")
    icon = StringProperty("")
    high_u = NumericProperty(96)


class Card(Pressable):
    """A choice: a picture, a title, a line that explains it. ``title_text`` and ``hint_text`` are texts as they are."""

    kind = OptionProperty("plain", options=["plain", "primary"])
    icon = StringProperty("")
    title = StringProperty("")
    hint = StringProperty("")
    title_text = StringProperty("")
    hint_text = StringProperty("")
    compact = BooleanProperty(False)
    """Where width is scarce: a smaller picture and no arrow."""
