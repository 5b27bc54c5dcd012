"""Fakes and pictures that the scanner's tests share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from domain.tracking import Token, mint, tracking_url
from drivers.scanner.frames import Image
from drivers.scanner.process import CameraScanner
from drivers.scanner.virtual import camera, card, samples
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.people import PEOPLE
from drivers.scanner.virtual.scene import Pose, Scene
from drivers.scanner.words import CameraState, Hint, Reading

DEADLINE_S = 15.0


class Ear:
    """A listener that remembers, and can be waited on."""

    def __init__(self) -> None:
        self.heard: list[Reading | Hint | CameraState] = []
        self._changed = threading.Condition()

    def scanned(self, reading: Reading) -> None:
        self._note(reading)

    def hinted(self, hint: Hint) -> None:
        self._note(hint)

    def camera_changed(self, state: CameraState) -> None:
        self._note(state)

    def wait_for(self, wanted: Callable[[Any], bool], since: int = 0) -> Any:
        """The first thing heard from ``since`` on that is ``wanted``."""

        def found() -> list[Any]:
            return [heard for heard in self.heard[since:] if wanted(heard)]

        with self._changed:
            assert self._changed.wait_for(found, DEADLINE_S), f"never came; heard {self.heard}"
            return found()[0]

    def wait_for_reading(self, since: int = 0) -> Any:
        return self.wait_for(lambda heard: not isinstance(heard, Hint | CameraState), since)

    def wait_for_state(self, state: CameraState, since: int = 0) -> None:
        self.wait_for(lambda heard: heard is state, since)

    def _note(self, heard: Reading | Hint | CameraState) -> None:
        with self._changed:
            self.heard.append(heard)
            self._changed.notify_all()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def open_scanner(ear: Ear) -> Iterator[Callable[..., CameraScanner]]:
    """Makes scanners that tell ``ear``, and closes them."""
    opened: list[CameraScanner] = []

    def make(source: str, **options: Any) -> CameraScanner:
        opened.append(CameraScanner(source, ear, **options))
        return opened[-1]

    yield make
    for scanner in opened:
        scanner.close()


def wait_until(true: Callable[[], bool]) -> None:
    """Waits for what nobody announces."""
    give_up_s = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < give_up_s, "never came true"
        time.sleep(0.02)


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[[Callable[[], bool]], None]:
    return wait_until


@pytest.fixture(scope="session")
def scene_of() -> Callable[..., Scene]:
    """Scenes with a sample card, drawn once a session."""
    drawn: dict[Any, Scene] = {}

    def scene(number: str = "12345678", codes: frozenset[Code] = card.ALL_CODES) -> Scene:
        if (number, codes) not in drawn:
            drawn[number, codes] = Scene(samples.card_sheet(card.dni_back(PEOPLE[number], codes)))
        return drawn[number, codes]

    return scene


@pytest.fixture(scope="session")
def card_frames(scene_of: Callable[..., Scene]) -> Callable[..., list[Image]]:
    """Frames of a card held ``turned_deg`` from upright, each with a noise and a tremor of its own."""

    def frames(
        count: int, number: str = "12345678", codes: frozenset[Code] = card.ALL_CODES, turned_deg: float = 0
    ) -> list[Image]:
        held = camera.CARD_HELD if turned_deg % 180 == 0 else replace(camera.CARD_HELD, z_mm=128.0)
        rng = np.random.default_rng(count)

        def pose() -> Pose:
            tremor = rng.normal(0, 1.0, 3)
            return replace(
                held, roll_deg=held.roll_deg + turned_deg + tremor[0], pitch_deg=tremor[1], yaw_deg=tremor[2]
            )

        scene = scene_of(number, codes)
        return [scene.frame(n, pose()) for n in range(count)]

    return frames


@pytest.fixture(scope="session")
def card_folder(
    tmp_path_factory: pytest.TempPathFactory, card_frames: Callable[..., list[Image]]
) -> Callable[..., Path]:
    """A folder with four pictures of a card."""

    def folder(**wanted: Any) -> Path:
        made = tmp_path_factory.mktemp("card")
        for n, frame in enumerate(card_frames(4, **wanted)):
            cv2.imwrite(str(made / f"{n}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
        return made

    return folder


@pytest.fixture(scope="session")
def token() -> Token:
    return mint(kiosk=7, day=date(2026, 12, 1), n=17, nonce=bytes(range(16)), key=b"a sample key")


@pytest.fixture(scope="session")
def ticket_url(token: Token) -> str:
    return tracking_url("http://127.0.0.1:8080", token)
