"""Everything that a line can do to an exchange, while people take turns: each turn arrives, and arrives once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.failures.proxy import Fault
from tests.failures.stage import Stage, reckon

FAULTS = [fault for fault in Fault if fault is not Fault.NONE]


def play(stage: Stage, turns: int, *, every_ms: int, times: int, told: Callable[[str], None]) -> None:
    """As many kiosks as there are faults, each on a line of its own that has one of them; all are bad at once.

    They stay so until each fault was met by ``times`` requests; then they are mended, and what was told is compared.
    """
    lines = {fault: stage.proxy() for fault in FAULTS}
    kiosks = {fault: stage.kiosk(f"sala-{n}", url=line.url) for n, (fault, line) in enumerate(lines.items(), 1)}
    stage.server.start()
    for fault, kiosk in kiosks.items():
        kiosk.start()
        lines[fault].fault = fault
    for kiosk in kiosks.values():
        kiosk.issue(turns, every_ms)
    for fault, line in lines.items():
        line.wait_for(fault, times, patience_s=60 + 10 * times)
    for line in lines.values():
        line.fault = Fault.NONE
    wrong = []
    for fault, kiosk in kiosks.items():
        kiosk.drain(patience_s=300)
        with stage.server.database() as connection:
            reckoning = reckon(connection, kiosk.told, origin=kiosk.name)
        told(f"{fault.value}: met {lines[fault].met[fault]} times, {reckoning}")
        if not (reckoning.is_whole and reckoning.told == reckoning.stored == turns):
            wrong.append((fault, reckoning))
    assert wrong == []


def test_nothing_is_lost_or_doubled_on_a_bad_line(stage: Stage, told: Callable[[str], None]) -> None:
    play(stage, 40, every_ms=15, times=1, told=told)


@pytest.mark.long
def test_nor_where_it_is_bad_for_long(stage: Stage, told: Callable[[str], None]) -> None:
    play(stage, 2000, every_ms=40, times=25, told=told)


@pytest.mark.long
def test_an_answer_that_never_ends_is_given_up(stage: Stage, told: Callable[[str], None]) -> None:
    """A byte every second keeps every time-out of a client from striking; the whole has one, of 15 s."""
    line = stage.proxy()
    kiosk = stage.kiosk(url=line.url)
    stage.server.start()
    line.fault, line.byte_s = Fault.SLOW, 1.0
    kiosk.start()
    kiosk.issue(20)
    began = time.monotonic()
    while "no whole answer in 15 s" not in kiosk.log:
        assert time.monotonic() - began < 40
        time.sleep(0.1)
    line.fault = Fault.NONE
    kiosk.drain(patience_s=120)
    reckoning = stage.reckon()
    told(str(reckoning))
    assert reckoning.is_whole
    assert reckoning.stored == 20
