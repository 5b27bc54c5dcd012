"""``kiosk-server dates``: how a filing is dated by law, day by day, for whoever wants to check (docs/dates.md)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.calendar import Calendar, Channel, Filed, FilingDay, Hours, Skipped, SpecialDay, Term, Why
from domain.clock import LIMA, in_lima, micros
from server.command import USAGE, CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from domain.office import Office

RULES = {"seed": FilingDay.BUSINESS_DAYS, "2025": FilingDay.EVERY_DAY}
_YEARS = range(2000, 2100)
"""Those whose holidays are known."""
_MOST = {"days": 3650, "months": 600}
_WEEKEND = {6: "sábado", 7: "domingo"}
_WHY = {
    Why.HOLIDAY: "feriado",
    Why.DECREED: "no laborable",
    Why.CLOSED: "no se atiende",
    Why.SHORT: "no se atiende el horario normal (art. 134.2)",
    Why.AFTER_HOURS: "fuera del horario",
}


def describe(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """What can be typed after ``dates``."""
    dates = add_parser("dates", help="dice desde cuándo y hasta cuándo corre un plazo; no necesita configuración")
    dates.add_argument("--received", required=True, type=_moment, metavar="FECHAThh:mm", help="cuándo llegó, en Lima")
    dates.add_argument("--channel", choices=[channel.value for channel in Channel], default=Channel.VIRTUAL.value,
                       help="por dónde: virtual (si falta) o ventanilla (desk)")  # fmt: skip
    dates.add_argument("--rule", choices=list(RULES), help="qué día cuenta por el canal virtual (si falta: seed, o la "
                       "de la oficina)")  # fmt: skip
    dates.add_argument("--came-in-hours", action="store_true", help="llegó a la ventanilla dentro del horario")
    term = dates.add_mutually_exclusive_group()
    term.add_argument("--days", type=int, metavar="N", help="plazo en días hábiles")
    term.add_argument("--months", type=int, metavar="N", help="plazo en meses; doce son un año")
    dates.add_argument("--closed", type=_day, nargs="+", action="extend", default=[], metavar="FECHA",
                       help="además, días declarados no laborables")  # fmt: skip
    dates.add_argument("--office", action="store_true", help="con el horario y los días especiales de esta oficina")


def tell(options: argparse.Namespace, office: Office | None) -> str:
    """The dates as JSON; of the office where it is given, else of the national calendar and the usual hours.

    Raises:
        CommandError: a term that nobody has.
    """
    calendar = _calendar(options, office)
    filed = _filed(calendar, options)
    term = _term(calendar, filed.presented_on, options)
    skipped = filed.skipped + (term.skipped if term else ())
    days = [{"day": one.day.isoformat(), "why": why(one)} for one in skipped]
    told = {
        "received_at": in_lima(filed.received_at).isoformat(),
        "presented_on": filed.presented_on.isoformat(),
        "term_starts_on": filed.term_starts_on.isoformat(),
        "deadline": term and term.deadline.isoformat(),
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(said)}" for name, said in told.items()]
    listed = ",\n".join(f"    {json.dumps(day, ensure_ascii=False)}" for day in days)
    lines.append(f'  "skipped": [\n{listed}\n  ]' if days else '  "skipped": []')
    return "{\n" + ",\n".join(lines) + "\n}"


def why(skipped: Skipped) -> str:
    """Why a day was passed over, in words."""
    if skipped.why is Why.WEEKEND:
        return _WEEKEND[skipped.day.isoweekday()]
    return f"{_WHY[skipped.why]}: {skipped.name}" if skipped.name else _WHY[skipped.why]


def _calendar(options: argparse.Namespace, office: Office | None) -> Calendar:
    calendar = Calendar(Hours()) if office is None else office.calendar
    named = {day: SpecialDay(day, "agregado con --closed", counts=False) for day in options.closed}
    others = tuple(special for special in calendar.hours.special_days if special.day not in named)
    hours = replace(calendar.hours, special_days=(*others, *named.values()))
    return Calendar(hours, RULES[options.rule] if options.rule else calendar.filing_day)


def _filed(calendar: Calendar, options: argparse.Namespace) -> Filed:
    received_at = micros(options.received)
    if options.channel == Channel.DESK.value:
        return calendar.filed_at_desk(received_at, came_in_hours=options.came_in_hours)
    return calendar.filed_virtually(received_at)


def _term(calendar: Calendar, since: date, options: argparse.Namespace) -> Term | None:
    for name, most in _MOST.items():
        length = getattr(options, name)
        if length is not None and not 1 <= length <= most:
            raise CommandError(f"El plazo (--{name}) va de 1 a {most}.", USAGE)
    if options.months:
        return calendar.term_in_months(since, options.months)
    return calendar.term(since, options.days) if options.days else None


def _moment(text: str) -> datetime:
    """A moment; without a zone it is Lima's. argparse turns the error into its own."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=LIMA) if moment.tzinfo is None else moment.astimezone(LIMA)
    if moment.year not in _YEARS:
        raise ValueError(text)
    return moment


def _day(text: str) -> date:
    return date.fromisoformat(text)
