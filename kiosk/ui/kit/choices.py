"""What is ticked, counted or chosen among a few."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.kit.pressable import Pressable


class TickRow(Pressable):
    """A box to tick, with its words: by key (``say``) or as they are (``plain``), and a line that explains (``hint``).

    ``icon`` stands between box and words; "" is none.
    """

    say = ObjectProperty("")
    plain = StringProperty("")
    hint = ObjectProperty("")
    icon = StringProperty("")
    ticked = BooleanProperty(False)


class Tab(Pressable):
    """One of a few, of which exactly one holds. That one is filled and underlined."""

    say = StringProperty("")
    value: Any = None
    chosen = BooleanProperty(False)


class Tabs(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A few things side by side, one of which is chosen. Dispatches ``on_choose`` with the value that was touched.

    ``options`` are pairs of a value and a key, which names both the tab and its text; ``chosen`` is a value.
    """

    __events__ = ("on_choose",)

    options = ListProperty()
    chosen = ObjectProperty(None, allownone=True)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.fbind("options", self._fill)
        self.fbind("chosen", self._mark)
        self._fill()

    def on_choose(self, value: Any) -> None:
        """A tab was touched."""

    def _fill(self, *_changed: object) -> None:
        self.clear_widgets()
        for value, key in self.options:
            tab = Tab(key=key, say=key)
            tab.value = value
            tab.bind(on_release=lambda touched: self.dispatch("on_choose", touched.value))
            self.add_widget(tab)
        self._mark()

    def _mark(self, *_changed: object) -> None:
        for tab in self.children:
            tab.chosen = tab.value == self.chosen


class StepKey(Pressable):
    """Less, or more. It is touched again and again, and one too many is taken back by the other."""

    rest_s = NumericProperty(0.12)
    icon = StringProperty("")


class Stepper(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """- number +, with its words before. Dispatches ``on_count`` with -1 or 1.

    ``key`` names its keys: ``key.less`` and ``key.more``. ``number`` is drawn as it is.
    """

    __events__ = ("on_count",)

    key = StringProperty("")
    say = ObjectProperty("")
    number = StringProperty("")

    def on_count(self, by: int) -> None:
        """A key was touched."""
