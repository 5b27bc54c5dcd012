"""/admin/hours: when the office opens, and on which days it does so otherwise, or not at all."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from msgspec.structs import replace

from domain.calendar import Attention, Hours, SpecialDay, national_holidays
from domain.clock import Micros, in_lima
from domain.decreed import DECREED
from domain.office import Office, QueueRules
from server.web.admin.forms import Refused, Sheet, Typed, sheet_of
from server.web.admin.setting import Form, Setting, SetUpNow

HOME = "/admin/hours"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_REASON = 120
_AHEAD = timedelta(days=3 * 366)
"""A day further away is a slip of the keyboard."""
_BACK = timedelta(days=366)
"""So long ago a day may have been that is found out to be decreed: terms that ran over it are still being counted."""

_WORDS = {
    Attention.CLOSED: "hours.attention_closed",
    Attention.SHORT: "hours.attention_short",
    Attention.OPEN: "hours.attention_open",
}


class _Decreed(NamedTuple):
    """A known decreed day and what the office decided about it; None for nothing yet."""

    day: date
    decree: str
    special: SpecialDay | None


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
    attention = {"closure_attention": Attention.CLOSED.value, "decreed_attention": Attention.CLOSED.value}
    forms = {"hours": sheet_of(hours_part(office, rules))}
    forms |= {form: Sheet(attention) for form in ("closure", "decreed")} | {"today": Sheet({})}
    if refused is not None:
        forms[name] = refused.sheet
    special_days = sorted(office.hours.special_days, key=lambda special: special.day)
    return setting.page(
        "admin_hours.html",
        "hours",
        refused,
        forms=forms,
        hours=office.hours,
        today=today,
        earliest=today - _BACK,
        coming=[special for special in special_days if special.day >= today],
        past=[special for special in reversed(special_days) if special.day < today],
        is_closed_today=_is_over(office.hours, setting.person.clock.now()),
        holidays=[one for one in national_holidays(today.year) + national_holidays(today.year + 1) if one.day >= today],
        decreed=[_Decreed(day, DECREED[day], office.hours.special(day)) for day in sorted(DECREED)],
        undecided=len(_undecided(office.hours)),
    )


@get("/hours", sync_to_thread=True)
def show(setting: NamedDependency[Setting]) -> Template:
    """The week, the holidays and the special days."""
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
    """Sets a day to come apart: closed, shorter, or decreed non-working; decreed ones may be past."""
    typed = Typed(data)

    def act() -> str:
        day = typed.day("closure_day")
        reason = typed.line("closure_reason", most=LONGEST_REASON, required=True)
        attention, closes = _attention(typed, "closure")
        counts = not typed.ticked("closure_decreed")
        today = in_lima(setting.person.clock.now()).date()
        if not today - (timedelta() if counts else _BACK) <= day <= today + _AHEAD:
            typed.refuse("closure_day", "past" if counts else "long_past")
        if attention is Attention.OPEN and counts and day not in DECREED:
            typed.refuse("closure_attention", "as_always")
        typed.check()
        special = SpecialDay(day, reason, attention, closes, counts)

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            if special in office.hours.special_days:
                return office, rules
            if office.hours.special(day) is not None:
                typed.refuse("closure_day", "closed_already")
            _check_closes(typed, "closure", office.hours, closes)
            return _with(office, special), rules

        setting.change(
            typed, change, action="office.closed", subject=day.isoformat(), detail=_in_words(setting, special)
        )
        return "closed"

    return setting.settle(typed, act, partial(hours_page, setting, "closure"), HOME)


@post("/hours/decreed", status_code=200, sync_to_thread=True)
def add_decreed(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Decides at once for all known decreed days that nobody decided about."""
    typed = Typed(data)

    def act() -> str:
        attention, closes = _attention(typed, "decreed")

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            _check_closes(typed, "decreed", office.hours, closes)
            days = _undecided(office.hours).items()
            return _with(office, *(SpecialDay(day, name, attention, closes, counts=False) for day, name in days)), rules

        setting.change(typed, change, action="office.decreed", detail=setting.explainer.text(_WORDS[attention]))
        return "decreed"

    return setting.settle(typed, act, partial(hours_page, setting, "decreed"), HOME)


