"""What is wrong with a machine, as far as somebody in the office can put it right.

A machine says how it is at each change (``kiosk.health``); that it says nothing at all is for the server to notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.clock import Micros
    from domain.messages import KioskHealth

SILENT_US = 90 * 1_000_000
"""A machine speaks every few seconds; after so long without a word, in microseconds, something is the matter."""
ABSENT_US = 30 * 1_000_000
"""A printer that is switched off and on is away for a while; so long, in microseconds, nobody need be told."""
HELP_US = 10 * 60 * 1_000_000
"""How long a call for help stands, in microseconds: after ten minutes its visitor has found somebody, or has gone."""
LOW_PCT = 15
VERY_LOW_PCT = 5


class AlarmKind(Enum):
    """What an attendant is told. A closed list: each has its words, with what to do."""

    HELP = "help"
    NO_CONTACT = "no_contact"
    ABSENT = "absent"
    SILENT = "silent"
    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    OTHER = "other"
    PAPER_VERY_LOW = "paper_very_low"
    PAPER_LOW = "paper_low"


class Severity(Enum):
    """How soon somebody should go there."""

    NOW = "now"
    """Somebody waits there for help, or no paper comes out, or soon none will."""
    SOON = "soon"
    """There is time until the next quiet moment."""


class PaperLevel(Enum):
    """How much paper there is, as far as it matters."""

    ENOUGH = "enough"
    LOW = "low"
    VERY_LOW = "very_low"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to put right, and since when it is so."""

    kind: AlarmKind
    since: Micros

    @property
    def severity(self) -> Severity:
        """How soon somebody should go there."""
        return Severity.SOON if self.kind is AlarmKind.PAPER_LOW else Severity.NOW


@dataclass(frozen=True, slots=True)
class Help:
    """A visitor's call for help at a machine. ``told`` is how the machine names it: its own time of the call.

    ``since`` is when that was by this office's clock, ``answered_at`` when somebody said that they go; None before.
    """

    told: Micros
    since: Micros
    answered_at: Micros | None = None

    def is_open(self, now: Micros) -> bool:
        """Whether somebody should still go there."""
        return self.answered_at is None and now - self.since < HELP_US


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of a machine by its own word: the last health, and since when its two halves are as they are.

    ``help`` is the last call for help there, None before there was one.
    """

    health: KioskHealth
    printer_since: Micros
    paper: PaperLevel
    paper_since: Micros
    help: Help | None = None


_BLOCKED = {
    "paper": AlarmKind.NO_PAPER,
    "cover": AlarmKind.COVER_OPEN,
    "cutter": AlarmKind.CUTTER,
}
_PASSING = frozenset({"printing", "opening", "sync"})
"""What a printer is for a moment, in which its near-end sensor is not known."""


def heard(before: Condition | None, health: KioskHealth, at: Micros) -> Condition:
    """What is known after a machine said ``health`` of the instant ``at``."""
    paper = _paper_level(health, before)
    same_printer = before is not None and _trouble(before.health) == _trouble(health)
    same_paper = before is not None and before.paper is paper
    return Condition(
        health=health,
        printer_since=before.printer_since if before is not None and same_printer else at,
        paper=paper,
        paper_since=before.paper_since if before is not None and same_paper else at,
        help=_help(health, None if before is None else before.help, at),
    )


def alarms(condition: Condition | None, *, seen_at: Micros | None, now: Micros, is_open: bool) -> tuple[Alarm, ...]:
    """What somebody should put right at a machine ``now``, the most urgent first.

    ``seen_at`` is its last exchange, None for a machine that was enrolled and never came. Of a machine that does not
    speak nothing else is known any more; outside the office's hours (``is_open``) it may be switched off. Trouble
    with the printer comes before how much paper it has: whoever goes there sees that too. A person who asked for help
    comes before any of it, and waits on though the machine falls silent.
    """
    call = None if condition is None else condition.help
    asked = (Alarm(AlarmKind.HELP, call.since),) if call is not None and call.is_open(now) else ()
    return asked + _troubles(condition, seen_at=seen_at, now=now, is_open=is_open)


def _troubles(condition: Condition | None, *, seen_at: Micros | None, now: Micros, is_open: bool) -> tuple[Alarm, ...]:
    """What is wrong with the machine itself."""
    if seen_at is None:
        return ()
    if now - seen_at > SILENT_US:
        return (Alarm(AlarmKind.NO_CONTACT, seen_at),) if is_open else ()
    if condition is None:
        return ()
    trouble = _trouble(condition.health)
    if trouble is AlarmKind.ABSENT and now - condition.printer_since <= ABSENT_US:
        return ()
    if trouble is not None:
        return (Alarm(trouble, condition.printer_since),)
    match condition.paper:
        case PaperLevel.ENOUGH:
            return ()
        case PaperLevel.LOW:
            return (Alarm(AlarmKind.PAPER_LOW, condition.paper_since),)
        case PaperLevel.VERY_LOW:
            return (Alarm(AlarmKind.PAPER_VERY_LOW, condition.paper_since),)


def _help(health: KioskHealth, before: Help | None, at: Micros) -> Help | None:
    """The last call for help. A machine tells it again with whatever else it says, and forgets it when it restarts."""
    if health.help_at is None or (before is not None and before.told == health.help_at):
        return before
    return Help(health.help_at, at)


def _trouble(health: KioskHealth) -> AlarmKind | None:
    match health.printer:
        case "absent":
            return AlarmKind.ABSENT
        case "silent":
            return AlarmKind.SILENT
        case "blocked":
            return _BLOCKED.get(health.reason, AlarmKind.OTHER)
        case _:  # it prints, or will in a moment; a word of a later version is no alarm
            return None


def _paper_level(health: KioskHealth, before: Condition | None) -> PaperLevel:
    """By the odometer where the roll's length is known, and by the near-end sensor."""
    left = health.paper_left_pct
    if left is not None and left <= VERY_LOW_PCT:
        return PaperLevel.VERY_LOW
    if health.printer == "ready_low" or (left is not None and left <= LOW_PCT):
        return PaperLevel.LOW
    if left is None and before is not None and health.printer in _PASSING:
        return before.paper
    return PaperLevel.ENOUGH
