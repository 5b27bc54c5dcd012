"""What every page is: it shows a state and posts what the visitor does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.screenmanager import Screen as KivyScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.flow.events import Event
    from kiosk.flow.state import Screen, State
    from kiosk.texts import Texts
    from kiosk.ui.theme import Say


class Page(KivyScreen):  # type: ignore[misc]  # Kivy has no types
    """One page. ``screen`` is the moment of the visit that it draws; None where no state leads to it."""

    screen: ClassVar[Screen | None]
    has_languages: ClassVar[bool] = False
    """Whether it offers the languages itself, so that the header need not."""
    has_aids: ClassVar[bool] = True
    """Whether the bar at the lower edge means anything here."""

    step = NumericProperty(1)
    typed = StringProperty("")
    problem = StringProperty("")
    """The key of what to mend; "" when all is well."""
    languages = ListProperty()
    language = StringProperty("")

    def __init__(self, post: Callable[[Event], None], texts: Callable[[str], Texts]) -> None:
        self.post = post
        self._texts_of = texts
        super().__init__(name=self.page_name())

    @classmethod
    def page_name(cls) -> str:
        """What it is found by."""
        return cls.screen.value if cls.screen else cls.__name__

    def show(self, state: State) -> None:
        """Draws ``state``; called for every new one, so it sets properties only and Kivy draws what differs."""
        self.texts = self._texts_of(state.language)
        self.languages, self.language = list(state.languages), state.language
        self.step = state.step or 1
        self.typed = state.typed
        self.problem = f"problem.{state.problem.value}" if state.problem else ""

    def forget(self) -> None:
        """Lets go of what only this page holds; called when the visit has left it."""


def people_waiting(waiting: int | None) -> Say:
    """How to say that so many wait."""
    if waiting is None:
        return "people.unknown"
    return ("people.waiting", {"count": waiting}) if waiting else "people.nobody"


def people_ahead(ahead: int | None) -> Say:
    """How to say that so many are called before."""
    if ahead is None:
        return "people.ahead_unknown"
    return ("people.ahead", {"count": ahead}) if ahead else "people.nobody_ahead"


_ROUGH_FROM, _HOUR = 10, 60
"""Minutes. From ten on the wait is told in steps of five: more would claim to know more than anybody does."""


def minutes(wait: int | None) -> Say:
    """How to say that it will take so long; "" where nobody knows, or nobody waits."""
    if not wait:
        return ""
    told = max(1, wait) if wait < _ROUGH_FROM else -(-wait // 5) * 5
    return "people.hour" if told >= _HOUR else ("people.minutes", {"count": told})
