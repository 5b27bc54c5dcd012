"""How long one waits, by the office's own past."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import LIMA, Micros, micros
from domain.estimate import Attention, BestHours, Waited, WaitRange, best_hours, wait_range
from domain.history import FEWEST_STAYS, PAUSE, History, Stay
from tests.bench.waits import KINDS, inside_pct, middle, told

TEN = micros(datetime(2026, 3, 2, 10, 0, tzinfo=LIMA))
SERVICES = ("recepcion", "copias")
MINUTE = 60.0


def lasting(service: str, *minutes: float, hour: int = 10) -> list[Stay]:
    return [Stay(service, hour, spent * MINUTE) for spent in minutes]


OFFICE = [*lasting("recepcion", *[2, 4, 6] * 20), *lasting("copias", *[8, 10, 15] * 20)]
PLAIN = History.of(OFFICE)
"""Nobody preferential, no pauses."""
BUSY = History.of(
    [*OFFICE, *lasting(PAUSE, *[10, 45] * 4)], [("recepcion", hour) for hour in (10, 11, 12)] * 12, days=2
)
"""Six preferential turns an hour, and a pause now and then."""


def range_(
    ahead: list[str], counters: list[Attention | None], history: History = PLAIN, *, preferential: bool = False
) -> WaitRange:
    told = wait_range(history, ahead, counters, preferential=preferential, now=TEN)
    assert told is not None
    return told


# --- what is told -----------------------------------------------------------------------------------------------


def test_a_free_counter_calls_within_the_minute() -> None:
    assert range_([], [None]) == WaitRange(0, 1)


def test_stays_that_are_all_alike_are_told_as_well_as_days_differ() -> None:
    alike = History.of(lasting("recepcion", *[4.5] * 500))
    just_begun = Attention("recepcion", 0)
    assert range_([], [just_begun], alike) == WaitRange(3, 6)  # 4.5
    assert range_(["recepcion"] * 9, [just_begun], alike) == WaitRange(35, 55)  # 45
    assert range_(["recepcion"] * 9, [just_begun] * 5, alike) == WaitRange(8, 12)  # 9: two rounds of five


def test_it_goes_by_who_is_ahead_and_not_by_how_many() -> None:
    short, long = (range_([service] * 6, [None]) for service in SERVICES)
    assert short == WaitRange(20, 35)
    assert long == WaitRange(55, 80)


def test_whoever_is_at_the_counter_for_long_will_soon_be_done() -> None:
    alike = History.of(lasting("recepcion", *[9, 10, 11] * 200))
    assert range_([], [Attention("recepcion", 1 * MINUTE)], alike) == WaitRange(7, 12)
    assert range_([], [Attention("recepcion", 8 * MINUTE)], alike) == WaitRange(1, 4)


def test_an_attention_that_somebody_forgot_to_end_is_no_promise_and_no_fault() -> None:
    forgotten = range_([], [Attention("recepcion", 5 * 3600)])
    assert forgotten.high_min < 10
    assert range_([], [Attention("recepcion", 5 * 3600), None]) == WaitRange(0, 1)


def test_those_who_still_come_and_go_before_delay_the_others() -> None:
    ahead: list[str] = ["copias"] * 6
    first = range_(ahead, [None], BUSY, preferential=True)
    last = range_(ahead, [None], BUSY)
    assert last.low_min > first.low_min
    assert last.high_min > first.high_min


def test_only_who_comes_to_these_counters_delays_them() -> None:
    ahead = ["copias"] * 6
    elsewhere = wait_range(BUSY, ahead, [None], preferential=False, now=TEN, services={"copias"})
    assert elsewhere == range_(ahead, [None], BUSY, preferential=True)


def test_a_counter_that_pauses_helps_when_it_is_back() -> None:
    ahead, at_work = ["copias"] * 8, Attention("copias", 60)
    alone = range_(ahead, [at_work], BUSY)
    with_pause = range_(ahead, [at_work, Attention(PAUSE, 9 * MINUTE)], BUSY)
    with_open = range_(ahead, [at_work, None], BUSY)
    assert alone.high_min > with_pause.high_min > with_open.high_min


def test_nothing_is_told_without_an_open_counter() -> None:
    for counters in ([], [Attention(PAUSE, 60)]):
        assert wait_range(PLAIN, [], counters, preferential=True, now=TEN) is None


def test_nothing_is_told_with_too_few_visits_behind_it() -> None:
    few = lasting("recepcion", *[5] * (FEWEST_STAYS - 1))
    for stays, known in (([], False), (few, False), ([*few, *lasting(PAUSE, 5)], False), ([*few, few[0]], True)):
        history = History.of(stays)
        assert history.enough is known
        assert (wait_range(history, [], [None], preferential=False, now=TEN) is not None) is known


def test_a_service_that_nobody_ever_came_for_is_like_the_office() -> None:
    assert range_(["nuevo"] * 5, [None]).low_min == pytest.approx(25, abs=10)


def test_the_same_is_told_at_every_look() -> None:
    assert len({range_(["copias"] * 7, [None, Attention("copias", 77)], BUSY) for _ in range(3)}) == 1


lines = st.lists(st.sampled_from((*SERVICES, "nuevo")), max_size=30)
counter = st.one_of(st.none(), st.builds(Attention, st.sampled_from((*SERVICES, PAUSE)), st.floats(0, 20_000)))
offices = st.lists(counter, max_size=6).map(lambda counters: [*counters, None])


@given(
    history=st.sampled_from((PLAIN, BUSY)),
    ahead=lines,
    more=lines,
    counters=offices,
    another=counter,
    preferential=st.booleans(),
    now=st.integers(0, 24 * 3600 - 1).map(lambda second: Micros(TEN + second * 1_000_000)),
)
def test_more_people_ahead_never_wait_less_and_more_counters_never_longer(
    *,
    history: History,
    ahead: list[str],
    more: list[str],
    counters: list[Attention | None],
    another: Attention | None,
    preferential: bool,
    now: Micros,
) -> None:
    usual, longer, faster = (
        wait_range(history, line, open_, preferential=preferential, now=now)
        for line, open_ in ((ahead, counters), (ahead + more, counters), (ahead, [*counters, another]))
    )
    assert usual is not None
    assert longer is not None
    assert faster is not None
    assert 0 <= faster.low_min <= usual.low_min <= longer.low_min
    assert faster.high_min <= usual.high_min <= longer.high_min
    assert all(told.low_min <= told.high_min for told in (usual, longer, faster))


# --- what is known of the past ----------------------------------------------------------------------------------


def test_a_stay_lasts_until_the_next_call_that_comes_soon() -> None:
    def between(ended: int, next_call: int | None) -> float:
        at = [Micros(TEN + second * 1_000_000) for second in (ended, next_call or 0)]
        return Stay.between("copias", TEN, at[0], at[1] if next_call is not None else None).seconds

    assert Stay.between("copias", TEN, TEN) == Stay("copias", 10, 0)
    assert between(300, None) == 300
    assert between(300, 340) == 340
    assert between(300, 480) == 480
    assert between(300, 481) == 300  # nobody was waiting
    assert between(300, 200) == 300  # the log of two clocks
    assert between(-5, None) == 0


def test_few_stays_lean_on_the_service_and_no_stay_is_the_service() -> None:
    history = History.of(
        [*lasting("recepcion", *[4] * 1000), *lasting("recepcion", *[10] * 25, hour=12), *lasting("copias", 20)]
    )
    service = history.services["recepcion"].mean
    assert history.stay("recepcion", 9).mean == pytest.approx(service, rel=0.001)
    assert history.stay("recepcion", 12).mean == pytest.approx((600 + service) / 2, rel=0.001)
    assert history.office.mean < history.stay("copias", 10).mean < 20 * MINUTE / 2
    assert history.stay("nuevo", 10) == history.office._replace(n=0)


def test_a_forgotten_attention_counts_as_an_hour_and_pauses_are_no_visits() -> None:
    history = History.of([*lasting("copias", 600), *lasting(PAUSE, 30)])
    assert history.office == (1, 3600, 0)


def test_pauses_are_counted_by_the_time_that_counters_are_open() -> None:
    nine = micros(datetime(2026, 3, 2, 9, 30, tzinfo=LIMA))
    shifts = [(nine, Micros(nine + 60 * 60_000_000))] * 2
    stays = [*lasting("copias", 10), *lasting(PAUSE, 5, 5)]
    assert History.of(stays, shifts=shifts).pauses == {10: 2 / 3600}
    assert History.of(stays).pauses == {10: 2 / 600}  # as if the counter had been open while somebody was there


# --- measured ---------------------------------------------------------------------------------------------------


def test_eight_waits_of_ten_are_inside_and_the_middle_is_nearer_than_the_pace_of_the_last_calls() -> None:
    looks = [look for seed in (1, 2) for look in told(KINDS["busy"], seed, past=8, days=5)]
    ranged = [(look.wait, look.ours) for look in looks if look.ours]
    assert len(looks) > 500
    assert len(ranged) == len(looks)
    assert 74 <= inside_pct(ranged) <= 88
    both = [(look.wait, middle(look.ours), look.rival) for look in looks if look.ours and look.rival is not None]
    ours, theirs = fmean(abs(wait - own) for wait, own, _ in both), fmean(abs(wait - pace) for wait, _, pace in both)
    assert ours < 0.9 * theirs


# --- the best hour to come --------------------------------------------------------------------------------------


def waited(hour: int, *minutes: float, days: int = 5) -> list[Waited]:
    monday = date(2026, 3, 2)
    return [Waited(monday + timedelta(place % days), hour, spent) for place, spent in enumerate(minutes)]


def test_the_best_hour_is_that_with_the_shortest_usual_wait() -> None:
    waits = [*waited(9, *[30] * 10), *waited(12, *[4] * 6, *[50] * 4), *waited(15, *[11] * 10)]
    assert best_hours(waits, [9, 12, 15]) == BestHours({9: 30, 12: 4, 15: 11}, best=12)


def test_of_two_alike_it_is_the_one_with_the_shorter_bad_days_and_then_the_earlier() -> None:
    bad, good = [4] * 8 + [90] * 2, [4] * 9 + [5]
    rush = waited(9, *[30] * 10)
    assert best_hours([*rush, *waited(11, *bad), *waited(12, *good)], [9, 11, 12]).best == 12
    assert best_hours([*rush, *waited(11, *good), *waited(12, *good)], [9, 11, 12]).best == 11


@pytest.mark.parametrize("few", [waited(12, *[1] * 9), waited(12, *[1] * 50, days=4), []])
def test_an_hour_with_too_little_behind_it_is_not_known(few: list[Waited]) -> None:
    assert best_hours([*few, *waited(9, *[30] * 10), *waited(15, *[11] * 10)], [9, 12, 15]) == BestHours(
        {9: 30, 12: None, 15: 11}, best=15
    )


def test_no_hour_is_best_where_all_are_alike_or_nothing_is_known() -> None:
    assert best_hours([*waited(9, *[5] * 10), *waited(10, *[9] * 10)], [9, 10]).best is None
    assert best_hours([*waited(9, *[5] * 10), *waited(10, *[10] * 10)], [9, 10]).best == 9
    assert best_hours([], [9, 10]) == BestHours({9: None, 10: None}, best=None)


def test_only_opening_hours_are_told() -> None:
    assert best_hours([*waited(20, *[0] * 10), *waited(9, *[30] * 10)], [9]) == BestHours({9: 30}, best=None)
