"""How a filing is dated: the vectors of the law, and every day of three years under both rules."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import msgspec
import pytest

from domain.calendar import Attention, Calendar, FilingDay, Hours, SpecialDay, Why, national_holidays
from domain.clock import LIMA, Micros, in_lima, micros
from domain.decreed import DECREED

SEED = Calendar()
OF_2025 = Calendar(filing_day=FilingDay.EVERY_DAY)
DECREED_27_JULY = Calendar(Hours(special_days=(SpecialDay(date(2026, 7, 27), "de prueba", counts=False),)))
EVERY_DAY = [date(2025, 1, 1) + timedelta(number) for number in range(3 * 365)]
FIRST_AND_LAST = (time(0), time.max)


def _lima(text: str) -> Micros:
    return micros(datetime.fromisoformat(text).replace(tzinfo=LIMA))


def _on(day: date, at: time) -> Micros:
    return micros(datetime.combine(day, at, LIMA))


def _with(*special_days: SpecialDay) -> Calendar:
    return Calendar(Hours(special_days=special_days))


def _closed(text: str, *, counts: bool = True) -> SpecialDay:
    return SpecialDay(date.fromisoformat(text), "Mudanza", counts=counts)


def _short(text: str, closes: time) -> SpecialDay:
    return SpecialDay(date.fromisoformat(text), "Aniversario", Attention.SHORT, closes)


# --- the vectors -------------------------------------------------------------------------------------------------


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
        ("2026-07-27T10:00", "2026-07-27", "2026-07-30", _with(_closed("2026-07-27"))),  # the desk's, not the law's
    ],
)
def test_the_virtual_channel_has_its_rule(received: str, presented: str, starts: str, calendar: Calendar) -> None:
    filed = calendar.filed_virtually(_lima(received))
    assert filed.received_at == _lima(received)
    assert (filed.presented_on.isoformat(), filed.term_starts_on.isoformat()) == (presented, starts)


@pytest.mark.parametrize(
    ("received", "came_in_hours", "presented", "calendar"),
    [
        ("2026-11-23T16:14:59.999999", False, "2026-11-23", SEED),
        ("2026-11-23T16:15", False, "2026-11-24", SEED),
        ("2026-11-23T16:40", True, "2026-11-23", SEED),  # a ticket of 16:14:59 is served (art. 138.4)
        ("2026-11-27T16:40", False, "2026-11-30", SEED),  # a Friday
        ("2026-11-23T07:30", False, "2026-11-23", SEED),
        ("2026-12-08T10:00", False, "2026-12-10", SEED),
        ("2026-11-23T13:00", False, "2026-11-24", _with(_short("2026-11-23", time(13)))),
        ("2026-11-23T13:00", True, "2026-11-23", _with(_short("2026-11-23", time(13)))),
        ("2026-11-23T10:00", False, "2026-11-25", _with(_closed("2026-11-23"), _closed("2026-11-24"))),
        (
            "2026-11-28T10:00",
            False,
            "2026-11-28",
            Calendar(Hours(weekdays=(1, 2, 3, 4, 5, 6))),
        ),  # opens on Saturdays
    ],
)
def test_at_the_desk_its_hours_count(received: str, presented: str, calendar: Calendar, *, came_in_hours: bool) -> None:
    filed = calendar.filed_at_desk(_lima(received), came_in_hours=came_in_hours)
    assert filed.presented_on == date.fromisoformat(presented)
    assert filed.term_starts_on == calendar.next_business_day(filed.presented_on)


@pytest.mark.parametrize(
    ("calendar", "deadline"),
    [
        (SEED, "2026-11-25"),
        (_with(_closed("2026-11-25")), "2026-11-26"),
        (_with(_short("2026-11-25", time(13))), "2026-11-26"),
        (_with(_short("2026-11-25", time(16, 15))), "2026-11-25"),  # no shorter than others
        (_with(_short("2026-11-24", time(13))), "2026-11-25"),  # not the last day
        (_with(_closed("2026-11-24")), "2026-11-25"),  # an office takes no day out of the terms by itself (art. 137.3)
        (_with(_closed("2026-11-24", counts=False)), "2026-11-26"),
        (_with(_closed("2026-11-25"), _short("2026-11-26", time(12))), "2026-11-27"),
        (Calendar(Hours(weekdays=(1, 2, 4, 5))), "2026-11-26"),  # no attention on Wednesdays
        (Calendar(Hours(weekdays=(6, 7))), "2026-11-25"),  # of weekends only: Monday to Friday count all the same
        (Calendar(Hours(weekdays=(1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)), "2026-11-25"),
    ],
)
def test_no_term_ends_without_attention_of_normal_hours(calendar: Calendar, deadline: str) -> None:
    assert calendar.deadline(date(2026, 11, 23), 2) == date.fromisoformat(deadline)


@pytest.mark.parametrize(
    ("since", "months", "deadline", "calendar"),
    [
        ("2026-11-23", 1, "2026-12-23", SEED),
        ("2026-01-30", 1, "2026-03-02", SEED),  # no 30 February, and 1 March is a Sunday
        ("2027-01-31", 1, "2027-03-01", SEED),
        ("2026-12-31", 2, "2027-03-01", SEED),
        ("2026-10-31", 1, "2026-12-01", SEED),
        ("2028-02-29", 12, "2029-03-01", SEED),
        ("2026-11-08", 1, "2026-12-10", SEED),  # 8 and 9 December are holidays
        ("2026-11-25", 1, "2026-12-28", SEED),
        ("2024-11-23", 24, "2026-11-24", _with(_closed("2026-11-23"))),
    ],
)
def test_months_and_years_go_from_date_to_date(since: str, months: int, deadline: str, calendar: Calendar) -> None:
    assert calendar.deadline_in_months(date.fromisoformat(since), months) == date.fromisoformat(deadline)


@pytest.mark.parametrize("length", [0, -1])
def test_a_term_of_nothing_is_no_term(length: int) -> None:
    for ask in (SEED.deadline, SEED.deadline_in_months):
        with pytest.raises(ValueError, match="at least"):
            ask(date(2026, 11, 23), length)


def test_every_day_passed_over_has_its_reason() -> None:
    calendar = _with(_closed("2026-12-11"), SpecialDay(date(2026, 12, 14), "D.S. de prueba", counts=False))
    filed = calendar.filed_virtually(_lima("2026-12-05T23:59"))
    assert [(one.day.day, one.why) for one in filed.skipped] == [(5, Why.WEEKEND), (6, Why.WEEKEND)]
    term = calendar.term(filed.presented_on, 2)
    assert [(one.day.day, one.why, one.name) for one in term.skipped] == [
        (8, Why.HOLIDAY, "Inmaculada Concepción"),
        (9, Why.HOLIDAY, "Batalla de Ayacucho"),
        (11, Why.CLOSED, "Mudanza"),
        (12, Why.WEEKEND, ""),
        (13, Why.WEEKEND, ""),
        (14, Why.DECREED, "D.S. de prueba"),
    ]
    assert term.deadline == date(2026, 12, 15)
    late = _with(_short("2026-11-24", time(8)), _closed("2026-11-25")).filed_at_desk(_lima("2026-11-23T17:00"))
    assert [(one.day.day, one.why) for one in late.skipped] == [
        (23, Why.AFTER_HOURS), (24, Why.CLOSED), (25, Why.CLOSED),
    ]  # fmt: skip


def test_a_known_decree_counts_until_the_office_says_otherwise() -> None:
    day = date(2026, 1, 2)
    assert DECREED[day] == "D.S. 042-2025-PCM"
    assert not SEED.is_business_day(day)
    assert SEED.hours.closing(day) == time(16, 15)  # whether the desk opens is the office's to decide
    assert _with(SpecialDay(day, "Servicio indispensable", Attention.OPEN)).is_business_day(day)
    assert date(2026, 7, 27) not in DECREED  # nobody has read its decree


# --- every day of 2025, 2026 and 2027 --------------------------------------------------------------------------------


def test_the_years_have_the_business_days_that_the_law_leaves() -> None:
    counted = [sum(SEED.is_business_day(day) for day in EVERY_DAY if day.year == year) for year in (2025, 2026, 2027)]
    assert counted == [249 - 2, 247, 247]
    assert [len(national_holidays(year)) for year in (2025, 2026, 2027)] == [17, 17, 17]  # with Easter Sunday


@pytest.mark.parametrize("calendar", [SEED, OF_2025], ids=["seed", "2025"])
def test_every_day_has_its_date_under_both_rules(calendar: Calendar) -> None:
    for day in EVERY_DAY:
        filings = [calendar.filed_virtually(_on(day, at)) for at in FIRST_AND_LAST]
        presented = filings[0].presented_on
        assert [filed.presented_on for filed in filings] == [presented, presented]
        assert presented >= day
        if calendar is SEED:
            assert calendar.is_business_day(presented)
            assert not any(calendar.is_business_day(passed) for passed in _between(day, presented))
        else:
            assert presented == day
        starts = filings[0].term_starts_on
        assert starts > presented
        assert calendar.is_business_day(starts)
        assert not any(calendar.is_business_day(passed) for passed in _between(presented + timedelta(1), starts))
        assert calendar.deadline(presented, 1) == starts


def test_every_day_has_its_date_at_the_desk() -> None:
    for day in EVERY_DAY:
        opens = SEED.hours.closing(day) is not None
        for at in (time(0), time(16, 14, 59), time(16, 15), time.max):
            filed = SEED.filed_at_desk(_on(day, at))
            assert SEED.hours.closing(filed.presented_on) is not None
            assert (filed.presented_on == day) == (opens and at < time(16, 15))
            assert [one.day for one in filed.skipped] == list(_between(day, filed.presented_on))
            assert in_lima(filed.received_at).date() == day


@pytest.mark.parametrize(
    "calendar", [SEED, DECREED_27_JULY, _with(_closed("2026-11-25"), _short("2027-03-01", time(9)))]
)
def test_a_later_day_or_a_longer_term_never_ends_earlier(calendar: Calendar) -> None:
    before: list[date] = []
    for day in EVERY_DAY:
        ends = [calendar.deadline(day, days) for days in (1, 2, 3, 10, 30)]
        assert all(shorter <= longer for shorter, longer in pairwise(ends))
        assert all(earlier <= now for earlier, now in zip(before, ends, strict=False))
        assert all(calendar.is_business_day(end) for end in ends)
        before = ends
        months = [calendar.deadline_in_months(day, months) for months in (1, 2, 12)]
        assert all(shorter < longer for shorter, longer in pairwise(months))
        assert all(calendar.is_business_day(end) for end in months)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("attention", Attention)
def test_one_more_special_day_never_ends_a_term_earlier(attention: Attention, *, counts: bool) -> None:
    closes = time(13) if attention is Attention.SHORT else None
    for day in EVERY_DAY[::5]:
        if day in DECREED:  # there the office may say that the day counts
            continue
        more = _with(SpecialDay(day, "", attention, closes, counts))
        for since in (day - timedelta(40), day - timedelta(2), day - timedelta(1), day):
            for days in (1, 2, 30):
                assert more.deadline(since, days) >= SEED.deadline(since, days)
            assert more.deadline_in_months(since, 1) >= SEED.deadline_in_months(since, 1)
        assert (
            more.filed_virtually(_on(day, time(12))).presented_on
            >= SEED.filed_virtually(_on(day, time(12))).presented_on
        )


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(number) for number in range((last - first).days)]


# --- what an office sets up ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_open", "opening"),
    [
        ("2026-12-24T12:59:59", True, "2026-12-28T08:00:00-05:00"),  # Christmas Eve is short
        ("2026-12-24T13:00:00", False, "2026-12-28T08:00:00-05:00"),
        ("2026-12-24T07:00:00", False, "2026-12-24T08:00:00-05:00"),
        ("2026-12-31T10:00:00", False, "2027-01-04T08:00:00-05:00"),  # closed
        ("2026-12-30T17:00:00", False, "2027-01-04T08:00:00-05:00"),
        ("2027-01-04T16:14:00", True, "2027-01-05T08:00:00-05:00"),  # open as always
        ("2027-01-05T16:15:00", False, "2027-01-07T08:00:00-05:00"),  # the sixth closes before it opens
    ],
)
def test_the_office_keeps_the_hours_of_a_special_day(moment: str, opening: str, *, is_open: bool) -> None:
    special = (
        _short("2026-12-24", time(13)),
        _closed("2026-12-31", counts=False),
        SpecialDay(date(2027, 1, 4), "Decretado", Attention.OPEN, counts=False),
        _short("2027-01-06", time(8)),
    )
    hours = Hours(special_days=special)
    assert hours.is_open(_lima(moment)) is is_open
    assert hours.next_opening(_lima(moment)).isoformat() == opening
    assert hours.closed_today_at(_lima("2026-12-24T13:00:00")) == time(13)


def test_a_closure_of_before_is_read_and_written_as_it_was() -> None:
    old = b'{"opens":"08:00:00","closes":"16:15:00","weekdays":[1,2,3,4,5],"national_holidays_closed":true,'
    old += b'"closures":[{"day":"2026-12-24","reason":"Fumigaci\xc3\xb3n"}]}'
    hours = msgspec.json.decode(old, type=Hours)
    assert hours.special_days == (SpecialDay(date(2026, 12, 24), "Fumigación"),)
    assert hours.closing(date(2026, 12, 24)) is None
    assert msgspec.json.encode(hours) == old


@pytest.mark.parametrize(
    "day",
    [
        '{"day": "2026-12-24", "attention": "short"}',
        '{"day": "2026-12-24", "closes": "13:00:00"}',
        '{"day": "2026-12-24", "attention": "open", "closes": "13:00:00"}',
        '{"day": "2026-12-24", "attention": "perhaps"}',
    ],
)
def test_a_special_day_that_means_nothing_is_refused(day: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(day, type=SpecialDay)
