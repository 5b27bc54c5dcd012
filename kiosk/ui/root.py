"""The window's one tree: header, pages, and the question that covers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.clock import Clock
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import FadeTransition, NoTransition, ScreenManager

from assets.theme import MOTION_MS
from domain.clock import in_lima
from kiosk.flow.state import Screen
from kiosk.ui.kit.header import Header
from kiosk.ui.screens import PAGES
from kiosk.ui.screens.failsafe import FailsafePage
from kiosk.ui.screens.still_there import StillThere

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kivy.input import MotionEvent

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.texts import Texts
    from kiosk.ui.screens.page import Page


_PAGES = {page.page_name(): page for page in PAGES}


class Root(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """Draws whatever state it is shown."""

    def __init__(self, post: Callable[[Event], None], texts: Texts, logo: Path, *, motion: bool = True) -> None:
        """Makes the first page, and the one for when all else fails; ``motion`` False leaves the fades out."""
        super().__init__()
        self._texts = texts
        self._header = Header(logo=str(logo))
        fade = FadeTransition(duration=MOTION_MS["fade"] / 1000) if motion else NoTransition()
        self._manager = ScreenManager(transition=fade)
        self._pages: dict[str, Page] = {}
        self._post = post
        self._find(Screen.WELCOME.value)
        self._find(FailsafePage.page_name())
        self._still_there = StillThere(post)
        self._deaf_until_s = 0.0
        column = BoxLayout(orientation="vertical")
        column.add_widget(self._header)
        column.add_widget(self._manager)
        self.add_widget(column)

    @property
    def page(self) -> Page:
        """The page in sight."""
        return self._pages[self._manager.current]

    @property
    def is_settled(self) -> bool:
        """Whether no page is fading and touches are heeded."""
        return not self._manager.transition.is_active and Clock.get_time() >= self._deaf_until_s

    def make_ready(self) -> None:
        """Makes the pages that nobody has seen yet, one a frame: making all takes as long as the rest of the start."""
        missing = next((name for name in _PAGES if name not in self._pages), None)
        if missing is not None:
            self._find(missing)
            Clock.schedule_once(lambda _dt: self.make_ready())

    def show(self, state: State) -> None:
        """Draws ``state``, on another page if need be."""
        self._header.entity = state.office.entity
        self._header.office = state.office.name
        self._header.clock = self._texts.time(in_lima(state.now).time())
        self._find(state.screen.value).show(state)
        self._turn_to(state.screen.value)
        if state.asks_still_there:
            self._still_there.seconds = state.seconds_left or 0
        self._cover(covered=state.asks_still_there)

    def show_failsafe(self) -> None:
        """Draws the page for when the program has failed."""
        self._cover(covered=False)
        self._turn_to(FailsafePage.page_name())

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Swallows what comes while the page is changing: a second tap was meant for the page before."""
        return True if not self.is_settled else bool(super().on_touch_down(touch))

    def _find(self, name: str) -> Page:
        """The page of that name; each is made once, at the latest when it is needed."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = _PAGES[name](self._post, self._texts)
            self._manager.add_widget(page)
        return page

    def _turn_to(self, name: str) -> None:
        if self._manager.current == name:
            return
        left = self.page
        self._deaf_until_s = Clock.get_time() + MOTION_MS["settle"] / 1000
        self._manager.current = name
        left.forget()

    def _cover(self, *, covered: bool) -> None:
        if covered and self._still_there.parent is None:
            self.add_widget(self._still_there)
        elif not covered and self._still_there.parent is not None:
            self.remove_widget(self._still_there)
