"""The geometry of the history's charts, in per cent of their area, so that they fit any screen without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.filed import FilingFigures
    from server.history import Share

_MINUTE_US = 60 * 1_000_000
_FULL_PCT = 92.0
"""How high the highest column may be: above it stands its number."""
_COLUMN_PART = 0.66
_MOST_LABELS = 12
_FEW_LABELS = 6
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Point:
    """A column's two values: ``inner`` is a part of ``outer`` or at most as much; None is not known."""

    label: str
    inner: float | None
    outer: float | None

    @property
    def highest(self) -> float:
        """The number above the column."""
        return max(self.inner or 0, self.outer or 0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is drawn. ``middle`` is where its label and its number stand.

    A narrow screen has no room for the labels that are ``is_extra``.
    """

    point: Point
    is_labelled: bool
    is_extra: bool
    x: float
    width: float
    middle: float
    inner: float
    outer: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns, and the lines behind them: how high each is, and what it stands for."""

    columns: list[Column]
    lines: list[tuple[float, int]]
    is_numbered: bool

    @property
    def is_empty(self) -> bool:
        """Whether no column is higher than nothing."""
        return not any(column.point.highest for column in self.columns)


def step_of(highest: float) -> int:
    """The distance of the lines: 1, 2 or 5 of some power of ten, so that there are four at most."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if highest / step <= _MOST_LINES:
                return step
        power *= 10


def chart(points: Sequence[Point]) -> Chart:
    """Draws ``points`` from left to right."""
    highest = max((point.highest for point in points), default=0.0)
    step = step_of(highest)
    top = max(highest, step)
    every = -(-len(points) // _MOST_LABELS)
    room = 100 / max(len(points), 1)
    columns = [
        Column(
            point=point,
            is_labelled=place % every == 0,
            is_extra=len(points) > _FEW_LABELS and place // every % 2 == 1,
            x=round(room * (place + (1 - _COLUMN_PART) / 2), 3),
            width=round(room * _COLUMN_PART, 3),
            middle=round(room * (place + 0.5), 3),
            inner=_height(point.inner, top),
            outer=_height(point.outer, top),
        )
        for place, point in enumerate(points)
    ]
    lines = [(_height(value, top), value) for value in range(step, int(top) + 1, step)]
    return Chart(columns, lines, is_numbered=every == 1)


def _height(value: float | None, top: float) -> float:
    return round((value or 0) / top * _FULL_PCT, 3)


def tickets_chart(shares: Sequence[Share], labels: Sequence[str]) -> Chart:
    """How many tickets were taken, and how many of their holders were served."""
    return chart(
        [
            Point(
                label, share.turnout.served if share.turnout else None, share.turnout.taken if share.turnout else None
            )
            for share, label in zip(shares, labels, strict=True)
        ]
    )


def waits_chart(shares: Sequence[Share], labels: Sequence[str]) -> Chart:
    """The middle wait and what nine of ten did not exceed, in minutes."""
    return chart(
        [
            Point(label, _minutes(share.figures.wait.middle), _minutes(share.figures.wait.nine_of_ten))
            for share, label in zip(shares, labels, strict=True)
        ]
    )


def _minutes(duration: int | None) -> float | None:
    return None if duration is None else round(duration / _MINUTE_US, 1)


def hour_charts(hours: Sequence[Share]) -> tuple[Chart, Chart]:
    """Tickets and waits by hour."""
    labels = [f"{int(share.name)} h" for share in hours]
    return tickets_chart(hours, labels), waits_chart(hours, labels)


def period_charts(periods: Sequence[Share], *, by_month: bool) -> tuple[Chart, Chart]:
    """Tickets and waits by day, labelled day/month, or by month."""
    labels = [period_label(share.name, by_month=by_month) for share in periods]
    return tickets_chart(periods, labels), waits_chart(periods, labels)


def filing_chart(periods: Mapping[str, FilingFigures], *, by_month: bool) -> tuple[Chart, Chart]:
    """How many filings were received, and how many of them were handed on that day, and are resolved by now."""
    labels = {name: period_label(name, by_month=by_month) for name in periods}
    return (
        chart([Point(labels[name], one.same_day, one.received) for name, one in periods.items()]),
        chart([Point(labels[name], one.resolved, one.received) for name, one in periods.items()]),
    )


def period_label(name: str, *, by_month: bool) -> str:
    """A day (2026-11-23) as 23/11, a month (2026-11) as 11/2026."""
    parts = name.split("-")
    return f"{parts[1]}/{parts[0]}" if by_month else f"{parts[2]}/{parts[1]}"
