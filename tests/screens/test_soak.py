"""Two thousand visits one after the other: the program stays as large as it was."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.printer.words import Outcome, Result
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.state import Aid, Screen
from tests.flows.visitor import CARD, TICKET
from tests.screens.moments import office

if TYPE_CHECKING:
    from kiosk.flow.state import State
    from tests.screens.stage import Stage

VISITS = 2_000
WARM_UP = 200
"""By then every page, language and way of seeing has been on the glass."""
GROWTH = 1.03
LANGUAGES = ("es", "qu", "ay", "en")
AIDS = (None, Aid.LARGE, Aid.CONTRAST, Aid.REACH)


@pytest.mark.long
def test_memory_stays_flat(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    state = replace(office(), languages=LANGUAGES)

    def handle(event: happened.Event) -> State:
        nonlocal state
        state, _ = advance(state, event)
        return state

    stage.handle = handle
    sizes_kb = []
    for visit in range(VISITS):
        _visit(stage, visit)
        assert state.screen is Screen.WELCOME
        if visit + 1 in (WARM_UP, VISITS):
            gc.collect()
            sizes_kb.append(_resident_kb())
    with capsys.disabled():
        print(f"soak: n={VISITS} visits, {sizes_kb[0]} kB after {WARM_UP}, {sizes_kb[1]} kB at the end")  # noqa: T201
    assert sizes_kb[1] <= sizes_kb[0] * GROWTH


def _visit(stage: Stage, number: int) -> None:
    aid = AIDS[number // len(LANGUAGES) % len(AIDS)]
    events: list[happened.Event] = [
        happened.LanguageChosen(LANGUAGES[number % len(LANGUAGES)]),
        *([happened.AidSwitched(aid)] if aid else []),
        happened.Begun(),
        happened.Scanned(CARD),
        happened.Continued(),
        happened.ServiceChosen("documentos"),
        happened.DescribeOpened(),
        *(happened.Typed(character) for character in f"copia {number}"),
        happened.Continued(),
        happened.Continued(),
        happened.Skipped(),
        happened.Continued(),
        happened.Issued(replace(TICKET, url=f"HTTP://127.0.0.1:8080/T/{number:052d}")),
        happened.Printed(TICKET.id, 0, Outcome(Result.CONFIRMED)),
        happened.Left(),
    ]
    for event in events:
        stage.app.post(event)
        stage.step(0.3)
    stage.play(0.2)


def _resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
