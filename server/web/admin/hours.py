"""/admin/hours: when the office opens, and on which days it does not."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec.structs import replace

from domain.calendar import Hours, SpecialDay, national_holidays
from domain.clock import in_lima
from domain.office import Office, QueueRules
from server.web.admin.forms import Refused, Sheet, Typed, sheet_of
from server.web.admin.setting import Form, Setting, SetUpNow

HOME = "/admin/hours"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_REASON = 120
_AHEAD = timedelta(days=3 * 366)
"""A closure further away is a slip of the keyboard."""


def hours_part(office: Office, _rules: QueueRules) -> Mapping[str, str]:
    """The week, as its form shows it."""
    hours = office.hours
    days = {name: "on" if number in hours.weekdays else "" for number, name in enumerate(WEEK, 1)}
    times = {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}
    return times | days | {"holidays_closed": "on" if hours.national_holidays_closed else ""}


def hours_page(setting: Setting, name: str = "", refused: Refused | None = None) -> Template:
    """The page, with the form ``name`` as it was typed."""
    office, rules = setting.now()
    today = in_lima(setting.person.clock.now()).date()
    forms = {"hours": sheet_of(hours_part(office, rules)), "closure": Sheet({}), "today": Sheet({})}
    if refused is not None:
        forms[name] = refused.sheet
    closures = sorted(office.hours.special_days, key=lambda closure: closure.day)
    return setting.page(
        "admin_hours.html",
        "hours",
        refused,
        forms=forms,
        hours=office.hours,
        today=today,
        coming=[closure for closure in closures if closure.day >= today],
        past=[closure for closure in reversed(closures) if closure.day < today],
        is_closed_today=any(closure.day == today for closure in closures),
        holidays=[day for day in national_holidays(today.year) + national_holidays(today.year + 1) if day.day >= today],
    )


@get("/hours", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """The week, the holidays and the closures."""
    return hours_page(setting)


@post("/hours", status_code=200, sync_to_thread=True)
def save(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Sets the week."""
    typed = Typed(data)

    def act() -> str:
        opens, closes = typed.moment("opens"), typed.moment("closes")
        weekdays = tuple(number for number, name in enumerate(WEEK, 1) if typed.ticked(name))
        if opens >= closes:
            typed.refuse("closes", "closes_first")
        if not weekdays:
            typed.refuse("monday", "no_day")
        typed.check()
        week = Hours(opens, closes, weekdays, typed.ticked("holidays_closed"))

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            return replace(office, hours=replace(week, special_days=office.hours.special_days)), rules

        setting.change(typed, change, part=hours_part, action="office.hours")
        return "hours"

    return setting.settle(typed, act, partial(hours_page, setting, "hours"), HOME)


@post("/hours/closures", status_code=200, sync_to_thread=True)
def add(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Closes a day to come."""
    typed = Typed(data)

    def act() -> str:
        day = typed.day("closure_day")
        reason = typed.line("closure_reason", most=LONGEST_REASON, required=True)
        today = in_lima(setting.person.clock.now()).date()
        if not today <= day <= today + _AHEAD:
            typed.refuse("closure_day", "past")
        _close(setting, typed, "closure_day", SpecialDay(day, reason))
        return "closed"

    return setting.settle(typed, act, partial(hours_page, setting, "closure"), HOME)


@post("/hours/today", status_code=200, sync_to_thread=True)
def close_today(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Gives out no more tickets today; whoever has one is served (Ley 27444 art. 138.4)."""
    typed = Typed(data)

    def act() -> str:
        reason = typed.line("today_reason", most=LONGEST_REASON, required=True)
        _close(setting, typed, "today_reason", SpecialDay(in_lima(setting.person.clock.now()).date(), reason))
        return "today"

    return setting.settle(typed, act, partial(hours_page, setting, "today"), HOME)


@post("/hours/closures/{day:str}/remove", status_code=200, sync_to_thread=True)
def remove(setting: NamedDependency[Setting], day: FromPath[str], data: Form) -> Response[Any]:
    """Opens on a day that was closed; on one that is not, it does nothing."""
    typed = Typed(data)

    def change(office: Office, rules: QueueRules) -> SetUpNow:
        kept = tuple(closure for closure in office.hours.special_days if closure.day.isoformat() != day)
        return replace(office, hours=replace(office.hours, special_days=kept)), rules

    def act() -> str:
        setting.change(typed, change, action="office.closure_removed", subject=day)
        return "reopened"

    return setting.settle(typed, act, partial(hours_page, setting, ""), HOME)


def _close(setting: Setting, typed: Typed, name: str, closure: SpecialDay) -> None:
    def change(office: Office, rules: QueueRules) -> SetUpNow:
        others = office.hours.special_days
        if closure in others:
            return office, rules
        if any(other.day == closure.day for other in others):
            typed.refuse(name, "closed_already")
        return replace(office, hours=replace(office.hours, special_days=(*others, closure))), rules

    setting.change(typed, change, action="office.closed", subject=closure.day.isoformat(), detail=closure.reason)


PAGES = [show, save, add, close_today, remove]
