"""The window's one tree: header, pages, the bar of aids, and what lies over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.clock import Clock
from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import FadeTransition, NoTransition, ScreenManager

from assets.theme import MOTION_MS
from domain.clock import in_lima
from kiosk.flow import events as happened
from kiosk.flow.state import Cover, Screen
from kiosk.ui.kit.aids import AidBar
from kiosk.ui.kit.header import Header
from kiosk.ui.kit.languages import LanguageBar
from kiosk.ui.screens import COVERS, PAGES
from kiosk.ui.screens.failsafe import FailsafePage
from kiosk.ui.screens.still_there import StillThere

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kivy.input import MotionEvent
    from kivy.uix.widget import Widget

    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.texts import Texts
    from kiosk.ui.screens.over import Over
    from kiosk.ui.screens.page import Page


_PAGES = {page.page_name(): page for page in PAGES}
_FILLS = {"x": 0, "y": 0}
"""A float layout leaves its parts where they are unless they say where they belong."""


class LowerLanguages(LanguageBar):
    """The languages above the lower edge, for who cannot reach the header."""


class Root(FloatLayout):  # type: ignore[misc]  # Kivy has no types
    """Draws whatever state it is shown."""

    low = BooleanProperty(False)
    """Whether the languages belong at the lower edge; KV says so."""

    def __init__(
        self, post: Callable[[Event], None], texts: Callable[[str], Texts], logo: Path, *, motion: bool = True
    ) -> None:
        """Makes the first page, and the one for when all else fails; ``motion`` False leaves the fades out."""
        self._post = post
        self._texts_of = texts
        self._header = Header(logo=str(logo))
        self._lower = LowerLanguages()
        self._bar = AidBar()
        super().__init__()
        fade = FadeTransition(duration=MOTION_MS["fade"] / 1000) if motion else NoTransition()
        self._manager = ScreenManager(transition=fade, pos_hint=_FILLS)
        self._pages: dict[str, Page] = {}
        self._find(Screen.WELCOME.value)
        self._find(FailsafePage.page_name())
        self._still_there = StillThere(post, texts)
        self._covers: dict[Cover, Over] = {}
        self._over: Over | None = None
        self._deaf_until_s = 0.0
        self._languages: list[str] = []
        self._stand_up()

    def _stand_up(self) -> None:
        """Puts the parts one above the other and listens to them."""
        self._glass = FloatLayout()
        self._glass.add_widget(self._manager)
        self._column = BoxLayout(orientation="vertical")
        for part in (self._header, self._glass, self._lower, self._bar):
            self._column.add_widget(part)
        self.add_widget(self._column)
        choose_language = lambda _bar, language: self._post(happened.LanguageChosen(language))  # noqa: E731
        self._header.bind(on_choose=choose_language, on_knock=lambda _header: self._post(happened.StaffKnocked()))
        self._lower.bind(on_choose=choose_language)
        self._bar.bind(
            on_aid=lambda _bar, aid: self._post(happened.AidSwitched(aid)),
            on_help=lambda _bar: self._post(happened.HelpAsked()),
        )
        self.fbind("low", lambda *_changed: self._make_room(self.page))
        self._manager.transition.bind(on_complete=self._pin)

    # --- what is in sight -----------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page in sight."""
        return self._pages[self._manager.current]

    @property
    def in_sight(self) -> tuple[Widget, ...]:
        """All that a finger can reach, apart from what lies under something: the front first."""
        if self._over is self._still_there:
            return (self._still_there,)
        return (self._over or self.page, self._header, self._lower, self._bar)

    @property
    def is_settled(self) -> bool:
        """Whether no page is fading and touches are heeded."""
        return not self._manager.transition.is_active and Clock.get_time() >= self._deaf_until_s

    # --- drawing --------------------------------------------------------------------------------------------

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
        self._header.clock = self._texts_of(state.language).time(in_lima(state.now).time())
        self._languages = list(state.languages)
        self._header.language = self._lower.language = state.language
        self._bar.aids = state.aids
        self._find(state.screen.value).show(state)
        self._turn_to(state.screen.value)
        self._lay_over(self._wanted_over(state))
        if self._over is not None:
            self._over.show(state)

    def show_failsafe(self) -> None:
        """Draws the page for when the program has failed."""
        self._lay_over(None)
        self._turn_to(FailsafePage.page_name())

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Swallows what comes while the page is changing: a second tap was meant for the page before."""
        return True if not self.is_settled else bool(super().on_touch_down(touch))

    def _find(self, name: str) -> Page:
        """The page of that name; each is made once, at the latest when it is needed."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = _PAGES[name](self._post, self._texts_of)
            self._manager.add_widget(page)
        return page

    def _turn_to(self, name: str) -> None:
        self._make_room(self._pages[name])
        if self._manager.current != name:
            left = self.page
            self._deaf_until_s = Clock.get_time() + MOTION_MS["settle"] / 1000
            self._manager.current = name
            left.forget()

    def _make_room(self, page: Page) -> None:
        """What stands around a page, as that page wants it; measured before it fades in.

        A manager that moves meanwhile leaves the pages that fade where they were, also when the fade is over.
        """
        self._bar.is_shown = page.has_aids
        self._bar.has_room = page.screen is Screen.WELCOME
        offered = self._languages if page.has_aids and not page.has_languages else []
        self._header.languages = [] if self.low else offered
        self._lower.languages = offered if self.low else []
        self._column.do_layout()
        self._glass.do_layout()

    def _pin(self, *_changed: object) -> None:
        """The page in sight, where it belongs, whatever moved while it was fading in."""
        self.page.pos = self._manager.pos

    def _wanted_over(self, state: State) -> Over | None:
        if state.asks_still_there:
            return self._still_there
        return self._cover(state.cover) if state.cover is not None else None

    def _cover(self, cover: Cover) -> Over:
        """What lies over a page for ``cover``; made when it is first wanted."""
        if cover not in self._covers:
            self._covers[cover] = COVERS[cover](self._post, self._texts_of)
        return self._covers[cover]

    def _lay_over(self, over: Over | None) -> None:
        if over is self._over:
            return
        if self._over is not None and self._over.parent is not None:
            self._over.parent.remove_widget(self._over)
        self._over = over
        if over is not None:
            over.pos_hint = _FILLS
            (self if over is self._still_there else self._glass).add_widget(over)
