"""Copies, the strip that hangs, the odometer, and what the server is told of them."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.messages import KioskHealth, PrintOutcome, Reprinted
from drivers.printer.words import Outcome, Paper, Reason, Result, State, Status
from kiosk.health import Health
from kiosk.issue import Issuer
from kiosk.roll import Roll
from kiosk.store.database import Database
from kiosk.store.jobs import PrintJournal, job_id, read_job_id
from kiosk.store.outbox import Outbox
from tests.kiosk.test_issue import DRAFT
from tests.samples import OFFICE, HandClock, pending

CONFIRMED = Outcome(Result.CONFIRMED)
TORN = Outcome(Result.UNCERTAIN, Reason.LOST)


@pytest.fixture
def journal(database: Database, outbox: Outbox, clock: HandClock) -> PrintJournal:
    return PrintJournal(database, outbox, clock, roll_mm=10_000)


@pytest.fixture
def health(database: Database, outbox: Outbox, clock: HandClock, journal: PrintJournal) -> Health:
    return Health(database, outbox, clock, journal)


def _job(issuer: Issuer) -> str:
    return job_id(issuer.issue(DRAFT, OFFICE, "es", printer_ready=True).ticket.id)


def _told(outbox: Outbox) -> list[KioskHealth]:
    return [event.body_as(KioskHealth) for event in pending(outbox, 100)[0].events if event.kind == "kiosk.health"]


def test_a_jobs_name_says_which_ticket_and_which_copy() -> None:
    ticket = UUID(int=17)
    assert [read_job_id(job_id(ticket, copy)) for copy in (0, 1, 12)] == [(ticket, 0), (ticket, 1), (ticket, 12)]


def test_a_request_is_printed_once_however_often_it_is_heard(
    issuer: Issuer, outbox: Outbox, journal: PrintJournal
) -> None:
    turn = issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)
    request = UUID(int=5)
    first = journal.start_copy(str(request), turn.ticket.id, turn.day, 3, request=request)
    assert first is not None
    assert journal.start_copy(str(request), turn.ticket.id, turn.day, 3, request=request) is None
    journal.finish(str(request), 1, CONFIRMED, Paper(100))
    assert journal.start_copy(str(request), turn.ticket.id, turn.day, 3, request=request) is None
    _, copied, outcome = pending(outbox, 10)[0].events
    assert copied.body_as(Reprinted) == Reprinted(turn.ticket.id, 3, request)
    assert outcome.body_as(PrintOutcome) == PrintOutcome(turn.ticket.id, 1, "confirmed", "", request)


def test_the_strip_hangs_until_it_is_voided_or_a_ticket_comes_out(issuer: Issuer, journal: PrintJournal) -> None:
    assert not journal.strip_hangs
    journal.finish(_job(issuer), 1, TORN, Paper(60, hangs=True))
    assert journal.strip_hangs
    journal.finish(_job(issuer), 1, Outcome(Result.NOT_PRINTED, Reason.PAPER), Paper())
    assert journal.strip_hangs, "a job of which nothing was sent mends no strip"
    journal.strip_voided(Paper(30, hangs=True))
    assert journal.strip_hangs
    journal.strip_voided(Paper(30))
    assert not journal.strip_hangs
    journal.finish(_job(issuer), 1, TORN, Paper(60, hangs=True))
    journal.finish(_job(issuer), 1, CONFIRMED, Paper(100))
    assert not journal.strip_hangs


def test_a_kiosk_that_died_while_printing_may_have_left_a_strip(
    issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock
) -> None:
    _job(issuer)
    assert PrintJournal(database, outbox, clock).strip_hangs


def test_the_odometer_counts_every_millimetre_and_begins_anew_with_a_roll(
    issuer: Issuer, journal: PrintJournal
) -> None:
    assert journal.roll == Roll(10_000, 0, 0)
    journal.finish(_job(issuer), 1, CONFIRMED, Paper(117.2))
    journal.finish(_job(issuer), 1, TORN, Paper(60, hangs=True))
    journal.strip_voided(Paper(30))
    assert journal.roll == Roll(10_000, 118 + 60 + 30, 118)
    journal.roll_changed()
    assert journal.roll == Roll(10_000, 0, 118)


@pytest.mark.parametrize(
    ("roll", "left_pct", "tickets"),
    [
        (Roll(80_000, 0, 118), 100, 677),
        (Roll(80_000, 68_001, 118), 14, 101),
        (Roll(80_000, 79_999, 118), 0, 0),
        (Roll(80_000, 90_000, 118), 0, 0),
        (Roll(80_000, 100, 0), 99, None),
        (Roll(0, 100, 118), None, None),
    ],
)
def test_what_is_left_of_a_roll(roll: Roll, left_pct: int | None, tickets: int | None) -> None:
    assert (roll.left_pct, roll.tickets_left) == (left_pct, tickets)


def test_the_server_is_told_of_changes_and_of_nothing_that_passes(health: Health, outbox: Outbox) -> None:
    for state, reason in (
        (State.OPENING, None), (State.SYNC, None), (State.READY, None), (State.PRINTING, None), (State.READY, None),
        (State.BLOCKED, Reason.PAPER), (State.SYNC, None), (State.READY, None), (State.ABSENT, None),
    ):  # fmt: skip
        health.printer_changed(Status(state, reason))
    assert [(told.printer, told.reason) for told in _told(outbox)] == [
        *(("ready", ""), ("blocked", "paper"), ("ready", ""), ("absent", ""))
    ]


def test_a_printer_without_paper_has_none_whatever_was_counted(health: Health, outbox: Outbox) -> None:
    health.printer_changed(Status(State.BLOCKED, Reason.PAPER))
    assert [news.paper_left_pct for news in _told(outbox)] == [0]


def test_the_server_is_told_when_a_twentieth_of_the_roll_is_gone(
    health: Health, issuer: Issuer, journal: PrintJournal, outbox: Outbox, clock: HandClock
) -> None:
    health.printer_changed(Status(State.READY))
    for _ in range(20):
        journal.finish(_job(issuer), 1, CONFIRMED, Paper(100))
        health.printed()
    told = _told(outbox)
    assert [news.paper_left_pct for news in told] == [100, 99, 94, 89, 84]
    assert told[-1].tickets_left == 84
    assert told[-1].printed_at == clock.now()


def test_a_full_disk_keeps_the_printers_thread_alive(health: Health, database: Database, outbox: Outbox) -> None:
    database.rows("PRAGMA query_only = ON")
    health.printer_changed(Status(State.READY))
    database.rows("PRAGMA query_only = OFF")
    assert _told(outbox) == []
    health.printed()
    assert [news.printer for news in _told(outbox)] == ["ready"]


def test_a_call_for_help_is_told_at_once_and_with_all_that_follows(
    health: Health, outbox: Outbox, clock: HandClock
) -> None:
    health.help_asked()
    asked_at = clock.now()
    clock.pass_s(5)
    health.printer_changed(Status(State.READY))
    health.printer_changed(Status(State.BLOCKED, Reason.COVER))
    assert [(told.printer, told.help_at) for told in _told(outbox)] == [
        ("opening", asked_at),
        ("ready", asked_at),
        ("blocked", asked_at),
    ]
    health.help_asked()
    assert [told.help_at for told in _told(outbox)][-1] == clock.now()
    assert _told(outbox)[-1].printer == "blocked"


def test_who_never_asked_for_help_is_not_said_to_have(health: Health, outbox: Outbox) -> None:
    health.printer_changed(Status(State.READY))
    assert [told.help_at for told in _told(outbox)] == [None]
