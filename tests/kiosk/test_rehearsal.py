"""The scripted visitor against the real flow, without a window: it finds every button that it touches."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

import pytest

from drivers.printer.words import Outcome, Result
from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, Recall
from kiosk.flow.menu import menu
from kiosk.flow.state import State
from kiosk.rehearsal import Rehearsal
from tests.flows.visitor import CARD, TICKET, Visitor


class Glass:
    """The screen as the flow would draw it: what can be chosen, a keypad and a keyboard where something is typed."""

    def __init__(self, *, camera: CameraState, was_here: bool = False) -> None:
        self._visitor = Visitor().do(happened.CameraChanged(camera))
        self._was_here = was_here
        self.touched: list[str] = []

    @property
    def state(self) -> State:
        return self._visitor.state

    def tap(self, key: str, within_s: float = 5.0) -> Future[None]:
        done: Future[None] = Future()
        self.touched.append(key)
        try:
            self._do(self._event_of(key))
        except KeyError as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        assert within_s
        return done

    def snapshot(self, path: Path) -> Future[Path]:
        done: Future[Path] = Future()
        path.touch()
        done.set_result(path)
        if path.stem.endswith("identify") and self.state.camera is CameraState.WATCHING:
            self._do(happened.Scanned(CARD))
        return done

    def _event_of(self, key: str) -> happened.Event:
        room, _, name = key.partition(".")
        if room in {"keypad", "keyboard"}:
            return happened.Typed(" " if name == "space" else name)
        return {choice.key: choice.event for choice in menu(self.state)}[key]

    def _do(self, event: happened.Event) -> None:
        seen = len(self._visitor.effects)
        self._visitor.do(event)
        for effect in self._visitor.effects[seen:]:
            if isinstance(effect, IssueTicket):
                self._visitor.do(
                    happened.Issued(TICKET), happened.Printed(TICKET.id, 0, Outcome(Result.CONFIRMED))
                )  # fmt: skip
            elif isinstance(effect, Recall) and self._was_here:
                self._visitor.do(happened.Remembered(TICKET, 0))


def _played(glass: Glass, folder: Path) -> dict[str, object]:
    Rehearsal(glass, lambda: glass.state, folder)._run()
    told: dict[str, object] = json.loads((folder / "visit.json").read_text(encoding="utf-8"))
    assert "failed" not in told
    return told


def test_by_the_camera(tmp_path: Path) -> None:
    told = _played(Glass(camera=CameraState.WATCHING), tmp_path)
    assert (told["identified_by"], told["number"], told["paper"]) == ("camera", "A-017", "printed")
    steps = told["steps"]
    assert isinstance(steps, list)
    assert [step["screen"] for step in steps] == [
        *("welcome", "identify", "check_document", "service", "describe", "request", "contact", "review"),
        *("ticket", "ticket-printed"),
    ]


def test_by_the_keypad_whose_last_digit_goes_on_by_itself(tmp_path: Path) -> None:
    glass = Glass(camera=CameraState.ABSENT)
    assert _played(glass, tmp_path)["identified_by"] == "keypad"
    assert "identify.continue" not in glass.touched


@pytest.mark.parametrize("was_here", [True, False])
def test_who_has_been_here_today_takes_another_turn(tmp_path: Path, *, was_here: bool) -> None:
    glass = Glass(camera=CameraState.WATCHING, was_here=was_here)
    _played(glass, tmp_path)
    assert ("earlier.other" in glass.touched) is was_here
