"""Text on the screen: one line, a paragraph, or whatever fits a box."""

from __future__ import annotations

from typing import Any

from kivy.core.text import Label as Measure
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.label import Label

from assets.theme import TYPE_U

_STEP = 0.96


class Words(Label):  # type: ignore[misc]  # Kivy has no types
    """A text by its key (``say``, a `kiosk.ui.theme.Say`) or, without one, ``plain`` as it is."""

    say = ObjectProperty("")
    plain = StringProperty("")
    role = OptionProperty("body", options=list(TYPE_U))
    weight = StringProperty("400")
    tone = StringProperty("ink")
    grows = BooleanProperty(True)
    """Whether it is content, which is written larger for who asks for it."""
    full_px = NumericProperty(0)
    """Its role's size."""
    shrink = NumericProperty(1.0)
    """What is left of that. A size has one rule in KV: two would overwrite each other (the base's fires last)."""

    def texture_update(self, *changed: object) -> None:
        """Draws the text anew. Of one that is gone nothing stays; Kivy would keep its words and its picture."""
        super().texture_update(*changed)
        if not self.text:
            self._label._cached_lines = []  # noqa: SLF001 - there is no other way to them
            self._label.texture = None


class Inline(Words):
    """One line, as wide as its text."""


class Txt(Words):
    """A paragraph as wide as its place and as high as it needs; no text takes no height."""


class Fitted(Words):
    """A text in a box that others measure; it is set smaller until it fits, down to the smallest size of all."""

    least_px = NumericProperty(0)
    natural_width = NumericProperty(0)
    """How wide it would be on one line in the role's size, in pixels."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for name in ("text", "size", "full_px", "least_px", "font_name"):
            self.fbind(name, self._fit)
        self._fit()

    def _fit(self, *_changed: object) -> None:
        if not self.full_px:  # KV has not said yet
            return
        self.natural_width = self._measure(self.full_px).get_extents(self.text)[0] + 2
        if min(self.size) <= 0:
            return
        size_px = self.full_px
        while size_px > self.least_px and not self._fits(size_px):
            size_px = max(self.least_px, size_px * _STEP)
        self.shrink = size_px / self.full_px

    def _fits(self, size_px: float) -> bool:
        measure = self._measure(size_px)
        _, height = measure.render()
        longest = max(self.text.split(), key=len, default="")
        if "\n" in self.text and self.valign in {"middle", "center"}:
            # Kivy lays such a text out from its middle line end, and drops what does not fit in either half
            whole = len(measure._cached_lines)  # noqa: SLF001 - it tells nobody else
            measure.options["valign"], measure.text_size = self.valign, self.size
            measure.render()
            if len(measure._cached_lines) < whole:  # noqa: SLF001
                return False
        return bool(height <= self.height and measure.get_extents(longest)[0] <= self.width)

    def _measure(self, size_px: float) -> Measure:
        measure = Measure(
            text=self.text,
            font_name=self.font_name,
            font_size=size_px,
            text_size=(self.width, None),
            line_height=self.line_height,
        )
        measure.resolve_font_name()
        return measure


class OneLine(Fitted):
    """A number, a letter, a button's word: no room is kept for a next line, so it stands in the middle."""
