"""The window: it hands what was posted to the flow, and draws the state that comes back."""

from __future__ import annotations

import logging
import math
import traceback
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder

from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow import pad
from kiosk.ui import kit, screens, theme
from kiosk.ui.explore import Explorer
from kiosk.ui.finger import Finger
from kiosk.ui.pixels import gl_renderer, save_window
from kiosk.ui.root import Root
from kiosk.ui.screens.ask import AskPage
from kiosk.ui.screens.identify import IdentifyPage
from kiosk.ui.sound import Sound, Sounds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from kiosk.flow.state import State
    from kiosk.ui.line import Line

log = logging.getLogger("kiosk.ui")

FAILSAFE_S = 6.0
"""How long the failsafe page is shown before the program ends and is started anew."""
PREVIEW_S = 1 / 25
TICK_S = 1.0
KEYS_REST_S = 0.05
"""After so long without a key, what was held back was typed by hand."""
LATE_S = 0.05
"""Keys are seen once a frame; were frames slower still, a quick hand could not be told from a scanner."""
ENTER, NUMPAD_ENTER, BACKSPACE = 13, 271, 8
NUMPAD = {256 + digit: str(digit) for digit in range(10)}
"""A numeric keypad's digits, by their codes."""
BEFORE_NEXT_FRAME = -1
"""To Kivy's clock: what a touch changes is in the very next frame, not in the one after it."""


