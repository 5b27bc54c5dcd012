"""The twin shows what a real camera would, the same every time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from drivers.scanner import spec
from drivers.scanner.accept import Acceptance, step
from drivers.scanner.decode import look
from drivers.scanner.virtual import camera
from drivers.scanner.virtual.people import PEOPLE
from drivers.scanner.words import DocumentReading, Hint, Reading, TicketReading

if TYPE_CHECKING:
    from domain.tracking import Token
    from drivers.scanner.virtual.camera import VirtualCamera

STILL = camera.EMPTY_FRAMES + camera.FOCUSING_FRAMES
"""From here on the document is held and sharp."""


def read(shown: VirtualCamera, frames: range, *, keep_name: bool = False) -> tuple[Reading | None, int]:
    """The first reading, and how many frames it took."""
    state = Acceptance(0.0, keep_name)
    for taken, number in enumerate(frames, start=1):
        gray = cv2.cvtColor(shown.frame(number), cv2.COLOR_BGR2GRAY)
        state, told = step(state, look(gray, keep_name=keep_name), taken * camera.INTERVAL_S)
        if told is not None and not isinstance(told, Hint):
            return told, taken
    return None, len(frames)


@pytest.mark.parametrize("number", PEOPLE)
def test_each_sample_card_is_read_within_eight_frames_once_it_is_held(number: str) -> None:
    reading, taken = read(camera.showing("dni", number), range(STILL, STILL + 8), keep_name=True)
    assert isinstance(reading, DocumentReading)
    assert (reading.document.number, reading.name) == (number, PEOPLE[number].name)
    assert taken <= 8


def test_the_ticket_is_read_within_three_frames_once_it_is_held(token: Token, ticket_url: str) -> None:
    reading, taken = read(camera.showing_ticket(ticket_url), range(STILL, STILL + 3))
    assert isinstance(reading, TicketReading)
    assert reading.token == token
    assert taken <= 3


def test_nothing_is_read_in_an_empty_room() -> None:
    assert read(camera.showing_nothing(), range(4))[0] is None


def test_the_same_frame_is_the_same_picture_and_the_next_is_another() -> None:
    first, second = camera.showing("dni"), camera.showing("dni")

    def fingerprint(shown: VirtualCamera, number: int) -> str:
        return hashlib.sha256(shown.frame(number).tobytes()).hexdigest()

    assert fingerprint(first, 30) == fingerprint(second, 30)
    assert fingerprint(first, 30) != fingerprint(first, 31)


def test_a_document_is_brought_into_view_and_stays_there() -> None:
    shown, room = camera.showing("dni"), camera.showing_nothing()

    def covered(number: int) -> float:
        apart = cv2.absdiff(shown.frame(number), room.frame(number)).max(axis=2)
        return float(np.mean(apart > 40))

    assert covered(0) == 0
    assert 0 < covered(camera.EMPTY_FRAMES + 4) < covered(STILL)
    assert 0.4 < covered(STILL) < 0.8


def test_the_frames_are_numbered_as_they_are_read() -> None:
    shown = camera.showing_nothing()
    assert [shown.read().number for _ in range(3)] == [0, 1, 2]


def test_the_configuration_knows_every_sample_person() -> None:
    assert set(spec.SAMPLE_NUMBERS) == set(PEOPLE)
