"""What stands above every page: whose office this is, the time, and where in the visit one is."""

from __future__ import annotations

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


class Header(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """The entity, its office, its logo (a file), and the clock."""

    entity = StringProperty("")
    office = StringProperty("")
    logo = StringProperty("")
    clock = StringProperty("")


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
