"""The centre leases numbers once, the offices use them in order, and nobody is refused when they are used up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from domain.clock import Micros, in_lima, micros
from domain.filings import NumbersFrom
from domain.leases import Former, Gap
from domain.messages import Event, NumbersLeased, NumbersPassedOver, Stream, to_json
from server.filing.blocks import CENTRE, RESTORED, offers, take
from server.filing.numbers import YEAR_OVER, Giver
from server.following import Following
from server.store import blocks
from server.store.filings import REGISTER, filing_by_id, gaps
from server.store.gaps import gaps_of, leased_gaps, series_of
from server.store.log import logged
from server.store.moves import OWN_LIFE
from server.store.node import knows_all_since, open_life, read_node
from server.store.schema import node
from server.store.settings import save_filing_rules
from server.store.writer import Transaction
from tests.server.conftest import OFFICE
from tests.server.filing.conftest import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from domain.filings import FilingRules
    from tests.server.conftest import Site
    from tests.server.filing.conftest import Counter

SHARED = msgspec.structs.replace(RULES, numbers_from=NumbersFrom.CENTRE)
APRIL = micros(datetime(2027, 4, 5, 15, 0, tzinfo=UTC))
DAY = 24 * 3_600_000_000


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    with site.engines.write.begin() as found:
        yield found


def told(body: msgspec.Struct, kind: str = "numbers.leased") -> Event:
    """That body as the first event of a home node's stream."""
    day = in_lima(APRIL).date()
    return Event(UUID(int=1), Stream("node-b", 1), 1, kind, 1, APRIL, "tacna", day, msgspec.Raw(to_json(body)))


def spans(leased: list[NumbersLeased]) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in leased]


# --- the centre -------------------------------------------------------------------------------------------------


def test_the_centre_leases_two_blocks_and_offers_them_until_the_office_says_that_it_has_them(
    connection: Connection,
) -> None:
    first = offers(connection, "tacna", SHARED, APRIL)
    assert spans(first) == [(1, 20), (21, 40)]
    assert offers(connection, "tacna", SHARED, APRIL) == first  # the answer was lost: nothing new
    assert spans(offers(connection, "puno", SHARED, APRIL)) == [(41, 60), (61, 80)]
    for body in first:
        assert blocks.hold_block(connection, "tacna", body, life=1, at=APRIL)
    assert offers(connection, "tacna", SHARED, APRIL) == []
    blocks.spend(connection, "tacna", 2027, "INS", 3)
    assert spans(offers(connection, "tacna", SHARED, APRIL)) == [(81, 100)]
    assert offers(connection, "lima", RULES, APRIL) == []  # numbers by itself


def test_the_next_year_is_leased_in_time_and_begins_at_one(connection: Connection) -> None:
    late = micros(datetime(2027, 12, 18, 15, 0, tzinfo=UTC))
    told = offers(connection, "tacna", SHARED, late)
    assert [(one.year, one.first, one.last) for one in told] == [
        (2027, 1, 20), (2027, 21, 40), (2028, 1, 20), (2028, 21, 40),
    ]  # fmt: skip


def test_a_busy_office_gets_larger_blocks(counter: Counter) -> None:
    for _ in range(14):
        counter.receive()
    year = counter.receive().register.year
    with counter.site.engines.write.begin() as connection:
        told = offers(connection, OFFICE.id, SHARED, counter.site.clock.now())
    assert spans([one for one in told if one.year == year]) == [
        (16, 45),
        (46, 75),
    ]  # beyond what it gave by itself under these siglas


