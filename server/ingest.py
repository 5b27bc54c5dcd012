"""Takes in what kiosks send: the parent's side of the exchange (the rules are `domain.sync.judge`).

An event is acknowledged once it is committed, usable or not: one that is not goes to quarantine and the stream
goes on, because a single bad record must never hold back the tickets behind it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from domain.messages import Ack, ExchangeResponse, from_json
from domain.sync import is_forgotten_life, is_old_turn, stored_at_top
from server.faults import Refusal
from server.reading import LooseRequest, ReadRequest, read_request
from server.store import homes
from server.store.entry import Entry
from server.store.kiosks import Kiosk, is_of, kiosk_of_device, kiosk_of_name, known_offset, last_turns
from server.store.log import is_node, stored_as, streams_of, told_as
from server.store.moves import life_of
from server.store.node import epoch_now, open_life
from server.store.upstream import silence
from server.store.versions import HOMES_TOPIC, desk_topic, office_topic
from server.taking import Source, finish, take_push

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock, Micros
    from domain.messages import QueueSnapshot, Stream
    from server.down import DownFlow
    from server.enrolment import NotRenewed, Registry
    from server.proof import Proof
    from server.reading import ReadPush
    from server.store.node import Node
    from server.store.writer import Transaction, Writer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, in which ``turn`` of its machine it came, and when.

    ``not_renewed`` is why the machine gets no series for the life that it says it began; None where it needs none.
    """

    request: ReadRequest
    turn: int
    now: Micros
    not_renewed: NotRenewed | None = None


class Ingest:
    """The receiving end for all kiosks, and for the nodes of offices.

    ``goes_up`` is the office whose events go on to the node above, None at the top.
    """

    def __init__(
        self,
        *,
        node: Node,
        registry: Registry,
        down_flow: DownFlow,
        clock: Clock,
        writer: Writer,
        read: Engine,
        goes_up: str | None = None,
    ) -> None:
        self._node = node
        self._registry = registry
        self._goes_up = goes_up
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
        asked = _Asked(read_request(kiosk, raw, now), turn, now)
        if kiosk.is_node:  # one office's words may be about another exchange's tickets
            return self._writer.submit(lambda transaction: self._receive_all(transaction, [asked])[0])
        events = sum(len(push.events) for push in asked.request.pushes)
        return self._writer.submit_together(self._receive_all, asked, weight=max(1, events))

    def _receive_all(self, transaction: Transaction, asked: Sequence[_Asked]) -> list[ExchangeResponse]:
        """Takes in what came while the last commit lasted: a country's kiosks send little, but many at a time."""
        entry = Entry(transaction, is_alone=len(asked) == 1)
        _refuse_repeated(entry.connection, [one for one in asked if not one.request.is_carried])
        epoch = max(self._life(entry.connection, one) for one in asked)
        asked = [self._in_its_life(transaction, one) for one in asked]
        for one in asked:
            if one.request.kiosk.is_node:
                _claim_home(transaction, one.request, one.now)
        # streams are locked in one order for all, so that no two exchanges wait for each other crosswise
        entry.lock(_stored(one.request.kiosk, push.stream) for one in asked for push in one.request.pushes)
        acks = [self._receive(entry, one) for one in asked]
        finish(entry)
        known: dict[str, QueueSnapshot] = {}
        return [self._answer(entry, one, told, epoch, known) for one, told in zip(asked, acks, strict=True)]

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
        asked = _Asked(request, 0, self._clock.now())
        return self._writer.submit(lambda transaction: self._receive_all(transaction, [asked])[0])

    @staticmethod
    def _life(connection: Connection, asked: _Asked) -> int:
        """The life that this node is in; it begins another where a child knows more of them than the database does."""
        epoch, known = epoch_now(connection), asked.request.known_epoch
        if not is_forgotten_life(epoch, known):
            return epoch
        opened = open_life(connection, asked.now, above=known)
        _log.critical("sync.own_life_forgotten kiosk=%s epoch=%d known=%d", asked.request.kiosk.id, opened, known)
        return opened

    def _receive(self, entry: Entry, asked: _Asked) -> tuple[Ack, ...]:
        request, now = asked.request, asked.now
        acks = {
            push.stream: take_push(entry, push, self._source(entry.connection, request, push, now), now)
            for push in _in_order(request.pushes)
        }
        if request.take_stock:
            acks = self._stock(entry.connection, request.kiosk) | acks
        if not request.is_carried:
            self._note(entry, asked)
        return tuple(acks.values())

    @staticmethod
    def _note(entry: Entry, asked: _Asked) -> None:
        request, now = asked.request, asked.now
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

    def _answer(
        self, entry: Entry, asked: _Asked, acks: tuple[Ack, ...], epoch: int, known: dict[str, QueueSnapshot]
    ) -> ExchangeResponse:
        request = asked.request
        return ExchangeResponse(
            parent=self._node.id,
            parent_epoch=epoch,
            acks=acks,
            down=self._down_flow.answers(entry.connection, request.kiosk, request.pull, epoch, asked.now, known=known),
            server_time=self._clock.now(),
            backoff_ms=self._writer.backoff_ms,
            trouble="" if asked.not_renewed is None else asked.not_renewed.value,
        )

    def _in_its_life(self, transaction: Transaction, asked: _Asked) -> _Asked:
        """A kiosk that began a new life gets a series for it before anything of that life is looked at."""
        request, kiosk = asked.request, asked.request.kiosk
        if not kiosk.gives_numbers or request.epoch <= kiosk.epoch:
            return asked
        refused = self._registry.renew(transaction.connection, kiosk, request.epoch, asked.now)
        if refused is not None:
            _log.error("sync.not_renewed kiosk=%s why=%s", kiosk.id, refused.value)
            return replace(asked, not_renewed=refused)
        _log.warning("sync.new_life kiosk=%s epoch=%d", kiosk.id, request.epoch)
        transaction.touch(desk_topic(kiosk.office))
        renewed = kiosk_of_name(transaction.connection, kiosk.id) or kiosk
        return replace(asked, request=replace(request, kiosk=renewed))

    def _source(self, connection: Connection, request: ReadRequest, push: ReadPush, now: Micros) -> Source:
        """What is to be believed of a push."""
        kiosk = request.kiosk
        if not kiosk.is_node:
            goes_up = kiosk.office == self._goes_up
            return Source(
                kiosk,
                push.stream,
                offset=request.offset,
                goes_up=goes_up,
                silent_us=silence(connection, now) if goes_up else 0,
            )
        stored, life = _stored(kiosk, push.stream), None
        if is_node(push.stream.origin):
            life = life_of(homes.lives(connection, kiosk.office)[push.stream.origin], push.stream.epoch)
        return Source(kiosk, stored, life, is_settled=True)

    def _stock(self, connection: Connection, kiosk: Kiosk) -> dict[Stream, Ack]:
        """How much is here of everything that this child ever sent."""
        goes_up = kiosk.office == self._goes_up and not kiosk.is_node
        held = streams_of(connection, f"{kiosk.office}/" if kiosk.is_node else kiosk.id)
        return {
            told_as(stream): Ack(
                told_as(stream),
                position.upto,
                stored_at_top(position.upto, position.above if goes_up else None),
            )
            for stream, position in held.items()
        }


