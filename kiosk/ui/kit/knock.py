"""The clock of the header, and the staff's hidden gesture on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from kiosk.ui.kit.words import Inline

if TYPE_CHECKING:
    from kivy.input import MotionEvent

KNOCKS = 5
KNOCKS_WITHIN_S = 3.0
"""Nobody touches a clock five times in three seconds by chance."""


class KnockClock(Inline):
    """A time of day. Dispatches ``on_knock`` after five quick touches; it looks like nothing that can be touched."""

    __events__ = ("on_knock",)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._touched_s: list[float] = []

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Counts; the touch is not kept, for a clock is no button."""
        if self.collide_point(*touch.pos):
            now_s = Clock.get_time()
            self._touched_s = [then for then in self._touched_s if now_s - then < KNOCKS_WITHIN_S] + [now_s]
            if len(self._touched_s) >= KNOCKS:
                self._touched_s.clear()
                self.dispatch("on_knock")
        return bool(super().on_touch_down(touch))

    def on_knock(self) -> None:
        """The gesture was made."""
