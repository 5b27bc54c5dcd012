"""The order of calls."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.queue import (
    Duty,
    Reason,
    behind_next_two,
    call_order,
    line_of,
    next_to_call,
    ordinary_too_long,
    people_ahead,
    reasons,
    rivals,
    shared_line,
    soon_called,
    wait_minutes,
)
from domain.tickets import QueueNumber


@dataclass(frozen=True)
class Waiting:
    ticket: UUID
    number: QueueNumber
    preferential: bool
    lined_up_at: Micros
    service: str = "tramite"
    for_counter: str | None = None


turns = st.lists(
    st.builds(
        Waiting,
        ticket=st.uuids(),
        number=st.builds(QueueNumber, st.sampled_from("AB"), st.integers(1, 999)),
        preferential=st.booleans(),
        lined_up_at=st.integers(0, 50).map(Micros),
        service=st.sampled_from(["tramite", "consulta", "pago"]),
        for_counter=st.sampled_from([None, None, None, "1", "2"]),
    ),
    unique_by=(lambda turn: turn.ticket, lambda turn: turn.number),
)


duties = st.builds(
    Duty,
    st.sampled_from(["1", "2", "3"]),
    st.frozensets(st.sampled_from(["tramite", "consulta", "pago"])),
    st.frozensets(st.sampled_from(["tramite", "consulta", "pago"])),
)
ALL = Duty("1")


def _turn(
    n: int, *, preferential: bool = False, at: int = 0, service: str = "tramite", for_counter: str | None = None
) -> Waiting:
    return Waiting(UUID(int=n), QueueNumber("A", n), preferential, Micros(at), service, for_counter)


def test_a_preferential_visitor_waits_for_nobody_ordinary() -> None:
    early, late = _turn(1, at=1), _turn(2, preferential=True, at=99)
    assert next_to_call([early, late], ALL) == late
    assert people_ahead([early, late], late) == 0
    assert people_ahead([early, late], early) == 1


def test_inside_a_class_the_first_issued_is_the_first_called() -> None:
    assert next_to_call([_turn(2, at=20), _turn(1, at=30)], ALL) == _turn(2, at=20)


def test_an_empty_room_calls_nobody() -> None:
    assert next_to_call([], ALL) is None


def test_the_second_list_is_called_when_nobody_of_the_first_waits() -> None:
    duty = Duty("1", frozenset({"tramite"}), frozenset({"consulta"}))
    early, late = _turn(1, at=1, service="consulta", preferential=True), _turn(2, at=99)
    assert next_to_call([early, late], duty) == late
    assert next_to_call([early], duty) == early
    assert next_to_call([_turn(3, service="pago")], duty) is None


def test_a_turn_sent_to_a_counter_is_called_there_only() -> None:
    sent = _turn(1, for_counter="2")
    assert next_to_call([sent], Duty("1")) is None
    assert next_to_call([sent], Duty("2", frozenset({"pago"}))) == sent


def test_whoever_is_called_elsewhere_is_not_ahead() -> None:
    duties_open = [Duty("1", frozenset({"tramite"})), Duty("2", frozenset({"pago", "consulta"}))]
    waiting = [_turn(1, at=1, service="pago"), _turn(2, at=2), mine := _turn(3, at=3)]
    assert people_ahead(waiting, mine, duties_open) == 1
    assert people_ahead(waiting, mine) == 2
    assert people_ahead(waiting, mine, [Duty("2", frozenset({"pago"}))]) == 2  # nobody serves it yet


def test_whoever_comes_back_stands_behind_the_next_two_of_the_class() -> None:
    back = _turn(1, at=10)
    line = [_turn(2, at=20), _turn(3, at=30, preferential=True), _turn(4, at=40), _turn(5, at=50)]
    assert behind_next_two(line, back) == 41
    assert behind_next_two(line[:1], back) == 21
    assert behind_next_two([_turn(6, at=5)], back) == 10  # nobody is behind: the place stays


@given(turns, duties)
def test_every_line_is_in_order_list_by_list(waiting: list[Waiting], duty: Duty) -> None:
    line = line_of(waiting, duty)
    assert {turn.ticket for turn in line} == {turn.ticket for turn in waiting if duty.may_call(turn)}
    assert [duty.is_first(turn) for turn in line] == sorted((duty.is_first(turn) for turn in line), reverse=True)
    for first in (True, False):
        mine = [turn for turn in line if duty.is_first(turn) == first]
        assert mine == sorted(mine, key=call_order)
        assert [turn.preferential for turn in mine] == sorted((turn.preferential for turn in mine), reverse=True)


@given(turns, st.lists(duties, max_size=4))
def test_nobody_is_told_of_fewer_people_than_are_called_before(waiting: list[Waiting], open_: list[Duty]) -> None:
    for turn in waiting:
        told = people_ahead(waiting, turn, open_)
        assert told <= people_ahead(waiting, turn) <= len(waiting) - 1
        assert all(other.ticket != turn.ticket for other in rivals(waiting, turn, open_))
        for duty in open_:
            line = line_of(waiting, duty)
            if duty.may_call(turn) and duty.is_first(turn):
                assert line.index(turn) <= told


@given(turns, st.lists(duties, max_size=4), st.integers(0, 5))
def test_whoever_should_get_ready_is_the_next_of_some_counter(
    waiting: list[Waiting], open_: list[Duty], limit: int
) -> None:
    soon = soon_called(waiting, open_, limit)
    callable_ = [turn for turn in waiting if any(duty.may_call(turn) for duty in open_)]
    assert len(soon) == len(set(soon)) == min(limit, len(callable_))
    left = list(waiting)
    for turn in soon:
        assert turn in [next_to_call(left, duty) for duty in open_]
        left.remove(turn)


def test_a_second_lists_turn_gets_ready_only_when_the_first_list_ends() -> None:
    waiting = [_turn(1, at=10, service="pago"), _turn(2, at=20), _turn(3, at=30)]
    duty = Duty("1", frozenset({"tramite"}), frozenset({"pago"}))
    assert [turn.number.n for turn in soon_called(waiting, [duty], 3)] == [2, 3, 1]
    assert soon_called(waiting, [], 3) == []


@given(turns)
def test_the_order_is_total_and_everybody_is_ahead_of_the_rest(waiting: list[Waiting]) -> None:
    ordered = sorted(waiting, key=call_order)
    assert [people_ahead(waiting, turn) for turn in ordered] == list(range(len(ordered)))
    classes = [turn.preferential for turn in ordered]
    assert classes == sorted(classes, reverse=True)


@given(turns)
def test_letting_two_pass_never_gains_a_place(waiting: list[Waiting]) -> None:
    for turn in waiting:
        assert behind_next_two(waiting, turn) >= turn.lined_up_at


@given(turns, st.integers(0, 5), st.integers(0, 400_000_000).map(Micros))
def test_the_alarm_names_every_ordinary_visitor_who_waits_too_long(
    waiting: list[Waiting], minutes: int, now: Micros
) -> None:
    late = ordinary_too_long(waiting, now, minutes)
    assert late == sorted(late, key=call_order)
    waits = {turn.ticket: now - turn.lined_up_at for turn in waiting}
    assert {turn.ticket for turn in late} == {
        turn.ticket for turn in waiting if not turn.preferential and waits[turn.ticket] >= minutes * 60_000_000
    }


@given(turns, duties)
def test_the_reason_shown_is_the_rules_own(waiting: list[Waiting], duty: Duty) -> None:
    for turn in waiting:
        its = reasons(turn, duty)
        assert (Reason.PREFERENTIAL in its) == turn.preferential
        assert (Reason.SECOND_LIST in its) == (duty.may_call(turn) and not duty.is_first(turn))
        assert (Reason.SENT_HERE in its) == (turn.for_counter == duty.counter)
        assert (Reason.SENT_ELSEWHERE in its) == (turn.for_counter not in {None, duty.counter})


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


@given(turns, st.lists(duties, max_size=3))
def test_all_who_look_from_the_same_place_see_the_same_line(waiting: list[Waiting], open_: list[Duty]) -> None:
    for turn in waiting:
        line = shared_line(waiting, turn, open_)
        assert [other for other in line if other != turn] == rivals(waiting, turn, open_)
        assert line.index(turn) == people_ahead(waiting, turn, open_)
        for other in waiting:
            if (other.service, other.for_counter) == (turn.service, turn.for_counter):
                assert shared_line(waiting, other, open_) == line
