"""Reads what a machine or a node below sent, event by event, so that one bad record hides no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from domain.clock import Micros
from domain.messages import PROTOCOL, ClockReading, Event, Pull, Stream, from_json
from domain.sync import LARGEST_BATCH
from server.faults import Refusal
from server.projection import LARGEST_INSTANT, LARGEST_INT, envelope_flaw
from server.store.log import is_node

if TYPE_CHECKING:
    from server.store.kiosks import Kiosk

_ORIGIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class LoosePush(msgspec.Struct, frozen=True):
    """`domain.messages.Push` with its events unread, so that one unreadable event does not hide the others."""

    stream: Stream
    from_seq: int
    events: tuple[msgspec.Raw, ...]


class LooseRequest(msgspec.Struct, frozen=True):
    """`domain.messages.ExchangeRequest`, loosely read."""

    proto: int
    child: str
    child_epoch: int
    known_parent_epoch: int
    streams: tuple[LoosePush, ...]
    pull: tuple[Pull, ...]
    clock: ClockReading
    app_version: str
    backlog: int
    take_stock: bool = False
    credential: bytes = b""


@dataclass(frozen=True, slots=True)
class ReadPush:
    """A push with its events read. ``flaws`` has, by event id, the code and raw bytes of those that are unusable."""

    stream: Stream
    events: tuple[Event, ...]
    flaws: dict[UUID, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that is well-formed and from who it says.

    ``epoch`` is the sender's life, ``known_epoch`` the life of this node that it last spoke to. ``is_carried`` is one
    that came in a file: nobody knows when it was said, and it is no contact.
    """

    kiosk: Kiosk
    pushes: tuple[ReadPush, ...]
    pull: tuple[Pull, ...]
    offset: int
    backlog: int
    app_version: str
    epoch: int
    known_epoch: int
    take_stock: bool = False
    is_carried: bool = False


def read_request(kiosk: Kiosk, raw: bytes, now: Micros) -> ReadRequest:
    """What ``kiosk`` sent, read and checked as a whole.

    Raises:
        Refusal: 400 not readable, 403 in another's name, 413 too many events, 426 another protocol.
    """
    try:
        loose = from_json(raw, LooseRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "bad_request") from error
    if loose.proto != PROTOCOL:
        raise Refusal(426, "bad_protocol")
    if loose.child != kiosk.id:
        raise Refusal(403, "foreign_child")
    if not kiosk.is_node and any(push.stream.origin != kiosk.id for push in loose.streams):
        raise Refusal(403, "foreign_stream")
    if any(not _ORIGIN.fullmatch(push.stream.origin) for push in loose.streams):
        raise Refusal(400, "bad_request")
    if not 1 <= loose.child_epoch <= LARGEST_INT:
        raise Refusal(400, "bad_request")
    if len({push.stream for push in loose.streams}) != len(loose.streams) or not all(
        1 <= push.stream.epoch <= LARGEST_INT and 1 <= push.from_seq <= LARGEST_INSTANT for push in loose.streams
    ):
        raise Refusal(400, "bad_request")
    if sum(len(push.events) for push in loose.streams) > LARGEST_BATCH:
        raise Refusal(413, "batch_too_large")
    wall = loose.clock.wall
    return ReadRequest(
        kiosk=kiosk,
        pushes=tuple(read_push(kiosk, push) for push in loose.streams),
        pull=loose.pull,
        offset=clock_offset(wall, now),
        backlog=min(max(loose.backlog, 0), LARGEST_INT),
        app_version=loose.app_version.replace("\0", "")[:64],
        epoch=loose.child_epoch,
        known_epoch=loose.known_parent_epoch,
        take_stock=loose.take_stock,
    )


GOOD_CLOCK_US = 2_000_000
"""Smaller differences are the network's delay, not the clock's error, and correcting them would add noise."""


def clock_offset(wall: int, now: Micros) -> int:
    """Microseconds to add to the kiosk's clock; 0 for a clock that is right."""
    wall = min(max(wall, 0), LARGEST_INSTANT)
    return 0 if abs(now - wall) < GOOD_CLOCK_US else now - wall


def read_push(kiosk: Kiosk, push: LoosePush) -> ReadPush:
    """The events of a push; those that cannot be used keep their places.

    Where ``kiosk`` is an office's node, it says of each event when it happened, but of those it set aside itself.
    """
    is_handed_on = kiosk.is_node and not is_node(push.stream.origin)
    events: list[Event] = []
    flaws: dict[UUID, tuple[str, bytes]] = {}
    for seq, raw in enumerate(map(bytes, push.events), push.from_seq):
        event = _read_event(raw, push.stream)
        if event is None:  # it keeps its place, under an id that is the same when it is sent again
            event = _placeholder(raw, push.stream, seq, kiosk.office)
            flaws[event.id] = ("unreadable", raw)
        elif flaw := envelope_flaw(event, kiosk):
            flaws[event.id] = (flaw, raw)
        elif is_handed_on and event.settled_at is msgspec.UNSET:
            flaws[event.id] = ("set_aside_below", raw)
        events.append(event)
    return ReadPush(push.stream, tuple(events), flaws)


_EVENT = msgspec.json.Decoder(Event)
"""Made once: to look up how a type is read takes as long as to read it."""


def _read_event(raw: bytes, stream: Stream) -> Event | None:
    try:
        event = _EVENT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if event.settled_at is not msgspec.UNSET and not 0 <= event.settled_at <= LARGEST_INSTANT:
        return None
    return event if event.stream == stream and 1 <= event.seq <= LARGEST_INSTANT else None


def _placeholder(raw: bytes, stream: Stream, seq: int, office: str) -> Event:
    return Event(
        id=uuid5(NAMESPACE_OID, raw.decode("latin-1")),
        stream=stream,
        seq=seq,
        kind="unreadable",
        v=0,
        at=Micros(0),
        office=office,
        day=date.min,
        body=msgspec.Raw(b"{}"),
    )
