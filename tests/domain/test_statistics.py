"""What days past say: made by hand, so that every figure can be counted on one's fingers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros, micros
from domain.statistics import (
    Days,
    Spread,
    Stay,
    Taken,
    Turnout,
    figures,
    figures_by,
    hour_of,
    lima_hour,
    spread,
    turnout,
    turnout_by,
)
from domain.tickets import TicketState

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN = 60 * 1_000_000
DAY = date(2026, 11, 23)
NINE = micros(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))


def stay(waited: int = 10, attended: int | None = 4, **changes: Any) -> Stay:
    """A stay of whole minutes that began to wait at nine."""
    called = Micros(NINE + waited * MIN)
    values: dict[str, Any] = {
        "day": DAY, "service": "tramite", "preferential": False, "counter": "1", "clerk": "ana", "waiting_since": NINE,
        "called_at": called, "calls": 1, "serving_at": None if attended is None else called,
        "ended_at": None if attended is None else Micros(called + attended * MIN), "outcome": "done",
    }  # fmt: skip
    return Stay(**(values | changes))


@pytest.mark.parametrize(
    ("minutes", "middle", "nine_of_ten"),
    [
        ([], None, None),
        ([7, 7], None, None),
        ([1, 2, 3, 4], None, None),
        ([9, 1, 5, 3, 7], 5, None),
        ([1, 2, 3, 4, 5, 100], 3.5, None),
        (list(range(1, 11)), 5.5, 9),
        ([1] * 9 + [100], 1, 1),
        ([1] * 8 + [100, 100], 1, 100),
        (list(range(1, 12)), 6, 10),
    ],
)
def test_the_middle_and_nine_of_ten(minutes: Sequence[int], middle: float | None, nine_of_ten: int | None) -> None:
    found = spread(minute * MIN for minute in minutes)
    assert found.count == len(minutes)
    assert found.middle == (None if middle is None else int(middle * MIN))
    assert found.nine_of_ten == (None if nine_of_ten is None else nine_of_ten * MIN)


@given(st.lists(st.integers(0, 10**10), min_size=10, max_size=60))
def test_nine_of_ten_did_not_exceed_it_and_it_is_the_shortest_such(durations: list[int]) -> None:
    limit = spread(durations).nine_of_ten
    assert limit is not None
    assert 10 * sum(one <= limit for one in durations) >= 9 * len(durations)
    assert 10 * sum(one < limit for one in durations) < 9 * len(durations)


def test_waits_are_of_whoever_was_called_and_attentions_of_whoever_came() -> None:
    stays = [stay(waited, 5) for waited in (2, 4, 6, 8)]
    stays.append(stay(30, None, outcome="absent"))
    stays.append(stay(600, 5, calls=0))  # came back from being parked: nobody called, so nobody waited
    stays.append(stay(40, None, outcome=None, serving_at=NINE))  # is still there
    found = figures(stays)
    assert (found.stays, found.done, found.absent) == (7, 5, 1)
    assert found.wait == Spread(6, 7 * MIN, None)
    assert found.attention == Spread(5, 5 * MIN, None)


def test_a_clock_that_went_back_makes_no_wait_shorter_than_nothing() -> None:
    turned = stay(-3, 4, ended_at=Micros(NINE - 10 * MIN))
    assert (turned.waited, turned.attended) == (0, 0)


def test_stays_are_told_apart() -> None:
    found = figures_by(
        [stay(counter="1"), stay(counter="2"), stay(counter="2", outcome="absent")], lambda one: one.counter
    )
    assert {name: (one.stays, one.absent) for name, one in found.items()} == {"1": (1, 0), "2": (2, 1)}


def taken(state: TicketState, n: int, hour: int = 9) -> Taken:
    return Taken(DAY, hour, "tramite", state, n)


def test_every_ticket_is_in_one_number_only() -> None:
    found = turnout([taken(state, 2**place) for place, state in enumerate(TicketState)])
    assert found.taken == 2 ** len(TicketState) - 1
    names = [state.value for state in TicketState]
    open_ = sum(2 ** names.index(name) for name in ("waiting", "called", "serving", "parked"))
    assert (found.served, found.absent, found.cancelled, found.open) == (
        2 ** names.index("done"), 2 ** names.index("absent"), 2 ** names.index("cancelled"), open_
    )  # fmt: skip


def test_tickets_are_told_apart() -> None:
    found = turnout_by([taken(TicketState.DONE, 3), taken(TicketState.WAITING, 2, hour=10)], lambda one: one.hour)
    assert found == {9: Turnout(3, 3, 0, 0), 10: Turnout(2, 0, 0, 0)}


def test_hours_are_those_of_lima() -> None:
    assert hour_of(stay()) == 9
    assert lima_hour(NINE // (60 * MIN)) == 9
    assert lima_hour((NINE - 10 * 60 * MIN) // (60 * MIN)) == 23  # of the day before


def test_days_have_both_ends() -> None:
    assert Days(DAY, DAY).count == 1
    assert Days(date(2026, 1, 1), date(2026, 12, 31)).count == 365
    with pytest.raises(ValueError, match="begin"):
        Days(DAY, date(2026, 11, 22))
