"""Hours: the clock on the wall, the holidays, the last second."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import msgspec
import pytest

from domain.calendar import Hours
from domain.clock import LIMA, Micros, in_lima, micros
from domain.office import Service


def _lima(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=LIMA))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T16:14:59.999999", True),
        ("2026-11-23T16:15:00", False),
        ("2026-11-28T10:00:00", False),  # Saturday
        ("2026-12-08T10:00:00", False),  # Inmaculada Concepción
        ("2026-12-09T10:00:00", False),  # Batalla de Ayacucho
        ("2026-12-10T10:00:00", True),
    ],
)
def test_turns_are_given_within_hours(moment: str, *, is_open: bool) -> None:
    assert Hours().is_open(_lima(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-11-23T16:14:59.999999", None),
        ("2026-11-23T16:15:00", time(16, 15)),
        ("2026-11-23T23:59:59", time(16, 15)),
        ("2026-11-24T00:00:00", None),
        ("2026-11-28T17:00:00", None),  # Saturday
        ("2026-12-08T17:00:00", None),  # Inmaculada Concepción
    ],
)
def test_the_office_knows_that_it_closed_today(moment: str, closed: time | None) -> None:
    assert Hours().closed_today_at(_lima(moment)) == closed


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T16:15:00", "2026-11-24T08:00:00-05:00"),
        ("2026-11-27T18:00:00", "2026-11-30T08:00:00-05:00"),
        ("2026-12-07T17:00:00", "2026-12-10T08:00:00-05:00"),
        ("2026-11-23T06:00:00", "2026-11-23T08:00:00-05:00"),
    ],
)
def test_a_closed_office_says_when_it_opens(moment: str, opening: str) -> None:
    assert Hours().next_opening(_lima(moment)).isoformat() == opening


@pytest.mark.parametrize(
    "hours",
    [
        '{"weekdays": []}',
        '{"weekdays": [0, 1]}',
        '{"weekdays": [8]}',
        '{"opens": "16:00:00", "closes": "08:00:00"}',
        '{"opens": "08:00:00", "closes": "08:00:00"}',
    ],
)
def test_hours_in_which_nobody_could_come_are_refused(hours: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(hours, type=Hours)


@pytest.mark.parametrize("code", ["", "Sede", "presentar trámite", "sede/1", "-a", "a" * 33, "a\\n"])
def test_a_code_is_what_every_part_can_carry(code: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"code": "{code}", "name": "Trámite"}}', type=Service)


def test_an_office_can_be_open_always() -> None:
    always = Hours(time(0), time.max, (1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)
    assert always.is_open(_lima("2026-12-25T23:59:59"))


def test_midnight_in_lima_is_five_in_the_morning_in_greenwich() -> None:
    assert in_lima(micros(datetime(2026, 11, 24, 4, 59, tzinfo=UTC))).date() == date(2026, 11, 23)
