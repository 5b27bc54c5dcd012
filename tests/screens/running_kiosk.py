"""A kiosk's window in a process of its own, with Kivy's real loop, clock and fades; a scripted hand in a thread.

Started by test_running.py with a folder: it takes a turn's first steps, leaves pictures, and prints what it saw.
"""

from __future__ import annotations

import json
import sys
import threading
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assets import sample_logo
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.texts import Texts
from kiosk.ui.boot import Display, open_app
from kiosk.ui.line import Line
from kiosk.ui.post import Post
from tests.screens.moments import office

if TYPE_CHECKING:
    from kiosk.flow.state import State
    from kiosk.ui.app import KioskApp

PATIENCE_S = 20.0


class Kiosk:
    """The flow without its world: no printer, no scanner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = office()
        self.told: dict[str, object] = {}
        self.post = Post()

    def handle(self, event: happened.Event) -> State:
        self.state, _ = advance(self.state, event)
        return self.state

    def line(self) -> Line:
        return Line(
            post=self.post,
            state=self.state,
            handle=self.handle,
            tick=lambda: happened.Tick(self.state.now_s + 1, self.state.now),
            texts=cache(partial(Texts, strict=True)),
            logo=sample_logo(),
            preview=lambda: None,
            first_frame=lambda: self.told.update(first_frame=True),
        )

    def visit(self, app: KioskApp) -> None:
        app.snapshot(self.folder / "welcome.png").result(PATIENCE_S)
        app.tap("welcome.hand_in", PATIENCE_S).result(PATIENCE_S)
        for digit in "12345678":
            app.tap(f"keypad.{digit}", PATIENCE_S).result(PATIENCE_S)
        app.tap("check_document.yes", PATIENCE_S).result(PATIENCE_S)
        app.snapshot(self.folder / "service.png").result(PATIENCE_S)
        missing = app.tap("nothing.like.it", 0.2).exception(PATIENCE_S)
        beat = threading.Event()
        app.after_frame(beat.set)
        self.told.update(
            screen=self.state.screen.value,
            number=self.state.draft.document.number,
            missing=type(missing).__name__,
            beat=beat.wait(PATIENCE_S),
        )
        app.quit()


def main(folder: Path) -> None:
    kiosk = Kiosk(folder)
    app = open_app(Display(540, 960, fullscreen=True, home=folder / "kivy"), kiosk.line())
    threading.Thread(target=kiosk.visit, args=(app,), daemon=True).start()
    app.run()
    print(json.dumps(kiosk.told | {"failed": app.failed}))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
