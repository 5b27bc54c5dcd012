"""How a turn or a filing stands, in plain words, and what to do next. Nothing of whose it is: others may read along."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from kiosk.flow.said import Said, in_words
from kiosk.flow.standing import standing
from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from domain.messages import FilingStanding, TurnStatus
    from kiosk.flow.state import State
    from kiosk.ui.theme import Say


class _Standing(NamedTuple):
    """How a state of a turn looks: icon, colour, and the key's end of its words."""

    icon: str
    tone: str
    words: str


_STANDINGS = {
    "waiting": _Standing("HOURGLASS", "primary", "waiting"),
    "called": _Standing("CALL", "ok", "called"),
    "serving": _Standing("PERSON", "ok", "serving"),
    "done": _Standing("DONE", "ok", "finished"),
    "absent": _Standing("ABSENT", "warn", "absent"),
    "parked": _Standing("PAUSED", "primary", "parked"),
    "cancelled": _Standing("CLOSE", "warn", "cancelled"),
    "coming": _Standing("TICKET", "primary", "coming"),
    "past": _Standing("CALENDAR", "warn", "past"),
}
_MINUTE_US = 60_000_000
_UNKNOWN = _Standing("INFO", "primary", "unknown")
"""A newer server may have a word that this program does not know."""

_FILINGS = {
    "goes": ("DOCUMENT", "primary"),
    "bring": ("WARNING", "warn"),
    "bring_today": ("WARNING", "warn"),
    "too_late": ("CALENDAR", "warn"),
    "on_its_way": ("FORWARD", "primary"),
    "answer": ("HOURGLASS", "primary"),
    "overdue": ("CALENDAR", "warn"),
    "collect": ("DONE", "ok"),
    "take_back": ("CLOSE", "warn"),
    "over": ("STORE", "primary"),
}
"""By `domain.messages.FilingStanding.next`: icon and colour."""

_TITLES = {
    "waiting": "status.waiting",
    "called": "status.called",
    "serving": "status.serving",
    "finished": "status.finished",
    "absent": "status.absent",
    "parked": "status.parked",
    "cancelled": "status.cancelled",
    "coming": "status.coming",
    "past": "status.past",
    "unknown": "status.unknown",
}
_NEXT = {
    "waiting": "status.next_waiting",
    "called": "status.next_called",
    "serving": "status.next_serving",
    "finished": "status.next_finished",
    "absent": "status.next_absent",
    "parked": "status.next_parked",
    "cancelled": "status.next_cancelled",
    "coming": "status.next_coming",
    "past": "status.next_past",
    "unknown": "status.next_unknown",
}


class StatusPage(Page):
    """The number as on the ticket's own page, its standing, and how long it may be."""

    screen = Screen.STATUS

    number = StringProperty("")
    icon = StringProperty("INFO")
    tone = StringProperty("primary")
    title_say = ObjectProperty("")
    label = StringProperty("status.number")
    role_of_number = StringProperty("ticket")
    next = ObjectProperty("")
    heading = ObjectProperty("status.next")
    """Over what to do next: or how old what is shown is, or that there are more."""
    ahead = StringProperty("")
    minutes = StringProperty("")
    ahead_label = StringProperty("status.ahead")
    minutes_label = StringProperty("status.minutes")
    facts = NumericProperty(0)
    """How many of the two are known."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        if state.filing is not None:
            self._draw_filing(state.filing, state)
        elif state.status is not None:
            self._draw(state.status)

    def _draw_filing(self, filing: FilingStanding, state: State) -> None:
        title, then = standing(filing, office=state.office.name)
        self.icon, self.tone = _FILINGS.get(filing.next, ("INFO", "primary"))
        self.title_say, self.next = self._say(title), self._say(then)
        self.label, self.number, self.role_of_number = "filing.number", filing.expediente, "h1"
        self.ahead, self.ahead_label = f"{filing.presented_on:%d/%m/%Y}", "filing.presented"
        runs = filing.next in {"goes", "on_its_way", "answer"}
        self.minutes, self.minutes_label = (f"{filing.due_on:%d/%m/%Y}" if runs else ""), "filing.due"
        self.facts = sum(map(bool, (self.ahead, self.minutes)))
        self.heading = "status.next"
        if filing.as_of is not None:
            self.heading = ("filing.as_of", {"n": max(1, (state.now - filing.as_of) // _MINUTE_US)})
        elif state.more_filings:
            self.heading = ("filing.more", {"n": state.more_filings})

    def _say(self, said: Said) -> Say:
        """With its days and its unit in this page's language."""
        words = {
            name: in_words((value,), self.texts)[0] if isinstance(value, Said) else value
            for name, value in said.values.items()
        }
        told = {name: self.texts.day(value) if isinstance(value, date) else value for name, value in words.items()}
        return (said.key, told)

    def _draw(self, status: TurnStatus) -> None:
        standing = _STANDINGS.get(status.state, _UNKNOWN)
        waits = status.state == "waiting"
        self.label, self.number, self.role_of_number = "status.number", status.number, "ticket"
        self.ahead_label, self.minutes_label, self.heading = "status.ahead", "status.minutes", "status.next"
        self.icon, self.tone = standing.icon, standing.tone
        self.title_say = _title(status, standing)
        self.next = _NEXT[standing.words]
        self.ahead = str(status.ahead) if waits and status.ahead else ""
        self.minutes = str(status.minutes) if waits and status.minutes else ""
        self.facts = sum(map(bool, (self.ahead, self.minutes)))

    def forget(self) -> None:
        """What was asked for."""
        self.number = self.ahead = self.minutes = self.title_say = self.next = ""


def _title(status: TurnStatus, standing: _Standing) -> Say:
    if status.state in {"called", "serving"} and status.counter:
        return (f"status.{status.state}_at", {"counter": status.counter})
    if status.state == "waiting" and status.ahead is not None:
        return ("status.waiting_behind", {"count": status.ahead}) if status.ahead else "status.waiting_next"
    return _TITLES[standing.words]
