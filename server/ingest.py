"""Takes in what kiosks send: the parent's side of the exchange (the rules are `domain.sync.judge`).

An event is acknowledged once it is committed, usable or not: one that is not goes to quarantine and the stream
goes on, because a single bad record must never hold back the tickets behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.messages import Ack, ExchangeResponse
from domain.sync import stored_at_top
from server.faults import Refusal
from server.reading import ReadRequest, read_request
from server.store import homes
from server.store.kiosks import Kiosk, is_of, kiosk_of_secret, note_contact
from server.store.log import is_node, stored_as, streams_of, told_as
from server.store.moves import life_of
from server.store.node import epoch_now
from server.store.versions import HOMES_TOPIC, office_topic
from server.taking import Source, take_push

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock, Micros
    from domain.messages import Stream
    from server.down import DownFlow
    from server.reading import ReadPush
    from server.store.node import Node
    from server.store.writer import Transaction, Writer


class Ingest:
    """The receiving end for all kiosks, and for the nodes of offices.

    ``goes_up`` is the office whose events go on to the node above, None at the top.
    """

    def __init__(
        self,
        *,
        node: Node,
        down_flow: DownFlow,
        clock: Clock,
        writer: Writer,
        read: Engine,
        goes_up: str | None = None,
    ) -> None:
        self._node = node
        self._goes_up = goes_up
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

    def _receive(self, transaction: Transaction, request: ReadRequest, now: Micros) -> ExchangeResponse:
        connection, kiosk = transaction.connection, request.kiosk
        if kiosk.is_node:
            _claim_home(transaction, request, now)
        # streams are locked in one order for all, so that no two exchanges wait for each other crosswise
        acks = {
            push.stream: take_push(transaction, push, self._source(connection, request, push), now)
            for push in _in_order(request.pushes)
        }
        if request.take_stock:
            acks = self._stock(connection, kiosk) | acks
        note_contact(
            connection,
            {
                "kiosk": kiosk.id,
                "seen_at": now,
                "clock_offset": request.offset,
                "backlog": request.backlog,
                "app_version": request.app_version,
            },
        )
        epoch = epoch_now(connection)
        return ExchangeResponse(
            parent=self._node.id,
            parent_epoch=epoch,
            acks=tuple(acks.values()),
            down=self._down_flow.answers(connection, kiosk, request.pull, epoch, now),
            server_time=self._clock.now(),
            backoff_ms=self._writer.backoff_ms,
        )

    def _source(self, connection: Connection, request: ReadRequest, push: ReadPush) -> Source:
        """What is to be believed of a push."""
        kiosk = request.kiosk
        if not kiosk.is_node:
            return Source(
                kiosk,
                push.stream,
                offset=request.offset,
                goes_up=kiosk.office == self._goes_up,
            )
        stored, life = stored_as(push.stream, kiosk.office), None
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


def _in_order(pushes: tuple[ReadPush, ...]) -> list[ReadPush]:
    return sorted(pushes, key=lambda push: push.stream)
