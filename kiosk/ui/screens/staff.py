"""The staff's page: how the machine is, and what can be done without opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.flow.effects import StaffAction
from kiosk.flow.menu import menu
from kiosk.flow.state import ALONE_S, Screen
from kiosk.ui.kit.pressable import Pressable
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.menu import Choice
    from kiosk.flow.state import State

_ICONS = {
    StaffAction.DIAGNOSE: "SEARCH",
    StaffAction.TEST_PRINT: "PRINT",
    StaffAction.NEW_ROLL: "DONE_ROUND",
    StaffAction.REPRINT: "COPY",
    StaffAction.EXTEND: "MORE_TIME",
    StaffAction.OUT_OF_SERVICE: "OUT_OF_SERVICE",
    StaffAction.IN_SERVICE: "DONE",
    StaffAction.RESTART: "RESTART",
}


class DiagnosisRow(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One thing that the machine says of itself."""

    say = StringProperty("")
    value = StringProperty("")


class StaffAct(Pressable):
    """One thing to have done."""

    icon = StringProperty("")
    say = StringProperty("")


class StaffPage(Page):
    """Rows of keys and values, and a button for each `StaffAction`; it closes by itself."""

    screen = Screen.STAFF
    has_aids = False

    seconds = NumericProperty(0)
    whole = ALONE_S[Screen.STAFF]

    diagnosis: tuple[tuple[str, str], ...] = ()
    acts: tuple[Choice, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.seconds = state.seconds_left or 0
        acts = menu(state)[:-1]  # all but the way out, which stands apart
        if state.screen is Screen.STAFF and [act.key for act in acts] != [act.key for act in self.acts]:
            self.acts = acts
            self._offer()
        if state.diagnosis != self.diagnosis:
            self.diagnosis = state.diagnosis
            self._tell()

    def forget(self) -> None:
        """What it said of itself, which will be another thing the next time."""
        self.diagnosis = ()
        self._tell()

    def _offer(self) -> None:
        icons = {f"staff.{action.value}": icon for action, icon in _ICONS.items()}
        self.ids.acts.clear_widgets()
        for act in self.acts:
            button = StaffAct(key=act.key, say=act.text_key, icon=icons.get(act.key, ""))
            button.bind(on_release=lambda _button, event=act.event: self.post(event))
            self.ids.acts.add_widget(button)

    def _tell(self) -> None:
        self.ids.diagnosis.clear_widgets()
        for say, value in self.diagnosis:
            self.ids.diagnosis.add_widget(DiagnosisRow(say=say, value=value))
