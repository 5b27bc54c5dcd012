"""What an office did on the days that somebody asks about: its figures, and the lines of its exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.statistics import (
    NOTHING,
    Days,
    Figures,
    Stay,
    Taken,
    Turnout,
    figures,
    figures_by,
    hour_of,
    turnout,
    turnout_by,
)
from server.faults import Refusal
from server.store import history
from server.store.accounts import full_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from sqlalchemy import Engine

    from domain.clock import Clock
    from server.store.history import Line

MOST_DAYS_APART = 45
"""Of more days the figures are told by month: nobody reads a hundred columns."""
MOST_SHEET_LINES = 50_000
"""A workbook is made whole before it leaves, so many lines in about seven seconds of one core; CSV has no limit."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the whole: its name, the tickets taken in it (None where tickets have no such part), its stays.

    ``name`` is a day or a month (ISO), an hour, a service's code, a counter or an account.
    """

    name: str
    turnout: Turnout | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What the office did on ``days``. ``periods`` are days or months, none for a single day."""

    days: Days
    turnout: Turnout
    figures: Figures
    periods: list[Share]
    by_month: bool
    hours: list[Share]
    services: list[Share]
    counters: list[Share]
    clerks: list[Share]


class History:
    """Looks back."""

    def __init__(self, *, clock: Clock, read: Engine) -> None:
        self._clock = clock
        self._read = read

    def today(self) -> date:
        """The day that it is in Lima."""
        return in_lima(self._clock.now()).date()

    def names(self) -> dict[str, str]:
        """What accounts are called in full."""
        with self._read.connect() as connection:
            return full_names(connection)

    def report(self, office: str, days: Days) -> Report:
        """The figures of those days. A year of 100,000 stays takes about two seconds of one core."""
        with self._read.connect() as connection:
            stays, taken = history.stays(connection, office, days), history.taken(connection, office, days)
        services = _shares(taken, lambda one: one.service, stays, lambda one: one.service)
        by_month = days.count > MOST_DAYS_APART
        length = len("2026-11") if by_month else len("2026-11-23")
        periods = _shares(
            taken, lambda one: one.day.isoformat()[:length], stays, lambda one: one.day.isoformat()[:length]
        )
        return Report(
            days=days,
            turnout=turnout(taken),
            figures=figures(stays),
            periods=periods if days.count > 1 else [],
            by_month=by_month,
            hours=_hours(taken, stays),
            services=sorted(services, key=lambda share: -share.turnout.taken if share.turnout else 0),
            counters=_of_stays(stays, lambda one: one.counter),
            clerks=_of_stays(stays, lambda one: one.clerk),
        )

    def lines(self, office: str, days: Days) -> Iterator[Line]:
        """The lines of an export, read a day at a time: neither memory nor a connection is held while it is sent."""
        with self._read.connect() as connection:
            with_stays = history.days_with_stays(connection, office, days)
        for day in with_stays:
            with self._read.connect() as connection:
                lines = history.lines(connection, office, day)
            yield from lines

    def require_sheet(self, office: str, days: Days) -> None:
        """Makes sure that those days fit into a workbook.

        Raises:
            Refusal: 400.
        """
        with self._read.connect() as connection:
            if history.count_stays(connection, office, days) > MOST_SHEET_LINES:
                raise Refusal(400, "sheet_too_long", n=str(MOST_SHEET_LINES))


def _shares(
    taken: list[Taken], of_taken: Callable[[Taken], str], stays: list[Stay], of_stay: Callable[[Stay], str]
) -> list[Share]:
    """Tickets and stays apart, by name."""
    turnouts, groups = turnout_by(taken, of_taken), figures_by(stays, of_stay)
    return [
        Share(name, turnouts.get(name, Turnout()), groups.get(name, NOTHING)) for name in sorted({*turnouts, *groups})
    ]


def _hours(taken: list[Taken], stays: list[Stay]) -> list[Share]:
    """By the hour in which people came, those between in which nobody did, too."""
    turnouts, groups = turnout_by(taken, lambda one: one.hour), figures_by(stays, hour_of)
    hours = {*turnouts, *groups}
    return [
        Share(str(hour), turnouts.get(hour, Turnout()), groups.get(hour, NOTHING))
        for hour in (range(min(hours), max(hours) + 1) if hours else ())
    ]


def _of_stays(stays: list[Stay], of_stay: Callable[[Stay], str]) -> list[Share]:
    """Stays apart, by name; counters by their number."""
    groups = figures_by(stays, of_stay)
    return [Share(name, None, groups[name]) for name in sorted(groups, key=lambda name: (name.zfill(3), name))]
