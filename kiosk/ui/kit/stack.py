"""Parts one above the other, as high as they need or as there is room, and from one to the other at any moment."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout


class Stack(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """While ``close`` it is as high as its parts, which have heights of their own; else it takes ``share`` of the room.

    KV alone can't do this: a height that it has set is lost once the layout has set another.
    """

    close = BooleanProperty(False)
    share = NumericProperty(1)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for name in ("close", "share", "minimum_height"):
            self.fbind(name, self._stand)
        self._stand()

    def _stand(self, *_changed: object) -> None:
        self.size_hint_y = None if self.close else self.share
        if self.close:
            self.height = self.minimum_height
