"""What every page is: it shows a state and posts what the visitor does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.screenmanager import Screen as KivyScreen

from kiosk.flow.state import Problem, Screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.texts import Texts
    from kiosk.ui.theme import Say

_PROBLEMS = {
    Problem.DNI_EMPTY: "problem.dni_empty",
    Problem.DNI_SHORT: "problem.dni_short",
    Problem.DNI_NOT_DIGITS: "problem.dni_not_digits",
    Problem.NOT_A_DOCUMENT: "problem.not_a_document",
    Problem.DESCRIPTION_MISSING: "problem.description_missing",
    Problem.CONTACT_UNREADABLE: "problem.contact_unreadable",
    Problem.NOT_SAVED: "problem.not_saved",
}


class Page(KivyScreen):  # type: ignore[misc]  # Kivy has no types
    """One page. ``screen`` is the moment of the visit that it draws; None where no state leads to it."""

    screen: ClassVar[Screen | None]

    step = NumericProperty(1)
    typed = StringProperty("")
    problem = StringProperty("")
    """The key of what to mend; "" when all is well."""

    def __init__(self, post: Callable[[Event], None], texts: Texts) -> None:
        self.post = post
        self.texts = texts
        super().__init__(name=self.page_name())

    @classmethod
    def page_name(cls) -> str:
        """What it is found by."""
        return cls.screen.value if cls.screen else cls.__name__

    def show(self, state: State) -> None:
        """Draws ``state``; called for every new one, so it sets properties only and Kivy draws what differs."""
        self.step = state.step or 1
        self.typed = state.typed
        self.problem = _PROBLEMS[state.problem] if state.problem else ""

    def forget(self) -> None:
        """Lets go of what only this page holds; called when the visit has left it."""


def people_waiting(waiting: int | None) -> Say:
    """How to say that so many wait."""
    if waiting is None:
        return "people.unknown"
    return ("people.waiting", {"count": waiting}) if waiting else "people.nobody"
