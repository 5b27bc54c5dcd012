"""How many numbers an office gets, what a restored database may have forgotten, and which gap has which reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.leases import (
    BLOCKS_AHEAD,
    LARGEST_BLOCK,
    LEAST_MARGIN,
    SMALLEST_BLOCK,
    Former,
    Gap,
    Passed,
    block_size,
    blocks_needed,
    explained,
    knows_all,
    lease_margin,
    lease_years,
    within,
)


@pytest.mark.parametrize(
    ("used", "size"),
    [([], SMALLEST_BLOCK), ([3, 1], SMALLEST_BLOCK), ([40, 55, 12], 110), ([5_000], LARGEST_BLOCK)],
)
def test_a_block_is_two_days_need_by_the_busiest_day(used: list[int], size: int) -> None:
    assert block_size(used) == size


@given(st.integers(0, 10_000), st.integers(SMALLEST_BLOCK, LARGEST_BLOCK))
def test_an_office_always_has_two_blocks_ahead_and_never_a_third(free: int, size: int) -> None:
    needed = blocks_needed(free, size)
    assert free + needed * size >= BLOCKS_AHEAD * size
    assert needed == 0 or free + (needed - 1) * size < BLOCKS_AHEAD * size


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2026, 12, 17), (2026,)),
        (date(2026, 12, 18), (2026, 2027)),
        (date(2026, 12, 31), (2026, 2027)),
        (date(2027, 1, 1), (2027,)),
    ],
)
def test_before_the_turn_of_the_year_blocks_of_the_next_are_held(today: date, years: tuple[int, ...]) -> None:
    assert lease_years(today) == years


@pytest.mark.parametrize(("lately", "margin"), [(0, LEAST_MARGIN), (500, LEAST_MARGIN), (4_000, 8_000)])
def test_a_restored_centre_passes_over_twice_what_it_leased_in_the_age_of_a_copy(lately: int, margin: int) -> None:
    assert lease_margin(lately) == margin


@pytest.mark.parametrize(
    ("former", "given_in", "present", "stored", "knows"),
    [
        (None, 3, 3, {}, True),  # its own life
        (None, 2, 3, {2: 900}, False),  # nobody knows how far the other had got
        (Former(1, {1: 50, 2: 900}), 2, 3, {1: 50, 2: 899}, False),  # one event is still to be told again
        (Former(1, {1: 50, 2: 900}), 2, 3, {1: 50, 2: 900}, True),
        (Former(2, {1: 50, 2: 900}), 1, 3, {1: 50, 2: 900}, False),  # of that life the other knew not all itself
        (Former(1, {1: 50}), 0, 2, {1: 50}, False),  # another server's numbers
    ],
)
def test_a_restored_database_knows_all_numbers_only_where_the_other_was_read_and_all_is_told_again(
    former: Former | None, given_in: int, present: int, stored: dict[int, int], *, knows: bool
) -> None:
    assert knows_all(former, given_in, present, stored) is knows


def test_a_gap_is_cut_where_its_reason_changes() -> None:
    passed = [Passed(4, 6, "restored"), Passed(9, 12, "year_over"), Passed(11, 30, "restored")]
    assert explained([(1, 1), (3, 7), (10, 13)], passed) == [
        Gap(1, 1, ""), Gap(3, 3, ""), Gap(4, 6, "restored"), Gap(7, 7, ""),
        Gap(10, 12, "year_over"), Gap(13, 13, "restored"),
    ]  # fmt: skip


_NUMBERS = st.integers(1, 60)
_RANGES = st.lists(st.tuples(_NUMBERS, _NUMBERS).map(sorted).map(tuple), max_size=6)


@given(st.sets(_NUMBERS), _RANGES)
def test_the_gaps_are_exactly_the_unused_numbers_each_with_a_reason_that_holds(
    unused: set[int], ranges: list[tuple[int, int]]
) -> None:
    passed = [Passed(first, last, f"{first}-{last}") for first, last in ranges]
    gaps = explained([(n, n) for n in unused], passed)
    assert [n for gap in gaps for n in range(gap.first, gap.last + 1)] == sorted(unused)
    for gap in gaps:
        holding = {one.reason for one in passed if one.first <= gap.first and gap.last <= one.last}
        assert gap.reason in (holding or {""})


@given(_RANGES, _RANGES)
def test_stretches_within_others_are_the_numbers_in_both(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    def numbers(ranges: list[tuple[int, int]]) -> set[int]:
        return {n for first, last in ranges for n in range(first, last + 1)}

    assert numbers(within(some, others)) == numbers(some) & numbers(others)
