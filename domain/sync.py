"""The rules of the exchange, without a wire or a database: pure functions of what is known and what was said.

The production nodes and any simulation run these same functions. Every rule is about never losing and never
doubling: a parent takes only the next event in line, answers after its commit, and carries an epoch by which a
restored database is noticed and refilled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from domain.clock import Micros
    from domain.messages import Ack, Event, ExchangeResponse, Stream

LARGEST_BATCH = 500
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0
LARGEST_CORRECTION = 36 * 3_600_000_000
CLOCK_LOST_BEFORE = 1_704_067_200_000_000
"""1 January 2024, in microseconds: no machine that runs this has ever lived before."""


# --- the parent -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a parent does with a push: store ``fresh``, answer ``upto``. ``fork`` means two lives share one stream."""

    fresh: tuple[Event, ...]
    upto: int
    fork: bool = False


def judge(upto: int, events: Sequence[Event], stored_id: Callable[[int], UUID | None]) -> Verdict:
    """Which of a stream's pushed events are new.

    Only the event after ``upto`` is new; earlier ones are repetitions (the answer was lost) unless another id stands
    at their place, which is a fork; later ones leave a gap and wait to be sent again. ``stored_id`` gives the id at
    a sequence number, None where that one was purged.
    """
    fresh: list[Event] = []
    for event in sorted(events, key=lambda event: event.seq):
        expected = upto + len(fresh) + 1
        if event.seq < expected:
            known = stored_id(event.seq) if event.seq <= upto else fresh[event.seq - upto - 1].id
            if known is not None and known != event.id:
                return Verdict((), upto, fork=True)
        elif event.seq == expected:
            fresh.append(event)
        else:
            break
    return Verdict(tuple(fresh), upto + len(fresh))


# --- the child --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream has got: stored at the parent, and stored at the top."""

    upto: int = 0
    central_upto: int = 0


class ParentLife(Enum):
    """Whose answer this is, by its epoch."""

    SAME = "same"
    NEW = "new"
    """The parent was restored or rebuilt: believe its ``upto``, even a lower one, and refill it."""
    FORMER = "former"
    """A late answer of a life that is over: it means nothing."""


def parent_life(known_epoch: int, answered_epoch: int) -> ParentLife:
    """Compares the epoch that a child knows (0 for none yet) with the one in an answer."""
    if answered_epoch == known_epoch:
        return ParentLife.SAME
    return ParentLife.NEW if answered_epoch > known_epoch else ParentLife.FORMER


def advance_cursor(cursor: Cursor, ack: Ack, life: ParentLife) -> Cursor:
    """The child's cursor after an ack; in the same life it never goes back."""
    if life is ParentLife.FORMER:
        return cursor
    if life is ParentLife.NEW:
        return Cursor(ack.upto, ack.central_upto)
    return replace(cursor, upto=max(cursor.upto, ack.upto), central_upto=max(cursor.central_upto, ack.central_upto))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a child keeps of an answer: the parent's epoch, the cursors that moved, and how long to wait at least."""

    parent_epoch: int
    moved: dict[Stream, Cursor]
    wait_s: float


def take(known_epoch: int, cursors: Mapping[Stream, Cursor], response: ExchangeResponse) -> Taken:
    """What ``response`` means to a child that knows ``known_epoch`` and whose own streams are at ``cursors``.

    Acks of streams that are not the child's own mean nothing.
    """
    life = parent_life(known_epoch, response.parent_epoch)
    after = {
        ack.stream: advance_cursor(cursors[ack.stream], ack, life) for ack in response.acks if ack.stream in cursors
    }
    return Taken(
        parent_epoch=max(known_epoch, response.parent_epoch),
        moved={stream: cursor for stream, cursor in after.items() if cursor != cursors[stream]},
        wait_s=response.backoff_ms / 1000,
    )


def is_believable(own: Micros, error: int) -> bool:
    """Whether a clock that shows ``own`` may be put right by ``error`` microseconds on a server's word.

    A day and a half is what a clock can lose while nobody looks; more is believed only of a machine whose clock has
    plainly started anew (before 2024), or one mad server would carry the business day, which never goes back, away.
    """
    return abs(error) <= LARGEST_CORRECTION or own < CLOCK_LOST_BEFORE


def next_batch_size(last: int, *, delivered: bool) -> int:
    """How many events to send next: 1 after a failure, then doubling up to 500."""
    return min(LARGEST_BATCH, last * 2) if delivered else 1


def retry_delay_s(failures: int, jitter: float) -> float:
    """How long to wait after ``failures`` in a row (>= 1); ``jitter`` is a fresh random number in [0, 1).

    Full jitter over an exponential ceiling of 1 s to 5 minutes, so that kiosks that lost the same network do not
    come back in step.
    """
    ceiling: float = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(failures - 1, 16))
    return ceiling * jitter
