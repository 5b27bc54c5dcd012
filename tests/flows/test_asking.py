"""How does my procedure stand: by the ticket's QR, or by its code; never by a number alone."""

from __future__ import annotations

import pytest

from domain.messages import TurnStatus
from domain.tracking import mint
from drivers.scanner.words import TicketReading
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
