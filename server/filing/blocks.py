"""The centre leases blocks of one series of numbers, and the offices take them (docs/numbers.md)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.clock import in_lima, micros
from domain.filings import LARGEST_NUMBER, FilingRules, NumbersFrom
from domain.leases import (
    LATELY_DAYS,
    MARGIN_DAYS,
    TURN_OF_THE_YEAR,
    block_size,
    blocks_needed,
    lease_margin,
    lease_years,
)
from domain.messages import NumbersLeased, NumbersPassedOver
from server.store import blocks
from server.store.blocks import UNTAKEN
from server.store.filings import highest_given, last_number, note_number, pass_over
from server.store.moves import OWN_LIFE
from server.store.node import epoch_now, reborn_at, record
from server.store.versions import filing_topic

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from server.store.node import Node
    from server.store.writer import Transaction

_log = logging.getLogger(__name__)

CENTRE = ""
"""In place of an office: whose counter tells how far a series was leased, and whose gaps no office has."""
RESTORED = "restored"
"""Why numbers are passed over: the database was put back, and its former life may have given them to people."""
LONGEST_SERIES = 16
_DAY_US = 24 * 3_600_000_000


# --- at the centre ----------------------------------------------------------------------------------------------


def offers(connection: Connection, office: str, rules: FilingRules, now: Micros) -> list[NumbersLeased]:
    """The blocks that ``office`` has not said to have; leases what it needs, in this transaction.

    What an office uses and holds its events tell, which are taken in before it is answered.
    """
    if rules.numbers_from is not NumbersFrom.CENTRE:
        return []
    return [body for year in lease_years(in_lima(now).date()) for body in _offers(connection, office, year, rules, now)]


def _offers(connection: Connection, office: str, year: int, rules: FilingRules, now: Micros) -> list[NumbersLeased]:
    series = rules.siglas
    held = blocks.blocks_of(connection, year, series, office)
    free = sum(block.free for block in held)
    told = [NumbersLeased(year, series, block.first, block.last) for block in held if block.life == UNTAKEN]
    if held and not blocks_needed(free, held[-1].size):
        return told
    since = in_lima(now).date() - timedelta(days=LATELY_DAYS)
    size = block_size(blocks.used_a_day(connection, office, since))
    for _ in range(blocks_needed(free, size)):
        leased = _lease(connection, office, year, series, size, now=now)
        told += [] if leased is None else [leased]
    return told


def _lease(connection: Connection, office: str, year: int, series: str, size: int, *, now: Micros) -> (
    NumbersLeased | None
):  # fmt: skip
    """The next numbers of the series; None where the year has no more. The counter is held until the commit."""
    last, life = last_number(connection, CENTRE, year, series)
    present = epoch_now(connection)
    # an office that numbered by itself under these siglas, before it got blocks, has the numbers that it gave
    last = max(last, highest_given(connection, year, series))
    if life < present and _may_have_leased(connection, year, last, present):
        since = blocks.last_leased_at(connection, year, series) - MARGIN_DAYS * _DAY_US
        margin = lease_margin(blocks.leased_since(connection, year, series, since))
        body = NumbersPassedOver(year, series, last + 1, last + margin, RESTORED)
        pass_over(connection, CENTRE, body, now)
        _log.warning("blocks.passed_over series=%s first=%d last=%d", series, body.first, body.last)
        last = body.last
    first, last = last + 1, last + size
    if last > LARGEST_NUMBER:
        _log.error("blocks.no_numbers series=%s year=%d", series, year)
        return None
    note_number(connection, CENTRE, year, series, last=last, life=present)
    leased = NumbersLeased(year, series, first, last)
    blocks.lease_block(connection, office, leased, now)
    return leased


def _may_have_leased(connection: Connection, year: int, last: int, present: int) -> bool:
    """Whether a former life may have leased numbers of which nothing is known here.

    Of a year that was not begun when this life was, none did.
    """
    reborn = reborn_at(connection)
    if present == 1 or reborn is None:
        return False
    if last:
        return True
    month, day = TURN_OF_THE_YEAR
    return reborn >= micros(datetime(year - 1, month, day, tzinfo=UTC)) - _DAY_US


# --- at an office -----------------------------------------------------------------------------------------------


def take(transaction: Transaction, node: Node, office: str, body: NumbersLeased, now: Micros) -> bool:
    """Takes a block that the centre leased to this office, and says so; False where there is nothing to take.

    What overlaps numbers that this office has already given is refused: the centre has forgotten something.
    """
    connection = transaction.connection
    life = OWN_LIFE + epoch_now(connection)
    if not 0 < body.first <= body.last <= LARGEST_NUMBER or len(body.series) > LONGEST_SERIES:
        return False
    known = blocks.blocks_of(connection, body.year, body.series, office)
    if any((block.first, block.last) == (body.first, body.last) for block in known):
        return False
    if blocks.is_used(connection, body) or not blocks.hold_block(connection, office, body, life=life, at=now):
        _log.error("blocks.refused series=%s first=%d last=%d", body.series, body.first, body.last)
        return False
    day = in_lima(now).date()
    record(connection, node, body, kind="numbers.leased", office=office, day=day, now=now)
    transaction.touch(filing_topic(office))
    return True
