"""How a turn stands, in plain words, and what to do next. Nothing of whose it is: others may read along."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kivy.properties import NumericProperty, ObjectProperty, StringProperty

from kiosk.flow.state import Screen
from kiosk.ui.screens.page import Page

if TYPE_CHECKING:
    from domain.messages import TurnStatus
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
_UNKNOWN = _Standing("INFO", "primary", "unknown")
"""A newer server may have a word that this program does not know."""

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
    next = StringProperty("")
    ahead = StringProperty("")
    minutes = StringProperty("")
    facts = NumericProperty(0)
    """How many of the two are known."""

    def show(self, state: State) -> None:
        """Draws ``state``."""
        super().show(state)
        if state.status is not None:
            self._draw(state.status)

    def _draw(self, status: TurnStatus) -> None:
        standing = _STANDINGS.get(status.state, _UNKNOWN)
        waits = status.state == "waiting"
        self.number = status.number
        self.icon, self.tone = standing.icon, standing.tone
        self.title_say = _title(status, standing)
        self.next = _NEXT[standing.words]
        self.ahead = str(status.ahead) if waits and status.ahead else ""
        self.minutes = str(status.minutes) if waits and status.minutes else ""
        self.facts = sum(map(bool, (self.ahead, self.minutes)))

    def forget(self) -> None:
        """Whose number was asked for."""
        self.number = self.ahead = self.minutes = ""


def _title(status: TurnStatus, standing: _Standing) -> Say:
    if status.state in {"called", "serving"} and status.counter:
        return (f"status.{status.state}_at", {"counter": status.counter})
    if status.state == "waiting" and status.ahead is not None:
        return ("status.waiting_behind", {"count": status.ahead}) if status.ahead else "status.waiting_next"
    return _TITLES[standing.words]
