"""Opening hours as people say them."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.calendar import Hours
    from kiosk.texts import Texts
    from kiosk.ui.theme import Say

_A_WEEK = 7
_LAST_MINUTE = time(23, 59)


def hours_said(hours: Hours, texts: Texts) -> Say:
    """When turns are given: "Lunes a viernes, de 08:00 a 16:15"; an office that never closes says so."""
    if hours.opens == time(0) and hours.closes >= _LAST_MINUTE and len(hours.weekdays) == _A_WEEK:
        return "info.hours_always"
    values = {"days": _days(hours, texts), "opens": texts.time(hours.opens), "closes": texts.time(hours.closes)}
    return ("info.hours", dict(values))


def _days(hours: Hours, texts: Texts) -> str:
    if len(hours.weekdays) == _A_WEEK:
        return texts.t("info.every_day")
    names = [texts.weekday(day) for day in sorted(hours.weekdays)]
    in_a_row = max(hours.weekdays) - min(hours.weekdays) == len(names) - 1 > 1
    said = texts.t("info.days", first=names[0], last=names[-1]) if in_a_row else ", ".join(names)
    return said[:1].upper() + said[1:]
