"""What the filings of some days amount to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.clock import Micros, micros
from domain.filed import Filed, figures, figures_by
from domain.filings import FilingStatus

S = FilingStatus
DAY = date(2027, 4, 5)
AT = micros(datetime(2027, 4, 5, 15, 0, tzinfo=UTC))
A_DAY = 24 * 3_600_000_000


def filed(status: FilingStatus = S.FORWARDED, days: int | None = None, **changes: Any) -> Filed:
    """One that was resolved so many days after its receipt; None for not."""
    resolved = None if days is None else Micros(AT + days * A_DAY)
    told: dict[str, Any] = {
        "day": DAY, "document_type": "carta", "unit": "legal", "status": status, "received_at": AT,
        "due_on": DAY + timedelta(30), "resolved_at": resolved,
    }  # fmt: skip
    return Filed(**(told | changes))


@pytest.mark.parametrize(
    ("one", "late"),
    [
        (filed(S.RESOLVED, 30), False),
        (filed(S.RESOLVED, 31), True),
        (filed(S.ARCHIVED, 31), True),
        (filed(S.IN_PROCESS), True),
        (filed(S.IN_PROCESS, due_on=DAY + timedelta(40)), False),
        (filed(S.OBSERVED), False),  # no term runs (art. 125.3)
        (filed(S.LAPSED), False),
        (filed(S.ARCHIVED), False),  # it had lapsed
    ],
)
def test_whatever_was_not_answered_by_its_last_day_is_late(one: Filed, *, late: bool) -> None:
    assert one.is_late(DAY + timedelta(40)) is late


def test_the_figures_of_some_days() -> None:
    told = figures(
        [
            *(filed(S.RESOLVED, days, handed_on=DAY) for days in range(1, 11)),
            filed(S.RESOLVED, 35, handed_on=DAY + timedelta(1)),
            filed(S.IN_PROCESS, unit="logistica"),
            filed(S.OBSERVED, observed_at=AT),
            filed(S.LAPSED, observed_at=AT),
            filed(S.CORRECTED, observed_at=AT, corrected_at=AT, due_on=DAY + timedelta(60)),
        ],
        DAY + timedelta(40),
    )
    assert (told.received, told.observed, told.corrected, told.lapsed) == (15, 3, 1, 1)
    assert (told.handed, told.same_day, told.resolved, told.open) == (11, 10, 11, 3)
    assert (told.late, told.due, told.late_pct) == (2, 12, 17)
    assert (told.took.middle, told.took.nine_of_ten) == (6 * A_DAY, 10 * A_DAY)
    assert figures([], DAY).late_pct is None


def test_what_was_corrected_counts_from_its_correction() -> None:
    corrected = Micros(AT + 2 * A_DAY)
    told = figures([filed(S.RESOLVED, 5, observed_at=AT, corrected_at=corrected)] * 5, DAY)
    assert told.took.middle == 3 * A_DAY


def test_the_largest_group_comes_first() -> None:
    groups = figures_by([filed(unit="b"), filed(unit="a"), filed(unit="b")], lambda one: one.unit, DAY)
    assert {name: one.received for name, one in groups.items()} == {"b": 2, "a": 1}
    assert list(groups) == ["b", "a"]
