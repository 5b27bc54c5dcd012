"""How a turn or a filing stands: a QR is shown to the camera, or a code typed. A number alone opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, ObjectProperty

from drivers.scanner.words import CameraState
from kiosk.flow.events import Typed
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from kiosk.flow.state import State


class AskPage(Page):
    """The camera's picture and a keyboard of letters and digits; without a camera, where the code is printed.

    Of an expediente the number is typed first and then its key, over the same keyboard.
    """

    screen = Screen.ASK

    has_camera = BooleanProperty(True)
    saving = BooleanProperty(False)
    """An answer is awaited."""
    types_key = BooleanProperty(False)
    """The number was typed, and its key is typed now."""
    lead_say = ObjectProperty("")

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.saving = state.saving
        self.types_key = bool(state.expediente)
        self.has_camera = state.camera is not CameraState.ABSENT
        if self.types_key:
            self.lead_say = ("ask.lead_key", {"number": state.expediente})
        else:
            self.lead_say = "ask.lead" if self.has_camera else "ask.lead_typing"
        if state.camera is not CameraState.WATCHING:
            self.ids.camera.forget()

    def show_frame(self, frame: npt.NDArray[np.uint8]) -> None:
        """Draws the camera's newest picture, RGB."""
        self.ids.camera.show_frame(frame)

    def type_character(self, character: str) -> None:
        """A key of the keyboard."""
        self.post(Typed(character))

    def forget(self) -> None:
        """The last picture, and the number and the code, which is a key."""
        self.ids.camera.forget()
        self.typed = ""
        self.lead_say = ""
