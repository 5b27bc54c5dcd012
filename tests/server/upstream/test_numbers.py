"""Numbers that the centre leases to an office below it: over lost answers, cut lines and old copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from domain.clock import in_lima
from domain.filings import NumbersFrom
from domain.leases import Former
from domain.messages import to_json
from server.faults import Refusal
from server.filing.office import Filings
from server.store.accounts import Clerk
from server.store.gaps import gaps_of
from server.store.settings import save_filing_rules
from server.store.writer import Writer
from tests.server.filing.conftest import FORM, RULES
from tests.server.upstream.test_put_back import A_FILE, fragile

if TYPE_CHECKING:
    from pathlib import Path

    from server.store.filings import Filing
    from tests.server.conftest import Site
    from tests.server.upstream.chain import Chain
    from tests.server.upstream.test_put_back import Fragile

__all__ = ["fragile"]  # a fixture
SHARED = msgspec.structs.replace(RULES, numbers_from=NumbersFrom.CENTRE)


def receive(office: Site, **changes: Any) -> Filing:
    """Receives in Tacna, as its desk does."""
    writer = Writer(office.engines.write, lambda _: None)
    writer.start()
    try:
        parts = {"node": office.node, "keys": office.keys, "offices": office.composed.offices, "clock": office.clock}
        filings = Filings(**parts, writer=writer, read=office.engines.read, is_top=False)
        clerk = Clerk("ana", "1", "tacna", b"", office.clock.now())
        return filings.receive(clerk, replace(FORM, **({"id": uuid4()} | changes)), "")
    finally:
        writer.stop()


def set_up(chain: Chain) -> int:
    """Tacna has its numbers from the centre, which knows it; the year."""
    office = chain.office
    with office.engines.write.begin() as connection:
        save_filing_rules(connection, "tacna", SHARED, by="", now=office.clock.now())
    office.composed.offices.forget()
    assert office.composed.above is not None
    chain.client._book.set_up_changed = True  # type: ignore[attr-defined]
    return in_lima(office.clock.now()).year


def held(site: Site) -> list[tuple[int, int, int]]:
    return site.rows("SELECT first, last, spent FROM number_block WHERE office = 'tacna' ORDER BY first")


def test_an_office_numbers_from_the_centres_blocks_and_goes_on_while_the_line_is_cut(chain: Chain) -> None:
    year = set_up(chain)
    chain.step()  # says how it is set up
    chain.line.loses_answers = True
    chain.step()
    chain.line.loses_answers = False
    chain.drain()
    chain.step(2)
    assert held(chain.office) == [(1, 20, 0), (21, 40, 20)]  # the lost answer leased nothing twice
    assert held(chain.centre) == held(chain.office)
    chain.line.is_cut = True
    numbers = [receive(chain.office).expediente for _ in range(42)]
    assert numbers[:40] == [f"INS{year}{n:07d}" for n in range(1, 41)]
    assert numbers[40:] == [f"TACNA{year}0000001", f"TACNA{year}0000002"]
    chief = chain.office.chief()
    for page in ("/admin/", "/admin/register"):
        assert "siglas TACNA" in chief.page(page), page
    chain.line.is_cut = False
    chain.drain()
    chain.step(3)
    assert "siglas TACNA" not in chief.page("/admin/") + chief.page("/admin/register")
    assert receive(chain.office).expediente == f"INS{year}0000041"
    chain.drain()
    for site in (chain.office, chain.centre):
        with site.engines.read.connect() as connection:
            for series in ("register", "INS", "TACNA"):
                assert gaps_of(connection, "tacna", year, series) == []
    assert held(chain.centre) == held(chain.office)


def test_a_new_server_gives_no_number_before_it_has_heard_which_were_given(chain: Chain) -> None:
    with pytest.raises(Refusal, match="not_in_step"):
        receive(chain.office)
    chain.step()
    assert receive(chain.office).register.n == 1


def put_back(fragile: Fragile, copy: Path, *, former: Former | None) -> None:
    """What the command that restores does; ``former`` is what it could read of the database that it replaces."""
    fragile.server.stop()
    fragile.server.put_back(copy)
    site = fragile.server.start()
    known = None if former is None else to_json(former)
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE node SET epoch = 2, reborn_at = 1, former = :former"), {"former": known})
        row = "INSERT INTO stream (origin, epoch, upto, last_issued_at) SELECT id, epoch, 0, 0 FROM node"
        connection.execute(text(row))
    fragile.server.stop()
    fragile.start()


@pytest.mark.parametrize("is_read", [True, False])
@A_FILE
def test_an_office_that_was_put_back_and_told_everything_passes_over_nothing(
    fragile: Fragile, tmp_path: Path, *, is_read: bool
) -> None:
    year = set_up(fragile.chain)
    fragile.chain.drain()
    fragile.chain.step(3)
    receive(fragile.chain.office)
    fragile.chain.drain()
    copy = tmp_path / "copy.db"
    fragile.server.copy(copy)
    for _ in range(3):
        receive(fragile.chain.office)
    fragile.chain.drain()
    [(upto,)] = fragile.chain.office.rows("SELECT upto FROM stream WHERE epoch = 1 AND origin LIKE 'node-%'")
    put_back(fragile, copy, former=Former(1, {1: upto}) if is_read else None)
    fragile.chain.drain()  # the centre tells what was forgotten
    fragile.chain.step(3)
    received = receive(fragile.chain.office)
    fragile.chain.drain()
    if is_read:
        assert (received.register.n, received.expediente) == (5, f"INS{year}0000005")
    else:  # the disk is gone: what it gave and told nobody, nobody knows
        assert (received.register.n, received.expediente) == (205, f"TACNA{year}0000001")
    for site in (fragile.chain.office, fragile.chain.centre):
        with site.engines.read.connect() as connection:
            gaps = [(gap.first, gap.last, gap.reason) for gap in gaps_of(connection, "tacna", year, "register")]
            assert gaps == ([] if is_read else [(5, 204, "restored")])
            gaps = [(gap.first, gap.last, gap.reason) for gap in gaps_of(connection, "tacna", year, "INS")]
            assert gaps == ([] if is_read else [(5, 20, "restored"), (21, 40, "restored"), (41, 60, "restored")])
