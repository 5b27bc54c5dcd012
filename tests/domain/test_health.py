"""What somebody in the office is told of a machine, and since when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.clock import Micros
from domain.health import Alarm, AlarmKind, Condition, Help, PaperLevel, Severity, alarms, heard
from domain.messages import KioskHealth

S = 1_000_000
NOON = Micros(1_800_000_000 * S)


def ago(seconds: float) -> Micros:
    return Micros(NOON - int(seconds * S))


def said(*words: tuple[str, str, int | None], seconds_ago: float = 600, every_s: float = 0) -> Condition:
    """What is known after a machine said these: printer, reason, paper left in per cent."""
    condition: Condition | None = None
    for place, (printer, reason, left) in enumerate(words):
        condition = heard(condition, KioskHealth(printer, reason, left), ago(seconds_ago - place * every_s))
    assert condition is not None
    return condition


@pytest.mark.parametrize(
    ("printer", "reason", "left", "kind"),
    [
        ("ready", "", None, None),
        ("ready", "", 100, None),
        ("ready", "", 16, None),
        ("ready", "", 15, AlarmKind.PAPER_LOW),
        ("ready", "", 6, AlarmKind.PAPER_LOW),
        ("ready", "", 5, AlarmKind.PAPER_VERY_LOW),
        ("ready", "", 0, AlarmKind.PAPER_VERY_LOW),
        ("ready_low", "", None, AlarmKind.PAPER_LOW),
        ("ready_low", "", 80, AlarmKind.PAPER_LOW),  # the sensor sees the roll; the odometer only counts
        ("ready_low", "", 3, AlarmKind.PAPER_VERY_LOW),
        ("printing", "", 50, None),
        ("opening", "", None, None),
        ("sync", "", None, None),
        ("blocked", "paper", 2, AlarmKind.NO_PAPER),
        ("blocked", "cover", None, AlarmKind.COVER_OPEN),
        ("blocked", "cutter", None, AlarmKind.CUTTER),
        ("blocked", "other", None, AlarmKind.OTHER),
        ("blocked", "", None, AlarmKind.OTHER),
        ("blocked", "haunted", None, AlarmKind.OTHER),
        ("absent", "", None, AlarmKind.ABSENT),
        ("absent", "absent", 3, AlarmKind.ABSENT),
        ("silent", "", None, AlarmKind.SILENT),
        ("levitating", "", None, None),
    ],
)
def test_each_word_has_its_alarm(printer: str, reason: str, left: int | None, kind: AlarmKind | None) -> None:
    found = alarms(said((printer, reason, left)), seen_at=ago(3), now=NOON, is_open=True)
    assert found == (() if kind is None else (Alarm(kind, ago(600)),))


@pytest.mark.parametrize("kind", AlarmKind)
def test_only_low_paper_can_wait(kind: AlarmKind) -> None:
    assert (Alarm(kind, NOON).severity is Severity.SOON) == (kind is AlarmKind.PAPER_LOW)


@pytest.mark.parametrize(
    ("seen_s_ago", "is_open", "alarm"),
    [
        (None, True, False),  # enrolled, and not put up yet
        (0, True, False),
        (90, True, False),
        (90.1, True, True),
        (86_400, True, True),
        (86_400, False, False),  # switched off for the night
        (-5, True, False),  # the server's clock was set back
    ],
)
def test_silence_is_an_alarm_while_the_office_is_open(seen_s_ago: float | None, *, is_open: bool, alarm: bool) -> None:
    seen_at = None if seen_s_ago is None else ago(seen_s_ago)
    for condition in (None, said(("ready", "", 50))):
        found = alarms(condition, seen_at=seen_at, now=NOON, is_open=is_open)
        assert found == ((Alarm(AlarmKind.NO_CONTACT, ago(seen_s_ago or 0)),) if alarm else ())


def test_of_a_machine_that_does_not_speak_nothing_else_is_known() -> None:
    broken = said(("blocked", "paper", None))
    kinds = [alarm.kind for alarm in alarms(broken, seen_at=ago(100), now=NOON, is_open=True)]
    assert kinds == [AlarmKind.NO_CONTACT]
    assert alarms(broken, seen_at=ago(100), now=NOON, is_open=False) == ()
    assert alarms(broken, seen_at=ago(10), now=NOON, is_open=False) != ()  # it is on: somebody may refill it


@pytest.mark.parametrize(("seconds", "alarm"), [(0, False), (30, False), (30.1, True)])
def test_a_printer_switched_off_and_on_troubles_nobody(seconds: float, *, alarm: bool) -> None:
    away = said(("absent", "", None), seconds_ago=seconds)
    assert bool(alarms(away, seen_at=ago(1), now=NOON, is_open=True)) == alarm


def test_since_when_is_when_it_began_however_often_it_is_said() -> None:
    again = said(("ready", "", 20), ("blocked", "paper", 20), ("blocked", "paper", 19), every_s=100)
    assert alarms(again, seen_at=ago(1), now=NOON, is_open=True) == (Alarm(AlarmKind.NO_PAPER, ago(500)),)
    other = said(("blocked", "paper", None), ("blocked", "cover", None), every_s=100)
    assert alarms(other, seen_at=ago(1), now=NOON, is_open=True) == (Alarm(AlarmKind.COVER_OPEN, ago(500)),)


def test_low_paper_is_low_since_it_became_so_whatever_is_printed_meanwhile() -> None:
    sinking = said(
        ("ready", "", 16),
        ("printing", "", 15),
        ("ready", "", 15),
        ("blocked", "cover", 14),
        ("ready", "", 14),
        every_s=60,
    )
    assert alarms(sinking, seen_at=ago(1), now=NOON, is_open=True) == (Alarm(AlarmKind.PAPER_LOW, ago(540)),)
    unmeasured = said(("ready_low", "", None), ("printing", "", None), ("ready_low", "", None), every_s=60)
    assert alarms(unmeasured, seen_at=ago(1), now=NOON, is_open=True) == (Alarm(AlarmKind.PAPER_LOW, ago(600)),)


def test_a_new_roll_ends_it() -> None:
    refilled = said(("ready_low", "", 4), ("ready", "", 100), every_s=60)
    assert refilled.paper is PaperLevel.ENOUGH
    assert alarms(refilled, seen_at=ago(1), now=NOON, is_open=True) == ()


# --- help -------------------------------------------------------------------------------------------------------


def asked(*said_at: tuple[float, float | None]) -> Condition:
    """What is known of a machine that spoke so many seconds ago, telling a call for help of so many seconds ago."""
    condition: Condition | None = None
    for seconds_ago, help_ago in said_at:
        help_at = None if help_ago is None else ago(help_ago)
        condition = heard(condition, KioskHealth("ready", "", 80, help_at=help_at), ago(seconds_ago))
    assert condition is not None
    return condition


def helped(condition: Condition, *, seen_at: Micros = NOON, is_open: bool = True) -> list[Alarm]:
    return [
        alarm for alarm in alarms(condition, seen_at=seen_at, now=NOON, is_open=is_open) if alarm.kind is AlarmKind.HELP
    ]


def test_who_asks_for_help_comes_before_any_machine() -> None:
    broken = heard(None, KioskHealth("blocked", "paper", 0, help_at=ago(120)), ago(120))
    told = alarms(broken, seen_at=NOON, now=NOON, is_open=True)
    assert told == (Alarm(AlarmKind.HELP, ago(120)), Alarm(AlarmKind.NO_PAPER, ago(120)))
    silent = alarms(broken, seen_at=ago(100), now=NOON, is_open=True)
    assert [alarm.kind for alarm in silent] == [AlarmKind.HELP, AlarmKind.NO_CONTACT]
    assert [alarm.kind for alarm in alarms(broken, seen_at=ago(100), now=NOON, is_open=False)] == [AlarmKind.HELP]


@pytest.mark.parametrize(("seconds", "told"), [(0, True), (599, True), (600, False), (86_400, False)])
def test_a_call_for_help_stands_ten_minutes(seconds: float, *, told: bool) -> None:
    assert bool(helped(asked((seconds, seconds)))) == told


def test_a_call_is_one_however_often_the_machine_tells_it() -> None:
    assert helped(asked((300, 300), (200, 300), (100, 300))) == [Alarm(AlarmKind.HELP, ago(300))]
    assert helped(asked((300, 300), (200, None))) == [Alarm(AlarmKind.HELP, ago(300))]  # it restarted
    assert helped(asked((300, 300), (100, 100))) == [Alarm(AlarmKind.HELP, ago(100))]
    assert helped(asked((300, None))) == []


def test_it_was_asked_when_the_machine_said_so_by_this_offices_clock() -> None:
    assert helped(asked((60, 86_400))) == [Alarm(AlarmKind.HELP, ago(60))]


def test_an_answer_ends_this_call_and_not_the_next() -> None:
    answered = replace(asked((300, 300)), help=Help(ago(300), ago(300), answered_at=ago(250)))
    assert helped(answered) == []
    again = heard(answered, KioskHealth("printing", "", 80, help_at=ago(300)), ago(200))
    assert helped(again) == []
    assert helped(heard(again, KioskHealth("ready", "", 80, help_at=ago(20)), ago(20))) == [
        Alarm(AlarmKind.HELP, ago(20))
    ]
