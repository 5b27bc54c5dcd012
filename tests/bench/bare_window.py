"""A Kivy window with one word in it, and no more: what any window's first frame costs on this machine.

    python -m tests.bench.bare_window WIDTH HEIGHT HOME

Started by `tests.bench.screens`; tells the service manager once something is seen, as the kiosk does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kiosk.heartbeat import notify
from kiosk.ui.boot import Display, prepare


def main(width: str, height: str, home: str) -> None:
    prepare(Display(int(width), int(height), fullscreen=False, home=Path(home) / "kivy"), os.environ)
    from kivy.app import App  # noqa: PLC0415  # Kivy after its preparation
    from kivy.core.window import Window  # noqa: PLC0415
    from kivy.uix.label import Label  # noqa: PLC0415

    class Bare(App):  # type: ignore[misc]  # Kivy has no types
        def build(self) -> Label:
            return Label(text="Turno")

    told: list[bool] = []

    def flipped(_window: object) -> None:
        if not told:
            told.append(True)
            notify("READY=1")

    Window.bind(on_flip=flipped)
    Bare().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