def test_a_centre_that_was_put_back_passes_over_what_it_may_have_leased_and_says_so(connection: Connection) -> None:
    [one, other] = offers(connection, "tacna", SHARED, APRIL)
    open_life(connection, Micros(APRIL + DAY))
    again = offers(connection, "puno", SHARED, Micros(APRIL + DAY))
    assert spans(again) == [(1041, 1060), (1061, 1080)]
    assert leased_gaps(connection, 2027, "INS") == [Gap(41, 1040, RESTORED)]
    # tacna tells of a block that the copy knows nothing of: it is its own, and in no gap any more
    known = NumbersLeased(2027, "INS", 41, 60)
    assert blocks.hold_block(connection, "tacna", known, life=1, at=APRIL)
    assert leased_gaps(connection, 2027, "INS") == [Gap(61, 1040, RESTORED)]
    # once is enough; and a year that this life began has no forgotten leases
    assert spans(offers(connection, "cusco", SHARED, Micros(APRIL + DAY))) == [(1081, 1100), (1101, 1120)]
    later = micros(datetime(2028, 1, 3, 15, 0, tzinfo=UTC))
    assert spans(offers(connection, "cusco", SHARED, later)) == [(1, 20), (21, 40)]
    assert (one.first, other.first) == (1, 21)


def test_a_centre_that_forgot_all_it_leased_this_year_does_not_begin_at_one(connection: Connection) -> None:
    open_life(connection, APRIL)
    assert spans(offers(connection, "puno", SHARED, APRIL)) == [(1001, 1020), (1021, 1040)]


def test_what_an_office_holds_is_learnt_from_it_and_a_block_of_two_is_set_aside(site: Site) -> None:
    mine = NumbersLeased(2027, "INS", 501, 520)
    with site.engines.write.begin() as connection:
        for office, body in (("tacna", mine), ("tacna", mine), ("puno", NumbersLeased(2027, "INS", 511, 530))):
            following = Following(office, 7)
            following.apply(connection, [told(body)])
            assert following.flaws == ({} if office == "tacna" else {1: "number_taken"})
        assert [(one.office, one.first, one.life) for one in blocks.blocks_of(connection, 2027, "INS")] == [
            ("tacna", 501, 7)
        ]
        assert spans(offers(connection, "puno", SHARED, APRIL))[0] == (531, 550)


def test_the_last_numbers_of_a_year_are_not_leased_beyond_its_end(connection: Connection) -> None:
    top = NumbersLeased(2027, "INS", 9_999_960, 9_999_979)
    following = Following("puno", 1)
    following.apply(connection, [told(top)])
    assert spans(offers(connection, "tacna", SHARED, APRIL)) == [(9_999_980, 9_999_999)]


# --- an office --------------------------------------------------------------------------------------------------


class Below:
    """An office below a centre, numbering in its own transactions."""

    def __init__(self, site: Site, rules: FilingRules = SHARED) -> None:
        self.site, self.rules = site, rules
        self.now = APRIL

    def take(self, first: int, last: int, year: int = 2027) -> bool:
        with self.site.engines.write.begin() as connection:
            body = NumbersLeased(year, "INS", first, last)
            return take(Transaction(connection), self.site.node, OFFICE.id, body, self.now)

    def give(self, times: int = 1) -> list[str]:
        with self.site.engines.write.begin() as connection:
            giver = Giver(connection, self.site.node, OFFICE.id, self.rules, self.now, is_top=False)
            return [giver.give().expediente for _ in range(times)]

    def gaps(self, series: str, year: int = 2027) -> list[tuple[int, int, str]]:
        with self.site.engines.read.connect() as connection:
            return [(row.first, row.last, row.reason) for row in gaps(connection, OFFICE.id, year, series)]


@pytest.fixture
def below(site: Site) -> Below:
    return Below(site)


def test_an_office_uses_its_blocks_in_order_and_then_its_own_siglas(below: Below) -> None:
    assert below.take(41, 42)
    assert below.take(21, 22)
    assert not below.take(21, 22)
    assert below.give(5) == [
        "INS20270000021", "INS20270000022", "INS20270000041", "INS20270000042", "LIMA20270000001",
    ]  # fmt: skip
    assert below.take(61, 80)
    assert below.give() == ["INS20270000061"]  # and back
    assert below.site.rows("SELECT count(*) FROM event WHERE type = 'numbers.leased'") == [(3,)]


def test_a_block_of_numbers_that_somebody_has_is_refused(below: Below) -> None:
    assert below.take(1, 20)
    for first, last in ((5, 30), (20, 25), (0, 0), (30, 25), (9_999_999, 10_000_000)):
        assert not below.take(first, last)
    assert below.site.rows("SELECT first, last FROM number_block") == [(1, 20)]


