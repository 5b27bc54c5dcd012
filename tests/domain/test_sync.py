"""The rules of the exchange: every loss, repetition and reordering that a network can make of a stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Micros
from domain.messages import Ack, ClockReading, Event, ExchangeRequest, ExchangeResponse, Push, Stream
from domain.sync import (
    LARGEST_BATCH_BYTES,
    LONGEST_DELAY_S,
    LONGEST_SILENCE_US,
    OLDEST_COPY_US,
    RETENTION_US,
    Cursor,
    Held,
    Ripening,
    Span,
    Verdict,
    carried,
    fitting,
    is_forgotten_life,
    judge,
    may_purge,
    next_batch_size,
    next_life,
    retry_delay_s,
    ripened,
    spans,
    stored_at_top,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    assert _judge(2, [2, 3], life=1) == ([], 1, True)


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


def test_a_fork_is_told_with_the_last_event_that_both_have() -> None:
    known = {seq: UUID(int=seq) for seq in range(1, 7)}
    pushed = [*(_event(seq) for seq in (3, 4)), *(_event(seq, life=1) for seq in (5, 6, 7))]
    assert judge(6, pushed, known.get) == Verdict((), 4, fork=True)


@pytest.mark.parametrize(
    ("above", "silent_us", "expected"),
    [
        (None, 0, 9),  # the top itself
        (Cursor(8, 5), 0, 5),
        (Cursor(8, 8), LONGEST_SILENCE_US, 8),
        (Cursor(8, 8), LONGEST_SILENCE_US + 1, 0),  # the top may be another by now
        (Cursor(12, 12), 0, 9),
    ],
)
def test_what_is_safe_is_what_the_top_said_and_not_long_ago(
    above: Cursor | None, silent_us: int, expected: int
) -> None:
    assert stored_at_top(9, above, silent_us) == expected


def test_no_copy_is_older_than_what_is_kept() -> None:
    assert OLDEST_COPY_US + LONGEST_SILENCE_US < RETENTION_US


def _answer(epoch: int, *acks: Ack) -> ExchangeResponse:
    return ExchangeResponse("sede", epoch, acks, (), Micros(1_700_000_000_000_000))


HELD = {STREAM: Held(10, Cursor(6, 4))}


def _request(
    held: Mapping[Stream, Held] = HELD, *, upto: int | None = None, take_stock: bool = False
) -> ExchangeRequest:
    """What a child that holds ``held`` sends of each stream: all up to ``upto``; None for all that it has."""
    return ExchangeRequest(
        proto=1, child="kiosco-1", child_epoch=1, known_parent_epoch=0, pull=(), clock=ClockReading(Micros(0), 0.0),
        app_version="", backlog=0, take_stock=take_stock,
        streams=tuple(
            Push(stream, one.cursor.upto + 1, tuple(_event(seq) for seq in _lacking(one, upto)))
            for stream, one in held.items()
        ),
    )  # fmt: skip


def _lacking(held: Held, upto: int | None) -> range:
    return range(held.cursor.upto + 1, (held.last if upto is None else upto) + 1)


@pytest.mark.parametrize(
    ("known", "answered", "names_all", "acked", "expected"),
    [
        (3, 3, True, (8, 5), Cursor(8, 5)),
        (3, 3, True, (4, 2), Cursor(3, 2)),  # put back to an earlier day without a word: it is believed, and compared
        (3, 4, True, (0, 0), Cursor(0, 0)),  # a new life: refilled
        (3, 4, False, (0, 0), Cursor(6, 4)),  # not before stock was taken of everything
        (3, 2, True, (0, 0), Cursor(6, 4)),  # a late answer of a life that is over
        (0, 7, True, (2, 1), Cursor(1, 1)),  # the first answer ever
        (3, 3, True, (12, 12), Cursor(10, 10)),  # never beyond what is held
        (3, 3, True, (8, 9), Cursor(8, 8)),  # nothing is at the top that is not at the parent
    ],
)
def test_the_cursor_is_what_the_parent_says_it_has(
    known: int,
    answered: int,
    names_all: bool,  # noqa: FBT001 a column of the table
    acked: tuple[int, int],
    expected: Cursor,
) -> None:
    request = _request(HELD if names_all else {})
    taken = take(known, HELD, _answer(answered, Ack(STREAM, *acked)), request=request)
    assert taken.moved.get(STREAM, HELD[STREAM].cursor) == expected
    assert taken.parent_epoch == (answered if answered == known or (answered > known and names_all) else known)
    assert taken.take_stock == (answered > known and not names_all)
    assert taken.behind == ({STREAM: 12} if acked[0] == 12 else {})


@pytest.mark.parametrize(("sent", "expected"), [(6, Cursor(6, 6)), (8, Cursor(8, 8)), (10, Cursor(10, 9))])
def test_a_parent_is_believed_as_far_as_it_has_compared(sent: int, expected: Cursor) -> None:
    """What it has beyond may be another life's: numbers 9 and 10 were not shown to it yet."""
    taken = take(1, HELD, _answer(1, Ack(STREAM, 10, 9)), request=_request(upto=sent))
    assert taken.moved.get(STREAM, HELD[STREAM].cursor) == expected


def test_only_what_was_found_the_same_is_fetched() -> None:
    ahead, unheard = Ack(STREAM, 12, 9), Ack(Stream("kiosco-2", 1), 3, 3)
    taken = take(1, HELD, _answer(1, ahead, unheard), request=_request(upto=8, take_stock=True))
    assert taken.overtaken == {STREAM, unheard.stream}
    assert taken.behind == {unheard.stream: 3}


