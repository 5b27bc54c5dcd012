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

_LONG_WORD = 28
"""Characters of one word that fit on a line of the narrowest panel in large text."""
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
    """One thing that was said; a long one takes more of the height."""

    icon = StringProperty("")
    label = StringProperty("")
    say = ObjectProperty("")
    plain = StringProperty("")
    is_last = BooleanProperty(False)
    lines = NumericProperty(1)
    """How many it needs at the smallest size; KV says so."""


class ReviewPage(Page):
    """Shows the document masked: whoever stands behind may read along."""

    screen = Screen.REVIEW

    ahead = ObjectProperty("")
    wait = ObjectProperty("")
    saving = BooleanProperty(False)
    preferential = BooleanProperty(False)
    count = NumericProperty(0)

    rows: tuple[Row, ...] = ()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        self.ahead = people_ahead(state.people_ahead)
        self.wait = minutes(state.minutes_ahead)
        self.saving = state.saving
        self.preferential = state.draft.preferential
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
            self.ids.rows.add_widget(row)


def _rows(state: State, texts: Texts) -> tuple[Row, ...]:
    draft = state.draft
    service = state.office.service(draft.service)
    rows = [_who(draft.document, "review.document")]
    if draft.for_another:
        rows.append(_who(draft.principal, "review.principal"))
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
    contact = _breakable(draft.contact)
    told = f"{contact} · {texts.t('review.by_email')}" if draft.notices else contact
    rows.append((bell, "review.contact", "" if contact else "review.no_contact", told))
    return tuple(rows)


def _breakable(address: str) -> str:
    """A long address on two lines: it has no space where it could be broken."""
    return address.replace("@", "\n@") if len(address) > _LONG_WORD else address


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
