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
from domain.sync import LARGEST_BATCH, is_old_turn, judge, stored_at_top
from server.faults import Refusal
from server.projection import LARGEST_INSTANT, LARGEST_INT, Projection, envelope_flaw
from server.store.entry import Entry
from server.store.kiosks import Kiosk, kiosk_of_device, kiosk_of_name, last_turns
from server.store.log import Position, rejected, set_aside, stored_ids
from server.store.versions import desk_topic, queue_topic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.messages import QueueSnapshot
    from server.down import DownFlow
    from server.enrolment import Registry
    from server.proof import Proof
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
    credential: bytes = b""


@dataclass(frozen=True, slots=True)
class ReadPush:
    """A push with its events read. ``flaws`` has, by event id, the code and raw bytes of those that are unusable."""

    stream: Stream
    events: tuple[Event, ...]
    flaws: dict[UUID, tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that is well-formed and from who it says."""

    kiosk: Kiosk
    pushes: tuple[ReadPush, ...]
    pull: tuple[Pull, ...]
    offset: int
    backlog: int
    app_version: str
    epoch: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, in which ``turn`` of its machine it came, and when."""

    request: ReadRequest
    turn: int
    now: Micros


class Ingest:
    """The receiving end for all kiosks."""

    def __init__(
        self, *, node: Node, registry: Registry, down_flow: DownFlow, clock: Clock, writer: Writer, read: Engine
    ) -> None:
        self._node = node
        self._registry = registry
        self._down_flow = down_flow
        self._clock = clock
        self._writer = writer
        self._read = read

    def authenticate(self, proof: Proof) -> Kiosk:
        """The machine that signed a request; may wait for the database.

        Raises:
            Refusal: 401, there is no such machine, or it is revoked.
        """
        with self._read.connect() as connection:
            kiosk = kiosk_of_device(connection, proof.device_key)
        if kiosk is None:
            raise Refusal(401, "unknown_kiosk")
        if kiosk.is_revoked:
            raise Refusal(401, "revoked")
        return kiosk

    def admit(self, proof: Proof, raw: bytes) -> Kiosk:
        """`authenticate` for an exchange: a machine that was forgotten may show in it that it had been enrolled.

        Raises:
            Refusal: 401, there is no such machine, or it is revoked.
        """
        try:
            return self.authenticate(proof)
        except Refusal as refusal:
            if refusal.code != "unknown_kiosk":
                raise
            kiosk = self._take_in(proof, raw)
            if kiosk is None:
                raise
            return kiosk

    def _take_in(self, proof: Proof, raw: bytes) -> Kiosk | None:
        """The machine that this database forgot when it was put back to an earlier day."""
        try:
            loose = from_json(raw, LooseRequest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if not loose.credential:
            return None

        def unit(transaction: Transaction) -> Kiosk | None:
            now = self._clock.now()
            found = self._registry.take_in(
                transaction.connection, loose.child, proof.device_key, loose.credential, now
            )  # fmt: skip
            if found is not None:
                transaction.touch(desk_topic(found.office))
            return found

        kiosk = self._writer.do(unit)
        if kiosk is not None:
            _log.warning("sync.taken_in_again kiosk=%s epoch=%d", kiosk.id, kiosk.epoch)
        return kiosk

    def submit(self, kiosk: Kiosk, raw: bytes, turn: int) -> Future[ExchangeResponse]:
        """Queues what ``kiosk`` sent in its ``turn``; the future is done after the commit.

        Raises:
            Refusal: the request as a whole cannot be taken, and nothing of it is. The future may hold a 409: that turn,
                or a later one, was taken already.
        """
        now = self._clock.now()
        request = read_request(kiosk, raw, now)
        events = sum(len(push.events) for push in request.pushes)
        return self._writer.submit_together(self._receive_all, _Asked(request, turn, now), weight=max(1, events))

    def _receive_all(self, transaction: Transaction, asked: Sequence[_Asked]) -> list[ExchangeResponse]:
        """Takes in what came while the last commit lasted: a country's kiosks send little, but many at a time."""
        entry = Entry(transaction, is_alone=len(asked) == 1)
        _refuse_repeated(entry.connection, asked)
        asked = [self._in_its_life(transaction, one) for one in asked]
        # streams are locked in one order for all, so that no two exchanges wait for each other crosswise
        entry.lock(push.stream for one in asked for push in one.request.pushes)
        acks = [self._receive(entry, one) for one in asked]
        entry.write()
        known: dict[str, QueueSnapshot] = {}
        return [self._answer(entry, one, told, known) for one, told in zip(asked, acks, strict=True)]

    def _receive(self, entry: Entry, asked: _Asked) -> tuple[Ack, ...]:
        request, now = asked.request, asked.now
        acks = tuple(self._take(entry, push, request, now) for push in _in_order(request.pushes))
        entry.note_contact(
            {
                "kiosk": request.kiosk.id,
                "seen_at": now,
                "clock_offset": request.offset,
                "backlog": request.backlog,
                "app_version": request.app_version,
                "turn": asked.turn,
            }
        )
        return acks

    def _answer(
        self, entry: Entry, asked: _Asked, acks: tuple[Ack, ...], known: dict[str, QueueSnapshot]
    ) -> ExchangeResponse:
        return ExchangeResponse(
            parent=self._node.id,
            parent_epoch=self._node.epoch,
            acks=acks,
            down=self._down_flow.answers(entry.connection, asked.request.kiosk, asked.request.pull, asked.now, known),
            server_time=self._clock.now(),
            backoff_ms=self._writer.backoff_ms,
        )

    def _in_its_life(self, transaction: Transaction, asked: _Asked) -> _Asked:
        """A kiosk that began a new life gets a series for it before anything of that life is looked at."""
        request, kiosk = asked.request, asked.request.kiosk
        if not kiosk.gives_numbers or request.epoch <= kiosk.epoch:
            return asked
        if not self._registry.renew(transaction.connection, kiosk, request.epoch, asked.now):
            _log.error("sync.no_series_left kiosk=%s", kiosk.id)
            return asked
        _log.warning("sync.new_life kiosk=%s epoch=%d", kiosk.id, request.epoch)
        transaction.touch(desk_topic(kiosk.office))
        renewed = kiosk_of_name(transaction.connection, kiosk.id) or kiosk
        return replace(asked, request=replace(request, kiosk=renewed))

    def _take(self, entry: Entry, push: ReadPush, request: ReadRequest, now: Micros) -> Ack:
        position, connection = entry.position(push.stream), entry.connection
        numbers = [event.seq for event in push.events]
        first, last = (min(numbers), max(numbers)) if numbers else (1, 0)
        repeats = first <= min(last, position.upto)
        known = stored_ids(connection, push.stream, first, position.upto) if repeats else {}
        verdict = judge(position.upto, push.events, known.get)
        if verdict.fork:
            _log.error("sync.fork kiosk=%s epoch=%d upto=%d", request.kiosk.id, push.stream.epoch, position.upto)
            return Ack(push.stream, verdict.upto, stored_at_top(verdict.upto, None), fork=True)
        sound = [event for event in verdict.fresh if event.id not in push.flaws]
        projection = Projection(request.kiosk, request.offset, now, position.last_issued_at, entry)
        projection.apply(connection, sound)
        flawed = [
            (event, *push.flaws.get(event.id, (projection.flaws.get(event.seq, ""), b"")))
            for event in verdict.fresh
            if event.id in push.flaws or event.seq in projection.flaws
        ]
        entry.append((event for event in sound if event.seq not in projection.flaws), now)
        set_aside(connection, flawed, now)
        if verdict.fresh:
            entry.move(push.stream, Position(verdict.upto, projection.last_issued_at))
            entry.touch(desk_topic(request.kiosk.office))
            if any(event.kind not in QUIET for event in verdict.fresh):
                entry.touch(queue_topic(request.kiosk.office))
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


def _refuse_repeated(connection: Connection, asked: Sequence[_Asked]) -> None:
    """Raises: Refusal, 409, where a turn, or a later one, was taken already."""
    last = last_turns(connection, {one.request.kiosk.id for one in asked})
    for one in asked:
        name = one.request.kiosk.id
        if is_old_turn(last.get(name, 0), one.turn):
            raise Refusal(409, "replayed", turn=str(last[name]))
        last[name] = one.turn


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
        epoch=loose.child_epoch,
        pushes=tuple(_read_push(kiosk, push) for push in loose.streams),
        pull=loose.pull,
        offset=clock_offset(wall, now),
        backlog=min(max(loose.backlog, 0), LARGEST_INT),
        app_version=loose.app_version.replace("\0", "")[:64],
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


_EVENT = msgspec.json.Decoder(Event)
"""Made once: to look up how a type is read takes as long as to read it."""


def _read_event(raw: bytes, stream: Stream) -> Event | None:
    try:
        event = _EVENT.decode(raw)
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
