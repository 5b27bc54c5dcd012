"""The question over the page of a visitor who has gone quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty
from kivy.uix.floatlayout import FloatLayout

from kiosk.flow.state import IDLE_ANSWER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from kivy.input import MotionEvent

    from kiosk.flow.events import Event


class StillThere(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """Covers everything; no touch goes through to what is below."""

    seconds = NumericProperty(IDLE_ANSWER_S)
    whole = NumericProperty(IDLE_ANSWER_S)

    def __init__(self, post: Callable[[Event], None]) -> None:
        self.post = post
        super().__init__()

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Keeps what its own buttons do not take."""
        super().on_touch_down(touch)
        return True
