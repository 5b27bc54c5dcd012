"""Measures what is drawn: boxes of texts and of what can be touched, in window pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.screens.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kivy.uix.label import Label
    from kivy.uix.widget import Widget


@dataclass(frozen=True)
class Box:
    what: str
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box, by: float = 1.5) -> bool:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide > by and high > by

    def inside(self, other: Box, slack: float = 1.5) -> bool:
        return (
            self.left >= other.left - slack
            and self.bottom >= other.bottom - slack
            and self.right <= other.right + slack
            and self.top <= other.top + slack
        )


def box(widget: Widget, what: str = "") -> Box:
    left, bottom = widget.to_window(*widget.pos)
    right, top = widget.to_window(widget.right, widget.top)
    return Box(what or type(widget).__name__, left, bottom, right, top)


def ink(label: Label) -> Box:
    """Where a label's letters are: its lines, laid into its box as it is aligned.

    The texture does not tell: it is as large as the box where a text has one.
    """
    lines = label._label._cached_lines
    width, height = max((line.w for line in lines), default=0), sum(line.h for line in lines)
    left, bottom = label.to_window(*label.pos)
    left += (label.width - width) * {"left": 0.0, "auto": 0.0, "center": 0.5, "right": 1.0}[label.halign]
    bottom += (label.height - height) * {"top": 1.0, "middle": 0.5, "center": 0.5, "bottom": 0.0}[label.valign]
    return Box(label.text, left, bottom, left + width, bottom + height)


def seen(stage: Stage) -> Iterator[Widget]:
    """Every widget that shows on the glass, on the page or on what covers it."""
    for part in stage.app._root.in_sight:
        yield from _walk(part)


def window(stage: Stage) -> Box:
    return Box("window", 0, 0, *stage.window.size)


def _walk(widget: Widget) -> Iterator[Widget]:
    if not widget.opacity:
        return
    yield widget
    for child in widget.children:
        yield from _walk(child)
