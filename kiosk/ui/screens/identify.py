"""Who comes: the document shown to the camera, or its number typed, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.documents import MOST_CHARACTERS, DocumentKind
from drivers.scanner.words import CameraState, Hint
from kiosk.flow import events as happened
from kiosk.flow.state import Cover, Screen
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
_KINDS = (
    (DocumentKind.DNI, "identify.dni"),
    (DocumentKind.CE, "identify.ce"),
    (DocumentKind.PASSPORT, "identify.passport"),
)
_TYPING = {
    DocumentKind.DNI: ("identify.title_typing", "identify.lead_typing"),
    DocumentKind.CE: ("identify.title_ce", "identify.lead_ce"),
    DocumentKind.PASSPORT: ("identify.title_passport", "identify.lead_passport"),
}


class Typing(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Where a number is typed: its places or its text, and the keys for it."""

    page = ObjectProperty(None, rebind=True)


class DigitTyping(Typing):
    """A place for each of the ``count`` digits, and the ten digits."""

    count = NumericProperty(8)


class CodeTyping(Typing):
    """A line of text, and letters and digits."""


class DocumentPage(Page):
    """A page where a document's number is typed: of a kind that tabs choose, with the keys that its kind needs."""

    kinds: tuple[tuple[DocumentKind, str], ...]
    """The kinds that can be typed here, with the keys of their tabs."""

    missing = NumericProperty(0)
    """How many digits are still to come; 1 for a text that is not there yet."""
    kind = ObjectProperty(None, allownone=True)
    options = ListProperty()

    def __init__(self, *arguments: Any) -> None:
        self._shown: DocumentKind | None = None
        super().__init__(*arguments)
        self.options = list(self.kinds)

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.kind = state.kind
        whole = MOST_CHARACTERS[state.kind]
        self.missing = int(not state.typed) if state.kind is DocumentKind.PASSPORT else whole - len(state.typed)
        if state.kind is not self._shown:
            self._shown = state.kind
            self.ids.typing.clear_widgets()
            self.ids.typing.add_widget(
                CodeTyping(page=self) if state.kind is DocumentKind.PASSPORT else DigitTyping(page=self, count=whole)
            )

    def choose_kind(self, kind: DocumentKind) -> None:
        """A tab was touched."""
        if kind is not self.kind:
            self.post(happened.KindChosen(kind))

    def type_character(self, character: str) -> None:
        """A key was touched."""
        self.post(happened.Typed(character))

    def open_privacy(self) -> None:
        """The whole privacy text is wanted."""
        self.post(happened.Covered(Cover.PRIVACY))

    def forget(self) -> None:
        """The number."""
        self.typed = ""


class IdentifyPage(DocumentPage):
    """The camera's picture and the keys beside it.

    Without a camera, a drawing of what to pass before the scanner, or of where a DNI's number stands.
    """

    screen = Screen.IDENTIFY
    kinds = _KINDS

    has_camera = BooleanProperty(True)
    has_reader = BooleanProperty(False)
    stacked = BooleanProperty(False)
    """Whether the words stand under the picture, not beside it; KV says so."""
    title = StringProperty("identify.title")
    lead = StringProperty("identify.lead_typing")
    hint = StringProperty("identify.show")
    hint_icon = StringProperty("SCAN")

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.has_camera = state.camera is not CameraState.ABSENT
        self.has_reader = state.has_reader
        if state.camera is not CameraState.WATCHING:
            self.ids.camera.forget()
        by_hand = not self.has_camera or state.kind is not DocumentKind.DNI
        self.title, self.lead = _TYPING[state.kind] if by_hand else ("identify.title", "identify.lead_typing")
        if by_hand and self.has_reader and state.kind is DocumentKind.DNI:
            self.title, self.lead = "identify.title_reader", "identify.lead_reader"
        self.hint = _HINTS[state.hint] if state.hint else "identify.show"
        self.hint_icon = _HINT_ICONS[state.hint] if state.hint else "SCAN"

    def show_frame(self, frame: npt.NDArray[np.uint8]) -> None:
        """Draws the camera's newest picture, RGB."""
        self.ids.camera.show_frame(frame)

    def forget(self) -> None:
        """The last picture and the number."""
        super().forget()
        self.ids.camera.forget()
