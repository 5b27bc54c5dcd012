"""How many sheets somebody brings, in how many filings, and what of it is no paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from kiosk.flow.events import Counted, MediumTicked
from kiosk.flow.state import Medium, Quantity, Screen
from kiosk.ui.kit.surfaces import Panel
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State

MEDIA = {
    Medium.USB: "folios.medium.usb",
    Medium.CD: "folios.medium.cd",
    Medium.DIAGNOSIS: "folios.medium.diagnosis",
    Medium.TEST: "folios.medium.test",
}
"""What each is called: the key of its text, and of what is touched."""


class Counting(Panel):
    """A counter in steps of one and of ten. Dispatches ``on_count`` with the step.

    ``key`` names its keys: ``key.less``, ``key.more``, ``key.less10``, ``key.more10``. ``number`` is drawn as it is.
    """

    __events__ = ("on_count",)

    key = StringProperty("")
    say = StringProperty("")
    hint = StringProperty("")
    number = StringProperty("")

    def on_count(self, by: int) -> None:
        """A key was touched."""


class FoliosPage(Page):
    """Two counters and four boxes to tick."""

    screen = Screen.FOLIOS

    folios = NumericProperty(0)
    filings = NumericProperty(1)
    tick_px = NumericProperty(0)
    """How high a box to tick is."""
    media = ObjectProperty(frozenset())
    """The values of what was ticked."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.folios = state.draft.folios or 0
        self.filings = state.draft.filings
        self.media = frozenset(medium.value for medium in state.draft.media)

    def count(self, quantity: str, by: int) -> None:
        """A counter's button."""
        self.post(Counted(Quantity(quantity), by))

    def tick(self, medium: str) -> None:
        """A box."""
        self.post(MediumTicked(Medium(medium)))

    def forget(self) -> None:
        """What was counted."""
        self.folios, self.filings, self.media = 0, 1, frozenset()
