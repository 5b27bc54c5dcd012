"""When what did not go out is tried again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.delivery import FIRST_WAIT_US, GIVEN_UP_AFTER_US, LONGEST_WAIT_US, next_try

BEGAN = Micros(1_800_000_000_000_000)


@given(st.integers(1, 10_000), st.floats(0, 1), st.integers(0, GIVEN_UP_AFTER_US - 1))
def test_each_wait_is_at_least_half_a_minute_and_at_most_six_hours(attempts: int, chance: float, age: int) -> None:
    now = Micros(BEGAN + age)
    due = next_try(BEGAN, attempts, now, lambda: chance)
    assert due is not None
    assert FIRST_WAIT_US // 2 <= due - now <= LONGEST_WAIT_US


def test_the_waits_double_and_whoever_failed_together_comes_back_apart() -> None:
    shortest = [next_try(BEGAN, n, BEGAN, lambda: 0.0) for n in range(1, 12)]
    longest = [next_try(BEGAN, n, BEGAN, lambda: 1.0) for n in range(1, 12)]
    waits = [None if due is None else (due - BEGAN) // FIRST_WAIT_US for due in longest]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert all(low is not None and high is not None and low < high for low, high in zip(shortest, longest, strict=True))


def test_after_three_days_a_person_has_to_see_to_it() -> None:
    assert next_try(BEGAN, 20, Micros(BEGAN + GIVEN_UP_AFTER_US), lambda: 0.5) is None
