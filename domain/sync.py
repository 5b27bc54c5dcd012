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

from msgspec.structs import replace

from domain.messages import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from domain.clock import Micros
    from domain.messages import Ack, Event, ExchangeRequest, ExchangeResponse, Push

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
    """What a parent does with a push: store ``fresh``, answer ``upto``.

    ``fork`` means that two lives share one stream; ``upto`` then is the last event of the push that both have.
    """

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
                return Verdict((), min(upto, event.seq - 1), fork=True)
        elif event.seq == expected:
            fresh.append(event)
        else:
            break
    return Verdict(tuple(fresh), upto + len(fresh))


LONGEST_SILENCE_US = 24 * 3_600_000_000
"""How old a word of the node above may be when it is passed on to those below, who delete by it."""


def stored_at_top(upto: int, above: Cursor | None, silent_us: int = 0) -> int:
    """How much of a stream of which ``upto`` is here is safe at the top; ``above`` is None at the top itself.

    ``silent_us`` is how long the node above has not been heard: it may have been put back to an old copy since.
    """
    if above is None:
        return upto
    return min(upto, above.central_upto) if silent_us <= LONGEST_SILENCE_US else 0


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


_LOG = "log"


def log_scope(stream: Stream) -> str:
    """The scope by which a child asks for events of a stream that its parent holds and it has lost."""
    return f"{_LOG}:{stream.origin}:{stream.epoch}"


def stream_of_log(scope: str) -> Stream | None:
    """The stream that such a scope asks for; None for another scope."""
    kind, _, rest = scope.partition(":")
    origin, _, epoch = rest.rpartition(":")
    is_log = kind == _LOG and origin and epoch.isascii() and epoch.isdigit() and len(epoch) <= 9  # noqa: PLR2004
    return Stream(origin, int(epoch)) if is_log else None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream has got: stored at the parent, and stored at the top."""

    upto: int = 0
    central_upto: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A stream as a child holds it: its ``last`` event's number, and how far it has got above.

    ``first`` is the first event that is still kept, ``last`` + 1 where none is: the others were safe at the top.
    ``is_parted`` is whether the parent was found to hold other events than these after the cursor. Whose stream it is
    goes on under a new life; a node in the middle can only ask with an event or two, so that it holds up no other
    stream, whether the parent has been put right.
    """

    last: int
    cursor: Cursor = Cursor()
    first: int = 1
    is_parted: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the parent wants events that are kept no more: none of this stream can be sent, for it has no gaps.

        It is waited for until the parent has those from above it: that has the following ones, too, and in a new life
        of the stream they would be double.
        """
        return self.cursor.upto < self.last and self.cursor.upto + 1 < self.first


@dataclass(frozen=True, slots=True)
class Span:
    """Events of one stream to be sent: those after ``after``, ``count`` of them (which may be none)."""

    stream: Stream
    after: int
    count: int


_ASKED_OF_PARTED = 2
"""The last event that both have, and the first that the parent refused."""


def spans(held: Mapping[Stream, Held], limit: int) -> list[Span]:
    """What to send next: of every stream what the parent lacks, oldest streams first, ``limit`` events in all.

    A stream with nothing to send is named too, so that the answer says how far the parent has got with it: one that
    was restored from an old copy is noticed and refilled. One that is cut is only named, so that it holds up no other.
    """
    wanted: list[Span] = []
    for stream in sorted(held):
        one = held[stream]
        # where they part is told exactly only of a push that begins with what both have
        after = max(one.cursor.upto, one.first) - 1 if one.is_parted and one.cursor.upto else one.cursor.upto
        count = 0 if one.is_cut else min(one.last - after, _ASKED_OF_PARTED if one.is_parted else limit, limit)
        limit -= count
        wanted.append(Span(stream, after, count))
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
    least. ``forked`` are streams under whose numbers the parent holds other events; beyond their cursors, which are
    in ``moved``, the two differ. ``overtaken`` are streams of which the parent holds more than the child, or others
    and nobody knows yet from where on. ``behind`` are those that were found to be the same as far as the child has
    them, and how far they go: they can be fetched from there. ``take_stock`` asks for the next request to take stock
    of every stream, because the parent is another than it was.
    """

    parent_epoch: int
    moved: dict[Stream, Cursor]
    wait_s: float
    forked: frozenset[Stream] = frozenset()
    overtaken: frozenset[Stream] = frozenset()
    behind: dict[Stream, int] = field(default_factory=dict)
    take_stock: bool = False


