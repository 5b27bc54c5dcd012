"""What somebody has written, in a box that may be too small for it."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, StringProperty

from kiosk.ui.kit.words import Fitted

MORE = "…"


class Written(Fitted):
    """Shows ``whole`` or, where even the smallest letters leave no room for it, its beginning.

    While ``writing`` it shows the end instead, which is where the caret stands.
    """

    whole = StringProperty("")
    writing = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for name in ("whole", "writing", "size", "least_px", "font_name"):
            self.fbind(name, self._cut)
        self._cut()

    def _cut(self, *_changed: object) -> None:
        if not self.least_px or min(self.size) <= 0:
            self.plain = self.whole
            return
        least, most = 0, len(self.whole)
        while least < most:  # as many characters as there is room for
            middle = (least + most + 1) // 2
            if self._has_room_for(self._part(middle)):
                least = middle
            else:
                most = middle - 1
        self.plain = self._part(least)

    def _part(self, characters: int) -> str:
        whole = str(self.whole)
        if characters == len(whole):
            return whole
        if self.writing:
            return MORE + whole[len(whole) - characters :]
        return whole[:characters].rstrip() + MORE

    def _has_room_for(self, text: str) -> bool:
        measure = self._measure(self.least_px)
        measure.text = text
        return bool(measure.render()[1] <= self.height)
