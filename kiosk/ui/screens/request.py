"""What a service asks for, and what the visitor wants to say of their request; all of it can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from kiosk.flow.events import RequirementTicked
from kiosk.flow.state import Screen
from kiosk.ui.kit.buttons import Pill
from kiosk.ui.kit.pressable import Pressable
from kiosk.ui.screens.folios import MEDIA
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from kiosk.flow.state import Draft, State
    from kiosk.texts import Texts
    from kiosk.ui.theme import Say


class RequirementRow(Pressable):
    """One requirement and whether the visitor has it: said by a mark and by words."""

    place = NumericProperty(0)
    text = StringProperty("")
    lacking = BooleanProperty(False)


class MoreRequirements(Pill):
    """The way to the requirements that do not fit."""


class RequestRow(Pressable):
    """Something that may be said: its name, and what was said, or a hint while nothing was."""

    icon = StringProperty("")
    title = StringProperty("")
    hint = StringProperty("")
    said = StringProperty("")


class RequestPage(Page):
    """A checklist, and two rows that lead to the words and to the folios."""

    screen = Screen.REQUEST

    service = StringProperty("")
    lead = ObjectProperty("")
    words = StringProperty("")
    """What was said in words; "" is nothing."""
    sheets = StringProperty("")
    """What was said of folios, filings and media; "" is nothing."""
    detailed = BooleanProperty(False)
    first = NumericProperty(0)
    low = BooleanProperty(False)
    fits = NumericProperty(4)
    """How many requirements stand on the page at once; the rest are one touch further."""

    requirements: tuple[str, ...] = ()
    missing: frozenset[int] = frozenset()

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        draft = state.draft
        self.service = state.chosen.name if state.chosen else ""
        self.words = draft.subject or draft.description
        self.sheets = sheets_said(draft, self.texts)
        self.detailed = draft.is_detailed
        requirements = state.chosen.requirements if state.chosen else ()
        self.lead, self.missing = _lead(requirements, len(draft.missing)), draft.missing
        if requirements != self.requirements:
            self._fill(requirements)
        self._tick()

    def more(self, *_pill: object) -> None:
        """The next few requirements, and after the last the first again."""
        first = int(self.first + self.fits)
        self._fill(self.requirements, first if first < len(self.requirements) else 0)
        self._tick()

    def on_low(self, *_changed: object) -> None:
        """The panel's upper half is out of reach, or within it again."""
        self._fill(self.requirements)
        self._tick()

    def on_fits(self, *_changed: object) -> None:
        """There is more room, or less."""
        self._fill(self.requirements)
        self._tick()

    def forget(self) -> None:
        """What was said of the request."""
        self.words = self.sheets = ""
        self._fill(())

    def _fill(self, requirements: tuple[str, ...], first: int = 0) -> None:
        self.requirements, self.first = requirements, first
        self.ids.rows.clear_widgets()
        for place, text in tuple(enumerate(requirements))[first : first + int(self.fits)]:
            row = RequirementRow(key=f"request.requirement.{place}", place=place, text=text)
            row.bind(on_release=lambda row: self.post(RequirementTicked(int(row.place))))
            self.ids.rows.add_widget(row)
        for place in (self.ids.more, self.ids.more_low):
            place.clear_widgets()
        if len(requirements) > self.fits:
            pill = MoreRequirements(key="request.more")
            pill.bind(on_release=self.more)
            (self.ids.more_low if self.low else self.ids.more).add_widget(pill)

    def _tick(self) -> None:
        for row in self.ids.rows.children:
            row.lacking = row.place in self.missing


def _lead(requirements: tuple[str, ...], missing: int) -> Say:
    if not requirements:
        return "request.lead_nothing"
    return ("request.lacking", {"count": missing}) if missing else "request.lead"


def sheets_said(draft: Draft, texts: Texts) -> str:
    """What is brought: "3 hojas · 2 escritos · Memoria USB"; "" where nothing of it was said."""
    parts = [texts.t("request.folios_said", count=draft.folios)] if draft.folios else []
    if draft.filings > 1:
        parts.append(texts.t("request.filings_said", count=draft.filings))
    return " · ".join((*parts, *(texts.t(MEDIA[medium]) for medium in MEDIA if medium in draft.media)))
