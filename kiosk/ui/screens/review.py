"""All that was said, once more, and the button that gives the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.documents import DocumentKind
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page, people_waiting

if TYPE_CHECKING:
    from kiosk.flow.state import Draft, State
    from kiosk.ui.theme import Say

Row = tuple[str, str, "Say", str]
"""Icon, label's key, and the value: a text by key, or as the visitor gave it."""


_ONE_LINE = 34
"""Characters that fit on one line of the narrowest panel."""


class ReviewRow(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One thing that was said."""

    icon = StringProperty("")
    label = StringProperty("")
    say = ObjectProperty("")
    plain = StringProperty("")
    is_last = BooleanProperty(False)
    is_long = BooleanProperty(False)


class ReviewPage(Page):
    """Shows the document masked: whoever stands behind may read along."""

    screen = Screen.REVIEW

    people = ObjectProperty("")
    saving = BooleanProperty(False)

    rows: tuple[Row, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.people = people_waiting(state.people_waiting)
        self.saving = state.saving
        service = state.office.service(state.draft.service)
        self._fill(_rows(state.draft, service.name if service else ""))

    def forget(self) -> None:
        """All that was said."""
        self._fill(())

    def _fill(self, rows: tuple[Row, ...]) -> None:
        if rows == self.rows:
            return
        self.rows = rows
        self.ids.rows.clear_widgets()
        for icon, label, say, plain in rows:
            row = ReviewRow(icon=icon, label=label, say=say, plain=plain)
            row.is_last = label == rows[-1][1]
            row.is_long = label == "review.description" and len(plain) > _ONE_LINE
            self.ids.rows.add_widget(row)


def _rows(draft: Draft, service: str) -> tuple[Row, ...]:
    known = draft.document.kind is not DocumentKind.NONE
    number: Say = ("review.document_number", {"number": draft.document.masked}) if known else "review.no_document"
    rows: list[Row] = [("ID_CARD" if known else "NO_ID_CARD", "review.document", number, "")]
    if draft.preferential:
        rows.append(("PREFERENTIAL", "review.class", "review.preferential", ""))
    rows.append(("DOCUMENT", "review.service", "", service))
    rows.append(("EDIT", "review.description", "" if draft.description else "review.no_description", draft.description))
    bell = "NOTICE" if draft.contact else "NO_NOTICE"
    rows.append((bell, "review.contact", "" if draft.contact else "review.no_contact", draft.contact))
    return tuple(rows)
