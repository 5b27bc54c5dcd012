"""How a filing is dated: the vectors of the law, and every day of three years under both rules."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from domain.calendar import Calendar, Channel, FilingDay, Hours, SpecialDay
from domain.clock import LIMA, Micros, micros

SEED = Calendar()
OF_2025 = Calendar(filing_day=FilingDay.EVERY_DAY)
DECREED_27_JULY = Calendar(Hours(special_days=(SpecialDay(date(2026, 7, 27), "de prueba", counts=False),)))


def _lima(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=LIMA))


def _on(day: date, at: time) -> Micros:
    return micros(datetime.combine(day, at, LIMA))


@pytest.mark.parametrize(
    ("since", "days", "deadline", "calendar"),
    [
        ("2026-12-07", 2, "2026-12-11", SEED),  # 8 and 9 December are holidays
        ("2026-07-22", 2, "2026-07-27", SEED),  # 23 July is one
        ("2026-07-22", 2, "2026-07-30", DECREED_27_JULY),  # 24 and 30
        ("2027-03-24", 2, "2027-03-30", SEED),  # Holy Thursday and Friday
        ("2026-12-24", 2, "2026-12-29", SEED),
        ("2027-07-22", 2, "2027-07-27", SEED),
        ("2026-11-23", 30, "2027-01-08", SEED),
        ("2025-12-31", 1, "2026-01-05", SEED),  # 2 January 2026 was decreed
    ],
)
def test_a_term_in_days_ends_as_the_law_counts(since: str, days: int, deadline: str, calendar: Calendar) -> None:
    assert calendar.deadline(date.fromisoformat(since), days) == date.fromisoformat(deadline)


@pytest.mark.parametrize(
    ("received", "presented", "starts", "calendar"),
    [
        ("2026-12-05T23:59", "2026-12-07", "2026-12-10", SEED),
        ("2026-12-08T10:00", "2026-12-10", "2026-12-11", SEED),
        ("2026-12-05T23:59", "2026-12-05", "2026-12-07", OF_2025),
        ("2026-12-04T23:59:59.999999", "2026-12-04", "2026-12-07", SEED),
        ("2026-12-05T00:00", "2026-12-07", "2026-12-10", SEED),
        ("2026-07-27T10:00", "2026-07-30", "2026-07-31", DECREED_27_JULY),
    ],
)
def test_the_virtual_channel_is_dated_by_its_rule(
    received: str, presented: str, starts: str, calendar: Calendar
) -> None:
    filed = calendar.filed(Channel.VIRTUAL, _lima(received))
    assert filed.received_at == _lima(received)
    assert (filed.presented_on.isoformat(), filed.term_starts_on.isoformat()) == (presented, starts)
