"""Many clerks at once, in threads and in processes: no turn is called twice, none is passed over."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from domain.clock import Micros
from domain.tickets import Move
from server.clock import SystemClock
from server.copies import Copies
from server.desk import Desk
from server.faults import Refusal
from server.keys import load_keys
from server.offices import Offices
from server.store import tickets
from server.store.accounts import Clerk
from server.store.engine import open_engines
from server.store.node import read_node
from server.store.writer import Writer
from tests.server.conftest import OFFICE, config_in
from tests.server.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.store.engine import Engines
    from tests.server.conftest import Site

TURNS = 60
PATIENCE_S = 60.0


def desk_of(site: Site, engines: Engines) -> tuple[Desk, Writer]:
    """A desk with a writer of its own: on one database, that is another server process."""
    with engines.read.connect() as connection:
        node = read_node(connection)
    assert node is not None
    writer = Writer(engines.write, lambda _: None)
    writer.start()
    return Desk(
        node=node, keys=site.keys, offices=Offices(OFFICE), clock=site.clock, writer=writer, read=engines.read
    ), writer


@pytest.fixture
def desks(site: Site) -> Iterator[list[Desk]]:
    opened = [open_engines(site.config.database, site.keys) for _ in range(2)]
    pairs = [desk_of(site, engines) for engines in opened]
    yield [desk for desk, _ in pairs]
    for _, writer in pairs:
        writer.stop()
    for engines in opened:
        engines.dispose()


def serve_until_nobody_waits(desk: Desk, clerk: Clerk) -> list[str]:
    called = []
    while True:
        desk.call_next(clerk)
        turn = desk.held(clerk)
        if turn is None:
            return called
        called.append(str(turn.number))
        desk.move(clerk, turn.ticket, Move.SERVE)
        desk.move(clerk, turn.ticket, Move.FINISH)


def line_up(site: Site, turns: int = TURNS) -> None:
    kiosk = site.enrol()
    for place in range(turns):
        kiosk.issue(preferential=place % 5 == 0)
    kiosk.sync(site.client)


def clerk(counter: int) -> Clerk:
    return Clerk("ana", str(counter), "lima", b"", Micros(0))


def test_a_race_of_many_counters_over_two_servers(site: Site, desks: list[Desk]) -> None:
    line_up(site)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(serve_until_nobody_waits, desks[n % 2], clerk(n + 1)) for n in range(8)]
        called = [number for job in jobs for number in job.result(PATIENCE_S)]
    assert len(called) == len(set(called)) == TURNS
    assert site.rows("SELECT count(*) FROM event WHERE type = 'ticket.called'") == [(TURNS,)]
    seqs = [row[0] for row in site.rows("SELECT seq FROM event WHERE origin LIKE 'node%' ORDER BY seq")]
    # and the enrolment of the kiosk
    assert seqs == list(range(1, 3 * TURNS + 2))  # the node's own stream has neither gap nor double


def test_clicks_at_one_counter_from_everywhere_call_one_turn(site: Site, desks: list[Desk]) -> None:
    line_up(site, 20)

    def click(n: int) -> bool:
        try:
            desks[n % 2].call_next(clerk(1))
        except Refusal as refusal:
            return refusal.status != 409
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(click, range(16)))
    assert won.count(True) == 1
    with site.engines.read.connect() as connection:
        assert len(tickets.waiting(connection, "lima", since=Micros(0))) == 19


def test_clicks_for_a_copy_from_everywhere_ask_for_one(site: Site, desks: list[Desk]) -> None:
    line_up(site, 1)
    site.enrol("ventanilla-1", counter="1")
    desks[0].call_next(clerk(1))
    turn = desks[0].held(clerk(1))
    assert turn is not None
    copies = [
        Copies(
            node=desk._node,
            keys=site.keys,
            offices=Offices(OFFICE),
            clock=site.clock,
            writer=desk._writer,
            read=desk._read,
        )
        for desk in desks
    ]
    with ThreadPoolExecutor(8) as pool:
        clicks = [pool.submit(copies[n % 2].ask, clerk(1), turn.ticket, "") for n in range(16)]
        assert [click.result(PATIENCE_S) for click in clicks] == [None] * 16
    assert site.rows("SELECT copy, state FROM print_request") == [(1, "asked")]
    assert site.rows("SELECT count(*) FROM event WHERE type = 'print.requested'") == [(1,)]


RACER = """
import json, sys
from tests.server.test_races import racing_process
print(json.dumps(racing_process(*json.loads(sys.argv[1]))))
"""


def racing_process(folder: str, url: str, counter: int) -> list[str]:
    """What a process of its own calls; run by the test below."""
    config = config_in(Path(folder), url)
    keys = load_keys(config.keys, may_create=False)
    engines = open_engines(config.database, keys)
    with engines.read.connect() as connection:
        node = read_node(connection)
    assert node is not None
    writer = Writer(engines.write, lambda _: None)
    writer.start()
    desk = Desk(node=node, keys=keys, offices=Offices(OFFICE), clock=SystemClock(), writer=writer, read=engines.read)
    called = serve_until_nobody_waits(desk, clerk(counter))
    writer.stop()
    engines.dispose()
    return called


def test_a_race_of_processes(site: Site) -> None:
    line_up(site, 40)
    with site.engines.write.begin() as connection:  # the racers live on the real clock, whose day is another
        connection.exec_driver_sql("UPDATE ticket SET issued_at = 4000000000000000 + n")
    place = [str(site.config.data_dir), site.config.database_url]
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, json.dumps([*place, n])], cwd=ROOT, stdout=subprocess.PIPE)
        for n in (1, 2, 3)
    ]
    called: list[str] = []
    for racer in racers:
        out, _ = racer.communicate(timeout=PATIENCE_S)
        assert racer.returncode == 0
        called += json.loads(out)
    assert len(called) == len(set(called)) == 40
