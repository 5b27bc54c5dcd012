"""What stands above every page: whose office this is, the time, and where in the visit one is."""

from __future__ import annotations

from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


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


class StepBar(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """*Atrás*, how far one has come, *Salir*. Dispatches ``on_back`` and ``on_leave``."""

    __events__ = ("on_back", "on_leave")

    step = NumericProperty(1)
    steps = NumericProperty(4)

    def on_back(self) -> None:
        """One page back."""

    def on_leave(self) -> None:
        """Away from here, and forget everything."""


class Segment(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One step's mark; ``step`` is the one that the visitor is at."""

    place = NumericProperty(1)
    step = NumericProperty(1)