@post("/hours/today", status_code=200, sync_to_thread=True)
def close_today(setting: NamedDependency[Setting], data: Form) -> Response[Any]:
    """Gives out no more tickets today; whoever has one is served (Ley 27444 art. 138.4).

    Once it opened the day is a short one: what was received in the morning was presented today.
    """
    typed = Typed(data)

    def act() -> str:
        reason = typed.line("today_reason", most=LONGEST_REASON, required=True)
        moment = in_lima(setting.person.clock.now())
        today, now = moment.date(), moment.time().replace(microsecond=0)

        def change(office: Office, rules: QueueRules) -> SetUpNow:
            hours = office.hours
            if _is_over(hours, setting.person.clock.now()):
                return office, rules
            before = hours.special(today) or SpecialDay(today)
            is_short = now > hours.opens
            attention, closes = (Attention.SHORT, now) if is_short else (Attention.CLOSED, None)
            return _with(office, replace(before, reason=reason, attention=attention, closes=closes)), rules

        setting.change(typed, change, action="office.closed", subject=today.isoformat(), detail=reason)
        return "today"

    return setting.settle(typed, act, partial(hours_page, setting, "today"), HOME)


@post("/hours/closures/{day:str}/remove", status_code=200, sync_to_thread=True)
def remove(setting: NamedDependency[Setting], day: FromPath[str], data: Form) -> Response[Any]:
    """Makes a day one like the others; of one that is, it does nothing."""
    typed = Typed(data)

    def change(office: Office, rules: QueueRules) -> SetUpNow:
        kept = tuple(special for special in office.hours.special_days if special.day.isoformat() != day)
        return replace(office, hours=replace(office.hours, special_days=kept)), rules

    def act() -> str:
        setting.change(typed, change, action="office.closure_removed", subject=day)
        return "reopened"

    return setting.settle(typed, act, partial(hours_page, setting, ""), HOME)


def _attention(typed: Typed, form: str) -> tuple[Attention, time | None]:
    """What the desk does, and of a short day until when; an hour that was left in another choice is passed over."""
    attention = Attention(typed.choice(f"{form}_attention", [one.value for one in Attention]))
    return attention, typed.moment(f"{form}_closes") if attention is Attention.SHORT else None


def _check_closes(typed: Typed, form: str, hours: Hours, closes: time | None) -> None:
    if closes is not None and not hours.opens < closes < hours.closes:
        typed.refuse(f"{form}_closes", "not_shorter")


def _undecided(hours: Hours) -> dict[date, str]:
    """The known decreed days that are not in the office's own table."""
    return {day: name for day, name in DECREED.items() if hours.special(day) is None}


def _is_over(hours: Hours, now: Micros) -> bool:
    """Whether no ticket is given any more today, for a reason of today."""
    moment = in_lima(now)
    closes = hours.closing(moment.date())
    return hours.special(moment.date()) is not None and (closes is None or closes <= moment.time())


def _with(office: Office, *special_days: SpecialDay) -> Office:
    days = {special.day: special for special in (*office.hours.special_days, *special_days)}
    return replace(office, hours=replace(office.hours, special_days=tuple(days.values())))


def _in_words(setting: Setting, special: SpecialDay) -> str:
    """For the audit log: the reason, and what is not as on any closed day."""
    said = [] if special.attention is Attention.CLOSED else [setting.explainer.text(_WORDS[special.attention])]
    said += [f"{special.closes:%H:%M}"] if special.closes else []
    said += [] if special.counts else [setting.label("closure_decreed")]
    return "; ".join([special.reason, *said])


PAGES = [show, save, add, add_decreed, close_today, remove]
