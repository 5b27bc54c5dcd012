"""The rules of the exchange: every loss, repetition and reordering that a network can make of a stream."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.messages import Ack, Event, Stream
from domain.sync import (
    LONGEST_DELAY_S,
    Cursor,
    ParentLife,
    advance_cursor,
    judge,
    next_batch_size,
    parent_life,
    retry_delay_s,
)

STREAM = Stream("kiosco-1", 1)


def _event(seq: int, life: int = 0) -> Event:
    return Event(
        id=UUID(int=seq + 1000 * life),
        stream=STREAM,
        seq=seq,
        kind="ticket.issued",
        v=1,
        at=Micros(seq),
        office="lima",
        day=date(2026, 11, 23),
        body=msgspec.Raw(b"{}"),
    )


def _judge(upto: int, seqs: list[int], life: int = 0) -> tuple[list[int], int, bool]:
    verdict = judge(upto, [_event(seq, life) for seq in seqs], lambda seq: UUID(int=seq) if seq <= upto else None)
    return [event.seq for event in verdict.fresh], verdict.upto, verdict.fork


@pytest.mark.parametrize(
    ("upto", "pushed", "expected"),
    [
        (0, [1, 2, 3], ([1, 2, 3], 3, False)),
        (3, [1, 2, 3], ([], 3, False)),  # the answer was lost
        (2, [1, 2, 3, 4], ([3, 4], 4, False)),  # overlapping
        (0, [2, 3], ([], 0, False)),  # gap
        (0, [1, 3], ([1], 1, False)),
        (0, [3, 1, 2], ([1, 2, 3], 3, False)),  # reordered
        (0, [1, 1, 2], ([1, 2], 2, False)),  # doubled inside one message
        (5, [], ([], 5, False)),
    ],
)
def test_only_the_next_in_line_is_new(upto: int, pushed: list[int], expected: tuple[list[int], int, bool]) -> None:
    assert _judge(upto, pushed) == expected


def test_another_event_under_a_known_number_is_a_fork() -> None:
    assert _judge(2, [2, 3], life=1) == ([], 2, True)


def test_two_different_events_under_one_number_of_a_push_are_a_fork() -> None:
    verdict = judge(0, [_event(1), _event(1, life=1)], lambda _seq: None)
    assert verdict.fork
    assert verdict.fresh == ()


@given(st.lists(st.lists(st.integers(1, 12), max_size=12), max_size=8))
def test_whatever_arrives_the_stored_stream_is_gapless_and_single(pushes: list[list[int]]) -> None:
    stored: list[int] = []
    for push in pushes:
        fresh, upto, fork = _judge(len(stored), push)
        stored += fresh
        assert not fork
        assert stored == list(range(1, upto + 1))


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 20), st.integers(0, 20))
def test_in_one_life_the_cursor_never_goes_back_and_a_new_life_is_believed(
    known: int, answered: int, before: int, acked: int
) -> None:
    life = parent_life(known, answered)
    cursor = advance_cursor(Cursor(before, 0), Ack(STREAM, acked, 0), life)
    expected = {ParentLife.SAME: max(before, acked), ParentLife.NEW: acked, ParentLife.FORMER: before}
    assert cursor.upto == expected[life]


def test_batches_grow_while_they_arrive_and_shrink_to_one_when_not() -> None:
    sizes = [1]
    for _ in range(12):
        sizes.append(next_batch_size(sizes[-1], delivered=True))
    assert sizes[:4] == [1, 2, 4, 8]
    assert sizes[-1] == 500
    assert next_batch_size(500, delivered=False) == 1


@given(st.integers(1, 10_000), st.floats(0, 0.999))
def test_the_delay_is_jittered_and_bounded(failures: int, jitter: float) -> None:
    assert 0 <= retry_delay_s(failures, jitter) < LONGEST_DELAY_S
    assert retry_delay_s(1, jitter) < 1
