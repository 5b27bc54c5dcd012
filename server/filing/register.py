"""The register of what was received, for whoever answers for it: entries with their gaps, figures, hand-over lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.filed import FilingFigures, figures, figures_by
from domain.filings import LARGEST_NUMBER, FilingRules, NumbersFrom
from server.faults import Refusal
from server.history import MOST_DAYS_APART, MOST_SHEET_LINES
from server.store import blocks, gaps, register
from server.store.filings import REGISTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.filed import Filed
    from domain.leases import Gap
    from domain.messages import FilingPersonal
    from domain.statistics import Days
    from server.keys import Keys
    from server.offices import Offices
    from server.store.blocks import Block
    from server.store.filings import Filing
    from server.store.register import HandedOver

_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, or a gap before the next one. ``personal`` is None where the sealed part cannot be opened here."""

    filing: Filing | None = None
    personal: FilingPersonal | None = field(default=None, repr=False)
    gap: Gap | None = None
    year: int = 0


@dataclass(frozen=True, slots=True)
class Handing:
    """A filing on a hand-over list, with who sent it; None where that cannot be opened here."""

    handed: HandedOver
    personal: FilingPersonal | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of numbers in a year: how far it was given out, and its gaps. ``REGISTER`` or siglas."""

    name: str
    last: int
    gaps: list[Gap]


@dataclass(frozen=True, slots=True)
class Numbering:
    """How an office's numbers stand in ``year``.

    ``left`` are the numbers of the centre's blocks that are not spent, None for an office that numbers by itself or
    leases to itself.
    ``rivals`` are offices that number by themselves under the same siglas: they write the same numbers.
    """

    year: int
    series: list[Series]
    left: int | None
    own_siglas: str
    rivals: list[str]

    @property
    def is_used_up(self) -> bool:
        """Whether the centre's numbers are used up, and expedientes get siglas of the office."""
        return self.left == 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A block of the centre's series, as the centre knows it; ``is_taken`` is whether its office has said so."""

    block: Block
    is_taken: bool


@dataclass(frozen=True, slots=True)
class FilingReport:
    """The figures of some days. ``periods`` are days, or months of more than 45 days; none for a single day."""

    days: Days
    figures: FilingFigures
    units: dict[str, FilingFigures]
    types: dict[str, FilingFigures]
    periods: dict[str, FilingFigures]
    by_month: bool


