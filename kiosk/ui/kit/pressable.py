"""What can be touched, and how it answers a finger."""

from __future__ import annotations

from typing import Any

from kivy.animation import Animation
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.relativelayout import RelativeLayout

from assets.theme import MOTION_MS


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
    moves = BooleanProperty(True)
    """Whether it may fade."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._trigger_layout()  # made in Python, it has its size before Kivy listens for one

    def on_state(self, _widget: object, state: str) -> None:
        """Lights up at once and fades: the eye must see that the touch was taken."""
        Animation.cancel_all(self, "lit")
        if state == "down":
            self.lit = 1.0
        elif not self.moves:
            self.lit = 0.0
        else:
            Animation(lit=0.0, duration=MOTION_MS["press_out"] / 1000, t="out_quad").start(self)
