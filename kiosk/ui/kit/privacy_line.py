"""What the law wants told where data is asked for, in a few plain words, with the whole text one touch away."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.kit.buttons import Pill


class PrivacyLine(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Dispatches ``on_more`` when the whole text is wanted (Ley 29733 art. 18).

    ``is_upright`` stacks words and way. While the screen is lowered, the way is in the page's `StepBar`.
    """

    __events__ = ("on_more",)

    is_upright = BooleanProperty(False)
    has_way = BooleanProperty(True)
    """KV says so."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._way = WayPill(key="privacy.more", say="privacy.more")
        self._way.bind(on_release=lambda _pill: self.dispatch("on_more"))

    def on_kv_post(self, _base: object) -> None:
        """KV has made the words."""
        self.fbind("has_way", self._fill)
        self._fill()

    def on_more(self) -> None:
        """The whole text is wanted."""

    def _fill(self, *_changed: object) -> None:
        self.remove_widget(self._way)
        if self.has_way:
            self.add_widget(self._way)


class WayPill(Pill):
    """The way to the whole text."""
