"""The window's one tree: header, pages, and the question that covers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.clock import Clock
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import FadeTransition, NoTransition, ScreenManager

from assets.theme import MOTION_MS
from domain.clock import in_lima
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


class Root(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """Draws whatever state it is shown."""

    def __init__(self, post: Callable[[Event], None], texts: Texts, logo: Path, *, motion: bool = True) -> None:
        """Makes every page once; ``motion`` False leaves the fades out."""
        super().__init__()
        self._texts = texts
        self._header = Header(logo=str(logo))
        fade = FadeTransition(duration=MOTION_MS["fade"] / 1000) if motion else NoTransition()
        self._manager = ScreenManager(transition=fade)
        self._pages: dict[str, Page] = {}
        for page_type in PAGES:
            page = page_type(post, texts)
            self._pages[page.name] = page
            self._manager.add_widget(page)
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

    def show(self, state: State) -> None:
        """Draws ``state``, on another page if need be."""
        self._header.entity = state.office.entity
        self._header.office = state.office.name
        self._header.clock = self._texts.time(in_lima(state.now).time())
        self._pages[state.screen.value].show(state)
        self._turn_to(state.screen.value)
        if state.asks_still_there:
            self._still_there.seconds = state.seconds_left or 0
        self._cover(covered=state.asks_still_there)

    def show_failsafe(self) -> None:
        """Draws the page for when the program has failed."""
        self._cover(covered=False)
        self._turn_to(FailsafePage.__name__)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Swallows what comes while the page is changing: a second tap was meant for the page before."""
        return True if not self.is_settled else bool(super().on_touch_down(touch))

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
