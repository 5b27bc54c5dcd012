"""Takes in what kiosks send: the parent's side of the exchange (the rules are `domain.sync.judge`).

An event is acknowledged once it is committed, usable or not: one that is not goes to quarantine and the stream
goes on, because a single bad record must never hold back the tickets behind it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from domain.clock import Micros
from domain.messages import (
    PROTOCOL,
    Ack,
    ClockReading,
    Event,
    ExchangeResponse,
    Pull,
    Stream,
    from_json,
)
from domain.sync import LARGEST_BATCH, is_forgotten_life, judge, stored_at_top
from server.faults import Refusal
from server.projection import LARGEST_INSTANT, LARGEST_INT, Projection, envelope_flaw
from server.store.kiosks import Kiosk, kiosk_of_secret, known_offset, note_contact
from server.store.log import Position, append, lock_stream, move_stream, rejected, set_aside, stored_ids
from server.store.node import epoch_now, next_life
from server.store.versions import desk_topic, queue_topic

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.down import DownFlow
    from server.store.node import Node
    from server.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)

QUIET = frozenset({"ticket.print_outcome", "ticket.reprinted", "kiosk.health"})
"""Events that only clerks are shown: five hundred phones need not read the queue again because of them."""


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


@dataclass(frozen=True, slots=True)
class ReadPush:
    """A push with its events read. ``flaws`` has, by event id, the code and raw bytes of those that are unusable."""

    stream: Stream
    events: tuple[Event, ...]
    flaws: dict[UUID, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that is well-formed and from who it says.

    ``known_epoch`` is the life of this node that the child last spoke to. ``is_carried`` is one that came in a file:
    nobody knows when it was said, and it is no contact.
    """

    kiosk: Kiosk
    pushes: tuple[ReadPush, ...]
    pull: tuple[Pull, ...]
    offset: int
    backlog: int
    app_version: str
    known_epoch: int
    is_carried: bool = False


class Ingest:
    """The receiving end for all kiosks."""

    def __init__(self, *, node: Node, down_flow: DownFlow, clock: Clock, writer: Writer, read: Engine) -> None:
        self._node = node
        self._down_flow = down_flow
        self._clock = clock
        self._writer = writer
        self._read = read

    def authenticate(self, authorization: str | None) -> Kiosk:
        """The kiosk whose bearer word this is; may wait for the database.

        Raises:
            Refusal: 401, there is no such kiosk (any more).
        """
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise Refusal(401, "no_credentials")
        with self._read.connect() as connection:
            kiosk = kiosk_of_secret(connection, secret.strip())
        if kiosk is None:
            raise Refusal(401, "unknown_kiosk")
        return kiosk

    def submit(self, kiosk: Kiosk, raw: bytes) -> Future[ExchangeResponse]:
        """Queues what ``kiosk`` sent; the future is done after the commit.

        Raises:
            Refusal: the request as a whole cannot be taken, and nothing of it is.
        """
        now = self._clock.now()
        request = read_request(kiosk, raw, now)
        return self._writer.submit(lambda transaction: self._receive(transaction, request, now))

    def carried(self, kiosk: Kiosk, raw: bytes) -> ReadRequest:
        """What ``kiosk`` wrote into a file, read and checked as a whole. What its clock was off is known from before.

        Raises:
            Refusal: as with `submit`.
        """
        with self._read.connect() as connection:
            offset = known_offset(connection, kiosk.id)
        return replace(read_request(kiosk, raw, self._clock.now()), offset=offset, is_carried=True)

    def submit_carried(self, request: ReadRequest) -> Future[ExchangeResponse]:
        """Queues what came in a file; the future is done after the commit."""
        now = self._clock.now()
        return self._writer.submit(lambda transaction: self._receive(transaction, request, now))

    def _receive(self, transaction: Transaction, request: ReadRequest, now: Micros) -> ExchangeResponse:
        epoch = self._life(transaction, request, now)
        # streams are locked in one order for all, so that no two exchanges wait for each other crosswise
        acks = {push.stream: self._take(transaction, push, request, now) for push in _in_order(request.pushes)}
        if not request.is_carried:
            self._note(transaction, request, now)
        return ExchangeResponse(
            parent=self._node.id,
            parent_epoch=epoch,
            acks=tuple(acks.values()),
            down=self._down_flow.answers(transaction.connection, request.kiosk, request.pull, epoch, now),
            server_time=self._clock.now(),
            backoff_ms=self._writer.backoff_ms,
        )

    def _life(self, transaction: Transaction, request: ReadRequest, now: Micros) -> int:
        """The life that this node is in; it begins another where a child knows more of them than the database does."""
        epoch, known = epoch_now(transaction.connection), request.known_epoch
        if not is_forgotten_life(epoch, known):
            return epoch
        opened = next_life(transaction.connection, now, above=known)
        _log.critical("sync.own_life_forgotten kiosk=%s epoch=%d known=%d", request.kiosk.id, opened, known)
        return opened

    @staticmethod
    def _note(transaction: Transaction, request: ReadRequest, now: Micros) -> None:
        note_contact(
            transaction.connection,
            {
                "kiosk": request.kiosk.id,
                "seen_at": now,
                "clock_offset": request.offset,
                "backlog": request.backlog,
                "app_version": request.app_version,
            },
        )

    def _take(self, transaction: Transaction, push: ReadPush, request: ReadRequest, now: Micros) -> Ack:
        connection = transaction.connection
        position = lock_stream(connection, push.stream)
        numbers = [event.seq for event in push.events]
        first, last = (min(numbers), max(numbers)) if numbers else (1, 0)
        repeats = first <= min(last, position.upto)
        known = stored_ids(connection, push.stream, first, position.upto) if repeats else {}
        verdict = judge(position.upto, push.events, known.get)
        if verdict.fork:
            _log.error("sync.fork kiosk=%s epoch=%d upto=%d", request.kiosk.id, push.stream.epoch, position.upto)
            return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, None), fork=True)
        sound = [event for event in verdict.fresh if event.id not in push.flaws]
        projection = Projection(request.kiosk, request.offset, now, position.last_issued_at)
        projection.apply(connection, sound)
        flawed = [
            (event, *push.flaws.get(event.id, (projection.flaws.get(event.seq, ""), b"")))
            for event in verdict.fresh
            if event.id in push.flaws or event.seq in projection.flaws
        ]
        append(connection, [event for event in sound if event.seq not in projection.flaws], now)
        set_aside(connection, flawed, now)
        if verdict.fresh:
            move_stream(connection, push.stream, Position(verdict.upto, projection.last_issued_at))
            transaction.touch(desk_topic(request.kiosk.office))
            if any(event.kind not in QUIET for event in verdict.fresh):
                transaction.touch(queue_topic(request.kiosk.office))
        for event, code, _ in flawed:
            _log.error(
                "sync.quarantined kiosk=%s epoch=%d seq=%d code=%s",
                request.kiosk.id,
                push.stream.epoch,
                event.seq,
                code,
            )
        # what was rejected is said again with every repetition: the child may not have heard it the first time
        unusable = rejected(connection, push.stream, first, last) if repeats or flawed else ()
        # this node has nobody above it, so what is stored here is stored at the top
        return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, None), unusable)


