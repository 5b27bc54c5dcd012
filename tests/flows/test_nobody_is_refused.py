"""Whatever is missing, mistyped or broken: a clear message, nothing lost, and a turn at the end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from domain.clock import micros
from domain.documents import NO_DOCUMENT
from domain.office import Hours
from domain.tracking import mint
from drivers.printer.words import Outcome, Reason, Result, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint, TicketReading
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, StartScanning
from kiosk.flow.state import Paper, Problem, Screen, State
from tests.flows.visitor import CARD, TICKET, Visitor
from tests.samples import MONDAY_10AM, OFFICE


@pytest.mark.parametrize(
    ("typed", "problem", "kept"),
    [
        ("1234567", Problem.DNI_SHORT, "1234567"),
        ("", Problem.DNI_EMPTY, ""),
        ("1234A", Problem.DNI_NOT_DIGITS, "1234"),
        ("\N{ARABIC-INDIC DIGIT ONE}", Problem.DNI_NOT_DIGITS, ""),
    ],
)
def test_a_dni_that_is_none_says_so_and_keeps_what_was_typed(typed: str, problem: Problem, kept: str) -> None:
    visitor = Visitor().to(Screen.IDENTIFY).type(typed)
    if visitor.state.problem is None:
        visitor.do(happened.Continued())
    assert (visitor.state.screen, visitor.state.problem, visitor.state.typed) == (Screen.IDENTIFY, problem, kept)
    visitor.do(happened.Cleared()).type("12345678").do(happened.Continued())
    assert visitor.state.screen is Screen.SERVICE
    assert visitor.state.problem is None


def test_a_ninth_digit_changes_nothing() -> None:
    assert Visitor().to(Screen.IDENTIFY).type("123456789").state.typed == "12345678"


def test_without_a_document_there_is_still_a_turn() -> None:
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.Skipped(), happened.ServiceChosen("consulta"))
    visitor.do(happened.Skipped(), happened.Skipped(), happened.Continued())
    (issue,) = [effect for effect in visitor.effects if isinstance(effect, IssueTicket)]
    assert issue.draft.document == NO_DOCUMENT
    assert (issue.draft.description, issue.draft.contact) == ("", "")


def test_a_missing_description_says_so_and_can_be_skipped() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("   ").do(happened.Continued())
    assert (visitor.state.screen, visitor.state.problem) == (Screen.DESCRIBE, Problem.DESCRIPTION_MISSING)
    assert visitor.do(happened.Skipped()).state.screen is Screen.CONTACT


def test_an_unreadable_contact_says_so_and_can_be_skipped() -> None:
    visitor = Visitor().to(Screen.CONTACT).type("maria@").do(happened.Continued())
    assert (visitor.state.problem, visitor.state.typed) == (Problem.CONTACT_UNREADABLE, "maria@")
    assert visitor.do(happened.Skipped()).state.screen is Screen.REVIEW


def test_a_ticket_shown_instead_of_a_document_says_so_and_the_camera_looks_again() -> None:
    token = mint(kiosk=1, day=datetime(2026, 11, 23, tzinfo=UTC).date(), n=1, nonce=bytes(16), key=b"k")
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.Scanned(TicketReading(token)))
    assert visitor.state.problem is Problem.NOT_A_DOCUMENT
    assert visitor.effects == [StartScanning(), StartScanning()]


def test_a_dead_camera_leaves_the_keypad() -> None:
    visitor = Visitor().to(Screen.IDENTIFY)
    visitor.do(happened.CameraChanged(CameraState.ABSENT), happened.Hinted(Hint.USE_KEYPAD))
    assert visitor.type("12345678").do(happened.Continued()).state.screen is Screen.SERVICE


def test_a_scanner_is_known_from_one_visitor_to_the_next_until_it_goes() -> None:
    visitor = Visitor().do(happened.ReaderChanged(is_there=True)).to(Screen.IDENTIFY)
    assert visitor.state.has_reader
    assert visitor.do(happened.Left()).state.has_reader
    visitor.to(Screen.IDENTIFY).do(happened.ReaderChanged(is_there=False))
    assert (visitor.state.has_reader, visitor.state.screen) == (False, Screen.IDENTIFY)


def test_a_full_disk_gives_no_turn_but_loses_no_word() -> None:
    visitor = Visitor().to(Screen.REVIEW).do(happened.Continued(), happened.NotSaved())
    assert (visitor.state.screen, visitor.state.problem) == (Screen.REVIEW, Problem.NOT_SAVED)
    assert visitor.state.draft.document == CARD.document
    visitor.do(happened.Continued(), happened.Issued(TICKET))
    assert visitor.state.ticket == TICKET


def test_a_second_tap_takes_no_second_turn() -> None:
    visitor = Visitor().to(Screen.REVIEW).do(happened.Continued(), happened.Continued(), happened.Left())
    visitor.do(happened.WentBack(), happened.Issued(TICKET), happened.Continued())
    assert len([effect for effect in visitor.effects if isinstance(effect, IssueTicket)]) == 1
    assert visitor.state.screen is Screen.TICKET


@pytest.mark.parametrize(
    ("outcome", "paper"),
    [
        (Outcome(Result.PROBABLE), Paper.PRINTED),
        (Outcome(Result.NOT_PRINTED, Reason.PAPER), Paper.NOT_PRINTED),
        (Outcome(Result.UNCERTAIN, Reason.LOST), Paper.UNCERTAIN),
    ],
)
def test_the_number_is_shown_whatever_the_printer_does(outcome: Outcome, paper: Paper) -> None:
    visitor = Visitor().do(happened.PrinterChanged(Status(PrinterState.ABSENT))).to(Screen.TICKET)
    visitor.do(happened.Printed(TICKET.id, 0, outcome))
    assert (visitor.state.paper, visitor.state.paper_reason) == (paper, outcome.reason)
    assert visitor.state.ticket == TICKET


def test_an_outcome_of_another_ticket_is_not_taken_for_this_one() -> None:
    visitor = Visitor().to(Screen.TICKET).do(happened.Printed(UUID(int=99), 0, Outcome(Result.CONFIRMED)))
    assert visitor.state.paper is Paper.PRINTING


def test_after_hours_the_screen_says_so_and_a_visit_begun_in_time_is_finished() -> None:
    office = msgspec.structs.replace(OFFICE, hours=Hours())
    closing = micros(datetime(2026, 11, 23, 21, 14, 50, tzinfo=UTC))
    visitor = Visitor(State(office=office, now_s=0.0, now=closing)).to(Screen.REVIEW).wait(20)
    assert not visitor.state.is_open
    visitor.do(happened.Continued(), happened.Issued(TICKET))
    assert visitor.state.screen is Screen.TICKET
    assert visitor.do(happened.Left(), happened.Begun()).state.screen is Screen.CLOSED
    assert visitor.wait(46).state.screen is Screen.WELCOME


def test_the_queue_is_told_only_while_it_is_known() -> None:
    visitor = Visitor().do(happened.QueueHeard(7))
    assert visitor.state.people_waiting == 7
    assert visitor.wait(61).state.people_waiting is None


def test_the_ticket_tells_how_many_were_ahead_when_it_was_taken() -> None:
    visitor = Visitor().do(happened.QueueHeard(7)).to(Screen.TICKET).do(happened.QueueHeard(8))
    assert visitor.state.ahead == 7
    assert Visitor().to(Screen.TICKET).state.ahead is None


def test_a_preferential_visitor_is_not_told_of_people_who_are_not_ahead() -> None:
    visitor = Visitor().do(happened.QueueHeard(7), happened.Begun(preferential=True)).to(Screen.TICKET)
    assert visitor.state.ahead is None


def test_a_visitor_who_left_is_wiped() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Mi solicitud").wait(79)
    assert visitor.state.asks_still_there
    assert visitor.state.seconds_left == 1
    visitor.wait(1)
    assert visitor.state == replace(Visitor().state, now_s=visitor.state.now_s, now=visitor.state.now, quiet_since_s=80)


def test_a_touch_answers_the_question_whether_anybody_is_there() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Mi").wait(70).do(happened.Touched()).wait(59)
    assert not visitor.state.asks_still_there
    assert visitor.state.typed == "Mi"


def test_no_event_in_any_order_breaks_the_visit() -> None:
    chance = random.Random(20261123)
    events: list[happened.Event] = [
        happened.Touched(),
        happened.Begun(),
        happened.Begun(preferential=True),
        happened.Typed("1"),
        happened.Typed("ñ"),
        happened.Typed("\x1b"),
        happened.Erased(),
        happened.Cleared(),
        happened.PhraseChosen("Copia simple"),
        happened.Continued(),
        happened.Skipped(),
        happened.ServiceChosen("documentos"),
        happened.ServiceChosen("nada"),
        happened.WentBack(),
        happened.Left(),
        happened.Scanned(CARD),
        happened.Hinted(Hint.CLOSER),
        happened.CameraChanged(CameraState.ABSENT),
        happened.PrinterChanged(Status(PrinterState.SILENT)),
        happened.Issued(TICKET),
        happened.NotSaved(),
        happened.Printed(TICKET.id, 0, Outcome(Result.CONFIRMED)),
        happened.QueueHeard(3),
    ]
    visitor = Visitor()
    seen = set()
    for _ in range(20_000):
        visitor.do(chance.choice(events))
        seen.add(visitor.state.screen)
        assert (visitor.state.ticket is not None) == (visitor.state.screen is Screen.TICKET)
        assert visitor.state.now == MONDAY_10AM
    assert seen == set(Screen) - {Screen.CLOSED}
    visitor.do(happened.NotSaved(), happened.Left())
    assert visitor.state.screen is Screen.WELCOME
