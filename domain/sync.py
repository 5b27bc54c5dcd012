"""The rules of the exchange, without a wire or a database: pure functions of what is known and what was said.

Kiosk, office and centre run these same functions, and so does the simulator that looks for what they forgot. Every
rule is about never losing and never doubling: a parent takes only the next event in line, answers after its commit,
and carries an epoch by which a restored database is noticed and refilled. A node in the middle is a parent to those
below it and a child to the one above; it passes streams on as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from domain.clock import Micros
    from domain.messages import Ack, Event, ExchangeResponse, Stream

LARGEST_BATCH = 500
LARGEST_BATCH_BYTES = 256 * 1024
"""Of one request's events as JSON; a single larger one goes alone."""
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


def stored_at_top(upto: int, above: Cursor | None) -> int:
    """How much of a stream of which ``upto`` is here is safe at the top; ``above`` is None at the top itself."""
    return upto if above is None else min(upto, above.central_upto)


LARGEST_LEAP = 1_000
"""By how many lives a child may know more than its parent does; beyond that it is mad, and is not followed."""


def is_forgotten_life(epoch: int, told: int) -> bool:
    """Whether a child has spoken to a later life (``told``) than the one that its parent believes to be in.

    Then the parent's database was put back to before an earlier restore, and nobody told it. It must begin a life
    beyond both: its children take an answer of the old one for a late one, and would never listen again.
    """
    return epoch < told <= epoch + LARGEST_LEAP


def is_old_turn(last_turn: int, turn: int) -> bool:
    """Whether a request is a repetition of one that was answered: turns only grow. Such a one is refused whole."""
    return turn <= last_turn


# --- the child --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream has got: stored at the parent, and stored at the top."""

    upto: int = 0
    central_upto: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A stream as a child holds it: its ``last`` event's number, and how far it has got above.

    ``first`` is the first event that is still kept, ``last`` + 1 where none is: the others were safe at the top.
    """

    last: int
    cursor: Cursor = Cursor()
    first: int = 1

    @property
    def is_cut(self) -> bool:
        """Whether the parent wants events that are kept no more: none of this stream can be sent, for it has no gaps.

        The parent's copy was older than `RETENTION_US`. Those events only the top can give back; what came after them
        gets through in a new life.
        """
        return self.cursor.upto < self.last and self.cursor.upto + 1 < self.first


@dataclass(frozen=True, slots=True)
class Span:
    """Events of one stream to be sent: those after ``after``, ``count`` of them (which may be none)."""

    stream: Stream
    after: int
    count: int


def spans(held: Mapping[Stream, Held], limit: int) -> list[Span]:
    """What to send next: of every stream what the parent lacks, oldest streams first, ``limit`` events in all.

    A stream with nothing to send is named too, so that the answer says how far the parent has got with it: one that
    was restored from an old copy is noticed and refilled. One that is cut is only named, so that it holds up no other.
    """
    wanted: list[Span] = []
    for stream in sorted(held):
        cursor, last = held[stream].cursor, held[stream].last
        count = 0 if held[stream].is_cut else min(last - cursor.upto, limit)
        limit -= count
        wanted.append(Span(stream, cursor.upto, count))
    return wanted


def fitting(sizes: Iterable[int]) -> int:
    """How many of the next events go into one request, by their sizes in bytes; always one, if there is one."""
    total = count = 0
    for size in sizes:
        total += size
        if count and total > LARGEST_BATCH_BYTES:
            break
        count += 1
    return count


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


@dataclass(frozen=True, slots=True)
class Taken:
    """What a child makes of an answer.

    ``moved`` are the cursors that changed, ``parent_epoch`` and ``wait_s`` what to remember and how long to wait at
    least. ``forked`` are streams under whose numbers the parent holds other events. ``behind`` tells of streams of
    which the parent holds more than the child, how far; they can be fetched from there. ``take_stock`` asks for the
    next request to take stock of every stream, because the parent is another than it was.
    """

    parent_epoch: int
    moved: dict[Stream, Cursor]
    wait_s: float
    forked: frozenset[Stream] = frozenset()
    behind: dict[Stream, int] = field(default_factory=dict)
    take_stock: bool = False


def take(known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, stock_taken: bool) -> Taken:
    """What ``response`` means to a child that knows ``known_epoch`` and holds ``held``.

    It must be the answer to the request in flight: what a parent says of its ``upto`` then is believed even where it
    is lower than what it said before, for a machine's disk can be put back to an earlier day without a word.
    ``stock_taken`` is whether that request named every stream, or asked for all. Only then is a parent of a new life
    believed, and what it does not speak of it does not have; a former life's answer means nothing.
    """
    life = parent_life(known_epoch, response.parent_epoch)
    if life is ParentLife.FORMER:
        return Taken(known_epoch, {}, response.backoff_ms / 1000)
    if life is ParentLife.NEW and not stock_taken:
        return Taken(known_epoch, {}, 0.0, take_stock=True)
    acks = {ack.stream: ack for ack in response.acks}
    forked = frozenset(stream for stream, ack in acks.items() if ack.fork)
    lasts = {stream: held[stream].last if stream in held else 0 for stream in acks}
    after = {stream: _believed(ack, lasts[stream]) for stream, ack in acks.items() if stream in held}
    if life is ParentLife.NEW:
        after |= {stream: Cursor() for stream in held if stream not in acks}
    return Taken(
        parent_epoch=response.parent_epoch,
        moved={
            stream: cursor for stream, cursor in after.items() if stream not in forked and cursor != held[stream].cursor
        },
        wait_s=response.backoff_ms / 1000,
        forked=forked,
        behind={stream: ack.upto for stream, ack in acks.items() if ack.upto > lasts[stream]},
    )


def _believed(ack: Ack, last: int) -> Cursor:
    """The cursor by an ack, never beyond what is held: that a parent has more is told apart."""
    upto = max(0, min(ack.upto, last))
    return Cursor(upto, max(0, min(ack.central_upto, upto)))


def needs_new_life(taken: Taken, own: Stream) -> bool:
    """Whether the stream that a node is writing is another life's, too: its store was put back to an earlier day."""
    return own in taken.forked or own in taken.behind


def may_purge(seq: int, cursor: Cursor, *, age_us: int) -> bool:
    """Whether an event may be deleted: it is safe at the top, and long enough to outlive the oldest copy put back."""
    return seq <= cursor.central_upto and age_us >= RETENTION_US


RETENTION_US = 30 * 24 * 3_600_000_000
"""How long what is safe at the top is kept all the same; no copy older than this may be put back."""


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