def _in_order(pushes: tuple[ReadPush, ...]) -> list[ReadPush]:
    return sorted(pushes, key=lambda push: push.stream)


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
    if any(push.stream.origin != kiosk.id for push in loose.streams):
        raise Refusal(403, "foreign_stream")
    if len({push.stream for push in loose.streams}) != len(loose.streams) or not all(
        1 <= push.stream.epoch <= LARGEST_INT and 1 <= push.from_seq <= LARGEST_INSTANT for push in loose.streams
    ):
        raise Refusal(400, "bad_request")
    if sum(len(push.events) for push in loose.streams) > LARGEST_BATCH:
        raise Refusal(413, "batch_too_large")
    wall = loose.clock.wall
    return ReadRequest(
        kiosk=kiosk,
        pushes=tuple(_read_push(kiosk, push) for push in loose.streams),
        pull=loose.pull,
        offset=clock_offset(wall, now),
        backlog=min(max(loose.backlog, 0), LARGEST_INT),
        app_version=loose.app_version.replace("\0", "")[:64],
        known_epoch=loose.known_parent_epoch,
    )


GOOD_CLOCK_US = 2_000_000
"""Smaller differences are the network's delay, not the clock's error, and correcting them would add noise."""


def clock_offset(wall: int, now: Micros) -> int:
    """Microseconds to add to the kiosk's clock; 0 for a clock that is right."""
    wall = min(max(wall, 0), LARGEST_INSTANT)
    return 0 if abs(now - wall) < GOOD_CLOCK_US else now - wall


def _read_push(kiosk: Kiosk, push: LoosePush) -> ReadPush:
    events: list[Event] = []
    flaws: dict[UUID, tuple[str, bytes]] = {}
    for seq, raw in enumerate(map(bytes, push.events), push.from_seq):
        event = _read_event(raw, push.stream)
        if event is None:  # it keeps its place, under an id that is the same when it is sent again
            event = _placeholder(raw, push.stream, seq, kiosk.office)
            flaws[event.id] = ("unreadable", raw)
        elif flaw := envelope_flaw(event, kiosk):
            flaws[event.id] = (flaw, raw)
        events.append(event)
    return ReadPush(push.stream, tuple(events), flaws)


def _read_event(raw: bytes, stream: Stream) -> Event | None:
    try:
        event = from_json(raw, Event)
    except (msgspec.DecodeError, UnicodeDecodeError):
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