@pytest.mark.parametrize("pattern", ["{siglas}{year}{n:7}", "{year}-{n:7}"])
def test_whoever_goes_back_to_own_numbers_never_writes_one_of_the_centres(below: Below, pattern: str) -> None:
    below.rules = msgspec.structs.replace(SHARED, pattern=pattern)
    below.take(1, 20)
    leased = below.give(2)
    below.rules = msgspec.structs.replace(below.rules, numbers_from=NumbersFrom.OFFICE)
    own = below.give(2)
    assert all(number.startswith("LIMA") for number in own)
    assert len({*leased, *own}) == 4


def test_the_year_turns_at_midnight_in_lima_and_what_is_left_of_the_old_one_is_explained(below: Below) -> None:
    below.now = micros(datetime(2028, 1, 1, 4, 59, 59, tzinfo=UTC))  # 31 December, 23:59:59
    below.take(1, 20)
    below.take(1, 20, year=2028)
    assert below.give(2) == ["INS20270000001", "INS20270000002"]
    below.now = Micros(below.now + 1_000_000)
    assert below.give() == ["INS20280000001"]
    assert below.gaps("INS") == [(3, 20, YEAR_OVER)]
    assert below.site.rows("SELECT year, last FROM filing_counter WHERE series = 'register' ORDER BY year") == [
        (2027, 2), (2028, 1),
    ]  # fmt: skip
    below.now = Micros(below.now - 1_000_000)  # the clock is set back over the turn
    assert below.give(2) == ["LIMA20270000001", "LIMA20270000002"]  # neither the leased ones nor the register again
    assert below.site.rows("SELECT last FROM filing_counter WHERE series = 'register' AND year = 2027") == [(4,)]


def test_a_restored_office_uses_no_block_of_a_life_that_it_does_not_remember(below: Below) -> None:
    below.take(1, 20)
    below.give(3)
    with below.site.engines.write.begin() as connection:
        open_life(connection, below.now)
    assert below.give() == ["LIMA20270000201"]
    assert below.gaps("INS") == [(4, 20, RESTORED)]
    below.take(21, 40)
    assert below.give() == ["INS20270000021"]


@pytest.mark.parametrize(("life_began", "first"), [((2028, 1, 2), 201), ((2027, 12, 31), 1)])
def test_a_copy_from_before_the_turn_of_the_year_does_not_begin_at_one(
    below: Below, life_began: tuple[int, int, int], first: int
) -> None:
    """What was given between New Year and the restore is in people's hands; a life that began before has given all."""
    below.give()
    with below.site.engines.write.begin() as connection:
        open_life(connection, micros(datetime(*life_began, 15, tzinfo=UTC)))
    below.now = micros(datetime(2028, 1, 3, 15, tzinfo=UTC))
    assert below.give(2) == [f"LIMA2028{first:07d}", f"LIMA2028{first + 1:07d}"]
    assert below.gaps(REGISTER, 2028) == ([] if first == 1 else [(1, 200, RESTORED)])


def test_a_server_that_takes_anothers_place_does_not_begin_the_year_at_one(counter: Counter) -> None:
    """What the other gave since New Year may never have reached the centre."""
    old = counter.receive()
    with counter.site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE filing_step SET life = 65537")
        connection.exec_driver_sql("UPDATE filing SET year = year - 1")
        connection.exec_driver_sql("DELETE FROM filing_counter")
        founded = connection.exec_driver_sql("SELECT created_at FROM node").scalar_one()
        connection.execute(node.update().values(created_at=counter.site.clock.now()))
    try:
        assert counter.receive().register.n == 201
        assert counter.receive().register.year == old.register.year
    finally:
        with counter.site.engines.write.begin() as connection:
            connection.execute(node.update().values(created_at=founded))


