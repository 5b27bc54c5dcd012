"""Many kiosks at one moment: what arrives while a commit lasts is taken in together, and nobody pays for another."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from domain.messages import Ack, Pull, QueueSnapshot, Rejected, from_json, to_json
from exchange.wire import PATH
from server.copies import Copies
from server.down import DownFlow
from server.ingest import Ingest
from server.offices import Offices
from server.proof import prove
from server.store.engine import open_engines
from server.store.node import read_node
from server.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from domain.messages import ExchangeResponse
    from server.store.writer import Transaction
    from tests.server.conftest import Site
    from tests.server.twin import KioskTwin

PATIENCE_S = 20.0


class Crowd:
    """Exchanges that all arrive before the writer comes to any of them."""

    def __init__(self, site: Site) -> None:
        self._engines = open_engines(site.config.database, site.keys)
        self._writer = Writer(self._engines.write, lambda _: None)
        read = self._engines.read
        with read.connect() as connection:
            node = read_node(connection)
        assert node is not None
        offices: Offices = site.composed.offices
        copies = Copies(node=node, keys=site.keys, offices=offices, clock=site.clock, writer=self._writer, read=read)
        self._ingest = Ingest(
            node=node,
            registry=site.registry,
            down_flow=DownFlow(offices=offices, copies=copies, registry=site.registry),
            clock=site.clock,
            writer=self._writer,
            read=read,
        )
        self.groups: list[int] = []
        receive = self._ingest._receive_all

        def counted(transaction: Transaction, asked: list[object]) -> object:
            self.groups.append(len(asked))
            return receive(transaction, asked)  # type: ignore[arg-type]

        self._ingest._receive_all = counted  # type: ignore[method-assign, assignment]
        self._asked: list[Future[ExchangeResponse]] = []

    def says(self, kiosk: KioskTwin, **changes: object) -> None:
        """A kiosk's exchange arrives, with all that it has to say."""
        body = to_json(kiosk.request(**changes))
        signed = kiosk.sign("POST", PATH, body)
        proof = prove(signed.headers, "POST", PATH, body)
        self._asked.append(self._ingest.submit(self._ingest.authenticate(proof), body, proof.turn))

    def answers(self) -> list[ExchangeResponse]:
        """What all are answered, in the order in which they spoke."""
        self._writer.start()
        return [asked.result(PATIENCE_S) for asked in self._asked]

    def close(self) -> None:
        self._writer.stop()
        self._engines.dispose()


@pytest.fixture
def crowd(site: Site) -> Iterator[Crowd]:
    with closing(Crowd(site)) as crowd:
        yield crowd


def acks(answers: list[ExchangeResponse]) -> list[Ack]:
    return [ack for answer in answers for ack in answer.acks]


def test_everybody_is_answered_as_if_alone(crowd: Crowd, site: Site) -> None:
    kiosks = [site.enrol(f"sala-{n}") for n in range(4)]
    for n, kiosk in enumerate(kiosks):
        for _ in range(n):
            kiosk.printed(kiosk.issue())
        crowd.says(kiosk)
    answers = crowd.answers()
    assert [(ack.stream, ack.upto, ack.rejected) for ack in acks(answers)] == [
        (kiosk.stream, 2 * n, ()) for n, kiosk in enumerate(kiosks)
    ]
    assert crowd.groups == [4]
    assert site.rows("SELECT count(*) FROM ticket") == site.rows("SELECT count(*) FROM print_outcome") == [(6,)]
    assert site.rows("SELECT upto FROM stream WHERE origin LIKE 'sala%' ORDER BY upto") == [(0,), (2,), (4,), (6,)]
    assert site.rows("SELECT count(*) FROM kiosk_contact") == [(4,)]
    queues = {from_json(bytes(item), QueueSnapshot).waiting for one in answers for item in one.down[0].items}
    assert queues == {6}


def test_a_repetition_beside_its_first_is_one(crowd: Crowd, site: Site) -> None:
    """A line that doubles: both arrive before either is done."""
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.issue()
    crowd.says(kiosk)
    crowd.says(kiosk)
    assert [ack.upto for ack in acks(crowd.answers())] == [2, 2]
    assert crowd.groups == [2]
    assert site.rows("SELECT count(*) FROM ticket") == [(2,)]
    assert site.rows("SELECT count(*) FROM event WHERE origin = 'sala-1'") == [(2,)]


def test_another_life_beside_the_first_is_a_fork(crowd: Crowd, site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    crowd.says(kiosk)
    kiosk.outbox.clear()
    kiosk.seq = 0
    kiosk.issue()
    crowd.says(kiosk)
    assert [(ack.upto, ack.fork) for ack in acks(crowd.answers())] == [(1, False), (0, True)]


def test_who_takes_what_is_anothers_is_set_aside_and_nobody_else(crowd: Crowd, site: Site) -> None:
    kiosks = [site.enrol(f"sala-{n}") for n in range(3)]
    taken = kiosks[0].issue()
    kiosks[1].issue()
    thief = from_json(bytes(kiosks[2].issue().event.body), dict)  # type: ignore[type-var]
    again = kiosks[2].outbox.pop()
    body = to_json(thief | {"ticket": str(taken.id)})
    kiosks[2].outbox.append(structs.replace(again, body=type(again.body)(body)))
    for kiosk in kiosks:
        crowd.says(kiosk)
    answers = acks(crowd.answers())
    assert [(ack.upto, ack.rejected) for ack in answers] == [(1, ()), (1, ()), (1, (Rejected(1, "ticket_taken"),))]
    assert crowd.groups == [3, 1, 1, 1]  # together it cannot be told whose it is
    assert site.rows("SELECT origin FROM ticket ORDER BY origin") == [("sala-0",), ("sala-1",)]
    assert site.rows("SELECT origin, code FROM quarantine") == [("sala-2", "ticket_taken")]


def test_each_hears_what_it_asked_for(crowd: Crowd, site: Site) -> None:
    kiosks = [site.enrol("sala-0"), site.enrol("sala-1")]
    kiosks[0].issue()
    crowd.says(kiosks[0], pull=(Pull("queue", 0, 0),))
    crowd.says(kiosks[1], pull=(Pull("office", 0, 0), Pull("queue", 0, 0)))
    assert [[down.scope for down in one.down] for one in crowd.answers()] == [["queue"], ["office", "queue"]]
