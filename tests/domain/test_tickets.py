"""Numbers and moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import micros
from domain.tickets import MOVES, Move, QueueNumber, TicketState, after, business_day, series_names


@pytest.mark.parametrize(("n", "shown"), [(1, "A-001"), (17, "A-017"), (999, "A-999"), (1000, "A-1000")])
def test_a_number_is_shown_with_three_digits_and_four_from_a_thousand(n: int, shown: str) -> None:
    assert str(QueueNumber("A", n)) == shown
    assert QueueNumber.parse(shown.lower()) == QueueNumber("A", n)


@pytest.mark.parametrize(
    "text", ["", "A", "A-", "A-17", "A-000", "I-017", "O-017", "AAA-017", "A017", "A-01\N{FULLWIDTH DIGIT SEVEN}"]
)
def test_what_is_no_number(text: str) -> None:
    assert QueueNumber.parse(text) is None


def test_series_have_no_letter_that_looks_like_a_digit() -> None:
    names = list(islice(series_names(), 30))
    assert names[0] == "A"
    assert names[22:25] == ["Z", "AA", "AB"]
    assert not set("".join(names)) & set("IOQ")
    assert len(set(series_names())) == len(list(series_names())) == 23 + 23 * 23


def test_a_move_that_is_not_in_the_table_does_not_happen() -> None:
    for state, move in product(TicketState, Move):
        assert after(state, move) == MOVES.get((state, move))
    assert after(TicketState.DONE, Move.CALL) is None
    assert after(TicketState.WAITING, Move.FINISH) is None


def test_nobody_leaves_done_or_cancelled() -> None:
    leaving = [(state, move) for state, move in MOVES if state in {TicketState.DONE, TicketState.CANCELLED}]
    assert leaving == [(TicketState.DONE, Move.REOPEN)]  # taken back at once by whoever did it


def test_a_day_begins_at_midnight_in_lima() -> None:
    assert business_day(None, micros(datetime(2026, 11, 24, 4, 59, tzinfo=UTC))) == date(2026, 11, 23)
    assert business_day(None, micros(datetime(2026, 11, 24, 5, 0, tzinfo=UTC))) == date(2026, 11, 24)


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_the_business_day_never_goes_back(last: date, days: int) -> None:
    noon = micros(datetime(last.year, last.month, last.day, 17, tzinfo=UTC) + timedelta(days))
    assert business_day(last, noon) == max(last, last + timedelta(days))
