"""Blocks of numbers that the centre leased: at the centre those of every office, at an office its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, insert, select, update

from server.store.dialect import insert_new
from server.store.schema import filing, number_block, passed_over

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row

    from domain.clock import Micros
    from domain.messages import NumbersLeased

UNTAKEN = 0
"""The life of a block of which its office has not said yet that it has it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers ``first`` to ``last`` of a series, leased to ``office``; those up to ``spent`` are used or passed over.

    ``life`` is the life of the home node in which it took them, `UNTAKEN` while it has not said so.
    """

    year: int
    series: str
    first: int
    last: int
    office: str
    spent: int
    life: int
    leased_at: Micros

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self.last - self.first + 1

    @property
    def free(self) -> int:
        """How many are left."""
        return self.last - self.spent


def _block(row: Row[Any]) -> Block:
    return Block(row.year, row.series, row.first, row.last, row.office, row.spent, row.life, row.leased_at)


def _in(year: int, series: str, office: str | None = None) -> ColumnElement[bool]:
    here = (number_block.c.year == year) & (number_block.c.series == series)
    return here if office is None else here & (number_block.c.office == office)


def blocks_of(connection: Connection, year: int, series: str, office: str | None = None) -> list[Block]:
    """The blocks of a series, in order; of one office, or None for all that are known here."""
    wanted = select(number_block).where(_in(year, series, office)).order_by(number_block.c.first)
    return [_block(row) for row in connection.execute(wanted)]


def numbers_left(connection: Connection, office: str, year: int, series: str) -> int:
    """How many numbers are left in the blocks that the office has said to hold."""
    left = func.sum(number_block.c.last - number_block.c.spent)
    mine = _in(year, series, office) & (number_block.c.life != UNTAKEN)
    return int(connection.execute(select(left).where(mine)).scalar() or 0)


def is_leased(connection: Connection, year: int, series: str) -> bool:
    """Whether any number of that series was leased in that year, to anybody, as far as is known here."""
    return connection.execute(select(number_block.c.first).where(_in(year, series)).limit(1)).first() is not None


def series_leased(connection: Connection, year: int) -> list[str]:
    """The series of which blocks are known here."""
    wanted = select(number_block.c.series).where(number_block.c.year == year).distinct()
    return sorted(connection.execute(wanted).scalars())


# made once: to build a statement costs several times what it takes to run it
_HERE = (number_block.c.office == bindparam("of_office")) & (number_block.c.series == bindparam("of_series"))
_OPEN = (
    select(number_block)
    .where(_HERE, number_block.c.year <= bindparam("of_year"), number_block.c.spent < number_block.c.last)
    .order_by(number_block.c.year, number_block.c.first)
    .with_for_update()
)
_TO = bindparam("to", type_=Integer)
_SPENT = (
    update(number_block)
    .where(_HERE, number_block.c.year == bindparam("of_year"))
    .where(_TO.between(number_block.c.first, number_block.c.last), number_block.c.spent < _TO)
    .values(spent=_TO)
)


def open_blocks(connection: Connection, office: str, series: str, *, upto_year: int) -> list[Block]:
    """The office's blocks with numbers left, of ``upto_year`` and before, in order; kept for this transaction."""
    wanted = {"of_office": office, "of_series": series, "of_year": upto_year}
    return [_block(row) for row in connection.execute(_OPEN, wanted)]


def spend(connection: Connection, office: str, year: int, series: str, number: int) -> None:
    """The numbers of the block up to that one are used or passed over; of no block, nothing is done."""
    wanted = {"of_office": office, "of_series": series, "of_year": year, "to": number}
    connection.execute(_SPENT, wanted)


def lease_block(connection: Connection, office: str, body: NumbersLeased, now: Micros) -> None:
    """Notes that the centre leased those, by whoever holds the series' counter."""
    connection.execute(insert(number_block).values(**_row(office, body, spent=body.first - 1, life=UNTAKEN, at=now)))


def hold_block(connection: Connection, office: str, body: NumbersLeased, *, life: int, at: Micros) -> bool:
    """Notes that ``office`` holds those numbers since ``life``; False where somebody else has one of them.

    Twice is once. What it has used of them already, as far as it is known here, is spent.
    """
    meets = (number_block.c.first <= body.last) & (number_block.c.last >= body.first)
    rows = connection.execute(select(number_block).where(_in(body.year, body.series), meets)).all()
    if any((row.office, row.first, row.last) != (office, body.first, body.last) for row in rows):
        return False
    if rows:
        untaken = (number_block.c.first == body.first) & (number_block.c.life == UNTAKEN)
        connection.execute(update(number_block).where(_in(body.year, body.series, office), untaken).values(life=life))
        return True
    spent = _spent(connection, office, body)
    return insert_new(connection, number_block, [_row(office, body, spent=spent, life=life, at=at)]) == 1


def _row(office: str, body: NumbersLeased, *, spent: int, life: int, at: Micros) -> dict[str, Any]:
    return {
        "year": body.year, "series": body.series, "first": body.first, "last": body.last, "office": office,
        "spent": spent, "life": life, "leased_at": at,
    }  # fmt: skip


def _spent(connection: Connection, office: str, body: NumbersLeased) -> int:
    used = _used(connection, body, office)
    over = (passed_over.c.office == office) & (passed_over.c.year == body.year) & (passed_over.c.series == body.series)
    over &= passed_over.c.last.between(body.first, body.last)
    passed = connection.execute(select(func.max(passed_over.c.last)).where(over)).scalar()
    return max(body.first - 1, used or 0, passed or 0)


def _used(connection: Connection, body: NumbersLeased, office: str | None = None) -> int | None:
    mine = (filing.c.year == body.year) & (filing.c.series == body.series)
    mine &= filing.c.serial.between(body.first, body.last)
    if office is not None:
        mine &= filing.c.office == office
    found: int | None = connection.execute(select(func.max(filing.c.serial)).where(mine)).scalar()
    return found


def is_used(connection: Connection, body: NumbersLeased) -> bool:
    """Whether one of these numbers is a filing's."""
    return _used(connection, body) is not None


def used_a_day(connection: Connection, office: str, since: date) -> list[int]:
    """How many filings the office received on each day since then on which it received any."""
    mine = (filing.c.office == office) & (filing.c.received_day >= since)
    return list(connection.execute(select(func.count()).where(mine).group_by(filing.c.received_day)).scalars())


def leased_since(connection: Connection, year: int, series: str, since: int) -> int:
    """How many numbers of the series were leased since that instant, in microseconds."""
    size = func.sum(number_block.c.last - number_block.c.first + 1)
    found = connection.execute(select(size).where(_in(year, series), number_block.c.leased_at >= since)).scalar()
    return int(found or 0)


def last_leased_at(connection: Connection, year: int, series: str) -> Micros:
    """When a block of the series was leased last; 0 for never."""
    found: Micros | None = connection.execute(
        select(func.max(number_block.c.leased_at)).where(_in(year, series))
    ).scalar()
    return found or 0  # type: ignore[return-value]
