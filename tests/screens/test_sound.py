"""The sounds: soft, made by their script, played at the right moment, and missed by nobody where there are none."""

from __future__ import annotations

import logging
import wave
from dataclasses import replace

import numpy as np
import pytest

from assets import sound, sounds
from kiosk.flow import events as happened
from kiosk.flow.state import Problem, Screen, State
from kiosk.ui.sound import VOLUME, Sound, Sounds, sound_of
from tests.flows.visitor import Visitor
from tests.samples import MONDAY_10AM, OFFICE
from tests.screens.stage import Stage

START = State(office=OFFICE, now_s=0.0, now=MONDAY_10AM)
IDENTIFY = Visitor(START).to(Screen.IDENTIFY).state
TURN = Visitor(START).to(Screen.TICKET).state
WRONG = replace(IDENTIFY, problem=Problem.DNI_SHORT)


@pytest.mark.parametrize("name", [one.value for one in Sound])
def test_a_sound_is_what_its_script_makes_short_and_soft(name: str) -> None:
    with wave.open(str(sound(name))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sounds.RATE)
        seconds = file.getnframes() / file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767
    assert 0.05 <= seconds <= 0.8
    assert 0.1 < np.abs(samples).max() < 0.6
    assert abs(samples[0]) < 0.01  # nothing that clicks
    assert abs(samples[-1]) < 0.01
    assert np.abs(samples - sounds.drawn(sounds.SOUNDS[name])).max() < 0.001


@pytest.mark.parametrize(
    ("before", "after", "event", "heard"),
    [
        (START, IDENTIFY, happened.Begun(), Sound.TOUCH),
        (IDENTIFY, replace(IDENTIFY, typed="1"), happened.KeyPressed("1"), Sound.TOUCH),
        (IDENTIFY, IDENTIFY, happened.Touched(), None),
        (IDENTIFY, WRONG, happened.Continued(), Sound.ERROR),
        (WRONG, WRONG, happened.Tick(1.0, MONDAY_10AM), None),
        (IDENTIFY, replace(IDENTIFY, now_s=70.0), happened.Tick(70.0, MONDAY_10AM), Sound.ERROR),
        (IDENTIFY, TURN, happened.Issued(TURN.ticket), Sound.SUCCESS),  # type: ignore[arg-type]
        (TURN, START, happened.Left(), Sound.TOUCH),
        (TURN, START, happened.Tick(99.0, MONDAY_10AM), None),
    ],
)
def test_what_is_heard(before: State, after: State, event: happened.Event, heard: Sound | None) -> None:
    assert sound_of(before, after, event) is heard


class Record:
    """What Kivy would play."""

    def __init__(self) -> None:
        self.volume = 0.0
        self.played = 0

    def play(self) -> None:
        self.played += 1

    def stop(self) -> None:
        """From the beginning."""


def test_it_plays_and_can_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record()
    monkeypatch.setattr("kiosk.ui.sound._load", lambda _wanted: record)
    Sounds(on=False).play(Sound.TOUCH)
    assert record.played == 0
    heard = Sounds()
    heard.follow(START, IDENTIFY, happened.Begun())
    heard.follow(IDENTIFY, WRONG, happened.Continued())
    assert (record.played, record.volume) == (2, VOLUME)


def test_without_a_sound_card_it_is_silent_and_says_so_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Where there is one, this plays."""
    assert stage
    caplog.set_level(logging.WARNING, logger="kiosk")
    heard = Sounds()
    for one in Sound:
        heard.play(one)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("kiosk")] in ([], ["sound.none"])
