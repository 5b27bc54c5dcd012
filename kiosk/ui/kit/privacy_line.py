"""What the law wants told where data is asked for, in a few plain words, with the whole text one touch away."""

from __future__ import annotations

from kivy.uix.boxlayout import BoxLayout


class PrivacyLine(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Dispatches ``on_more`` when the whole text is wanted (Ley 29733 art. 18)."""

    __events__ = ("on_more",)

    def on_more(self) -> None:
        """The whole text is wanted."""
