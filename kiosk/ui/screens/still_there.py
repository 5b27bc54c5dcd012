"""The question over the page of a visitor who has gone quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty

from kiosk.flow.state import IDLE_ANSWER_S
from kiosk.ui.screens.over import Over

if TYPE_CHECKING:
    from kiosk.flow.state import State


class StillThere(Over):
    """Covers everything, and counts."""

    seconds = NumericProperty(IDLE_ANSWER_S)
    whole = NumericProperty(IDLE_ANSWER_S)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.seconds = state.seconds_left or 0
