"""The order of calls."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.queue import InLine, call_order, next_to_call, people_ahead, wait_minutes
from domain.tickets import QueueNumber

turns = st.lists(
    st.builds(
        InLine,
        ticket=st.uuids(),
        number=st.builds(QueueNumber, st.sampled_from("AB"), st.integers(1, 999)),
        preferential=st.booleans(),
        issued_at=st.integers(0, 50).map(Micros),
    ),
    unique_by=(lambda turn: turn.ticket, lambda turn: turn.number),
)


def _turn(n: int, *, preferential: bool = False, at: int = 0) -> InLine:
    return InLine(UUID(int=n), QueueNumber("A", n), preferential, Micros(at))


def test_a_preferential_visitor_waits_for_nobody_ordinary() -> None:
    early, late = _turn(1, at=1), _turn(2, preferential=True, at=99)
    assert next_to_call([early, late]) == late
    assert people_ahead([early, late], late) == 0
    assert people_ahead([early, late], early) == 1


def test_inside_a_class_the_first_issued_is_the_first_called() -> None:
    assert next_to_call([_turn(2, at=20), _turn(1, at=30)]) == _turn(2, at=20)


def test_an_empty_room_calls_nobody() -> None:
    assert next_to_call([]) is None


@given(turns)
def test_the_order_is_total_and_everybody_is_ahead_of_the_rest(waiting: list[InLine]) -> None:
    ordered = sorted(waiting, key=call_order)
    assert [people_ahead(waiting, turn) for turn in ordered] == list(range(len(ordered)))
    classes = [turn.preferential for turn in ordered]
    assert classes == sorted(classes, reverse=True)


# --- how long it may take ---------------------------------------------------------------------------------------

NOON = 12 * 3600 * 1_000_000
MINUTE = 60 * 1_000_000


def called(*minutes_ago: float) -> list[Micros]:
    return [Micros(NOON - int(minutes * MINUTE)) for minutes in minutes_ago]


EVERY_THREE = tuple(range(0, 60, 3))


@pytest.mark.parametrize(
    ("ahead", "minutes_ago", "minutes"),
    [
        (7, (), None),
        (7, (20, 10), None),  # two calls are one interval
        (7, (20, 10, 0), 70),
        (0, (20, 10, 0), 0),
        (1, (20, 10, 0), 10),
        (1, (12, 11.5, 0), 6),
        (1, (11, 10, 5), 4),  # 3.67: nobody is told less than it may be
        (7, EVERY_THREE, 21),
        (7, EVERY_THREE[::-1], 21),  # in any order
        (7, (*EVERY_THREE, 59, 58, 57), 21),  # the last ten count
        (7, (90, 80, 70), None),  # an hour ago
        (7, (90, 80, 10, 0), None),
        (4, (60, 30, 0), 120),
        (4, (60.1, 30, 0), None),
        (20, (2, 1.5, 1, 0), None),  # it has just opened: every counter called once
        (20, (9.9, 5, 0), None),
        (20, (10, 5, 0), 100),
        (3, (50, 48, 46, 44), 38),  # nobody has been called for three quarters of an hour: 12.5 minutes, not 2
        (3, (32, 30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10), 9),  # ten calls in 28 minutes, not one in two
        (7, (20, 10, 0, -5), 70),  # a call of another clock's future is none yet
    ],
)
def test_the_wait_goes_by_the_pace_of_the_last_calls(
    ahead: int, minutes_ago: tuple[float, ...], minutes: int | None
) -> None:
    assert wait_minutes(ahead, called(*minutes_ago), Micros(NOON)) == minutes


@given(st.integers(0, 500), st.lists(st.floats(-10, 90), max_size=40))
def test_more_people_never_wait_less_and_no_wait_is_negative(ahead: int, minutes_ago: list[float]) -> None:
    one, more = (wait_minutes(n, called(*minutes_ago), Micros(NOON)) for n in (ahead, ahead + 1))
    assert (one is None) == (more is None)
    if one is not None and more is not None:
        assert 0 <= one <= more
