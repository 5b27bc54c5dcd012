"""What one may want to know of the office: where and when, its other offices, complaints, one's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.flow.state import Cover, Screen
from kiosk.ui.kit.buttons import Pill
from kiosk.ui.screens.hours import hours_said
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from domain.office import Branch
    from kiosk.flow.state import State
    from kiosk.ui.theme import Say

Row = tuple["Branch", int | None]
"""Another office, and how many wait there, None where nobody can say."""


class BranchRow(BoxLayout):  # type: ignore[misc]  # Kivy has no types
    """Another office: where, when, and how many wait there."""

    name = StringProperty("")
    address = StringProperty("")
    hours = ObjectProperty("")
    people = ObjectProperty("")
    is_last = BooleanProperty(False)


class MoreBranches(Pill):
    """The way to the offices that do not fit."""


class InfoPage(Page):
    """Four panels, and a button to all that is done with one's data."""

    screen = Screen.INFO
    privacy = Cover.PRIVACY

    office = StringProperty("")
    address = StringProperty("")
    hours = ObjectProperty("")
    complaints_url = StringProperty("")
    data = ObjectProperty("")
    has_branches = BooleanProperty(False)
    first = NumericProperty(0)
    low = BooleanProperty(False)
    pages_on = BooleanProperty(False)
    """Whether there are more offices than fit."""
    fits = NumericProperty(3)
    """How many other offices stand on the page at once; the rest are one touch further."""

    rows: tuple[Row, ...] = ()
    told = ""
    """The language they were written in."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        office = state.office
        self.office, self.address = office.name, office.address
        self.hours = hours_said(office.hours, self.texts)
        self.complaints_url = office.complaints_url
        contact = office.privacy.contact
        self.data = ("info.data_contact", {"contact": contact}) if contact else "info.data_desk"
        rows = tuple((branch, state.waiting_at(branch.id)) for branch in office.branches)
        if (rows, state.language) != (self.rows, self.told):
            self.rows, self.told, self.has_branches = rows, state.language, bool(rows)
            self._draw()

    def more(self, *_pill: object) -> None:
        """The next few offices, and after the last the first again."""
        self.first = self.first + self.fits if self.first + self.fits < len(self.rows) else 0
        self._draw()

    def on_low(self, *_changed: object) -> None:
        """The panel's upper half is out of reach, or within it again."""
        self._offer_more()

    def on_fits(self, *_changed: object) -> None:
        """There is more room, or less."""
        self.first = 0
        self._draw()

    def forget(self) -> None:
        """The next visitor starts at the first office."""
        if self.first:
            self.first = 0
            self._draw()

    def _draw(self) -> None:
        shown = self.rows[int(self.first) : int(self.first + self.fits)]
        self.ids.branches.clear_widgets()
        for branch, waiting in shown:
            row = BranchRow(name=branch.name, address=branch.address, people=_people(waiting))
            row.hours = hours_said(branch.hours, self.texts)
            row.is_last = branch is shown[-1][0]
            self.ids.branches.add_widget(row)
        self._offer_more()

    def _offer_more(self) -> None:
        """Beside the heading, or under the offices for who cannot reach up."""
        for place in (self.ids.more, self.ids.more_low):
            place.clear_widgets()
        self.pages_on = len(self.rows) > self.fits
        if self.pages_on:
            pill = MoreBranches(key="info.more")
            pill.bind(on_release=self.more)
            (self.ids.more_low if self.low else self.ids.more).add_widget(pill)


def _people(waiting: int | None) -> Say:
    if waiting is None:
        return "info.waiting_unknown"
    return ("info.waiting", {"count": waiting}) if waiting else "info.waiting_nobody"
