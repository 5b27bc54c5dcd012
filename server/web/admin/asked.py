"""What somebody asked for in a page's address: days, as the form sends them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.statistics import Days
from domain.tracking import FIRST_DAY
from server.faults import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


def asked_days(query: Mapping[str, str], today: date, *, most: int, usual: int = 1) -> Days:
    """The days ``from`` … ``to``, never later than today; where nothing is said the last ``usual`` ones.

    Raises:
        Refusal: 400, they are no days, end before they begin, or are more than ``most``.
    """
    wrong = Refusal(400, "bad_days", n=str(most))
    try:
        first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    except ValueError:
        raise wrong from None
    if first is None:
        first = last or today - timedelta(usual - 1)
    last = last or today
    if not FIRST_DAY <= first <= last or (last - first).days >= most:
        raise wrong
    return Days(min(first, today), min(last, today))


def span_of(days: Days) -> str:
    """Days in few words, for the audit log."""
    return f"{days.first:%d/%m/%Y} - {days.last:%d/%m/%Y}"


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None
