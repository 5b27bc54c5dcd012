"""A long text a page at a time: a page ends between two paragraphs, and a button turns it. Nothing scrolls."""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

PARAGRAPH = "\n\n"


class Paragraph(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """A heading, which may be none, and what stands under it."""

    heading = StringProperty("")
    body = StringProperty("")

    @classmethod
    def of(cls, text: str) -> Paragraph:
        """A paragraph of more than one line has its heading on the first."""
        heading, newline, body = text.partition("\n")
        return cls(heading=heading, body=body) if newline else cls(body=text)


class PagedText(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Shows page ``at`` (from 0) of ``whole``, of ``pages`` in all; paragraphs are parted by an empty line."""

    whole = StringProperty("")
    at = NumericProperty(0)
    pages = NumericProperty(1)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._paragraphs: list[Paragraph] = []
        self._parts: list[list[Paragraph]] = [[]]
        self.fbind("whole", self._read)
        self.fbind("at", self._turn)
        self.fbind("size", self._part)

    def _read(self, *_changed: object) -> None:
        self._paragraphs = [Paragraph.of(text) for text in self.whole.split(PARAGRAPH)]
        for paragraph in self._paragraphs:
            paragraph.fbind("height", self._part)
        self._part()

    def _part(self, *_changed: object) -> None:
        """Lays as many paragraphs on a page as it holds, at least one."""
        self._parts, left = [[]], self.height
        for paragraph in self._paragraphs:
            paragraph.width = self.width
            if self._parts[-1] and paragraph.height > left:
                self._parts.append([])
                left = self.height
            self._parts[-1].append(paragraph)
            left -= paragraph.height + self.spacing
        self.pages = len(self._parts)
        self.at = min(self.at, self.pages - 1)
        self._turn()

    def _turn(self, *_changed: object) -> None:
        shown = self._parts[int(self.at)]
        if shown == [child for child in self.children[::-1] if isinstance(child, Paragraph)]:
            return
        self.clear_widgets()
        for paragraph in shown:
            self.add_widget(paragraph)
        self.add_widget(Widget())
