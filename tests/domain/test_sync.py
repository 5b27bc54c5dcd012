"""The rules of the exchange: every loss, repetition and reordering that a network can make of a stream."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.messages import Ack, Event, ExchangeResponse, Stream
from domain.sync import (
    LARGEST_BATCH_BYTES,
    LONGEST_DELAY_S,
    RETENTION_US,
    Cursor,
    Held,
    fitting,
    is_forgotten_life,
    judge,
    may_purge,
    needs_new_life,
    next_batch_size,
    retry_delay_s,
    spans,
    take,
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


def _answer(epoch: int, *acks: Ack) -> ExchangeResponse:
    return ExchangeResponse("sede", epoch, acks, (), Micros(1_700_000_000_000_000))


HELD = {STREAM: Held(10, Cursor(6, 4))}


@pytest.mark.parametrize(
    ("known", "answered", "stock_taken", "acked", "expected"),
    [
        (3, 3, True, (8, 5), Cursor(8, 5)),
        (3, 3, True, (4, 2), Cursor(4, 2)),  # put back to an earlier day without a word: it is believed
        (3, 4, True, (0, 0), Cursor(0, 0)),  # a new life: refilled
        (3, 4, False, (0, 0), Cursor(6, 4)),  # not before stock was taken of everything
        (3, 2, True, (0, 0), Cursor(6, 4)),  # a late answer of a life that is over
        (0, 7, True, (2, 1), Cursor(2, 1)),  # the first answer ever
        (3, 3, True, (12, 12), Cursor(10, 10)),  # never beyond what is held
        (3, 3, True, (8, 9), Cursor(8, 8)),  # nothing is at the top that is not at the parent
    ],
)
def test_the_cursor_is_what_the_parent_says_it_has(
    known: int,
    answered: int,
    stock_taken: bool,  # noqa: FBT001 a column of the table
    acked: tuple[int, int],
    expected: Cursor,
) -> None:
    taken = take(known, HELD, _answer(answered, Ack(STREAM, *acked)), stock_taken=stock_taken)
    assert taken.moved.get(STREAM, HELD[STREAM].cursor) == expected
    assert taken.parent_epoch == (answered if answered == known or (answered > known and stock_taken) else known)
    assert taken.take_stock == (answered > known and not stock_taken)
    assert taken.behind == ({STREAM: 12} if acked[0] == 12 else {})


def test_what_a_parent_of_a_new_life_does_not_speak_of_it_does_not_have() -> None:
    assert take(1, HELD, _answer(2), stock_taken=True).moved == {STREAM: Cursor()}
    assert take(2, HELD, _answer(2), stock_taken=True).moved == {}


def test_another_life_of_the_own_stream_is_told_by_a_fork_or_by_more_than_was_written() -> None:
    own, other = STREAM, Stream("kiosco-2", 1)
    for ack in (Ack(own, 6, 4, fork=True), Ack(own, 11, 4)):
        assert needs_new_life(take(1, HELD, _answer(1, ack), stock_taken=True), own)
    for ack in (Ack(own, 10, 4), Ack(other, 11, 4)):
        assert not needs_new_life(take(1, HELD, _answer(1, ack), stock_taken=True), own)


@given(
    st.dictionaries(st.integers(1, 5), st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5),
    st.integers(1, 40),
)
def test_every_stream_is_named_and_the_oldest_goes_first(streams: dict[int, tuple[int, int]], limit: int) -> None:
    held = {Stream("k", epoch): Held(max(pair), Cursor(min(pair))) for epoch, pair in streams.items()}
    wanted = spans(held, limit)
    assert [span.stream for span in wanted] == sorted(held)
    assert sum(span.count for span in wanted) == min(limit, sum(max(pair) - min(pair) for pair in streams.values()))
    for earlier, later in pairwise(wanted):
        lacking = held[earlier.stream].last - held[earlier.stream].cursor.upto
        assert earlier.count == lacking or not later.count


@given(st.lists(st.integers(1, LARGEST_BATCH_BYTES * 2), max_size=20))
def test_a_request_takes_what_fits_and_one_at_least(sizes: list[int]) -> None:
    count = fitting(sizes)
    assert count >= min(1, len(sizes))
    assert count <= 1 or sum(sizes[:count]) <= LARGEST_BATCH_BYTES
    assert count == len(sizes) or sum(sizes[: count + 1]) > LARGEST_BATCH_BYTES


def test_nothing_is_deleted_before_the_top_has_it_nor_soon_after() -> None:
    cursor = Cursor(upto=9, central_upto=5)
    assert may_purge(5, cursor, age_us=RETENTION_US)
    assert not may_purge(6, cursor, age_us=RETENTION_US)
    assert not may_purge(5, cursor, age_us=RETENTION_US - 1)


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


# --- what was purged, and lives that were forgotten -------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "is_cut"),
    [
        (Held(9, Cursor(4, 4)), False),
        (Held(9, Cursor(4, 4), first=5), False),
        (Held(9, Cursor(4, 4), first=6), True),
        (Held(9, Cursor(9, 9), first=10), False),  # all of it purged, and nobody asks for it
        (Held(9, Cursor(0, 0), first=10), True),
        (Held(0), False),
    ],
)
def test_a_stream_of_which_the_parent_wants_what_is_kept_no_more_is_cut(
    held: Held,
    is_cut: bool,  # noqa: FBT001
) -> None:
    assert held.is_cut is is_cut


def test_a_cut_stream_is_named_and_holds_up_no_other() -> None:
    later = Stream("kiosco-1", 2)
    wanted = spans({STREAM: Held(9_000, Cursor(4, 4), first=6), later: Held(3)}, 500)
    assert [(span.stream, span.after, span.count) for span in wanted] == [(STREAM, 4, 0), (later, 0, 3)]


@pytest.mark.parametrize(
    ("epoch", "told", "forgotten"),
    [(1, 0, False), (1, 1, False), (2, 1, False), (1, 2, True), (1, 1001, True), (1, 1002, False), (1, 2**31, False)],
)
def test_a_parent_learns_from_a_child_that_it_has_forgotten_a_life(
    epoch: int,
    told: int,
    forgotten: bool,  # noqa: FBT001
) -> None:
    assert is_forgotten_life(epoch, told) is forgotten
