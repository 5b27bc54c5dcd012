"""What comes next for a filing, and what may not be left lying."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.calendar import Calendar
from domain.deadlines import Alert, Horizon, Next, next_step
from domain.filings import FilingStatus as S

MONDAY = date(2026, 11, 30)
DAY = timedelta(1)


@pytest.mark.parametrize(
    ("status", "correct_until", "due_on", "what"),
    [
        (S.RECEIVED, None, MONDAY, Next.GOES),
        (S.RECEIVED, None, MONDAY - DAY, Next.OVERDUE),
        (S.OBSERVED, MONDAY + DAY, MONDAY - DAY, Next.BRING),  # no term runs meanwhile
        (S.OBSERVED, MONDAY, MONDAY, Next.BRING_TODAY),
        (S.OBSERVED, MONDAY - DAY, MONDAY, Next.TOO_LATE),
        (S.CORRECTED, MONDAY - DAY, MONDAY, Next.GOES),
        (S.FORWARDED, None, MONDAY, Next.ON_ITS_WAY),
        (S.IN_PROCESS, None, MONDAY, Next.ANSWER),
        (S.IN_PROCESS, None, MONDAY - DAY, Next.OVERDUE),
        (S.RESOLVED, None, MONDAY - DAY, Next.COLLECT),
        (S.LAPSED, MONDAY - DAY, MONDAY, Next.TAKE_BACK),
        (S.ARCHIVED, None, MONDAY - DAY, Next.OVER),
    ],
)
def test_what_comes_next(status: S, correct_until: date | None, due_on: date, what: Next) -> None:
    assert next_step(status, MONDAY, due_on=due_on, correct_until=correct_until) is what


def test_the_horizon_counts_business_days() -> None:
    """The 8th and 9th of December are holidays: three business days after Friday the 4th are the 7th, 10th and 11th."""
    horizon = Horizon.on(date(2026, 12, 4), Calendar())
    assert (horizon.next_day, horizon.soon) == (date(2026, 12, 7), date(2026, 12, 11))


HORIZON = Horizon.on(MONDAY, Calendar())  # next day the 1st, soon the 3rd


@pytest.mark.parametrize(
    ("status", "due_in", "correct_in", "changed_in", "alert"),
    [
        (S.IN_PROCESS, -1, None, -9, Alert.OVERDUE),
        (S.IN_PROCESS, 0, None, -9, Alert.DUE_SOON),
        (S.IN_PROCESS, 3, None, -9, Alert.DUE_SOON),
        (S.IN_PROCESS, 4, None, -9, None),
        (S.OBSERVED, -1, 2, -9, None),
        (S.OBSERVED, 30, 1, -1, Alert.CORRECTION_ENDS),
        (S.OBSERVED, 30, 0, -2, Alert.CORRECTION_ENDS),
        (S.RECEIVED, 30, None, 0, None),
        (S.RECEIVED, 30, None, -1, Alert.TO_FORWARD),
        (S.CORRECTED, 30, -1, -1, Alert.TO_FORWARD),
        (S.FORWARDED, 30, None, 0, None),
        (S.FORWARDED, 30, None, -1, Alert.TO_TAKE),
        (S.FORWARDED, -1, None, -1, Alert.OVERDUE),
        (S.RESOLVED, -1, None, -9, None),
        (S.LAPSED, -1, -1, -9, None),
        (S.ARCHIVED, -1, None, -9, None),
    ],
)
def test_what_may_not_be_left_lying(
    status: S, due_in: int, correct_in: int | None, changed_in: int, alert: Alert | None
) -> None:
    correct_until = None if correct_in is None else MONDAY + correct_in * DAY
    found = HORIZON.alert(
        status, due_on=MONDAY + due_in * DAY, correct_until=correct_until, changed_on=MONDAY + changed_in * DAY
    )
    assert found is alert