def _claim_home(transaction: Transaction, request: ReadRequest, now: Micros) -> None:
    """The node that speaks is the one that calls its office's queue.

    Raises:
        Refusal: 403 a stream is another office's, 409 another node of that office may speak, too.
    """
    connection, machine = transaction.connection, request.kiosk
    nodes = {push.stream.origin for push in request.pushes if is_node(push.stream.origin)}
    if nodes and homes.is_foreign(connection, nodes, machine.office):
        raise Refusal(403, "foreign_stream")
    home = homes.home_of(connection, machine.office)
    if home is not None and home.machine != machine.id and is_of(connection, home.machine, machine.office):
        raise Refusal(409, "home_taken")
    known = homes.lives(connection, machine.office)
    for nth, node in enumerate(sorted(nodes - known.keys()), start=max(known.values(), default=0)):
        homes.add_home(connection, machine.office, homes.Home(node, machine.id, nth + 1, now))
        transaction.touch(HOMES_TOPIC, office_topic(machine.office))
    if known:
        homes.note_home_heard(connection, machine.office, machine.id, now)


def _refuse_repeated(connection: Connection, asked: Sequence[_Asked]) -> None:
    """Raises: Refusal, 409, where a turn, or a later one, was taken already."""
    last = last_turns(connection, {one.request.kiosk.id for one in asked})
    for one in asked:
        name = one.request.kiosk.id
        if is_old_turn(last.get(name, 0), one.turn):
            raise Refusal(409, "replayed", turn=str(last[name]))
        last[name] = one.turn


def _stored(kiosk: Kiosk, stream: Stream) -> Stream:
    return stored_as(stream, kiosk.office) if kiosk.is_node else stream


def _in_order(pushes: tuple[ReadPush, ...]) -> list[ReadPush]:
    return sorted(pushes, key=lambda push: push.stream)
