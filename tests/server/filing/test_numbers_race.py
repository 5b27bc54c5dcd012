"""Several desks receive at one moment, each by a writer of its own as in processes of their own, on each database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from domain.clock import in_lima
from server.clock import SystemClock
from server.filing.blocks import offers
from server.filing.office import Filings
from server.keys import load_keys
from server.offices import Offices
from server.store.accounts import Clerk
from server.store.blocks import blocks_of
from server.store.engine import open_engines
from server.store.node import read_node
from server.store.writer import Writer
from tests.server.conftest import OFFICE
from tests.server.filing.conftest import FORM
from tests.server.filing.test_blocks import SHARED

if TYPE_CHECKING:
    from domain.filings import FilingRules
    from server.config import Config
    from server.store.filings import Filing

DESKS, EACH = 6, 8
SAME = uuid4()


class _Sharing(Offices):
    def filing_rules_of(self, id_: str) -> FilingRules:
        del id_
        return SHARED


def test_desks_that_receive_at_once_leave_neither_gap_nor_double(config: Config) -> None:
    """Meanwhile another process leases blocks of the same series to other offices."""
    keys, clock = load_keys(config.keys, may_create=False), SystemClock()
    start = threading.Barrier(DESKS + 1)

    def desk(n: int) -> list[Filing]:
        engines = open_engines(config.database, keys)
        with engines.read.connect() as connection:
            node = read_node(connection)
        assert node is not None
        writer = Writer(engines.write, lambda _: None)
        writer.start()
        parts = {"node": node, "keys": keys, "offices": _Sharing(OFFICE), "clock": clock, "read": engines.read}
        filings = Filings(**parts, writer=writer)  # type: ignore[arg-type]
        clerk = Clerk(f"ana-{n}", str(n), OFFICE.id, b"", clock.now())
        start.wait()
        forms = [SAME, *(uuid4() for _ in range(EACH))]  # the first one is every desk's
        received = [filings.receive(clerk, replace(FORM, id=form), "") for form in forms]
        writer.stop()
        engines.dispose()
        return received

    def centre() -> None:
        engines = open_engines(config.database, keys)
        start.wait()
        for office in ("tacna", "puno", "cusco", "tumbes"):
            with engines.write.begin() as connection:
                offers(connection, office, SHARED, clock.now())
        engines.dispose()

    with ThreadPoolExecutor(DESKS + 1) as pool:
        leasing = pool.submit(centre)
        received = [one for done in [pool.submit(desk, n) for n in range(1, DESKS + 1)] for one in done.result()]
        leasing.result()
    assert len({one.register.n for one in received if one.id == SAME}) == 1
    assert sorted({one.register.n for one in received}) == list(range(1, DESKS * EACH + 2))
    assert len({one.expediente for one in received}) == DESKS * EACH + 1
    engines = open_engines(config.database, keys)
    with engines.read.connect() as connection:
        held = blocks_of(connection, in_lima(clock.now()).year, "INS")
    engines.dispose()
    assert [block.first for block in held] == [1, *(block.last + 1 for block in held[:-1])]
    mine = {n for block in held if block.office == OFFICE.id for n in range(block.first, block.last + 1)}
    assert {int(one.expediente[-7:]) for one in received} <= mine
    assert {block.office for block in held} == {OFFICE.id, "tacna", "puno", "cusco", "tumbes"}
