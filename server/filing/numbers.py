"""The numbers of what is received: gapless in the register, unique for an expediente, and never given twice."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.clock import LIMA, in_lima, micros
from domain.filings import LARGEST_NUMBER, FilingRules, NumbersFrom, expediente_number
from domain.leases import PASSED_OVER_A_LIFE
from domain.messages import NumbersLeased, NumbersPassedOver
from server.faults import Refusal
from server.filing.blocks import RESTORED, offers
from server.store import blocks
from server.store.filings import REGISTER, last_number, note_number, pass_over, was_elsewhere
from server.store.moves import OWN_LIFE
from server.store.node import epoch_now, founded_at, knows_all_since, reborn_at, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from server.store.blocks import Block
    from server.store.node import Node

_log = logging.getLogger(__name__)

FIRST_LIFE = 1
YEAR_OVER = "year_over"
"""Why numbers are passed over: they were leased for a year that is over."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a filing is called: its place in the register of the year, and its expediente."""

    year: int
    n: int
    expediente: str
    series: str
    serial: int


@dataclass(frozen=True, slots=True)
class Giver:
    """Gives numbers in one transaction, which receives the filing: all are used, or none is.

    ``is_top`` is whether no centre is above: then this node leases to its own office.
    """

    connection: Connection
    node: Node
    office: str
    rules: FilingRules
    now: Micros
    is_top: bool = True

    def give(self) -> Numbers:
        """The next numbers.

        Raises:
            Refusal: 503, the year has no more of them.
        """
        year = in_lima(self.now).year
        n = self._next(year, REGISTER)
        series, serial, pattern = self._leased(year) or self._own(year)
        number = expediente_number(pattern, siglas=series, year=year, n=serial)
        return Numbers(year, n, number, series, serial)

    def _own(self, year: int) -> tuple[str, int, str]:
        """A number under the office's own siglas, and how it is written: nobody is refused for want of a block."""
        series, pattern = self.rules.siglas_of(self.office), self.rules.pattern
        is_leased = self.rules.numbers_from is NumbersFrom.CENTRE
        # an office that goes back to its own numbers finds its siglas in the centre's blocks for the rest of the year
        if is_leased or blocks.is_leased(self.connection, year, series):
            series, pattern = self.rules.own_siglas(self.office), self.rules.own_pattern
        return series, self._next(year, series), pattern

    def _leased(self, year: int) -> tuple[str, int, str] | None:
        """The next number of the blocks that the centre leased; None where there are none left."""
        if self.rules.numbers_from is not NumbersFrom.CENTRE:
            return None
        serial = self._next_leased(year)
        if serial is None and self.is_top:
            for body in offers(self.connection, self.office, self.rules, self.now):
                self._hold(body)
            serial = self._next_leased(year)
        return None if serial is None else (self.rules.siglas, serial, self.rules.pattern)

    def _hold(self, body: NumbersLeased) -> None:
        life = OWN_LIFE + epoch_now(self.connection)
        if blocks.hold_block(self.connection, self.office, body, life=life, at=self.now):
            self._record(body, "numbers.leased")

    def _next_leased(self, year: int) -> int | None:
        held = blocks.open_blocks(self.connection, self.office, self.rules.siglas, upto_year=year)
        for block in held:
            if block.year < year:
                self._leave(block, YEAR_OVER)
            elif not knows_all_since(self.connection, self.node, block.life - OWN_LIFE):
                self._leave(block, RESTORED)  # the life that took it may have given numbers that nobody remembers
            else:
                blocks.spend(self.connection, self.office, year, block.series, block.spent + 1)
                if block is held[-1] and block.free == 1 and not self.is_top:
                    _log.warning("blocks.used_up office=%s series=%s", self.office, block.series)
                return block.spent + 1
        return None

    def _leave(self, block: Block, reason: str) -> None:
        self._pass_over(NumbersPassedOver(block.year, block.series, block.spent + 1, block.last, reason))

    def _next(self, year: int, series: str) -> int:
        last, life = last_number(self.connection, self.office, year, series)
        is_sure = knows_all_since(self.connection, self.node, life) if last else self._is_first(year)
        if not is_sure:
            first, last = last + 1, last + PASSED_OVER_A_LIFE
            self._pass_over(NumbersPassedOver(year, series, first, last, RESTORED))
        if last >= LARGEST_NUMBER:
            raise Refusal(503, "no_numbers")
        note_number(self.connection, self.office, year, series, last=last + 1, life=epoch_now(self.connection))
        return last + 1

    def _is_first(self, year: int) -> bool:
        """Whether no former life can have given numbers in ``year``, where this one has not and knows of none.

        A copy of 31 December knows nothing of 2 January: what was given in between is in people's hands all the same.
        """
        connection, begins = self.connection, micros(datetime(year, 1, 1, tzinfo=LIMA))
        if was_elsewhere(connection, self.office, own=OWN_LIFE) and founded_at(connection) >= begins:
            return False  # another server received for this office until this one was founded
        reborn = reborn_at(connection)
        return reborn is None or reborn < begins or knows_all_since(connection, self.node, FIRST_LIFE)

    def _pass_over(self, body: NumbersPassedOver) -> None:
        pass_over(self.connection, self.office, body, self.now)
        self._record(body, "register.passed_over")

    def _record(self, body: NumbersPassedOver | NumbersLeased, kind: str) -> None:
        day = in_lima(self.now).date()
        record(self.connection, self.node, body, kind=kind, office=self.office, day=day, now=self.now)