def test_what_was_deleted_here_was_compared_before() -> None:
    held = {STREAM: Held(10, Cursor(), first=9)}
    assert spans(held, 5) == [Span(STREAM, 0, 0)]
    assert take(1, held, _answer(1, Ack(STREAM, 10, 10)), request=_request(held, upto=0)).moved == {
        STREAM: Cursor(8, 8)
    }
    assert spans({STREAM: Held(10, Cursor(8, 8), first=9)}, 5) == [Span(STREAM, 8, 2)]


def test_what_a_parent_of_a_new_life_does_not_speak_of_it_does_not_have() -> None:
    assert take(1, HELD, _answer(2), request=_request()).moved == {STREAM: Cursor()}
    assert take(2, HELD, _answer(2), request=_request()).moved == {}


@pytest.mark.parametrize(
    ("ack", "expected"),
    [
        (Ack(STREAM, 6, 4, fork=True), 2),
        (Ack(STREAM, 11, 4), 2),
        (Ack(Stream("kiosco-1", 4), 1, 1), 5),  # a later life, of which nothing is known here
        (Ack(STREAM, 10, 4), 1),
        (Ack(Stream("kiosco-2", 1), 11, 4), 1),
        (Ack(Stream("kiosco-1", 0), 11, 4), 1),
    ],
)
def test_another_life_of_the_own_stream_is_told_by_a_fork_or_by_more_than_was_written(ack: Ack, expected: int) -> None:
    taken = take(1, HELD, _answer(1, ack), request=_request())
    assert next_life(taken, STREAM) == expected


def test_a_fork_moves_the_cursor_to_where_the_lives_part() -> None:
    taken = take(1, HELD, _answer(1, Ack(STREAM, 7, 7, fork=True)), request=_request())
    assert taken.forked == {STREAM}
    assert taken.moved == {STREAM: Cursor(7, 7)}


def test_a_fork_before_all_that_was_sent_is_looked_for_further_back() -> None:
    """The parent was put back to a copy that knows another life: all that was compared before means nothing now."""
    held = {STREAM: Held(10, Cursor(6, 6), first=3)}
    for upto, following in ((6, 3), (3, 2)):
        held = {STREAM: replace(held[STREAM], cursor=Cursor(upto, upto))}
        taken = take(1, held, _answer(1, Ack(STREAM, upto, upto, fork=True)), request=_request(held))
        assert taken.moved == {STREAM: Cursor(following, following)}
        assert (taken.forked, taken.overtaken) == (frozenset(), {STREAM})
        assert next_life(taken, STREAM) == 2
    held = {STREAM: replace(held[STREAM], cursor=Cursor(2, 2))}  # all that is here is sent
    taken = take(1, held, _answer(1, Ack(STREAM, 2, 2, fork=True)), request=_request(held))
    assert (taken.forked, taken.moved) == ({STREAM}, {})


@pytest.mark.parametrize(("agreed", "first", "after"), [(6, 1, 5), (6, 6, 5), (6, 7, 6), (0, 1, 0)])
def test_a_parted_stream_of_another_asks_without_end_where_it_parts_and_holds_up_none(
    agreed: int, first: int, after: int
) -> None:
    """A node in the middle cannot give a kiosk's stream a new life."""
    other = Stream("kiosco-2", 1)
    held = {STREAM: Held(900, Cursor(agreed, agreed), first, is_parted=True), other: Held(9)}
    wanted = spans(held, 500)
    assert wanted[0].after == after
    assert wanted[0].count <= 2
    assert wanted[1] == Span(other, 0, 9)
    told = range(after + 1, after + wanted[0].count + 1)
    push = Push(STREAM, after + 1, tuple(_event(seq) for seq in told))
    request = msgspec.structs.replace(_request(), streams=(push,))
    taken = take(1, held, _answer(1, Ack(STREAM, agreed, agreed, fork=True)), request=request)
    assert (taken.forked, taken.moved) == ({STREAM}, {})
    mended = take(1, held, _answer(1, Ack(STREAM, told[-1], agreed)), request=request)
    assert mended.moved[STREAM].upto == told[-1] > agreed


def test_what_is_carried_to_another_life_keeps_its_id() -> None:
    own = Stream("kiosco-1", 2)
    moved = carried([_event(8), _event(9)], own, 3)
    assert [(event.stream, event.seq, event.id) for event in moved] == [(own, 4, UUID(int=8)), (own, 5, UUID(int=9))]


@pytest.mark.parametrize(("told", "expected"), [(0, False), (3, False), (4, True), (1003, True), (1004, False)])
def test_a_child_that_knows_a_later_life_is_followed_unless_it_is_mad(told: int, *, expected: bool) -> None:
    assert is_forgotten_life(3, told) == expected


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


def test_what_may_be_deleted_was_heard_to_be_safe_a_retention_ago() -> None:
    start, month = Micros(1_700_000_000_000_000), RETENTION_US
    heard = ripened(Ripening(), Cursor(9, 5), start)
    assert heard == Ripening(0, 5, start)
    assert ripened(heard, Cursor(9, 8), Micros(start + month - 1)) == heard
    ripe = ripened(heard, Cursor(9, 8), Micros(start + month))
    assert ripe == Ripening(5, 8, start + month)


def test_a_top_that_was_put_back_makes_what_it_lacks_unripe() -> None:
    later = Micros(1_700_000_000_000_000 + RETENTION_US)
    assert ripened(Ripening(5, 8, later), Cursor(9, 3), Micros(later + 7)) == Ripening(3, 3, later + 7)
    assert ripened(Ripening(5, 8, later), Cursor(9, 9), Micros(later - 7)) == Ripening(5, 9, later - 7)


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
