"""The order of calls."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.queue import InLine, call_order, next_to_call, people_ahead
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
