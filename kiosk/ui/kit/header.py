"""What stands above every page: whose office this is, the time, and where in the visit one is."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.kit.buttons import Pill


class Header(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """The entity, its office, its logo (a file), the languages, and the clock.

    Names that the languages leave no room for are left out. Dispatches ``on_choose`` with its code, and ``on_knock``
    for the staff's gesture on the clock.
    """

    __events__ = ("on_choose", "on_knock")

    languages = ListProperty()
    """Which ones are offered here; none where the page or the lower edge offers them."""
    language = StringProperty("")
    entity = StringProperty("")
    office = StringProperty("")
    logo = StringProperty("")
    clock = StringProperty("")

    def on_choose(self, language: str) -> None:
        """A language was touched."""

    def on_knock(self) -> None:
        """The staff's gesture was made."""


class BackBar(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """*Atrás*, on a page beside the steps of a visit. Dispatches ``on_back``."""

    __events__ = ("on_back",)

    def on_back(self) -> None:
        """One page back."""


class Progress(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """How far one has come, in words and as a bar."""

    step = NumericProperty(1)
    steps = NumericProperty(4)


class StepBar(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """*Atrás*, how far one has come, *Salir*. Dispatches ``on_back``, ``on_leave`` and ``on_privacy``.

    On a page that asks for data (``has_privacy``) it holds the way to the whole privacy text when the screen is
    lowered, for the `PrivacyLine` above is out of reach then.
    """

    __events__ = ("on_back", "on_leave", "on_privacy")

    step = NumericProperty(1)
    steps = NumericProperty(4)
    has_privacy = BooleanProperty(False)
    shows_privacy = BooleanProperty(False)
    """KV says so."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._progress = Progress(step=self.step, steps=self.steps)
        self._more = MorePill(key="privacy.more", say="privacy.more", icon="PRIVACY")
        self._more.bind(on_release=lambda _pill: self.dispatch("on_privacy"))
        self.fbind("step", self._progress.setter("step"))
        self.fbind("steps", self._progress.setter("steps"))

    def on_kv_post(self, _base: object) -> None:
        """KV has made the rest."""
        self.fbind("shows_privacy", self._fill)
        self._fill()

    def _fill(self, *_changed: object) -> None:
        self.ids.middle.clear_widgets()
        self.ids.middle.add_widget(self._more if self.shows_privacy else self._progress)

    def on_privacy(self) -> None:
        """The whole privacy text is wanted."""

    def on_back(self) -> None:
        """One page back."""

    def on_leave(self) -> None:
        """Away from here, and forget everything."""


class MorePill(Pill):
    """As wide and high as its place."""


class Segment(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One step's mark; ``step`` is the one that the visitor is at."""

    place = NumericProperty(1)
    step = NumericProperty(1)
