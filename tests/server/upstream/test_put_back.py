"""Servers that lose their data or are put back to an old copy: their neighbours fill them, and nothing is undone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from exchange.client import STOCK_EVERY_S
from server.centre import Upstream
from tests.server.conftest import Site, swept
from tests.server.upstream.chain import NODE, Chain, Line, Office, enrol_node, found_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from domain.messages import Event
    from tests.server.twin import Issued, KioskTwin


class Fragile:
    """An office on a disk of its own, below the swept building; its kiosk keeps everything, as kiosks do."""

    def __init__(self, centre: Site, folder: Path, migrated: Path) -> None:
        self.folder = folder
        self.line = Line()
        self.line.reset(centre.client, enrol_node(centre))
        shutil.copytree(migrated, folder, dirs_exist_ok=True)
        found_office(folder)
        self.server = Office(folder, centre.clock, self.line)
        self.centre = centre
        self.said: list[Event] = []
        self.start()
        self.kiosk = self.chain.kiosk()
        self.chain.office.account()

    def start(self) -> None:
        office = self.server.start()
        assert office.composed.above is not None
        self.chain = Chain(self.centre, office, self.line, office.composed.above.client())

    def issue(self) -> Issued:
        issued = self.kiosk.issue()
        self.said.append(issued.event)
        return issued

    def tell(self, kiosk: KioskTwin | None = None) -> None:
        """The kiosk sends all that it ever said; what is there already is a repetition."""
        (kiosk or self.kiosk).sync(self.chain.office.client, self.said)

    def put_back(self, copy: Path, *, announced: bool) -> None:
        """Ends it as a cut cable does, and starts it with an old copy."""
        self.server.stop()
        self.server.put_back(copy)
        if announced:  # what the command that restores does
            site = self.server.start()
            with site.engines.write.begin() as connection:
                connection.execute(text("UPDATE node SET epoch = epoch + 1"))
                connection.execute(
                    text("INSERT INTO stream (origin, epoch, upto, last_issued_at) SELECT id, epoch, 0, 0 FROM node")
                )
            self.server.stop()
        self.start()

    def agree(self) -> None:
        """Office and centre have the same events, and tell the same of every turn."""
        chain = self.chain
        assert chain.turns(chain.office) == chain.turns(chain.centre)
        assert chain.log(chain.office) == chain.log(chain.centre, "tacna/")
        ids = [row[3] for row in chain.log(chain.office)]
        assert len(ids) == len(set(ids))

    def kiosk_ticket(self, n: int) -> str:
        [(id_,)] = self.chain.office.rows("SELECT id FROM ticket WHERE n = :n", n=n)
        return str(id_)

    def states(self) -> dict[int, str]:
        return {turn[1]: turn[2] for turn in self.chain.turns(self.chain.office)}


A_FILE = pytest.mark.parametrize("building", ["sqlite"], indirect=True)
"""The office is a SQLite file either way: once is enough."""


@pytest.fixture
def fragile(site: Site, tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fragile]:
    monkeypatch.setattr(Upstream, "start", lambda _self: None)
    found = Fragile(site, tmp_path, migrated)
    yield found
    found.server.stop()


def a_day(fragile: Fragile, tmp_path: Path) -> dict[str, Any]:
    """A morning; a copy is made; two more come, and three are attended, of which the copy knows nothing."""
    first, second = fragile.issue(), fragile.issue()
    fragile.tell()
    clerk = fragile.chain.office.clerk()
    clerk.call_next()
    clerk.move(first.id, "serving")
    fragile.chain.drain()
    copy = tmp_path / "copy.db"
    fragile.server.copy(copy)
    third, fourth = fragile.issue(), fragile.issue()
    fragile.tell()
    clerk.move(first.id, "done")
    for issued in (second, third):
        clerk.call_next()
        clerk.move(issued.id, "serving")
        clerk.move(issued.id, "done")
    fragile.chain.drain()
    assert fragile.states() == {1: "done", 2: "done", 3: "done", 4: "waiting"}
    return {"copy": copy, "fourth": fourth, "events": fragile.chain.log(fragile.chain.centre, "tacna/")}


@pytest.mark.parametrize("announced", [True, False])
@A_FILE
def test_an_office_put_back_to_an_old_copy_is_filled_again(
    fragile: Fragile, tmp_path: Path, *, announced: bool
) -> None:
    day = a_day(fragile, tmp_path)
    fragile.put_back(day["copy"], announced=announced)
    assert fragile.states() == {1: "serving", 2: "waiting"}
    fragile.chain.drain()
    fragile.agree()
    assert fragile.states() == {1: "done", 2: "done", 3: "done", 4: "waiting"}
    log = [event for event in fragile.chain.log(fragile.chain.centre, "tacna/") if event[1] == 1]
    assert log[: len(day["events"])] == day["events"]
    assert fragile.chain.office.rows("SELECT epoch FROM node") == [(2,)]
    fragile.tell()  # the kiosk, which knows the new life, sends all once more
    fragile.chain.drain()
    fragile.agree()


@pytest.mark.parametrize("announced", [True, False])
@A_FILE
def test_what_was_called_before_the_office_was_filled_again_is_not_undone(
    fragile: Fragile, tmp_path: Path, *, announced: bool
) -> None:
    day = a_day(fragile, tmp_path)
    fragile.put_back(day["copy"], announced=announced)
    fragile.line.is_cut = True
    fragile.tell()  # the kiosk was faster than the centre
    assert fragile.states() == {1: "serving", 2: "waiting", 3: "waiting", 4: "waiting"}
    clerk = fragile.chain.office.clerk("ana", "1")
    clerk.move(fragile.kiosk_ticket(1), "done")
    clerk.call_next()  # number 2, which was done in the life that is forgotten: it comes once more
    fragile.line.is_cut = False
    fragile.chain.drain()
    fragile.agree()
    assert fragile.states() == {1: "done", 2: "called", 3: "done", 4: "waiting"}


@A_FILE
def test_a_turn_at_a_counter_that_has_gone_on_is_set_aside(fragile: Fragile, tmp_path: Path) -> None:
    """The copy knows of nobody at counter 1; another was called there before it heard of the one it forgot."""
    first, second = fragile.issue(), fragile.issue()
    fragile.tell()
    fragile.chain.drain()
    copy = tmp_path / "copy.db"
    fragile.server.copy(copy)
    clerk = fragile.chain.office.clerk()
    clerk.call_next()
    clerk.move(first.id, "serving")
    fragile.chain.drain()
    fragile.put_back(copy, announced=True)
    clerk = fragile.chain.office.clerk()
    clerk.move(second.id, "chosen", why="at_counter")
    assert fragile.states() == {1: "waiting", 2: "called"}
    fragile.chain.drain()
    assert fragile.states() == {1: "parked", 2: "called"}
    assert [turn[2] for turn in fragile.chain.turns(fragile.chain.centre)].count("parked") == 1


@A_FILE
def test_an_office_that_lost_everything_gets_it_from_the_centre(
    fragile: Fragile, tmp_path: Path, migrated: Path
) -> None:
    a_day(fragile, tmp_path)
    before = fragile.chain.turns(fragile.chain.centre)
    fragile.server.stop()
    shutil.copyfile(migrated / "server.db", fragile.folder / "server.db")
    for name in ("server.db-wal", "server.db-shm"):
        (fragile.folder / name).unlink(missing_ok=True)
    found_office(fragile.folder, node="node-bbbbbbbbbbbb")
    fragile.start()
    fragile.chain.drain()
    assert fragile.chain.turns(fragile.chain.office) == before
    assert fragile.chain.centre.rows("SELECT node, nth FROM office_home ORDER BY nth") == [
        (NODE, 1),
        ("node-bbbbbbbbbbbb", 2),
    ]
    fragile.agree()


def test_a_centre_that_lost_everything_gets_it_from_the_offices(chain: Chain) -> None:
    kiosk = chain.kiosk()
    chain.office.account()
    clerk = chain.office.clerk()
    issued = [kiosk.issue() for _ in range(3)]
    kiosk.sync(chain.office.client)
    clerk.call_next()
    chain.drain()
    swept(chain.centre)
    with chain.centre.engines.write.begin() as connection:
        connection.execute(text("UPDATE node SET epoch = 2"))
        connection.execute(text("UPDATE stream SET epoch = 2"))
    chain.line.machine = enrol_node(chain.centre)
    [ack] = kiosk.sync(chain.office.client).acks
    assert ack.central_upto == len(issued)  # nobody knows yet
    chain.drain()
    assert chain.turns(chain.centre) == chain.turns(chain.office)
    assert chain.log(chain.centre, "tacna/") == chain.log(chain.office)


@A_FILE
def test_what_the_centre_has_no_more_is_asked_for_once_each_time_stock_is_taken(
    fragile: Fragile, tmp_path: Path
) -> None:
    fragile.issue()
    fragile.tell()
    fragile.chain.drain()
    copy = tmp_path / "copy.db"
    fragile.server.copy(copy)
    for _ in range(2):
        fragile.issue()
    fragile.tell()
    fragile.chain.drain()
    with fragile.centre.engines.write.begin() as connection:
        connection.execute(text("DELETE FROM event WHERE origin = 'tacna/sala-1' AND seq > 1"))
    fragile.put_back(copy, announced=True)
    fragile.line.requests.clear()

    def asked() -> int:
        return sum(pull.scope == "log:sala-1:1" for one in fragile.line.requests for pull in one.pull)

    fragile.chain.step(12)
    assert asked() == 1
    fragile.chain.clock.pass_s(STOCK_EVERY_S + 1)
    fragile.chain.step(12)
    assert asked() == 2
    fragile.tell()  # who has it sends it, as ever
    fragile.chain.drain()
    assert fragile.states() == dict.fromkeys(range(1, 4), "waiting")


@A_FILE
def test_a_kiosk_whose_numbers_the_centre_knows_otherwise_is_shown_with_what_to_do_and_holds_up_none(
    fragile: Fragile, tmp_path: Path
) -> None:
    """Office and kiosk were both put back to old copies, and the kiosk gave the same numbers again meanwhile."""
    chain = fragile.chain
    fragile.issue()
    fragile.tell()
    chain.drain()
    copy = tmp_path / "copy.db"
    fragile.server.copy(copy)
    fragile.issue()
    fragile.tell()
    chain.drain()
    fragile.put_back(copy, announced=True)
    chain = fragile.chain
    fragile.line.is_cut = True
    fragile.kiosk.seq, fragile.kiosk.count, fragile.said = 1, 1, []
    for _ in range(2):
        fragile.issue()
    fragile.tell()
    fragile.line.is_cut = False
    other = chain.kiosk("sala-2")
    issued = other.issue()
    other.sync(chain.office.client)
    chain.step(12)
    assert chain.client._more is False  # it is not tried again and again without a pause
    assert chain.centre.rows("SELECT state FROM ticket WHERE id = :id", id=str(issued.id)) == [("waiting",)]
    chief = chain.office.chief()
    page = chief.page("/fleet")
    assert 'class="parted now-alarm" data-parted="sala-1"' in page
    assert "(2 registros)" in page
    assert "dé un código para reemplazar «sala-1»" in page
    assert "Nada por enviarle." in page
    [(since,)] = chain.office.rows("SELECT parted_at FROM stream WHERE origin = 'sala-1'")
    chain.step(3)
    assert chain.office.rows("SELECT parted_at FROM stream WHERE origin = 'sala-1'") == [(since,)]
    again = chain.office.enrol("sala-1", office=fragile.kiosk.enrolment.office, replace=True)
    fresh = again.issue()
    again.sync(chain.office.client)
    chain.step(12)
    assert chain.centre.rows("SELECT state FROM ticket WHERE id = :id", id=str(fresh.id)) == [("waiting",)]
    page = chief.page("/fleet")
    assert 'class="parted soon-alarm" data-parted="sala-1"' in page
    assert "2 registros de antes de inscribirlo otra vez" in page


@A_FILE
def test_an_office_killed_between_two_exchanges_sends_the_rest(fragile: Fragile) -> None:
    for _ in range(5):
        fragile.issue()
    fragile.tell()
    fragile.line.loses_answers = True
    fragile.chain.step(2)
    fragile.server.stop()
    fragile.line.loses_answers = False
    fragile.start()
    fragile.chain.drain()
    fragile.agree()
    assert fragile.states() == dict.fromkeys(range(1, 6), "waiting")
