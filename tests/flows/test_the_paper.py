"""What the visitor sees of the paper: the truth, a second try where nothing came out, a copy where they say so."""

from __future__ import annotations

from drivers.printer.words import Outcome, Reason, Result, State, Status
from kiosk.flow import events as happened
from kiosk.flow.effects import PrintAgain
from kiosk.flow.state import MOST_COPIES, TICKET_S, Paper, Screen
from tests.flows.visitor import TICKET, Visitor

READY = Status(State.READY)
NO_PAPER = Status(State.BLOCKED, Reason.PAPER)
NOT_PRINTED = Outcome(Result.NOT_PRINTED, Reason.PAPER)
UNCERTAIN = Outcome(Result.UNCERTAIN, Reason.LOST)


def at_the_ticket(printer: Status = READY) -> Visitor:
    visitor = Visitor().do(happened.PrinterChanged(printer)).to(Screen.TICKET)
    visitor.effects.clear()
    return visitor


def printed(outcome: Outcome, copy: int = 0) -> happened.Printed:
    return happened.Printed(TICKET.id, copy, outcome)


def test_paper_that_is_put_in_while_the_visitor_waits_brings_the_ticket_once() -> None:
    visitor = at_the_ticket(NO_PAPER).do(printed(NOT_PRINTED))
    assert (visitor.state.paper, visitor.effects) == (Paper.NOT_PRINTED, [])
    visitor.wait(TICKET_S - 5).do(happened.PrinterChanged(READY))
    assert visitor.state.paper is Paper.PRINTING
    assert visitor.effects == [PrintAgain(TICKET.id, 0, "es")]
    visitor.wait(TICKET_S - 5)
    assert visitor.state.screen is Screen.TICKET, "there is time to take it"
    visitor.do(printed(NOT_PRINTED), happened.PrinterChanged(NO_PAPER), happened.PrinterChanged(READY))
    assert (visitor.state.paper, len(visitor.effects)) == (Paper.NOT_PRINTED, 1)


def test_a_ready_printer_that_did_not_print_is_asked_once_more_at_once() -> None:
    visitor = at_the_ticket().do(printed(NOT_PRINTED))
    assert (visitor.state.paper, len(visitor.effects)) == (Paper.PRINTING, 1)
    visitor.do(printed(NOT_PRINTED))
    assert (visitor.state.paper, len(visitor.effects)) == (Paper.NOT_PRINTED, 1)


def test_nobody_gets_paper_after_they_left() -> None:
    visitor = at_the_ticket(NO_PAPER).do(printed(NOT_PRINTED), happened.Left(), happened.PrinterChanged(READY))
    assert visitor.wanted == []


def test_where_nobody_knows_the_visitor_says_and_yes_is_enough() -> None:
    visitor = at_the_ticket().do(printed(UNCERTAIN))
    assert (visitor.state.paper, visitor.effects) == (Paper.UNCERTAIN, [])
    visitor.do(happened.PaperSeen(whole=True))
    assert (visitor.state.paper, visitor.effects) == (Paper.PRINTED, [])


def test_no_brings_a_copy_and_at_most_two() -> None:
    visitor = at_the_ticket()
    for copy in range(MOST_COPIES):
        visitor.do(printed(UNCERTAIN, copy), happened.PaperSeen(whole=False))
        assert visitor.state.paper is Paper.PRINTING
    assert visitor.effects == [PrintAgain(TICKET.id, 1, "es"), PrintAgain(TICKET.id, 2, "es")]
    visitor.do(printed(UNCERTAIN, MOST_COPIES))
    assert visitor.state.paper is Paper.GIVEN_UP
    visitor.do(happened.PaperSeen(whole=False))
    assert (visitor.state.paper, len(visitor.effects)) == (Paper.GIVEN_UP, 2)


def test_what_becomes_of_the_first_ticket_says_nothing_of_its_copy() -> None:
    visitor = at_the_ticket().do(printed(UNCERTAIN), happened.PaperSeen(whole=False))
    visitor.do(printed(Outcome(Result.CONFIRMED_LATE)))
    assert visitor.state.paper is Paper.PRINTING
    visitor.do(printed(Outcome(Result.CONFIRMED), copy=1))
    assert visitor.state.paper is Paper.PRINTED


def test_a_late_answer_settles_the_question() -> None:
    visitor = at_the_ticket().do(printed(UNCERTAIN), printed(Outcome(Result.CONFIRMED_LATE)))
    assert visitor.state.paper is Paper.PRINTED


def test_the_answer_means_nothing_where_nothing_was_asked() -> None:
    for visitor in (at_the_ticket(), Visitor(), at_the_ticket().do(printed(Outcome(Result.CONFIRMED)))):
        before = visitor.state
        visitor.do(happened.PaperSeen(whole=False))
        assert (visitor.state.paper, visitor.wanted) == (before.paper, [])
