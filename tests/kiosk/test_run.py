"""Carrying out: commit, show, print, send, in that order; and whatever breaks, the visitor is told."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.documents import Document, DocumentKind
from domain.messages import FilingStanding, TurnStatus
from domain.tickets import QueueNumber
from drivers.printer.words import Job, Outcome, Reason, Result, Sending, Status, Text
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule
from kiosk.flow import events as happened
from kiosk.flow.effects import StaffAction
from kiosk.flow.state import Aid, Paper, Problem, Screen
from kiosk.issue import Issuer
from kiosk.run import Ears
from kiosk.series import NoSeriesError
from kiosk.store.database import Database, StoreUnusableError
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.texts import Texts
from tests.kiosk.test_issue import DRAFT
from tests.kiosk.world import BrokenIssuer, World, kiosk_of
from tests.samples import OFFICE, HandClock, pending

CARD = DocumentReading(DRAFT.document, Rule.MRZ_WHOLE)
LOST = Outcome(Result.UNCERTAIN, Reason.LOST)
NO_PAPER = Outcome(Result.NOT_PRINTED, Reason.PAPER)


def test_a_turn_is_shown_before_it_is_printed_and_sent_last(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    state = kiosk.do(happened.Continued())
    assert world.story == ["Issued", "print", "wake"]
    assert state.ticket is not None
    (job,) = world.jobs
    assert job.id == str(state.ticket.id)
    assert job.sending is not None


@pytest.mark.parametrize("error", [StoreUnusableError("disk full"), RuntimeError("about 12345678")])
def test_a_turn_that_could_not_be_committed_is_told_and_nothing_is_printed(
    error: Exception, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    with caplog.at_level(logging.CRITICAL):
        state = kiosk_of(world, BrokenIssuer(error), clock).do(happened.Continued())
    assert world.story == ["NotSaved"]
    assert (state.problem, state.draft) == (Problem.NOT_SAVED, DRAFT)
    assert "12345678" not in caplog.text


def test_without_a_series_nothing_is_given_out_and_the_first_page_says_so(clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, BrokenIssuer(NoSeriesError()), clock)
    assert kiosk.do(happened.Continued()).problem is Problem.NOT_SAVED
    assert world.story == ["NumbersSwitched", "NotSaved"]
    assert kiosk.do(happened.Left()).screen is Screen.OUT_OF_SERVICE


def test_the_camera_is_on_while_it_is_needed_and_the_lamp_where_a_document_is_asked_for(
    issuer: Issuer, clock: HandClock
) -> None:
    world = World()
    kiosk_of(world, issuer, clock).do(happened.Left(), happened.Begun(), happened.Skipped())
    assert world.story == ["watch", "scan", "look away"]


def test_what_devices_say_reaches_the_visit_and_an_outcome_wakes_the_sync() -> None:
    world = World()
    ears = Ears(world.post, world.wake, world)  # type: ignore[arg-type] - what they need of the health
    ears.printer_changed(Status(PrinterState.BLOCKED, Reason.PAPER))
    ears.hinted(Hint.CLOSER)
    ears.camera_changed(CameraState.ABSENT)
    ears.reader_changed(True)
    ears.printed("00000000-0000-0000-0000-000000000011/2", 1, NO_PAPER)
    assert world.story == [
        *("PrinterChanged", "health: blocked", "wake", "Hinted", "CameraChanged", "ReaderChanged"),
        *("Printed", "health: paper went by", "wake"),
    ]
    last = [world.letters.get() for _ in range(5)][-1]
    assert last == happened.Printed(UUID(int=17), 2, NO_PAPER)


# --- paper ------------------------------------------------------------------------------------------------------


def _on_paper(job: Job) -> str:
    return "\n".join(element.text for element in job.slip.elements if isinstance(element, Text))


def test_a_ticket_that_did_not_come_out_is_sent_again_as_it_was(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    state = kiosk.do(happened.Continued())
    assert state.ticket
    kiosk.do(happened.PrinterChanged(world.status), happened.Printed(state.ticket.id, 0, NO_PAPER))
    first, second = world.jobs
    assert (second.id, second.slip, second.sending) == (first.id, first.slip, None)


def test_a_copy_is_written_down_before_it_is_printed_and_says_what_it_is(
    issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, PrintJournal(database, outbox, clock))
    state = kiosk.do(happened.Continued())
    assert state.ticket
    kiosk.do(happened.Printed(state.ticket.id, 0, LOST), happened.PaperSeen(whole=False))
    first, copy = world.jobs
    assert copy.id == f"{first.id}/1"
    assert copy.sending == Sending(copy.sending.process_id if copy.sending else "", 1)
    assert "DUPLICADO 1" in _on_paper(copy)
    assert "DUPLICADO" not in _on_paper(first)
    assert str(state.ticket.number) in str(copy.slip)
    assert [event.kind for event in pending(outbox, 10)[0].events] == ["ticket.issued", "ticket.reprinted"]
    assert database.value("SELECT state FROM print_job WHERE copy = 1") == "sending"


def test_a_copy_that_did_not_come_out_is_sent_again_under_its_own_name(
    issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, PrintJournal(database, outbox, clock))
    state = kiosk.do(happened.Continued())
    assert state.ticket
    kiosk.do(happened.Printed(state.ticket.id, 0, LOST), happened.PaperSeen(whole=False))
    kiosk.do(happened.Printed(state.ticket.id, 1, NO_PAPER), happened.PrinterChanged(world.status))
    _, copy, again = world.jobs
    assert (again.id, again.slip, again.sending) == (copy.id, copy.slip, None)
    assert database.value("SELECT count(*) FROM print_job") == 2


def test_a_copy_that_cannot_be_written_down_is_not_printed_and_the_screen_stays(
    issuer: Issuer, clock: HandClock
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    state = kiosk.do(happened.Continued())
    assert state.ticket
    state = kiosk.do(happened.Printed(state.ticket.id, 0, LOST), happened.PaperSeen(whole=False))
    assert len(world.jobs) == 1
    assert state.paper is Paper.NOT_PRINTED


def test_what_the_paper_said_is_forgotten_with_the_visit_but_for_staff_who_never_see_the_document(
    issuer: Issuer, clock: HandClock
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    kiosk.do(happened.Continued())
    assert len(kiosk.visit._turns) == 1
    kiosk.do(happened.Left())
    assert kiosk.visit._turns == {}
    assert kiosk.visit._last
    assert "5678" not in repr(kiosk.visit._last)
    clock.pass_s(601)
    kiosk.do(kiosk.visit.tick())
    assert kiosk.visit._last is None


# --- the same document again ------------------------------------------------------------------------------------


def test_a_scanned_document_finds_its_turn_and_has_it_printed_again(
    issuer: Issuer, database: Database, outbox: Outbox, clock: HandClock
) -> None:
    issued = issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    world = World()
    kiosk = kiosk_of(world, issuer, clock, PrintJournal(database, outbox, clock), Screen.WELCOME)
    state = kiosk.do(happened.Touched(), happened.Scanned(CARD))
    assert (state.screen, state.earlier, state.earlier_copies) == (Screen.EARLIER, issued.ticket, 0)
    state = kiosk.do(happened.ReprintChosen())
    assert (state.screen, state.ticket) == (Screen.TICKET, issued.ticket)
    (job,) = world.jobs
    assert job.id == f"{issued.ticket.id}/1"
    assert "DUPLICADO 1" in _on_paper(job)
    assert "DNI ••••5678" in _on_paper(job)
    state = kiosk.do(happened.Printed(issued.ticket.id, 1, Outcome(Result.CONFIRMED)))
    assert state.paper is Paper.PRINTED
    kiosk.do(happened.Left(), happened.Scanned(CARD))
    assert kiosk.visit.state.earlier_copies == 1


def test_a_turn_that_was_found_too_late_is_not_shown_to_the_next_one(issuer: Issuer, clock: HandClock) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.WELCOME)
    other = DocumentReading(Document(DocumentKind.DNI, "87654321"), Rule.MRZ_WHOLE)
    for event in (happened.Touched(), happened.Scanned(CARD), happened.Left(), happened.Scanned(other)):
        kiosk.visit.happen(event)
    state = kiosk.settle()
    assert "Remembered" in world.story
    assert (state.screen, state.earlier, kiosk.visit._turns) == (Screen.CHECK_DOCUMENT, None, {})


@pytest.mark.parametrize("error", [StoreUnusableError("disk"), RuntimeError("about 12345678")])
def test_a_store_that_fails_hinders_no_visit(
    error: Exception, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    kiosk = kiosk_of(World(), BrokenIssuer(error), clock, screen=Screen.WELCOME)
    state = kiosk.do(kiosk.visit.tick(), happened.Scanned(CARD))
    assert state.screen is Screen.CHECK_DOCUMENT
    assert "12345678" not in caplog.text


def test_each_day_begins_with_nothing_remembered(issuer: Issuer, database: Database, clock: HandClock) -> None:
    issuer.issue(DRAFT, OFFICE, "es", printer_ready=True)
    kiosk = kiosk_of(World(), issuer, clock, screen=Screen.WELCOME)
    kiosk.do(kiosk.visit.tick())
    assert database.value("SELECT count(*) FROM remembered") == 1
    clock.pass_s(86_400)
    kiosk.do(kiosk.visit.tick())
    assert database.value("SELECT count(*) FROM remembered") == 0


# --- questions, help, staff, voice ------------------------------------------------------------------------------


def test_the_server_is_asked_and_its_answer_shown(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.ASK)
    status = TurnStatus("A-017", "waiting", ahead=3)
    world.answers.put(status)
    state = kiosk.do(*(happened.Typed(character) for character in "a017k7qm"), happened.Continued())
    assert "ask A-017-K7QM" in world.story
    assert (state.screen, state.status) == (Screen.STATUS, status)
    assert kiosk.visit._asked is None


def test_a_filing_is_asked_for_by_its_number_and_key(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.ASK)
    day = date(2026, 12, 8)
    standing = FilingStanding("INS20260000001", "2026-lima-000001", "in_process", "answer", "Legal", day, day, day)
    world.answers.put(standing)
    typed = [happened.Typed(character) for character in "INS20260000001"]
    key = [happened.Typed(character) for character in "k7qm4x"]
    state = kiosk.do(*typed, happened.Continued(), *key, happened.Continued())
    assert "ask INS20260000001 K7QM4X" in world.story
    assert (state.screen, state.filing) == (Screen.STATUS, standing)


def test_an_answer_goes_to_whoever_asked_and_to_nobody_else(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.ASK)
    ask = [*(happened.Typed(character) for character in "A017K7QM"), happened.Continued()]
    for event in (*ask, happened.Left(), happened.AskBegun(), *ask):
        kiosk.visit.happen(event)
    world.answers.put(TurnStatus("A-001", "waiting"))
    first = world.letters.get(timeout=10)
    state = kiosk.visit.happen(first)
    assert isinstance(first, happened.StatusHeard)
    assert (state.screen, state.saving) == (Screen.ASK, True)
    world.answers.put(TurnStatus("A-002", "waiting"))
    state = kiosk.visit.happen(world.letters.get(timeout=10))
    assert state.status is not None
    assert state.status.number == "A-002"


def test_a_fault_in_the_asking_is_no_answer(
    issuer: Issuer, clock: HandClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*, token: str, code: str, **others: str) -> TurnStatus:
        raise RuntimeError(f"about {token}{code}{others}")

    world = World()
    monkeypatch.setattr(world, "ask", fail)
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.ASK)
    state = kiosk.do(*(happened.Typed(character) for character in "A017K7QM"), happened.Continued())
    assert (state.saving, state.problem) == (False, Problem.NO_ANSWER)
    assert "K7QM" not in caplog.text


def test_who_asks_for_help_is_told_of_at_once(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk_of(world, issuer, clock, screen=Screen.WELCOME).do(happened.HelpAsked())
    assert [told for told in world.story if told in {"help", "wake"}] == ["help", "wake"]


def test_the_right_pin_opens_the_staffs_page_with_the_machines_own_words(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    kiosk.do(happened.Continued())
    pin = [*(happened.Typed(digit) for digit in "2580"), happened.Continued()]
    state = kiosk.do(happened.Left(), happened.StaffKnocked(), *pin)
    state = kiosk.settle()
    assert (state.screen, state.diagnosis) == (Screen.STAFF, (("staff.version", "diagnose on staff"),))
    assert kiosk.visit._asked is None
    kiosk.do(happened.StaffChose(StaffAction.REPRINT))
    assert [turn.ticket.number for turn in world.last if turn] == [QueueNumber("A", 1)] * 2


def test_a_wrong_pin_opens_nothing(issuer: Issuer, clock: HandClock) -> None:
    kiosk = kiosk_of(World(), issuer, clock, screen=Screen.PIN)
    state = kiosk.do(*(happened.Typed(digit) for digit in "1234"), happened.Continued())
    assert (state.screen, state.problem) == (Screen.PIN, Problem.PIN_WRONG)


def test_a_pin_is_of_use_to_nobody_but_whom_it_was_typed_by(issuer: Issuer, clock: HandClock) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.PIN)
    right, wrong = ([*(happened.Typed(digit) for digit in pin), happened.Continued()] for pin in ("2580", "0000"))
    for event in (*right, happened.Left(), happened.StaffKnocked(), *wrong):
        kiosk.visit.happen(event)
    state = kiosk.settle()
    assert (state.screen, state.problem) == (Screen.PIN, Problem.PIN_WRONG)


def test_the_narrator_follows_every_step_and_hears_when_a_page_is_asked_for_again(
    issuer: Issuer, clock: HandClock
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock, screen=Screen.WELCOME)
    kiosk.do(happened.Begun(), happened.AidSwitched(Aid.VOICE), happened.KeyPressed("*"), happened.Skipped())
    assert world.followed == ["identify", "identify", "identify SayAgain", "service"]


# --- languages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "printed"), [("es", "es"), ("en", "en"), ("qu", "es"), ("ay", "es")])
def test_the_paper_is_in_the_visitors_language_where_its_texts_are_finished(
    issuer: Issuer, clock: HandClock, language: str, printed: str
) -> None:
    world = World()
    kiosk = kiosk_of(world, issuer, clock)
    kiosk.visit.state = replace(kiosk.visit.state, languages=("es", "en", "qu", "ay"))
    kiosk.do(happened.LanguageChosen(language), happened.Continued())
    (job,) = world.jobs
    assert Texts(printed).t("slip.not_cargo") in _on_paper(job)
