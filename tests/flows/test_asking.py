"""How does my procedure stand: by a ticket or a cargo, by a code or a number and its key; never by a number alone."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from domain.messages import FilingStanding, TurnStatus
from domain.tracking import mint
from drivers.scanner.words import CargoReading, TicketReading
from kiosk.flow import events as happened
from kiosk.flow.effects import AskStatus
from kiosk.flow.state import Problem, Screen
from tests.flows.visitor import CARD, Visitor
from tests.samples import DAY

TOKEN = mint(kiosk=1, day=DAY, n=17, nonce=bytes(16), key=b"k")
WAITING = TurnStatus("A-017", "waiting", ahead=3, minutes=12)


def test_by_the_tickets_qr() -> None:
    visitor = Visitor().to(Screen.ASK).do(happened.Scanned(TicketReading(TOKEN)))
    assert visitor.wanted == [AskStatus(token=TOKEN.text)]
    assert visitor.state.saving
    visitor.do(happened.StatusHeard(WAITING))
    assert (visitor.state.screen, visitor.state.status) == (Screen.STATUS, WAITING)


@pytest.mark.parametrize("typed", ["A-017-K7QM", "a017k7qm"])
def test_by_its_code(typed: str) -> None:
    visitor = Visitor().to(Screen.ASK).type(typed).do(happened.Continued())
    assert visitor.wanted == [AskStatus(code="A-017-K7QM")]
    visitor.do(happened.StatusHeard(WAITING), happened.AskBegun())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.ASK, "")


@pytest.mark.parametrize("typed", ["A-017", "", "12345678"])
def test_never_by_a_number_alone(typed: str) -> None:
    visitor = Visitor().to(Screen.ASK).type(typed).do(happened.Continued())
    assert visitor.wanted == []
    assert visitor.state.problem is Problem.CODE_UNREADABLE


def test_a_dni_opens_nothing_here() -> None:
    visitor = Visitor().to(Screen.ASK).do(happened.Scanned(CARD))
    assert (visitor.state.screen, visitor.state.problem) == (Screen.ASK, Problem.NOT_A_TICKET)
    assert visitor.state.draft.document != CARD.document


@pytest.mark.parametrize("problem", [Problem.CODE_UNKNOWN, Problem.CODE_TRIES, Problem.NO_ANSWER])
def test_no_answer_is_said_and_the_code_stays(problem: Problem) -> None:
    visitor = Visitor().to(Screen.ASK).type("A-017-K7QM").do(happened.Continued(), happened.StatusHeard(problem))
    assert (visitor.state.problem, visitor.state.typed, visitor.state.saving) == (problem, "A-017-K7QM", False)


def test_an_answer_for_somebody_who_left_is_dropped() -> None:
    visitor = Visitor().to(Screen.ASK).type("A-017-K7QM").do(happened.Continued(), happened.WentBack())
    visitor.do(happened.StatusHeard(WAITING))
    assert (visitor.state.screen, visitor.state.status) == (Screen.WELCOME, None)


def test_while_it_is_asked_nothing_else_is() -> None:
    visitor = Visitor().to(Screen.ASK).type("A-017-K7QM").do(happened.Continued(), happened.Continued())
    visitor.type("X").do(happened.Scanned(TicketReading(TOKEN)))
    assert len(visitor.wanted) == 1


def test_after_hours_one_can_still_ask() -> None:
    visitor = Visitor().do(happened.AskBegun())
    assert visitor.state.screen is Screen.ASK


# --- a filing -------------------------------------------------------------------------------------------------------

CARGO = CargoReading("A" * 26)
DAY_OF_IT = date(2026, 12, 8)
STANDING = FilingStanding(
    "INS20260000001", "2026-lima-000001", "in_process", "answer", "Asesoría Legal", DAY_OF_IT, DAY_OF_IT, DAY_OF_IT
)


@pytest.mark.parametrize("screen", [Screen.WELCOME, Screen.ASK])
def test_by_the_cargos_qr(screen: Screen) -> None:
    visitor = Visitor()
    if screen is not Screen.WELCOME:
        visitor.to(screen)
    visitor.do(happened.Scanned(CARGO))
    assert visitor.wanted == [AskStatus(cargo="A" * 26)]
    visitor.do(happened.StatusHeard(STANDING))
    assert (visitor.state.screen, visitor.state.filing, visitor.state.status) == (Screen.STATUS, STANDING, None)


def test_a_cargo_identifies_nobody() -> None:
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.Scanned(CARGO))
    assert (visitor.state.screen, visitor.state.problem) == (Screen.IDENTIFY, Problem.NOT_A_DOCUMENT)


@pytest.mark.parametrize(
    "number", ["INS20260000001", "ins-2026-0000001", "20240194725", "EXP-2026-000142", "EX20260012345"]
)
def test_by_its_number_and_then_its_key(number: str) -> None:
    visitor = Visitor().to(Screen.ASK).type(number).do(happened.Continued())
    assert (visitor.wanted, visitor.state.typed, visitor.state.problem) == ([], "", None)
    visitor.type("k7q-m4x").do(happened.Continued())
    assert visitor.wanted == [AskStatus(number=number.upper(), key="K7QM4X")]
    visitor.do(happened.StatusHeard(STANDING), happened.AskBegun())
    assert (visitor.state.screen, visitor.state.expediente) == (Screen.ASK, "")


@pytest.mark.parametrize("key", ["", "K7Q", "K7QM40", "K7QM4XX"])
def test_a_key_that_is_none_is_told_and_asked_of_nobody(key: str) -> None:
    visitor = Visitor().to(Screen.ASK).type("INS20260000001").do(happened.Continued())
    visitor.type(key).do(happened.Continued())
    assert (visitor.wanted, visitor.state.problem) == ([], Problem.KEY_UNREADABLE)


def test_back_from_the_key_is_the_number_again_and_then_the_first_page() -> None:
    visitor = Visitor().to(Screen.ASK).type("INS20260000001").do(happened.Continued(), happened.WentBack())
    assert (visitor.state.screen, visitor.state.typed, visitor.state.expediente) == (Screen.ASK, "INS20260000001", "")
    visitor.do(happened.WentBack())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.WELCOME, "")


@pytest.mark.parametrize("problem", [Problem.KEY_WRONG, Problem.CODE_TRIES, Problem.NO_ANSWER])
def test_no_answer_about_a_filing_is_said_and_what_was_typed_stays(problem: Problem) -> None:
    visitor = Visitor().to(Screen.ASK).type("INS20260000001").do(happened.Continued()).type("K7QM4X")
    visitor.do(happened.Continued(), happened.StatusHeard(problem))
    assert (visitor.state.problem, visitor.state.typed, visitor.state.saving) == (problem, "K7QM4X", False)
    assert visitor.state.expediente == "INS20260000001"


def test_of_what_a_turn_brought_that_is_shown_which_waits_for_its_citizen() -> None:
    bring = msgspec.structs.replace(STANDING, expediente="INS20260000002", next="bring", correct_until=DAY_OF_IT)
    visitor = Visitor().to(Screen.ASK).do(happened.Scanned(TicketReading(TOKEN)))
    visitor.do(happened.StatusHeard(TurnStatus("A-017", "done", filings=(STANDING, bring))))
    assert (visitor.state.filing, visitor.state.more_filings) == (bring, 1)
    visitor.do(happened.AskBegun(), happened.Scanned(TicketReading(TOKEN)))
    visitor.do(happened.StatusHeard(TurnStatus("A-017", "serving", filings=(STANDING,))))
    assert (visitor.state.filing, visitor.state.more_filings) == (None, 0)  # who is at the counter reads of the turn


def test_nothing_of_a_filing_is_left_for_the_next_visitor() -> None:
    visitor = Visitor().to(Screen.ASK).do(happened.Scanned(CARGO), happened.StatusHeard(STANDING), happened.Left())
    assert (visitor.state.screen, visitor.state.filing, visitor.state.expediente) == (Screen.WELCOME, None, "")
