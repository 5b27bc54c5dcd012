"""What the filings of some days amount to: how many, by unit and type, how long they took, and how many too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.filings import FilingStatus
from domain.statistics import Spread, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing as the figures see it. ``handed_on`` is the day on which it was first forwarded to a unit.

    ``resolved_at``, ``observed_at`` and ``corrected_at`` are None of what was not.
    """

    day: date
    document_type: str
    unit: str
    status: FilingStatus
    received_at: Micros
    due_on: date
    resolved_at: Micros | None = None
    observed_at: Micros | None = None
    corrected_at: Micros | None = None
    handed_on: date | None = None

    @property
    def counted_from(self) -> Micros:
        """From when its time counts: its receipt, or the correction until which no term ran (art. 125.3)."""
        return self.corrected_at or self.received_at

    def is_late(self, today: date) -> bool:
        """Whether the entity did not answer by the last day for it, or has not so far."""
        if self.status is FilingStatus.LAPSED or (self.status is FilingStatus.ARCHIVED and self.resolved_at is None):
            return False
        answered = today if self.resolved_at is None else in_lima(self.resolved_at).date()
        return self.status is not FilingStatus.OBSERVED and answered > self.due_on


@dataclass(frozen=True, slots=True)
class FilingFigures:
    """``same_day`` were handed to a unit on the day of their receipt (art. 117.2), ``handed`` on any.

    ``took`` is from receipt to resolution. ``late`` are those of ``due``: resolved by now, or past their last day.
    """

    received: int
    observed: int
    corrected: int
    lapsed: int
    handed: int
    same_day: int
    resolved: int
    late: int
    due: int
    took: Spread

    @property
    def open(self) -> int:
        """Those that still await an answer."""
        return self.received - self.resolved - self.lapsed

    @property
    def late_pct(self) -> int | None:
        """The share that was or is too late, in per cent; None where nothing was due."""
        return round(100 * self.late / self.due) if self.due else None


def figures(filed: Iterable[Filed], today: date) -> FilingFigures:
    """Sums up."""
    all_ = list(filed)
    resolved = [one for one in all_ if one.resolved_at is not None]
    late = [one for one in all_ if one.is_late(today)]
    handed = [one for one in all_ if one.handed_on is not None]
    return FilingFigures(
        received=len(all_),
        observed=sum(one.observed_at is not None for one in all_),
        corrected=sum(one.corrected_at is not None for one in all_),
        lapsed=sum(one.observed_at is not None and _has_lapsed(one) for one in all_),
        handed=len(handed),
        same_day=sum(one.handed_on == one.day for one in handed),
        resolved=len(resolved),
        late=len(late),
        due=len(resolved) + sum(one.resolved_at is None for one in late),
        took=spread(one.resolved_at - one.counted_from for one in resolved if one.resolved_at is not None),
    )


def _has_lapsed(one: Filed) -> bool:
    over = one.status is FilingStatus.ARCHIVED and one.resolved_at is None
    return one.status is FilingStatus.LAPSED or over


def figures_by(filed: Iterable[Filed], key: Callable[[Filed], str], today: date) -> dict[str, FilingFigures]:
    """Sums up apart, by what ``key`` says of each; the largest first."""
    groups: dict[str, list[Filed]] = {}
    for one in filed:
        groups.setdefault(key(one), []).append(one)
    ordered = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return {name: figures(groups[name], today) for name in ordered}
