"""What comes next for a filing and until when: for its citizen, and for those who must not be late with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from domain.filings import FilingStatus

if TYPE_CHECKING:
    from datetime import date

    from domain.calendar import Calendar

SOON_DAYS = 3
"""Business days before the entity's last day on which it is told that the day comes."""


class Next(Enum):
    """The next step of a filing, as its citizen is told."""

    GOES = "goes"
    """Reception hands it to its unit, the same day (arts. 117.2, 132.1)."""
    BRING = "bring"
    """The citizen brings what is missing."""
    BRING_TODAY = "bring_today"
    TOO_LATE = "too_late"
    """The last day for that has gone by; the filing ends."""
    ON_ITS_WAY = "on_its_way"
    """Its unit takes it over."""
    ANSWER = "answer"
    """The unit works on it."""
    OVERDUE = "overdue"
    """The entity's last day has gone by without an answer."""
    COLLECT = "collect"
    TAKE_BACK = "take_back"
    """It counts as not presented, and is given back (art. 125.4)."""
    OVER = "over"


_ALWAYS = {
    FilingStatus.RESOLVED: Next.COLLECT,
    FilingStatus.LAPSED: Next.TAKE_BACK,
    FilingStatus.ARCHIVED: Next.OVER,
}
_IN_TIME = {
    FilingStatus.RECEIVED: Next.GOES,
    FilingStatus.CORRECTED: Next.GOES,
    FilingStatus.FORWARDED: Next.ON_ITS_WAY,
    FilingStatus.IN_PROCESS: Next.ANSWER,
}


def next_step(status: FilingStatus, today: date, *, due_on: date, correct_until: date | None) -> Next:
    """What comes next for a filing that stands so on ``today``."""
    if status in _ALWAYS:
        return _ALWAYS[status]
    if status is FilingStatus.OBSERVED:
        if correct_until is None or today < correct_until:
            return Next.BRING
        return Next.BRING_TODAY if today == correct_until else Next.TOO_LATE
    return Next.OVERDUE if today > due_on else _IN_TIME[status]


class Alert(Enum):
    """Why a filing is not to be left lying; the worst first."""

    OVERDUE = "overdue"
    TO_FORWARD = "to_forward"
    """With reception still, though it came on a former day: it is forwarded the same day (arts. 117.2, 132.1)."""
    TO_TAKE = "to_take"
    """Forwarded on a former day, and not taken over."""
    DUE_SOON = "due_soon"
    CORRECTION_ENDS = "correction_ends"
    """What is missing can be brought today and tomorrow only."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that count for alerts on ``today``, worked out once for all the filings of an office."""

    today: date
    next_day: date
    soon: date
    """The last day that is near."""

    @classmethod
    def on(cls, today: date, calendar: Calendar) -> Horizon:
        """The horizon of ``today`` in that calendar."""
        next_day = calendar.next_business_day(today)
        soon = today
        for _ in range(SOON_DAYS):
            soon = calendar.next_business_day(soon)
        return cls(today, next_day, soon)

    def alert(
        self, status: FilingStatus, *, due_on: date, correct_until: date | None, changed_on: date
    ) -> Alert | None:
        """The worst that there is to say of a filing; None for one that can wait.

        ``changed_on`` is the day since which it stands as it does. While it is observed no term runs (art. 125.3).
        """
        if status.is_over:
            return None
        if status is FilingStatus.OBSERVED:
            is_near = correct_until is not None and correct_until <= self.next_day
            return Alert.CORRECTION_ENDS if is_near else None
        if due_on < self.today:
            return Alert.OVERDUE
        if changed_on < self.today and status in {FilingStatus.RECEIVED, FilingStatus.CORRECTED}:
            return Alert.TO_FORWARD
        if changed_on < self.today and status is FilingStatus.FORWARDED:
            return Alert.TO_TAKE
        return Alert.DUE_SOON if due_on <= self.soon else None