def test_a_restored_office_goes_on_without_a_gap_once_it_has_all_that_the_other_had(below: Below) -> None:
    """The restore read how far the replaced database had got; the copy has two events less, until they are told."""
    site = below.site
    below.take(1, 20)
    below.give(3)
    with site.engines.write.begin() as connection:
        own = read_node(connection)
        assert own is not None
        upto = connection.exec_driver_sql("SELECT upto FROM stream WHERE epoch = 1").scalar_one()
        open_life(connection, below.now, former=Former(1, {1: upto + 2}))
        assert not knows_all_since(connection, own, 1)
        connection.exec_driver_sql("UPDATE stream SET upto = upto + 2 WHERE epoch = 1")
        assert knows_all_since(connection, own, 1)
    assert below.give(2) == ["INS20270000004", "INS20270000005"]
    assert below.gaps("INS") == below.gaps(REGISTER) == []


def test_the_top_leases_to_its_own_office(counter: Counter) -> None:
    with counter.site.engines.write.begin() as connection:
        save_filing_rules(connection, OFFICE.id, SHARED, by="", now=counter.site.clock.now())
    counter.site.composed.offices.forget()
    received = [counter.receive() for _ in range(3)]
    year = in_lima(received[0].received_at).year
    assert [one.expediente for one in received] == [f"INS{year}{n:07d}" for n in (1, 2, 3)]
    held = "SELECT first, last, spent FROM number_block WHERE year = :year ORDER BY first"
    assert counter.site.rows(held, year=year) == [(1, 20, 3), (21, 40, 20)]
    with counter.site.engines.read.connect() as connection:
        assert series_of(connection, OFFICE.id, year) == ["INS"]
        assert gaps_of(connection, OFFICE.id, year, "INS") == []


# --- gaps -------------------------------------------------------------------------------------------------------


def test_numbers_that_turn_up_again_are_taken_out_of_the_gap(counter: Counter) -> None:
    """What the former life gave out and the copy forgot comes back from above, after the gap was made."""
    site = counter.site
    counter.receive()
    lost = counter.receive()
    year = lost.register.year
    with site.engines.read.connect() as connection:
        events = logged(connection, Stream(site.node.id, 1), 0, 500)
    [forgotten] = [event for event in events if str(lost.id) in bytes(event.body).decode()]
    with site.engines.write.begin() as connection:  # the copy does not have it
        connection.exec_driver_sql("DELETE FROM filing WHERE n = 2")
        connection.exec_driver_sql("UPDATE filing_counter SET last = 1")
        open_life(connection, site.clock.now())
    assert counter.receive().register.n == 202
    assert found_gaps(site, year) == {REGISTER: [Gap(2, 201, RESTORED)], "INS": [Gap(2, 201, RESTORED)]}
    with site.engines.write.begin() as connection:
        following = Following(OFFICE.id, OWN_LIFE + 1, is_own=True)
        following.apply(connection, [forgotten])
        assert following.flaws == {}
        assert filing_by_id(connection, OFFICE.id, lost.id) is not None
    assert found_gaps(site, year) == {REGISTER: [Gap(3, 201, RESTORED)], "INS": [Gap(3, 201, RESTORED)]}
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM passed_over")
    assert found_gaps(site, year)[REGISTER] == [Gap(3, 201, "")]  # without a word it stands out


def found_gaps(site: Site, year: int) -> dict[str, list[Gap]]:
    with site.engines.read.connect() as connection:
        return {series: gaps_of(connection, OFFICE.id, year, series) for series in (REGISTER, "INS")}


def test_a_centres_gaps_are_those_of_whoever_holds_the_numbers(connection: Connection) -> None:
    """Of blocks that are still in use nothing is a gap; what was passed over is, with its reason."""
    offers(connection, "tacna", SHARED, APRIL)
    blocks.hold_block(connection, "tacna", NumbersLeased(2027, "INS", 1, 20), life=1, at=APRIL)
    assert gaps_of(connection, "tacna", 2027, "INS") == []
    following = Following("tacna", 1)
    body = NumbersPassedOver(2027, "INS", 1, 20, YEAR_OVER)
    following.apply(connection, [told(body, "register.passed_over")])
    assert gaps_of(connection, "tacna", 2027, "INS") == [Gap(1, 20, YEAR_OVER)]
    assert leased_gaps(connection, 2027, "INS") == []
    assert gaps(connection, CENTRE, 2027, "INS") == []
