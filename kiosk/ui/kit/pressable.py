"""What can be touched, and how it answers a finger."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.relativelayout import RelativeLayout

from assets.theme import MOTION_MS

if TYPE_CHECKING:
    from kivy.input import MotionEvent

REST_S = 0.3
"""A second touch on the same thing within this time is a hand that trembles, and not heeded."""


class Pressable(ButtonBehavior, RelativeLayout):  # type: ignore[misc]  # Kivy has no types
    """A surface that acts when the finger is lifted on it (sliding off takes it back, WCAG 2.5.2).

    ``key`` names it for whoever must find it on the screen: the tests, a scripted visitor.
    """

    key = StringProperty("")
    fill = StringProperty("surface")
    fill_down = StringProperty("surface_down")
    edge = StringProperty("line")
    edge_u = NumericProperty(1.1)
    radius_role = StringProperty("card")
    raised = BooleanProperty(False)
    inset_u = NumericProperty(0)
    """How much smaller than what can be touched it is drawn, on every side."""
    lit = NumericProperty(0.0)
    """1 while it is held, fading to 0 afterwards."""
    rest_s = NumericProperty(REST_S)
    """How soon after a touch the next one is heeded."""
    moves = BooleanProperty(True)
    """Whether it may fade."""

    def __init__(self, **properties: Any) -> None:
        self._touched_s = -inf
        super().__init__(**properties)
        self._trigger_layout()  # made in Python, it has its size before Kivy listens for one

    @property
    def rests(self) -> bool:
        """Whether a touch would not be heeded now."""
        return bool(Clock.get_time() - self._touched_s < self.rest_s)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Takes the touch; keeps one that came too soon from everybody."""
        if self.rests and self.collide_point(*touch.pos):
            return True
        taken = bool(super().on_touch_down(touch))
        if touch.grab_current is None and self in touch.ud:
            self._touched_s = Clock.get_time()
        return taken

    def on_state(self, _widget: object, state: str) -> None:
        """Lights up at once and fades: the eye must see that the touch was taken."""
        Animation.cancel_all(self, "lit")
        if state == "down":
            self.lit = 1.0
        elif not self.moves:
            self.lit = 0.0
        else:
            Animation(lit=0.0, duration=MOTION_MS["press_out"] / 1000, t="out_quad").start(self)
