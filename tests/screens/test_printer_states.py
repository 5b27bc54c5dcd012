"""Every state of the printer: what the next visitor reads before touching anything, and what an attendant is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.clock import Micros
from domain.health import ABSENT_US, AlarmKind, alarms, heard
from domain.messages import KioskHealth
from drivers.printer.words import Reason, State, Status
from tests.samples import MONDAY_10AM
from tests.screens.moments import office

if TYPE_CHECKING:
    from tests.screens.stage import Stage

NOTHING = "welcome.show"
TOLD: dict[Status, tuple[str, AlarmKind | None]] = {
    Status(State.OPENING): (NOTHING, None),
    Status(State.SYNC): (NOTHING, None),
    Status(State.READY): (NOTHING, None),
    Status(State.READY_LOW): (NOTHING, AlarmKind.PAPER_LOW),
    Status(State.PRINTING): (NOTHING, None),
    Status(State.BLOCKED, Reason.PAPER): ("welcome.no_paper", AlarmKind.NO_PAPER),
    Status(State.BLOCKED, Reason.COVER): ("welcome.printer_open", AlarmKind.COVER_OPEN),
    Status(State.BLOCKED, Reason.CUTTER): ("welcome.printer_out", AlarmKind.CUTTER),
    Status(State.BLOCKED, Reason.OTHER): ("welcome.printer_out", AlarmKind.OTHER),
    Status(State.ABSENT): ("welcome.printer_out", AlarmKind.ABSENT),
    Status(State.SILENT): ("welcome.printer_out", AlarmKind.SILENT),
}


def test_no_state_is_forgotten() -> None:
    assert {status.state for status in TOLD} == set(State)


@pytest.mark.parametrize("status", TOLD, ids=lambda status: f"{status.state.value}-{status.reason}")
def test_the_screen_and_the_attendant_are_told(stage: Stage, status: Status) -> None:
    notice, alarm = TOLD[status]
    stage.show(replace(office(), printer=status))
    assert stage.app._root.page.paper == notice
    health = KioskHealth(status.state.value, status.reason.value if status.reason else "")
    later = Micros(MONDAY_10AM + ABSENT_US + 1)
    raised = alarms(heard(None, health, MONDAY_10AM), seen_at=later, now=later, is_open=True)
    assert [one.kind for one in raised] == ([alarm] if alarm else [])