def take(
    known_epoch: int, held: Mapping[Stream, Held], response: ExchangeResponse, *, request: ExchangeRequest
) -> Taken:
    """What ``response`` means to a child that knows ``known_epoch``, holds ``held`` and asked ``request``.

    It must be the answer to that request: what a parent says of its ``upto`` then is believed even where it is lower
    than what it said before, for a machine's disk can be put back to an earlier day without a word. Where it is
    higher, it is believed as far as ``request`` went and no further: of those events only has the parent seen that
    they are the ones it has. A parent of a new life is believed once ``request`` named every stream, or asked for all;
    what it does not speak of it does not have then. A former life's answer means nothing.
    """
    life = parent_life(known_epoch, response.parent_epoch)
    if life is ParentLife.FORMER:
        return Taken(known_epoch, {}, response.backoff_ms / 1000)
    pushed = {push.stream: push for push in request.streams}
    if life is ParentLife.NEW and not (request.take_stock or held.keys() <= pushed.keys()):
        return Taken(known_epoch, {}, 0.0, take_stock=True)
    acks = {ack.stream: ack for ack in response.acks}
    after = {stream: _believed(acks[stream], held[stream], pushed.get(stream)) for stream in held if stream in acks}
    if life is ParentLife.NEW:
        after |= {stream: Cursor() for stream in held if stream not in acks}
    overtaken = {stream: ack.upto for stream, ack in acks.items() if ack.upto > _last(held, stream)}
    forked = frozenset(stream for stream, ack in acks.items() if ack.fork)
    parted = frozenset(
        stream for stream in forked if stream not in held or _is_parting(acks[stream], held[stream], pushed.get(stream))
    )
    return Taken(
        parent_epoch=response.parent_epoch,
        moved={stream: cursor for stream, cursor in after.items() if cursor != held[stream].cursor},
        wait_s=response.backoff_ms / 1000,
        forked=parted,
        overtaken=(forked - parted) | overtaken.keys(),
        behind={
            stream: upto
            for stream, upto in overtaken.items()
            if stream not in held or after[stream].upto == held[stream].last
        },
    )


def _last(held: Mapping[Stream, Held], stream: Stream) -> int:
    return held[stream].last if stream in held else 0


def _believed(ack: Ack, held: Held, push: Push | None) -> Cursor:
    """The cursor by an ack: never beyond what was compared, in this request or before it was deleted here."""
    deleted, compared = held.first - 1, held.cursor.upto
    if ack.fork:
        upto = ack.upto if _is_parting(ack, held, push) else max(deleted, compared // 2)  # they part further back
    elif ack.upto < compared:
        upto = ack.upto - 1 if ack.upto > deleted else ack.upto  # its last one is shown again: is it still ours?
    else:
        sent = push.from_seq + len(push.events) - 1 if push else 0
        upto = min(ack.upto, max(sent, compared, deleted))
    upto = max(0, min(upto, held.last))
    return Cursor(upto, max(0, min(ack.central_upto, upto)))


def _is_parting(ack: Ack, held: Held, push: Push | None) -> bool:
    """Whether a fork was told exactly: the push began with an event that both have, or with the first there is."""
    return push is not None and (ack.upto >= push.from_seq or push.from_seq <= held.first)


def next_life(taken: Taken, own: Stream) -> int:
    """The epoch under which a node goes on: ``own``'s, or one that nobody has heard of.

    A later one means that the stream that it is writing is another life's, too: its store was put back to an earlier
    day. Then it writes nothing more into ``own``. What stands there stays to be sent as before; only what the parent
    refuses of it (``Taken.forked``) is `carried` over.
    """
    others = taken.forked | taken.overtaken
    known = [other.epoch for other in others if other.origin == own.origin and other.epoch >= own.epoch]
    return max(known) + 1 if known else own.epoch


def carried(events: Iterable[Event], own: Stream, last: int) -> tuple[Event, ...]:
    """``events`` as they stand at the end of ``own``, whose last event's number is ``last``; they keep their ids."""
    return tuple(replace(event, stream=own, seq=seq) for seq, event in enumerate(events, last + 1))


RETENTION_US = 30 * 24 * 3_600_000_000
"""How long what is safe at the top is kept all the same."""
OLDEST_COPY_US = 28 * 24 * 3_600_000_000
"""No older copy of a store may be put back. The two days between are for clocks and for `LONGEST_SILENCE_US`."""


def may_purge(seq: int, cursor: Cursor, *, age_us: int) -> bool:
    """Whether an event may be deleted: it is safe at the top, and has been for so long that every copy has it.

    ``age_us`` counts from when the child heard that it is safe, not from when it happened: after a month without a
    network the events are old, and yesterday's copy of the top has none of them. `ripened` keeps the count.
    """
    return seq <= cursor.central_upto and age_us >= RETENTION_US


@dataclass(frozen=True, slots=True)
class Ripening:
    """How much of a stream may be deleted: up to ``ripe``. What is safe ``since`` then (``waiting``) ripens next."""

    ripe: int = 0
    waiting: int = 0
    since: int = 0


def ripened(before: Ripening, cursor: Cursor, now: Micros) -> Ripening:
    """A stream's ripening after an answer that brought ``cursor``; an event is ripe after one to two `RETENTION_US`.

    ``now`` is the parent's time in that answer: the child's own clock may be years off. An answer that `take` did not
    believe (a former life's, or one after which stock is taken) brings no cursor.
    """
    safe = cursor.central_upto
    if safe < before.waiting or now < before.since or not before.waiting:  # the top, or a clock, was put back
        return Ripening(min(before.ripe, safe), safe, now)
    if may_purge(before.waiting, cursor, age_us=now - before.since):
        return Ripening(before.waiting, safe, now)
    return before


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