class KioskApp(App):  # type: ignore[misc]  # Kivy has no types
    """Runs until `quit` or a signal. `post`, `quit`, `snapshot`, `tap` and `after_frame` may come from any thread."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self._state = line.state
        self._on_next_flip: list[Callable[[], None]] = [line.first_frame]
        self.post = line.post
        self._sounds = Sounds(on=line.sound)
        self.failed = False
        """Whether a bug ended it; the program should then end with an exit code that is not 0."""

    # --- the life of the window -----------------------------------------------------------------------------

    def build(self) -> Root:
        """Makes the widgets; called by Kivy."""
        self.look = theme.Look(self._line.texts, self._state.language, motion=self._line.motion)
        theme.install(self.look)
        self.look.fit(*Window.size)
        kit.load_kv()
        screens.load_kv()
        Builder.load_file(str(Path(__file__).with_name("root.kv")))
        self._root = Root(self.post, self._line.texts, self._line.logo, motion=self._line.motion)
        click = lambda: self._sounds.play(Sound.TOUCH)  # noqa: E731
        self._explorer = Explorer(self._root, post=self.post, speak=self._line.voice, click=click)
        self.show(self._state)
        return self._root

    def on_start(self) -> None:
        """Joins the window to the world; called by Kivy when it is about to draw."""
        ExceptionManager.add_handler(_LastResort(self))
        self._explorer.listen(Window)  # bound first, so that it is asked last: every touch is one, explored or not
        Window.bind(on_touch_down=self._touched, on_textinput=self._text_typed, on_key_down=self._key_pressed)
        Window.bind(on_flip=self._flipped, size=lambda _window, size: self.look.fit(*size))
        self._on_next_flip.append(self._root.make_ready)
        Clock.schedule_interval(self._refresh_preview, PREVIEW_S)
        Clock.schedule_interval(lambda _dt: self.post(self._line.tick()), TICK_S)
        self.post.wake_by(Clock.create_trigger(self._deliver, BEFORE_NEXT_FRAME))
        log.info("ui.started gl_renderer=%r size=%dx%d", gl_renderer(), *Window.size)

    def open_settings(self, *_arguments: object) -> None:
        """Kivy's own settings page is not for visitors."""

    def quit(self) -> None:
        """Ends `run`, soon."""
        Clock.schedule_once(lambda _dt: self.stop())

    # --- drawing --------------------------------------------------------------------------------------------

    def show(self, state: State) -> None:
        """Draws ``state``. Only from the window's own thread."""
        self._state = state
        if not self.failed:
            self.look.follow(state)
            Window.clearcolor = self.look.colour("bg", "")
            self._root.show(state)
            self._explorer.show(state)

    def fail(self, error: BaseException) -> None:
        """A bug: the calm page, then the end; whoever started the program starts it again.

        What is logged are the places in the code, never the message: it may quote what a visitor typed.
        """
        where = "".join(traceback.format_tb(error.__traceback__))
        log.critical("ui.failed error=%s where=%s", type(error).__name__, where)
        if self.failed:
            self.stop()
            return
        self.failed = True
        self._root.show_failsafe()
        Clock.schedule_once(lambda _dt: self.stop(), FAILSAFE_S)

    # --- for those who watch --------------------------------------------------------------------------------

    def after_frame(self, then: Callable[[], None]) -> None:
        """Calls ``then``, on the window's thread, once the next frame has been drawn: a watchdog's pulse."""
        Clock.schedule_once(lambda _dt: self._ask_frame(then))

    def snapshot(self, path: Path) -> Future[Path]:
        """Writes what is to be seen to ``path`` (PNG), once no page is fading. The future tells when it is there."""
        done: Future[Path] = Future()

        def take() -> None:
            if self._root.is_settled:
                save_window(path)
                done.set_result(path)
            else:
                self.after_frame(take)

        self.after_frame(take)
        return done

    def tap(self, key: str, within_s: float = 5.0) -> Future[None]:
        """Touches what has that ``key`` as soon as a finger could, or fails with `CannotTouchError`.

        It is the way of scripted visitors: nothing is posted but what the touch itself posts.
        """
        done: Future[None] = Future()
        deadline = Clock.get_boottime() + within_s

        def attempt(_dt: float) -> None:
            finger = Finger(self._root)
            fault = finger.fault(key) if self._root.is_settled else "the page is changing"
            if fault is None:
                finger.tap(key)
                done.set_result(None)
            elif Clock.get_boottime() > deadline:
                done.set_exception(finger.error(key, fault))
            else:
                Clock.schedule_once(attempt)

        Clock.schedule_once(attempt)
        return done

    # --- what happens ---------------------------------------------------------------------------------------

    def _deliver(self, _dt: float) -> None:
        for event in self.post.take_all():
            before = self._state
            self.show(self._line.handle(event))
            self._sounds.follow(before, self._state, event)

    def _refresh_preview(self, _dt: float) -> None:
        page = self._root.page
        if self._state.camera is CameraState.WATCHING and isinstance(page, IdentifyPage | AskPage):
            frame = self._line.preview()
            if frame is not None:
                page.show_frame(frame)

    def _touched(self, *_arguments: object) -> None:
        self.post(happened.Touched())

    def _text_typed(self, _window: object, text: str) -> None:
        for character in text:
            self._type(self._line.keys.typed(character, Clock.time(), min(Clock.frametime, LATE_S)))
        Clock.schedule_once(self._keys_rested, KEYS_REST_S)

    def _key_pressed(
        self, window: object, code: int, _scan_code: int, _character: str | None, modifiers: Collection[str]
    ) -> None:
        if code in {ENTER, NUMPAD_ENTER}:
            typed, by_hand = self._line.keys.entered(Clock.time(), min(Clock.frametime, LATE_S))
            self._type(typed)
            if by_hand:
                self._type(pad.ENTER)
        elif code == BACKSPACE:
            self._type(self._line.keys.rested(math.inf))
            self._type(pad.ERASE)
        elif code in NUMPAD and "numlock" not in modifiers:  # with it, the digit comes as text
            self._text_typed(window, NUMPAD[code])

    def _keys_rested(self, _dt: float) -> None:
        self._type(self._line.keys.rested(Clock.time()))

    def _type(self, characters: str) -> None:
        for character in characters:
            self.post(happened.KeyPressed(character))

    def _ask_frame(self, then: Callable[[], None]) -> None:
        self._on_next_flip.append(then)
        Window.canvas.ask_update()

    def _flipped(self, *_arguments: object) -> None:
        waiting, self._on_next_flip = self._on_next_flip, []
        for then in waiting:
            then()


class _LastResort(ExceptionHandler):  # type: ignore[misc]  # Kivy has no types
    """Kivy asks it what to do with an exception that nobody caught."""

    def __init__(self, app: KioskApp) -> None:
        super().__init__()
        self._app = app

    def handle_exception(self, inst: BaseException) -> int:
        """Shows the failsafe page; the loop goes on until its time is over. Ctrl-C is no bug and just ends it."""
        if isinstance(inst, Exception):
            self._app.fail(inst)
        else:
            self._app.stop()
        return int(ExceptionManager.PASS)