class Register:
    """Reads. What is personal is opened for entries and hand-over lists alone; whoever shows them audits it."""

    def __init__(self, *, keys: Keys, offices: Offices, clock: Clock, read: Engine, is_top: bool = True) -> None:
        """``is_top`` is whether no centre is above: then this node leases numbers to its own office."""
        self._keys = keys
        self._is_top = is_top
        self._offices = offices
        self._clock = clock
        self._read = read

    def today(self) -> date:
        """The day that it is in Lima."""
        return in_lima(self._clock.now()).date()

    def rules(self, office: str) -> FilingRules:
        """How that office files."""
        return self._offices.filing_rules_of(office)

    def count(self, office: str, days: Days) -> int:
        """How many entries those days have."""
        with self._read.connect() as connection:
            return register.count_entries(connection, office, days)

    def require_sheet(self, office: str, days: Days) -> None:
        """Makes sure that those days fit into a workbook.

        Raises:
            Refusal: 400.
        """
        if self.count(office, days) > MOST_SHEET_LINES:
            raise Refusal(400, "register_too_long", n=str(MOST_SHEET_LINES))

    def entries(self, office: str, days: Days) -> Iterator[Entry]:
        """The entries of those days in order, each gap before the first entry after it.

        Read by and by: neither memory nor a connection is held while they are sent.
        """
        waiting = self._gaps(office, days)
        after = (0, 0)
        while True:
            with self._read.connect() as connection:
                page = register.entries(connection, office, days, after=after, limit=_READ_AT_ONCE)
            for one in page:
                after = (one.register.year, one.register.n)
                while waiting and (waiting[0].year, waiting[0].gap.first if waiting[0].gap else 0) < after:
                    yield waiting.pop(0)
                yield Entry(one, self._keys.open_filing(one.sealed) if one.sealed else None, year=one.register.year)
            if len(page) < _READ_AT_ONCE:
                yield from waiting
                return

    def _gaps(self, office: str, days: Days) -> list[Entry]:
        """The gaps of the register that belong to those days: after the last number before, up to the last in them."""
        found: list[Entry] = []
        with self._read.connect() as connection:
            for year in range(days.first.year, days.last.year + 1):
                begin = register.last_before(connection, office, year, days.first)
                end = self._end(connection, office, year, days)
                of_year = gaps.gaps_of(connection, office, year, REGISTER)
                found += [Entry(gap=gap, year=year) for gap in of_year if begin < gap.first <= end]
        return found

    def _end(self, connection: Connection, office: str, year: int, days: Days) -> int:
        """The last number that belongs to those days; what was passed over after it, too, where nothing follows."""
        is_whole = days.last >= self.today() or days.last >= date(year, 12, 31)
        return LARGEST_NUMBER if is_whole else register.last_before(connection, office, year, days.last + timedelta(1))

    def report(self, office: str, days: Days) -> FilingReport:
        """The figures of those days."""
        with self._read.connect() as connection:
            filed = register.filed(connection, office, days)
        by_month = days.count > MOST_DAYS_APART
        length = len("2026-11") if by_month else len("2026-11-23")
        today = self.today()

        def period(one: Filed) -> str:
            return one.day.isoformat()[:length]

        return FilingReport(
            days=days,
            figures=figures(filed, today),
            units=figures_by(filed, lambda one: one.unit, today),
            types=figures_by(filed, lambda one: one.document_type, today),
            periods=dict(sorted(figures_by(filed, period, today).items())) if days.count > 1 else {},
            by_month=by_month,
        )

    def handed_over(self, office: str, day: date) -> dict[str, list[Handing]]:
        """What was handed to the units on ``day``, by the unit's code."""
        with self._read.connect() as connection:
            found = register.handed_over(connection, office, day)
        by_unit: dict[str, list[Handing]] = {}
        for one in found:
            sealed = one.filing.sealed
            by_unit.setdefault(one.unit, []).append(Handing(one, self._keys.open_filing(sealed) if sealed else None))
        return by_unit

    def handed_counts(self, office: str, day: date) -> dict[str, int]:
        """How many were handed to each unit on ``day``, without anything personal."""
        with self._read.connect() as connection:
            found = register.handed_over(connection, office, day)
        counts: dict[str, int] = {}
        for one in found:
            counts[one.unit] = counts.get(one.unit, 0) + 1
        return counts

    # --- numbers ------------------------------------------------------------------------------------------------

    def numbering(self, office: str, year: int) -> Numbering:
        """How that office's numbers stand."""
        rules = self.rules(office)
        is_leased = rules.numbers_from is NumbersFrom.CENTRE
        with self._read.connect() as connection:
            found = [
                Series(
                    name, gaps.last_given(connection, office, year, name), gaps.gaps_of(connection, office, year, name)
                )
                for name in (REGISTER, *gaps.series_of(connection, office, year))
            ]
            left = blocks.numbers_left(connection, office, year, rules.siglas)
        return Numbering(
            year=year,
            series=[one for one in found if one.last or one.gaps],
            left=left if is_leased and not (self._is_top and self._offices.called_here(office)) else None,
            own_siglas=rules.own_siglas(office),
            rivals=[] if is_leased else self._rivals(office, rules),
        )

    def _rivals(self, office: str, rules: FilingRules) -> list[str]:
        mine = rules.siglas_of(office)
        others = [other for other in self._offices.known if other.id != office]
        return [
            other.name
            for other in others
            if (theirs := self.rules(other.id)).numbers_from is NumbersFrom.OFFICE
            and (theirs.siglas_of(other.id) == mine or "{siglas}" not in rules.pattern + theirs.pattern)
        ]

    def leases(self, year: int) -> dict[str, tuple[list[Lease], list[Gap]]]:
        """What a centre leased in that year, by series, and what of it nobody has."""
        with self._read.connect() as connection:
            return {
                series: (
                    [Lease(one, one.life != blocks.UNTAKEN) for one in blocks.blocks_of(connection, year, series)],
                    gaps.leased_gaps(connection, year, series),
                )
                for series in blocks.series_leased(connection, year)
            }
