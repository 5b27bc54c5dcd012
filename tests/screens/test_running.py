"""The window as it runs in the office: its own process, Kivy's own loop and clock, no display attached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from assets import sample_logo
from kiosk.flow.state import Screen
from kiosk.texts import Texts
from kiosk.ui.boot import _has_screen, _x_screen
from tests.screens.moments import MOMENTS

if TYPE_CHECKING:
    import pytest

    from tests.screens.stage import Stage

ROOT = Path(__file__).parents[2]


def test_a_scripted_hand_takes_a_visit_through_the_running_window(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("KIVY", "SDL", "DISPLAY"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.screens.running_kiosk", str(tmp_path)],
        cwd=ROOT,
        env=environ | {"SDL_VIDEODRIVER": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told == {
        "first_frame": True,
        "screen": "service",
        "number": "12345678",
        "missing": "CannotTouchError",
        "beat": True,
        "failed": False,
    }
    for name in ("welcome", "service"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.size == (540, 960)
            assert picture.getpixel((5, 66)) == (0xC8, 0x10, 0x2E)


def test_only_what_is_seen_first_is_made_before_it_is_seen(stage: Stage) -> None:
    from kiosk.ui.root import Root  # noqa: PLC0415  # Kivy after its preparation

    root = Root(stage.app.post, Texts, sample_logo(), motion=False)
    assert set(root._pages) == {"welcome", "FailsafePage"}
    root.show(MOMENTS["review"])
    assert root.page.name == "review"
    root.make_ready()
    stage.play(2)  # one a frame
    assert {each.value for each in Screen} < set(root._pages)
    assert len(root._pages) == len(Screen) + 1


def test_an_x_screen_that_is_not_there_has_no_size() -> None:
    assert _x_screen("") is None
    assert _x_screen(":987") is None


def test_where_there_is_a_screen_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("kiosk.ui.boot._DRM", tmp_path)
    assert not _has_screen({})
    assert _has_screen({"DISPLAY": ":0"})
    assert _has_screen({"WAYLAND_DISPLAY": "wayland-0"})
    assert _has_screen({"SDL_VIDEODRIVER": "kmsdrm"})
    assert not _has_screen({"SDL_VIDEODRIVER": "offscreen", "DISPLAY": ":0"})
    connector = tmp_path / "card1-HDMI-A-1"
    connector.mkdir()
    (connector / "status").write_text("disconnected\n")
    assert not _has_screen({})
    (connector / "status").write_text("connected\n")
    assert _has_screen({})
