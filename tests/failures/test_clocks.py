"""Clocks that are wrong, the kiosk's and the server's: numbers go on, no day comes back, and the line stays a line."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import text

from tests.failures.stage import Kiosk, Stage

DAY_S = 86_400
YEAR_S = 365 * DAY_S


def shifts() -> dict[str, int]:
    """What clocks do, in the order in which they do it here."""
    return {
        "right": 0,
        "a day back": -DAY_S,
        "1970": 3600 - int(time.time()),
        "ten years on": 10 * YEAR_S,
        "right again": 0,
    }


def check(stage: Stage, kiosk: Kiosk, turns: int, began: int, told: Callable[[str], None], what: str) -> None:
    reckoning = stage.reckon()
    told(f"{what}: {reckoning}")
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored == turns
    days = [date.fromisoformat(turn.day) for turn in kiosk.told]
    assert days == sorted(days), "the business day went back"
    numbers = [int(turn.number.partition("-")[2]) for turn in kiosk.told]
    for (day, n), (next_day, next_n) in pairwise(zip(days, numbers, strict=True)):
        assert next_n == (n + 1 if next_day == day else 1)
    with stage.server.database() as connection:
        times = [row[0] for row in connection.execute(text("SELECT issued_at FROM ticket ORDER BY epoch, seq"))]
    assert times == sorted(times), "two turns of one kiosk changed places"
    assert times[0] >= began
    assert times[-1] <= time.time_ns() // 1000


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_the_kiosks_clock(stage: Stage, restarted: bool, told: Callable[[str], None]) -> None:  # noqa: FBT001 a parameter
    began = time.time_ns() // 1000
    stage.server.start()
    kiosk = stage.kiosk()
    kiosk.start()
    for shift_s in shifts().values():
        if restarted:
            kiosk.stop()
            kiosk.start(shift_s=shift_s)
        else:
            kiosk.obey(f"shift {shift_s}")
        kiosk.obey("issue 8")
        kiosk.drain()
    kiosk.stop()
    check(stage, kiosk, 8 * len(shifts()), began, told, "kiosk's clock wrong, on line")


def test_the_kiosks_clock_while_nobody_can_put_it_right(stage: Stage, told: Callable[[str], None]) -> None:
    began = time.time_ns() // 1000
    stage.server.start()
    kiosk = stage.kiosk()
    stage.server.end()
    kiosk.start()
    for shift_s in shifts().values():
        kiosk.obey(f"shift {shift_s}")
        kiosk.obey("issue 8")
    stage.server.start()
    kiosk.drain()
    kiosk.stop()
    check(stage, kiosk, 8 * len(shifts()), began, told, "kiosk's clock wrong, off line")


def test_the_servers_clock(stage: Stage, told: Callable[[str], None]) -> None:
    """Of its answers in 1970 nothing is believed, not even that it has something; all others count."""
    kiosk: Kiosk | None = None
    for name, shift_s in shifts().items():
        stage.server.start(shift_s=shift_s)
        if kiosk is None:
            kiosk = stage.kiosk()
            kiosk.start()
        kiosk.obey("issue 8")
        if name == "1970":
            while "ValidationError" not in kiosk.log:
                time.sleep(0.02)
        else:
            kiosk.drain()
        stage.server.end()
    assert kiosk is not None
    stage.server.start()
    kiosk.drain()
    kiosk.stop()
    with stage.server.database() as connection:
        taken = connection.execute(text("SELECT issued_at FROM ticket ORDER BY epoch, seq")).scalars().all()
    now = time.time_ns() // 1000
    ahead = [n // 8 for n, at in enumerate(taken) if at > now]
    # those of 1970 arrived only then
    assert set(ahead) == {list(shifts()).index(name) for name in ("1970", "ten years on")}, "the next were held back"
    reckoning = stage.reckon()
    told(f"server's clock wrong: {reckoning}")
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored == 8 * len(shifts())
    days = [turn.day for turn in kiosk.told]
    assert days == sorted(days)


def test_another_day(stage: Stage, told: Callable[[str], None]) -> None:
    """A day's restart: the numbers begin anew, and what the evening left behind arrives first."""
    stage.server.start()
    kiosk = stage.kiosk()
    stage.server.end()
    days = 3
    for n in range(days):
        kiosk.start(shift_s=n * DAY_S)
        kiosk.obey("issue 8")
        kiosk.stop()
    stage.server.start()
    kiosk.start()
    kiosk.drain()
    kiosk.stop()
    reckoning = stage.reckon()
    told(f"a day's restart n={days}: {reckoning}")
    assert reckoning.is_whole
    assert [turn.number for turn in kiosk.told] == [f"A-{n:03d}" for n in range(1, 9)] * days
    assert len({turn.day for turn in kiosk.told}) == days
