"""Who comes: the DNI shown to the camera or typed, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from domain.documents import DNI_DIGITS
from drivers.scanner.words import CameraState, Hint
from kiosk.flow.events import Typed
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from kiosk.flow.state import State

_HINTS = {
    Hint.CLOSER: "identify.closer",
    Hint.STRAIGHTEN: "identify.straighten",
    Hint.AVOID_GLARE: "identify.avoid_glare",
    Hint.TURN_OVER: "identify.turn_over",
    Hint.USE_KEYPAD: "identify.use_keypad",
}
_HINT_ICONS = {
    Hint.CLOSER: "CLOSER",
    Hint.STRAIGHTEN: "STRAIGHTEN",
    Hint.AVOID_GLARE: "GLARE",
    Hint.TURN_OVER: "TURN_OVER",
    Hint.USE_KEYPAD: "TOUCH",
}


class IdentifyPage(Page):
    """The camera's picture and the keypad side by side.

    Without a camera, a drawing of what to pass before the scanner, or of where the number stands.
    """

    screen = Screen.IDENTIFY

    has_camera = BooleanProperty(True)
    has_reader = BooleanProperty(False)
    hint = StringProperty("identify.show")
    hint_icon = StringProperty("SCAN")
    missing = NumericProperty(DNI_DIGITS)
    digits = NumericProperty(DNI_DIGITS)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.has_camera = state.camera is not CameraState.ABSENT
        self.has_reader = state.has_reader
        if state.camera is not CameraState.WATCHING:
            self.ids.camera.forget()
        self.hint = _HINTS[state.hint] if state.hint else "identify.show"
        self.hint_icon = _HINT_ICONS[state.hint] if state.hint else "SCAN"
        self.missing = DNI_DIGITS - len(state.typed)

    def show_frame(self, frame: npt.NDArray[np.uint8]) -> None:
        """Draws the camera's newest picture, RGB."""
        self.ids.camera.show_frame(frame)

    def forget(self) -> None:
        """The last picture and the number."""
        self.ids.camera.forget()
        self.typed = ""

    def type_digit(self, digit: str) -> None:
        """A key of the pad."""
        self.post(Typed(digit))
