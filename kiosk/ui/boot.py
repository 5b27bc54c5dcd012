"""Prepares Kivy, which reads its settings when it is imported, and opens the app.

Nothing else in the program imports Kivy before this has run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageGrab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.ui.app import KioskApp
    from kiosk.ui.line import Line

_DRM = Path("/sys/class/drm")


@dataclass(frozen=True, slots=True)
class Display:
    """The window: ``width`` by ``height`` pixels, or all of the screen where there is one and ``fullscreen`` is set.

    ``home`` is a directory where Kivy may keep files of its own; it is made if need be. ``rotation`` turns what is
    drawn and touched by so many degrees (0, 90, 180 or 270) for a panel that is mounted turned; ``width`` and
    ``height`` are the panel's own.
    """

    width: int
    height: int
    fullscreen: bool
    home: Path
    rotation: int = 0


def open_app(display: Display, line: Line) -> KioskApp:
    """The app with its window open; some 0.5 s, most of it for Kivy's import."""
    prepare(display, os.environ)
    from kiosk.ui.app import KioskApp  # noqa: PLC0415  # Kivy must not be imported before it is prepared

    return KioskApp(line)


def prepare(display: Display, environ: os._Environ[str]) -> None:
    """Sets what Kivy reads at import. What ``environ`` already says about SDL stays as it is.

    Where there is no screen at all it draws offscreen, with real pixels.
    """
    display.home.mkdir(parents=True, exist_ok=True)
    environ.update(
        KIVY_HOME=str(display.home),
        KIVY_NO_ARGS="1",
        KIVY_NO_CONFIG="1",
        KIVY_NO_FILELOG="1",
        KIVY_LOG_MODE="PYTHON",
        SDL_VIDEO_ALLOW_SCREENSAVER="0",
    )
    has_screen = _has_screen(environ)
    if not has_screen:
        environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from kivy.config import Config  # noqa: PLC0415  # after the environment, before the window

    fullscreen = display.fullscreen and has_screen
    whole = _x_screen(environ.get("DISPLAY", "")) if fullscreen else None
    width, height = whole or (display.width, display.height)
    for name, value in {
        "width": width,
        "height": height,
        "fullscreen": "auto" if fullscreen else "0",
        "borderless": int(fullscreen),
        "position": "custom" if fullscreen else "auto",
        "left": 0,
        "top": 0,
        "resizable": 0,
        "show_cursor": int(not fullscreen),
        "rotation": display.rotation,
        "multisamples": 0,  # our shapes smooth their own edges; two samples double the cost of software GL
        "maxfps": 60,
    }.items():
        Config.set("graphics", name, str(value))
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "desktop", "0")
    Config.set("kivy", "log_level", "warning")
    # Touch panels arrive as a mouse through SDL; a second provider would report every touch twice (kivy#3801).
    for name in Config.options("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")


def _x_screen(name: str) -> tuple[int, int] | None:
    """The size in pixels of the X screen ``name``, or None where there is none.

    A kiosk's X has no window manager, and without one SDL's "fullscreen" stays as large as it was asked for at first:
    a quarter of the panel drawn, the rest black.
    """
    try:
        return ImageGrab.grab(xdisplay=name).size if name else None
    except OSError:
        return None


def _has_screen(environ: Mapping[str, str]) -> bool:
    if environ.get("SDL_VIDEODRIVER"):
        return environ["SDL_VIDEODRIVER"] not in {"offscreen", "dummy"}
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    return any(status.read_text(encoding="ascii").strip() == "connected" for status in _DRM.glob("card*-*/status"))
