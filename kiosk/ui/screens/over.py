"""What lies over a page without leaving it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kivy.uix.floatlayout import FloatLayout

if TYPE_CHECKING:
    from collections.abc import Callable

    from kivy.input import MotionEvent

    from kiosk.flow.events import Event
    from kiosk.flow.state import Cover, State
    from kiosk.texts import Texts


class Over(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """A veil over the page with a sheet on it; no touch goes through to what is below.

    Header and aids stay free where it covers the page alone. ``cover`` is which one it is; None for the question
    whether anybody is still there, which covers everything.
    """

    cover: ClassVar[Cover | None] = None

    def __init__(self, post: Callable[[Event], None], texts: Callable[[str], Texts]) -> None:
        self.post = post
        self._texts_of = texts
        super().__init__()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        self.texts = self._texts_of(state.language)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Keeps what its own buttons do not take."""
        return bool(super().on_touch_down(touch)) or bool(self.collide_point(*touch.pos))
