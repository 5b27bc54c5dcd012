"""The ground plan of a page: what leads back stands at its top, or at its bottom for who cannot reach up."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.ui.kit.header import BackBar, StepBar


class Sheet(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A column with margins. A page puts its `StepBar` or `BackBar` first, and its controls last.

    While ``low`` is on, that bar stands at the bottom, and what room is left goes to the top. A page whose own gaps
    or cards would keep the controls up gives them less room then (``look.reach``).
    """

    low = BooleanProperty(False)
    upright = BooleanProperty(True)
    """Whether the panel is; KV says so."""
    foot_u = NumericProperty(8)
    """The margin below: little above the bar of aids, more where there is none."""
    slack = NumericProperty(1)
    """The share of the room that stays free above a lowered page; 0 where something on it can use all of it."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._room = Widget()
        self.fbind("slack", self._arrange)
        self.fbind("upright", self._arrange)
        self.fbind("low", self._arrange)

    def add_widget(self, widget: Widget, *arguments: Any, **named: Any) -> None:
        """Takes a part of the page, in KV's order."""
        super().add_widget(widget, *arguments, **named)
        if self.low and widget is not self._room:
            self._arrange()

    def _arrange(self, *_changed: object) -> None:
        bars = [child for child in self.children if isinstance(child, StepBar | BackBar)]
        for child in (*bars, *(() if self._room.parent is None else (self._room,))):
            super().remove_widget(child)
        if self.low and self.upright and self.slack:
            self._room.size_hint_y = self.slack
            super().add_widget(self._room, len(self.children))
        for bar in bars:
            super().add_widget(bar, 0 if self.low else len(self.children))
