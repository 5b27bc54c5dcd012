"""The register as it is read: page by page in order of entry, its figures, and what went to the units on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, tuple_

from domain.filed import Filed
from domain.filings import FilingMove, FilingStatus
from server.store.filings import filing_of
from server.store.schema import filing, filing_step

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection

    from domain.clock import Micros
    from domain.statistics import Days
    from server.store.filings import Filing

_SAID = (FilingMove.OBSERVE.value, FilingMove.CORRECT.value, FilingMove.RESOLVE.value, FilingMove.FORWARD.value)


def _on(office: str, days: Days) -> ColumnElement[bool]:
    return (filing.c.office == office) & filing.c.received_day.between(days.first, days.last)


def entries(
    connection: Connection, office: str, days: Days, *, after: tuple[int, int] = (0, 0), limit: int
) -> list[Filing]:
    """The next entries of those days, in order of entry, after the one of that year and number."""
    beyond = tuple_(filing.c.year, filing.c.n) > tuple_(*after)
    wanted = select(filing).where(_on(office, days), beyond).order_by(filing.c.year, filing.c.n).limit(limit)
    return [filing_of(row) for row in connection.execute(wanted)]


def count_entries(connection: Connection, office: str, days: Days) -> int:
    """How many entries those days have."""
    return connection.execute(select(func.count()).where(_on(office, days))).scalar_one()


def last_before(connection: Connection, office: str, year: int, day: date) -> int:
    """The last number of the register of that year that was given before ``day``; 0 for none."""
    earlier = (filing.c.office == office) & (filing.c.year == year) & (filing.c.received_day < day)
    return connection.execute(select(func.max(filing.c.n)).where(earlier)).scalar() or 0


def filed(connection: Connection, office: str, days: Days) -> list[Filed]:
    """The filings of those days as the figures see them, in no order."""
    said = (
        select(filing_step.c.filing, filing_step.c.move, func.min(filing_step.c.at).label("at"))
        .add_columns(func.min(filing_step.c.day).label("day"))
        .join(filing, filing.c.id == filing_step.c.filing)
        .where(_on(office, days), filing_step.c.move.in_(_SAID))
        .group_by(filing_step.c.filing, filing_step.c.move)
    )
    first: dict[tuple[UUID, str], tuple[Micros, date]] = {
        (row.filing, row.move): (row.at, row.day) for row in connection.execute(said)
    }
    columns = (
        filing.c.id, filing.c.received_day, filing.c.document_type, filing.c.unit, filing.c.status,
        filing.c.received_at, filing.c.due_on,
    )  # fmt: skip

    def at(id_: UUID, move: FilingMove) -> Micros | None:
        found = first.get((id_, move.value))
        return None if found is None else found[0]

    def on(id_: UUID, move: FilingMove) -> date | None:
        found = first.get((id_, move.value))
        return None if found is None else found[1]

    return [
        Filed(
            day=row.received_day,
            document_type=row.document_type,
            unit=row.unit,
            status=FilingStatus(row.status),
            received_at=row.received_at,
            due_on=row.due_on,
            resolved_at=at(row.id, FilingMove.RESOLVE),
            observed_at=at(row.id, FilingMove.OBSERVE),
            corrected_at=at(row.id, FilingMove.CORRECT),
            handed_on=on(row.id, FilingMove.FORWARD),
        )
        for row in connection.execute(select(*columns).where(_on(office, days)))
    ]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A filing that was handed to ``unit``: when, by whom (an account), and from which unit, empty for reception."""

    filing: Filing
    unit: str
    from_unit: str
    at: Micros
    actor: str


def handed_over(connection: Connection, office: str, day: date) -> list[HandedOver]:
    """What was handed to units on ``day``, by unit and in order; the last time, where one went there twice."""
    steps = (
        select(filing_step.c.filing, filing_step.c.unit, func.max(filing_step.c.id).label("step"))
        .where(filing_step.c.office == office, filing_step.c.day == day)
        .where(filing_step.c.move == FilingMove.FORWARD.value)
        .group_by(filing_step.c.filing, filing_step.c.unit)
        .subquery()
    )
    wanted = (
        select(
            filing,
            filing_step.c.unit.label("to_unit"),
            filing_step.c.from_unit,
            filing_step.c.at.label("handed_at"),
            filing_step.c.actor,
        )
        .join(steps, steps.c.filing == filing.c.id)
        .join(filing_step, filing_step.c.id == steps.c.step)
        .order_by(filing_step.c.unit, filing.c.year, filing.c.n)
    )
    return [
        HandedOver(filing_of(row), row.to_unit, row.from_unit, row.handed_at, row.actor)
        for row in connection.execute(wanted)
    ]
