"""A finger on the glass: finds what can be touched by its key, makes sure that nothing lies over it, and touches it.

The tests and the scripted visitor press buttons in this way only, so what they prove is what a hand can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.base import EventLoop
from kivy.input import MotionEvent

from kiosk.ui.kit.pressable import Pressable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kivy.uix.widget import Widget

    from kiosk.ui.root import Root


class CannotTouchError(Exception):
    """What should be touched is not there, hidden, off the glass or covered."""


class Tip(MotionEvent):  # type: ignore[misc]  # Kivy has no types
    """One touch, as a touch panel reports it."""

    def __init__(self, x: float, y: float) -> None:
        """``x`` and ``y`` from 0 to 1 of the window, from the bottom left."""
        super().__init__("finger", 1, {"x": x, "y": y})

    def depack(self, args: dict[str, float]) -> None:
        """Takes the place over; called by Kivy."""
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        self.is_touch = True
        self.type_id = "touch"
        super().depack(args)


class Finger:
    """Touches what ``root``'s window shows."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def pressables(self) -> list[Pressable]:
        """All that can be touched: on the page or what covers it, in the header, on the bar; the last drawn first."""
        found = (widget for part in self._root.in_sight for widget in _front_to_back(part))
        return [widget for widget in found if isinstance(widget, Pressable)]

    def find(self, key: str) -> Pressable:
        """What has that ``key`` now.

        Raises:
            CannotTouchError: nothing has.
        """
        for widget in self.pressables():
            if widget.key == key:
                return widget
        raise CannotTouchError(f"{key}: not on the {self._root.page.name} page")

    def fault(self, key: str) -> str | None:
        """Why a finger could not touch it now, or None if it could."""
        widget = next((widget for widget in self.pressables() if widget.key == key), None)
        if widget is None:
            return f"not on the {self._root.page.name} page"
        x, y = widget.to_window(*widget.center)
        window = self._root.get_root_window()
        if not (0 <= x < window.width and 0 <= y < window.height):
            return "off the glass"
        if not all(ancestor.opacity for ancestor in _upwards(widget)):
            return "hidden"
        hit = self.under(x, y)
        if hit is not widget:
            return f"covered by {hit.key if hit else 'nothing that can be touched'}"
        return "touched a moment ago" if widget.rests else None

    def under(self, x: float, y: float) -> Pressable | None:
        """What a finger at this place of the window would touch."""
        return next((widget for widget in self.pressables() if _is_hit(widget, x, y)), None)

    def error(self, key: str, fault: str) -> CannotTouchError:
        """``fault`` as an exception."""
        return CannotTouchError(f"{key}: {fault}")

    def tap(self, key: str) -> None:
        """Puts the finger on the middle of it and lifts it.

        Raises:
            CannotTouchError: no finger could.
        """
        fault = self.fault(key)
        if fault is not None:
            raise self.error(key, fault)
        widget = self.find(key)
        x, y = widget.to_window(*widget.center)
        window = self._root.get_root_window()
        touch = Tip(x / window.width, y / window.height)
        EventLoop.post_dispatch_input("begin", touch)
        EventLoop.post_dispatch_input("end", touch)


def _front_to_back(widget: Widget) -> Iterator[Widget]:
    for child in widget.children:
        yield from _front_to_back(child)
    yield widget


def _upwards(widget: Widget) -> Iterator[Widget]:
    while widget is not None and widget.parent is not widget:
        yield widget
        widget = widget.parent


def _is_hit(widget: Widget, x: float, y: float) -> bool:
    return bool(widget.collide_point(*widget.parent.to_widget(x, y))) if widget.parent else False
