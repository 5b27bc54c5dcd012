"""The languages, each by its own name, for who cannot read the others."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.gridlayout import GridLayout

from kiosk.ui.kit.pressable import Pressable

NAMES = {"es": "language.es", "qu": "language.qu", "ay": "language.ay", "en": "language.en"}
"""The keys of the names."""


class LanguagePill(Pressable):
    """One language. The one in use is filled and underlined, so that no colour need be seen."""

    say = StringProperty("")
    language = StringProperty("")
    chosen = BooleanProperty(False)
    reversed_out = BooleanProperty(False)


class LanguageBar(GridLayout):  # type: ignore[misc]  # Kivy has no types
    """A pill a language; nothing where there is but one. Dispatches ``on_choose`` with the language's code."""

    __events__ = ("on_choose",)

    languages = ListProperty()
    language = StringProperty("")
    reversed_out = BooleanProperty(False)
    across = NumericProperty(0)
    """How many stand side by side; 0: all."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.fbind("languages", self._fill)
        self.fbind("language", self._mark)
        self.fbind("across", self._arrange)
        self._fill()

    def on_choose(self, language: str) -> None:
        """A language was touched."""

    def _fill(self, *_changed: object) -> None:
        self.clear_widgets()
        offered = self.languages if len(self.languages) > 1 else ()
        for language in offered:
            name = NAMES[language]
            pill = LanguagePill(key=name, say=name, language=language, reversed_out=self.reversed_out)
            pill.bind(on_release=lambda touched: self.dispatch("on_choose", touched.language))
            self.add_widget(pill)
        self._arrange()
        self._mark()

    def _arrange(self, *_changed: object) -> None:
        self.cols = int(self.across) or max(1, len(self.children))

    def _mark(self, *_changed: object) -> None:
        for pill in self.children:
            pill.chosen = pill.language == self.language
