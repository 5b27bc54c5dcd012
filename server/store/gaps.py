"""The numbers that nobody has, and why: every gap in a register or a series of expedientes has its word, or stands out.

What was passed over and turned up after all (an office that was put back is told its filings again) is in no gap: it
is the filings that say which numbers are used, in whatever order the words arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from domain.leases import Gap, Passed, explained, within
from server.store.blocks import blocks_of
from server.store.filings import REGISTER, gaps
from server.store.schema import filing, filing_counter

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from server.store.blocks import Block


def gaps_of(connection: Connection, office: str, year: int, series: str) -> list[Gap]:
    """The gaps in an office's register, or in what it numbered under those siglas, in order.

    Of the centre's series only the numbers count that the office holds, as far as it has spent them.
    """
    held = [] if series == REGISTER else blocks_of(connection, year, series, office)
    reach = [(block.first, block.spent) for block in held if block.spent >= block.first]
    own = _last_own(connection, office, year, series, held)
    if own:
        reach.append((1, own))
    unused = within(_unused(connection, office, year, series, max((last for _, last in reach), default=0)), reach)
    passed = [Passed(row.first, row.last, row.reason) for row in gaps(connection, office, year, series)]
    return explained(unused, passed)


def series_of(connection: Connection, office: str, year: int) -> list[str]:
    """The siglas under which the office has given numbers in that year."""
    mine = (filing_counter.c.office == office) & (filing_counter.c.year == year) & (filing_counter.c.last > 0)
    found = connection.execute(select(filing_counter.c.series).where(mine).order_by(filing_counter.c.series)).scalars()
    return [series for series in found if series != REGISTER]


def last_given(connection: Connection, office: str, year: int, series: str) -> int:
    """The last number that the office gave out in that series."""
    counter = (filing_counter.c.office == office) & (filing_counter.c.year == year)
    return (
        connection.execute(select(filing_counter.c.last).where(counter, filing_counter.c.series == series)).scalar()
        or 0
    )


def _last_own(connection: Connection, office: str, year: int, series: str, held: list[Block]) -> int:
    """Up to where the office counted by itself; 0 where it did not."""
    if not held:
        return last_given(connection, office, year, series)
    mine = _given(office, year, series)
    for block in held:
        mine &= ~filing.c.serial.between(block.first, block.last)
    return connection.execute(select(func.max(filing.c.serial)).where(mine)).scalar() or 0


def _given(office: str, year: int, series: str) -> ColumnElement[bool]:
    mine = (filing.c.office == office) & (filing.c.year == year)
    return mine if series == REGISTER else mine & (filing.c.series == series)


def _unused(connection: Connection, office: str, year: int, series: str, upto: int) -> list[tuple[int, int]]:
    """The stretches of numbers up to ``upto`` that no filing has, by the database's own count."""
    number = filing.c.n if series == REGISTER else filing.c.serial
    before = func.lag(number, 1, 0).over(order_by=number)
    counted = select(number.label("n"), before.label("before")).where(_given(office, year, series)).subquery()
    rows = connection.execute(select(counted).where(counted.c.n - counted.c.before > 1).order_by(counted.c.n))
    last = connection.execute(select(func.max(number)).where(_given(office, year, series))).scalar() or 0
    stretches = [(row.before + 1, row.n - 1) for row in rows]
    return stretches + ([(last + 1, upto)] if last < upto else [])


def leased_gaps(connection: Connection, year: int, series: str) -> list[Gap]:
    """The numbers of a centre's series that were leased to nobody, as far as it was leased at all."""
    held = blocks_of(connection, year, series)
    unleased, at = [], _first_leased(connection, year, series, held)
    for block in held:
        if block.first > at:
            unleased.append((at, block.first - 1))
        at = max(at, block.last + 1)
    passed = [Passed(row.first, row.last, row.reason) for row in gaps(connection, "", year, series)]
    return explained(unleased, passed)


def _first_leased(connection: Connection, year: int, series: str, held: list[Block]) -> int:
    """Where leasing began: before that, offices numbered by themselves under the same siglas."""
    mine = (filing.c.year == year) & (filing.c.series == series)
    if held:
        mine &= filing.c.serial < held[0].first
    return (connection.execute(select(func.max(filing.c.serial)).where(mine)).scalar() or 0) + 1
