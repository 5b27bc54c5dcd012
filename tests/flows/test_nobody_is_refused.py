"""Whatever is missing, mistyped or broken: a clear message, nothing lost, and a turn at the end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from domain.calendar import Hours
from domain.clock import micros
from domain.documents import NO_DOCUMENT, DocumentKind
from domain.messages import TurnStatus
from domain.tracking import mint
from drivers.printer.words import Outcome, Reason, Result, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint, TicketReading
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, StaffAction, StartScanning
from kiosk.flow.menu import menu
from kiosk.flow.state import Aid, Cover, Draft, Intent, Medium, Paper, Part, Problem, Quantity, Screen, State
from tests.flows.visitor import CARD, TICKET, Visitor
from tests.samples import DAY, MONDAY_10AM, OFFICE


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
    visitor.do(happened.Cleared()).type("12345678")
    assert visitor.state.screen is Screen.CHECK_DOCUMENT
    assert visitor.state.problem is None


def test_a_ninth_digit_changes_nothing() -> None:
    visitor = Visitor().to(Screen.IDENTIFY).type("123456789")
    assert (visitor.state.screen, visitor.state.draft.document.number) == (Screen.CHECK_DOCUMENT, "12345678")


def test_without_a_document_there_is_still_a_turn() -> None:
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.Skipped(), happened.ServiceChosen("consulta"))
    visitor.do(happened.Skipped(), happened.Skipped(), happened.Continued())
    (issue,) = [effect for effect in visitor.effects if isinstance(effect, IssueTicket)]
    assert issue.draft.document == NO_DOCUMENT
    assert (issue.draft.description, issue.draft.contact) == ("", "")


def test_a_missing_description_says_so_and_can_be_skipped() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("   ").do(happened.Continued())
    assert (visitor.state.screen, visitor.state.problem) == (Screen.DESCRIBE, Problem.DESCRIPTION_MISSING)
    assert visitor.do(happened.Skipped(), happened.Skipped()).state.screen is Screen.CONTACT


def test_an_unreadable_contact_says_so_and_can_be_skipped() -> None:
    visitor = Visitor().to(Screen.CONTACT).type("maria@").do(happened.Continued())
    assert (visitor.state.problem, visitor.state.typed) == (Problem.CONTACT_UNREADABLE, "maria@")
    assert visitor.do(happened.Skipped()).state.screen is Screen.REVIEW


def test_a_ticket_shown_instead_of_a_document_says_so_and_the_camera_looks_again() -> None:
    token = mint(kiosk=1, day=datetime(2026, 11, 23, tzinfo=UTC).date(), n=1, nonce=bytes(16), key=b"k")
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.Scanned(TicketReading(token)))
    assert visitor.state.problem is Problem.NOT_A_DOCUMENT
    assert visitor.effects == [StartScanning(), StartScanning()]
    assert visitor.state.screen is Screen.IDENTIFY


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


def test_a_preferential_visitor_is_told_of_those_only_who_are_ahead() -> None:
    visitor = Visitor().do(happened.QueueHeard(7, preferential=2, minutes=20), happened.Begun(preferential=True))
    assert (visitor.state.people_ahead, visitor.state.minutes_ahead) == (2, None)
    assert visitor.to(Screen.TICKET).state.ahead == 2


def test_another_office_is_told_of_only_while_it_is_known() -> None:
    visitor = Visitor().do(happened.QueueHeard(4, branch="callao"))
    assert (visitor.state.waiting_at("callao"), visitor.state.waiting_at("ica")) == (4, None)
    assert visitor.state.people_waiting is None
    assert visitor.wait(61).state.waiting_at("callao") is None


def test_a_visitor_who_left_is_wiped() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Mi solicitud").wait(79)
    assert visitor.state.asks_still_there
    assert visitor.state.seconds_left == 1
    visitor.wait(1)
    rest = Visitor().do(happened.Touched()).state
    assert visitor.state == replace(rest, now_s=visitor.state.now_s, now=visitor.state.now, quiet_since_s=80)


def test_a_touch_answers_the_question_whether_anybody_is_there() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Mi").wait(70).do(happened.Touched()).wait(59)
    assert not visitor.state.asks_still_there
    assert visitor.state.typed == "Mi"


def _events(chance: random.Random) -> list[happened.Event]:
    """Everything that can happen, the two most usual ways on a little oftener."""
    token = mint(kiosk=1, day=DAY, n=1, nonce=bytes(16), key=b"k")
    return [
        happened.Touched(),
        *(happened.KeyPressed(key) for key in "1234567890*#\r\bñ"),
        *(happened.Begun(intent) for intent in Intent),
        happened.Begun(preferential=True),
        happened.AskBegun(),
        happened.InfoOpened(),
        *(happened.LanguageChosen(language) for language in ("es", "qu", "ay", "en", "xx")),
        *(happened.AidSwitched(aid) for aid in Aid),
        *(happened.Covered(cover) for cover in Cover),
        *[happened.Covered(None)] * 3,
        happened.HelpAsked(),
        *(happened.KindChosen(kind) for kind in DocumentKind),
        *(happened.Typed(character) for character in "1ñ\x1b-"),
        happened.Erased(),
        happened.Cleared(),
        *(happened.PartChosen(part) for part in Part),
        happened.PhraseChosen("Copia simple"),
        happened.ForAnother(),
        happened.ReprintChosen(),
        *[happened.Continued()] * 6,
        *[happened.Skipped()] * 4,
        *[happened.ServiceChosen("documentos")] * 3,
        happened.ServiceChosen("nada"),
        happened.RequirementTicked(chance.randrange(-1, 4)),
        happened.DescribeOpened(),
        happened.FoliosOpened(),
        *(happened.Counted(quantity, by) for quantity in Quantity for by in (-10, -1, 1, 10)),
        *(happened.MediumTicked(medium) for medium in Medium),
        happened.NoticesTicked(),
        happened.WentBack(),
        happened.PaperSeen(whole=True),
        happened.PaperSeen(whole=False),
        happened.Left(),
        happened.StaffKnocked(),
        *(happened.StaffChose(action) for action in StaffAction),
        *[happened.Scanned(CARD)] * 2,
        happened.Scanned(TicketReading(token)),
        happened.Hinted(Hint.CLOSER),
        happened.CameraChanged(CameraState.ABSENT),
        happened.PrinterChanged(Status(PrinterState.SILENT)),
        happened.PrinterChanged(Status(PrinterState.READY)),
        happened.Remembered(TICKET, 1),
        happened.StatusHeard(TurnStatus("A-017", "waiting", ahead=3)),
        happened.StatusHeard(Problem.CODE_UNKNOWN),
        *[happened.Issued(TICKET)] * 2,
        happened.NotSaved(),
        *(happened.Printed(TICKET.id, 0, Outcome(result)) for result in Result),
        happened.QueueHeard(3),
        happened.QueueHeard(3, branch="callao"),
        happened.OfficeChanged(OFFICE),
        happened.ServiceSwitched(is_out=True),
        *[happened.ServiceSwitched(is_out=False)] * 3,
        happened.NumbersSwitched(are_given=False),
        *[happened.NumbersSwitched(are_given=True)] * 3,
        happened.PinChecked(None),
        happened.PinChecked(Problem.PIN_WRONG),
        happened.Diagnosed((("staff.printer", "lista"),)),
    ]


def test_no_event_in_any_order_breaks_the_visit() -> None:
    chance = random.Random(20261123)
    visitor = Visitor(State(office=OFFICE, now_s=0.0, now=MONDAY_10AM, languages=("es", "qu", "ay", "en")))
    seen = set()
    events = _events(chance)
    for _ in range(60_000):
        visitor.do(chance.choice(events))
        state = visitor.state
        seen.add(state.screen)
        assert (state.ticket is not None) == (state.screen is Screen.TICKET)
        assert state.now == MONDAY_10AM
        assert len({choice.key for choice in menu(state)}) == len(menu(state))
        assert state.language in state.languages
    assert seen == set(Screen) - {Screen.CLOSED}
    visitor.do(happened.NotSaved(), happened.ServiceSwitched(is_out=False), happened.NumbersSwitched(are_given=True))
    visitor.do(happened.Left())
    assert visitor.state.screen is Screen.WELCOME
    assert (visitor.state.aids, visitor.state.cover, visitor.state.typed) == (frozenset(), None, "")


def test_from_everywhere_a_quiet_machine_comes_back_to_the_first_page() -> None:
    chance = random.Random(7)
    events = _events(chance)
    reached = set()
    for _ in range(300):
        visitor = Visitor()
        for _ in range(chance.randrange(3, 40)):
            visitor.do(chance.choice(events))
        visitor.do(happened.NotSaved(), happened.ServiceSwitched(is_out=False), happened.StatusHeard(Problem.NO_ANSWER))
        visitor.do(happened.PinChecked(Problem.PIN_WRONG), happened.NumbersSwitched(are_given=True))
        reached.add(visitor.state.screen)
        visitor.wait(121)
        assert visitor.state.screen in {Screen.WELCOME, Screen.CLOSED}
        assert visitor.state.draft == Draft()
    assert len(reached) > 10
