"""Takes the events of one stream into the log and the tables: of a push from below, or of what is fetched from above.

The rules are `domain.sync.judge`'s. What is not usable goes to quarantine and the stream goes on, because a single
bad record must never hold back the tickets behind it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from domain.messages import Ack
from domain.sync import judge, stored_at_top
from server.following import Following
from server.projection import Projection
from server.store.log import Position, append, lock_stream, move_stream, rejected, set_aside, stored_ids
from server.store.versions import desk_topic, queue_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.clock import Micros
    from domain.messages import Event, Stream
    from server.reading import ReadPush
    from server.store.kiosks import Kiosk
    from server.store.writer import Transaction

_log = logging.getLogger(__name__)

QUIET = frozenset({"ticket.print_outcome", "ticket.reprinted", "kiosk.health"})
"""Events that only clerks are shown: five hundred phones need not read the queue again because of them."""


@dataclass(frozen=True, slots=True)
class Source:
    """From whom a stream came, and what is to be believed of it.

    ``machine`` handed it over, or wrote it. ``stored`` is its name here. ``life`` is the place of a home node's own
    stream among the lives of its office (`server.store.moves`), None for a machine's stream. ``offset`` is what to add
    to the machine's clock in microseconds; ``is_settled`` where a node says instead when each event happened.
    ``goes_up`` is whether the stream has to be stored above, too, before it is safe. ``is_own`` is where a
    home node learns what it forgot.
    """

    machine: Kiosk
    stored: Stream
    life: int | None = None
    offset: int = 0
    is_settled: bool = False
    goes_up: bool = False
    is_own: bool = False


def take_push(transaction: Transaction, push: ReadPush, source: Source, now: Micros) -> Ack:
    """Takes in what is new of ``push``; tells how far the stream is stored, and what of it cannot be used."""
    connection, stored = transaction.connection, source.stored
    position = lock_stream(connection, stored, source.machine.office)
    above = position.above if source.goes_up else None
    numbers = [event.seq for event in push.events]
    first, last = (min(numbers), max(numbers)) if numbers else (1, 0)
    repeats = first <= min(last, position.upto)
    known = stored_ids(connection, stored, first, position.upto) if repeats else {}
    verdict = judge(position.upto, push.events, known.get)
    if verdict.fork:
        _log.error("sync.fork kiosk=%s epoch=%d upto=%d", stored.origin, stored.epoch, position.upto)
        return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, above), fork=True)
    flawed = _take(transaction, push, verdict.fresh, source, position=position, now=now) if verdict.fresh else ()
    # what was rejected is said again with every repetition: the child may not have heard it the first time
    unusable = rejected(connection, stored, first, last) if repeats or flawed else ()
    return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, above), unusable)


def _take(
    transaction: Transaction,
    push: ReadPush,
    fresh: Sequence[Event],
    source: Source,
    *,
    position: Position,
    now: Micros,
) -> list[tuple[Event, str, bytes]]:
    connection, stored, office = transaction.connection, source.stored, source.machine.office
    sound = [event for event in fresh if event.id not in push.flaws]
    if source.life is None:
        projection = _project(transaction, sound, source, position, now)
        flaws, times = projection.flaws, {event.seq: projection.time_of(event) for event in sound}
        last_issued_at = projection.last_issued_at
    else:
        flaws = _follow(transaction, sound, source, source.life)
        times = {event.seq: event.at if event.settled_at is msgspec.UNSET else event.settled_at for event in sound}
        last_issued_at = position.last_issued_at
    flawed = [
        (event, *push.flaws.get(event.id, (flaws.get(event.seq, ""), b"")))
        for event in fresh
        if event.id in push.flaws or event.seq in flaws
    ]
    append(connection, stored, [event for event in sound if event.seq not in flaws], times, now)
    set_aside(connection, stored, flawed, now)
    move_stream(connection, stored, Position(position.upto + len(fresh), last_issued_at))
    transaction.touch(desk_topic(office))
    if any(event.kind not in QUIET for event in fresh):
        transaction.touch(queue_topic(office))
    for event, code, _ in flawed:
        _log.error("sync.quarantined kiosk=%s epoch=%d seq=%d code=%s", stored.origin, stored.epoch, event.seq, code)
    return flawed


def _project(
    transaction: Transaction, sound: Sequence[Event], source: Source, position: Position, now: Micros
) -> Projection:
    projection = Projection(
        source.machine, source.stored, source.offset, now, position.last_issued_at, is_settled=source.is_settled
    )
    projection.apply(transaction.connection, sound)
    if projection.arrived:
        behind = Following(source.machine.office, life=0)
        behind.catch_up(transaction.connection, projection.arrived)
        transaction.touch(*behind.topics)
    return projection


def _follow(transaction: Transaction, sound: Sequence[Event], source: Source, life: int) -> dict[int, str]:
    following = Following(source.machine.office, life, is_own=source.is_own)
    following.apply(transaction.connection, sound)
    transaction.touch(*following.topics)
    return following.flaws
