"""What the scanner read or a hand typed, large, for its holder to confirm, and whose the request is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import StringProperty

from domain.documents import DocumentKind
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import State

_KINDS = {
    DocumentKind.DNI: "check_document.dni",
    DocumentKind.CE: "check_document.ce",
    DocumentKind.PASSPORT: "check_document.passport",
}


class CheckDocumentPage(Page):
    """The number, and the name where the card gave one."""

    screen = Screen.CHECK_DOCUMENT

    number = StringProperty("")
    holder = StringProperty("")
    kind = StringProperty("check_document.dni")

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.number = state.draft.document.number
        self.holder = state.draft.name
        self.kind = _KINDS.get(state.draft.document.kind, "check_document.dni")

    def forget(self) -> None:
        """Whose document it was."""
        self.number = self.holder = ""
