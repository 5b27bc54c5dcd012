"""Takes the events of one stream into the log and the tables: of a push from below, or of what is fetched from above.

The rules are `domain.sync.judge`'s. What is not usable goes to quarantine and the stream goes on, because a single
bad record must never hold back the tickets behind it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from domain.messages import Ack
from domain.sync import judge, stored_at_top
from server.following import Following
from server.projection import Projection
from server.store.log import rejected, set_aside, stored_ids
from server.store.versions import desk_topic, queue_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.clock import Micros
    from domain.messages import Event, Stream
    from server.reading import ReadPush
    from server.store.entry import Entry
    from server.store.kiosks import Kiosk
    from server.store.log import Position

_log = logging.getLogger(__name__)

QUIET = frozenset({"ticket.print_outcome", "ticket.reprinted", "kiosk.health"})
"""Events that only clerks are shown: five hundred phones need not read the queue again because of them."""


@dataclass(frozen=True, slots=True)
class Source:
    """From whom a stream came, and what is to be believed of it.

    ``machine`` handed it over, or wrote it. ``stored`` is its name here. ``life`` is the place of a home node's own
    stream among the lives of its office (`server.store.moves`), None for a machine's stream. ``offset`` is what to add
    to the machine's clock in microseconds; ``is_settled`` where a node says instead when each event happened.
    ``goes_up`` is whether the stream has to be stored above, too, before it is safe, and ``silent_us`` for how long
    the node above was not heard then. ``is_own`` is where a
    home node learns what it forgot.
    """

    machine: Kiosk
    stored: Stream
    life: int | None = None
    offset: int = 0
    is_settled: bool = False
    goes_up: bool = False
    silent_us: int = 0
    is_own: bool = False


def take_push(entry: Entry, push: ReadPush, source: Source, now: Micros) -> Ack:
    """Takes in what is new of ``push``; tells how far the stream is stored, and what of it cannot be used.

    What can wait for other pushes is collected in ``entry``; `finish` writes it.
    """
    connection, stored = entry.connection, source.stored
    position = entry.position(stored, source.machine.office)
    above = position.above if source.goes_up else None
    numbers = [event.seq for event in push.events]
    first, last = (min(numbers), max(numbers)) if numbers else (1, 0)
    repeats = first <= min(last, position.upto)
    known = stored_ids(connection, stored, first, position.upto) if repeats else {}
    verdict = judge(position.upto, push.events, known.get)
    if verdict.fork:
        _log.error("sync.fork kiosk=%s epoch=%d upto=%d", stored.origin, stored.epoch, position.upto)
        return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, above, source.silent_us), fork=True)
    flawed = _take(entry, push, verdict.fresh, source, position=position, now=now) if verdict.fresh else ()
    # what was rejected is said again with every repetition: the child may not have heard it the first time
    unusable = rejected(connection, stored, first, last) if repeats or flawed else ()
    return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, above, source.silent_us), unusable)


def finish(entry: Entry) -> None:
    """Writes what was collected, and tells the new turns what their office has said of them already."""
    entry.write()
    for office, arrived in entry.arrived.items():
        behind = Following(office, life=0)
        behind.catch_up(entry.connection, arrived)
        entry.touch(*behind.topics)
    entry.arrived.clear()


def _take(
    entry: Entry,
    push: ReadPush,
    fresh: Sequence[Event],
    source: Source,
    *,
    position: Position,
    now: Micros,
) -> list[tuple[Event, str, bytes]]:
    connection, stored, office = entry.connection, source.stored, source.machine.office
    sound = [event for event in fresh if event.id not in push.flaws]
    if source.life is None:
        projection = _project(entry, sound, source, position, now)
        flaws, times = projection.flaws, {event.seq: projection.time_of(event) for event in sound}
        last_issued_at = projection.last_issued_at
    else:
        flaws = _follow(entry, sound, source, source.life)
        times = {event.seq: event.at if event.settled_at is msgspec.UNSET else event.settled_at for event in sound}
        last_issued_at = position.last_issued_at
    flawed = [
        (event, *push.flaws.get(event.id, (flaws.get(event.seq, ""), b"")))
        for event in fresh
        if event.id in push.flaws or event.seq in flaws
    ]
    entry.append(stored, [event for event in sound if event.seq not in flaws], times, now)
    set_aside(connection, stored, flawed, now)
    entry.move(stored, replace(position, upto=position.upto + len(fresh), last_issued_at=last_issued_at))
    entry.touch(desk_topic(office))
    if any(event.kind not in QUIET for event in fresh):
        entry.touch(queue_topic(office))
    for event, code, _ in flawed:
        _log.error("sync.quarantined kiosk=%s epoch=%d seq=%d code=%s", stored.origin, stored.epoch, event.seq, code)
    return flawed


def _project(entry: Entry, sound: Sequence[Event], source: Source, position: Position, now: Micros) -> Projection:
    projection = Projection(
        source.machine,
        source.stored,
        source.offset,
        now,
        position.last_issued_at,
        entry,
        is_settled=source.is_settled,
    )
    projection.apply(entry.connection, sound)
    if projection.arrived:
        entry.arrive(source.machine.office, projection.arrived)
    return projection


def _follow(entry: Entry, sound: Sequence[Event], source: Source, life: int) -> dict[int, str]:
    finish(entry)  # what is said may be about turns that came in the same breath
    following = Following(source.machine.office, life, is_own=source.is_own)
    following.apply(entry.connection, sound)
    entry.touch(*following.topics)
    return following.flaws
