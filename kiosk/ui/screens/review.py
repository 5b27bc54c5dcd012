"""All that was said, once more, how long the wait is, and the button that gives the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from domain.documents import DocumentKind
from kiosk.flow.state import Medium, Screen
from kiosk.ui.screens.page import Page, minutes, people_ahead

if TYPE_CHECKING:
    from domain.documents import Document
    from kiosk.flow.state import Draft, State
    from kiosk.texts import Texts
    from kiosk.ui.theme import Say

Row = tuple[str, str, "Say", str]
"""Icon, label's key, and the value: a text by key, or as the visitor gave it."""

_ONE_LINE = 30
"""Characters that fit on one line of the narrowest panel."""
_NUMBERS = {
    DocumentKind.DNI: "review.dni",
    DocumentKind.CE: "review.ce",
    DocumentKind.PASSPORT: "review.passport",
    DocumentKind.RUC: "review.ruc",
}
_MEDIA = {
    Medium.USB: "review.usb",
    Medium.CD: "review.cd",
    Medium.DIAGNOSIS: "review.diagnosis",
    Medium.TEST: "review.test",
}


class ReviewRow(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """One thing that was said. ``share`` is how much height it needs beside a row of one line."""

    icon = StringProperty("")
    label = StringProperty("")
    say = ObjectProperty("")
    plain = StringProperty("")
    is_last = BooleanProperty(False)
    share = NumericProperty(1)


class ReviewPage(Page):
    """Shows the document masked: whoever stands behind may read along."""

    screen = Screen.REVIEW

    ahead = ObjectProperty("")
    wait = ObjectProperty("")
    saving = BooleanProperty(False)
    count = NumericProperty(0)

    rows: tuple[Row, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.ahead = people_ahead(state.people_ahead)
        self.wait = minutes(state.minutes_ahead)
        self.saving = state.saving
        self._fill(_rows(state, self.texts))

    def forget(self) -> None:
        """All that was said."""
        self._fill(())

    def _fill(self, rows: tuple[Row, ...]) -> None:
        if rows == self.rows:
            return
        self.rows = rows
        self.ids.rows.clear_widgets()
        self.count = len(rows)
        for icon, label, say, plain in rows:
            row = ReviewRow(icon=icon, label=label, say=say, plain=plain, is_last=label == rows[-1][1])
            row.share = 1 + min(len(plain) // _ONE_LINE, 5) * 0.5
            self.ids.rows.add_widget(row)


def _rows(state: State, texts: Texts) -> tuple[Row, ...]:
    draft = state.draft
    service = state.office.service(draft.service)
    rows = [_who(draft.document, "review.document")]
    if draft.for_another:
        rows.append(_who(draft.principal, "review.principal"))
    if draft.preferential:
        rows.append(("PREFERENTIAL", "review.class", "review.preferential", ""))
    rows.append(("DOCUMENT", "review.service", "", service.name if service else ""))
    if draft.missing and service:
        lacking = [service.requirements[place] for place in sorted(draft.missing) if place < len(service.requirements)]
        rows.append(("WARNING", "review.missing", "", " · ".join(lacking)))
    if draft.subject:
        rows.append(("EDIT", "review.subject", "", draft.subject))
    if draft.description or not draft.subject:
        say = "" if draft.description else "review.no_description"
        rows.append(("EDIT", "review.description", say, draft.description))
    brought = _brought(draft, texts)
    if brought:
        rows.append(("FOLIOS", "review.brought", "", brought))
    bell = "NOTICE" if draft.contact else "NO_NOTICE"
    contact = f"{draft.contact} · {texts.t('review.by_email')}" if draft.notices else draft.contact
    rows.append((bell, "review.contact", "" if draft.contact else "review.no_contact", contact))
    return tuple(rows)


def _who(document: Document, label: str) -> Row:
    """A document, masked."""
    if document.kind is DocumentKind.NONE:
        return "NO_ID_CARD", label, "review.no_document", ""
    icon = "COMPANY" if document.kind is DocumentKind.RUC else "ID_CARD"
    return icon, label, (_NUMBERS[document.kind], {"number": document.masked}), ""


def _brought(draft: Draft, texts: Texts) -> str:
    """Sheets, how many filings, and what is no paper; "" where nothing of it was said."""
    folios = [texts.t("review.folios", count=draft.folios)] if draft.folios else []
    filings = [texts.t("review.filings", count=draft.filings)] if draft.filings > 1 else []
    media = [texts.t(_MEDIA[medium]) for medium in Medium if medium in draft.media]
    return " · ".join((*folios, *filings, *media))
