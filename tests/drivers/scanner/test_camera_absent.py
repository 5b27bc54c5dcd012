"""There is no camera, or it goes away: a state, never an exception; and it is taken up again when it comes back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from drivers.scanner.words import CameraState, DocumentReading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear

    OpenScanner = Callable[..., CameraScanner]


def test_a_missing_camera_is_absent(ear: Ear, open_scanner: OpenScanner, tmp_path: Path) -> None:
    scanner = open_scanner(f"camera:{tmp_path / 'video9'}")
    scanner.start()
    ear.wait_for_state(CameraState.ABSENT)
    assert scanner.preview() is None
    scanner.stop()
    ear.wait_for_state(CameraState.OFF)


def test_what_appears_later_is_taken_up(
    ear: Ear, open_scanner: OpenScanner, tmp_path: Path, card_folder: Callable[..., Path]
) -> None:
    later = tmp_path / "later"
    scanner = open_scanner(f"images:{later}")
    scanner.start()
    ear.wait_for_state(CameraState.ABSENT)

    shutil.copytree(card_folder(), tmp_path / "copy")
    (tmp_path / "copy").rename(later)

    assert isinstance(ear.wait_for_reading(), DocumentReading)
    assert ear.heard[:3] == [CameraState.STARTING, CameraState.ABSENT, CameraState.WATCHING]


def test_what_goes_away_is_absent_and_comes_back(
    ear: Ear, open_scanner: OpenScanner, tmp_path: Path, card_folder: Callable[..., Path]
) -> None:
    there, away = tmp_path / "there", tmp_path / "away"
    shutil.copytree(card_folder(codes=frozenset()), there)
    scanner = open_scanner(f"images:{there}")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)

    before = len(ear.heard)
    there.rename(away)
    ear.wait_for_state(CameraState.ABSENT, since=before)
    assert scanner.preview() is None

    away.rename(there)
    ear.wait_for_state(CameraState.WATCHING, since=before)
