"""The visit that goes well, typed and scanned."""

from __future__ import annotations

from domain.documents import Document, DocumentKind
from drivers.printer.words import Outcome, Result
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, StartScanning, StopScanning
from kiosk.flow.state import Draft, Paper, Screen
from tests.flows.visitor import CARD, TICKET, Visitor


def test_typed_from_welcome_to_ticket() -> None:
    visitor = Visitor().do(happened.Begun()).type("12345678").do(happened.Continued())
    assert visitor.state.screen is Screen.SERVICE
    visitor.do(happened.ServiceChosen("documentos")).type("Solicito copia").do(happened.Continued())
    visitor.type("987654321").do(happened.Continued())
    assert visitor.state.screen is Screen.REVIEW

    visitor.do(happened.Continued())
    draft = Draft(
        Document(DocumentKind.DNI, "12345678"),
        service="documentos",
        description="Solicito copia",
        contact="987654321",
    )
    assert visitor.state.saving
    assert visitor.effects == [StartScanning(), StopScanning(), IssueTicket(draft, "es")]

    visitor.do(happened.Issued(TICKET))
    assert visitor.state.ticket == TICKET
    assert visitor.state.paper is Paper.PRINTING
    visitor.do(happened.Printed(TICKET.id, 0, Outcome(Result.CONFIRMED)))
    assert visitor.state.paper is Paper.PRINTED
    assert visitor.do(happened.Left()).state.screen is Screen.WELCOME


def test_a_scanned_card_is_shown_before_it_is_believed() -> None:
    visitor = Visitor().do(happened.Begun(), happened.Scanned(CARD))
    assert visitor.state.screen is Screen.CHECK_DOCUMENT
    assert visitor.state.draft.document == CARD.document
    assert visitor.do(happened.Continued()).state.screen is Screen.SERVICE


def test_a_wrongly_scanned_card_can_be_corrected_by_hand() -> None:
    visitor = Visitor().do(happened.Begun(), happened.Scanned(CARD), happened.WentBack())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.IDENTIFY, "12345678")
    visitor.do(happened.Cleared()).type("87654321").do(happened.Continued())
    assert visitor.state.draft.document.number == "87654321"


def test_preferential_attention_is_the_visitors_word() -> None:
    visitor = Visitor().do(happened.Begun(preferential=True)).type("12345678")
    assert visitor.do(happened.Continued()).state.draft.preferential


def test_the_camera_looks_only_while_a_document_is_asked_for() -> None:
    visitor = Visitor().do(happened.Begun()).wait(60)
    assert visitor.state.asks_still_there
    assert visitor.effects == [StartScanning(), StopScanning()]
    visitor.do(happened.Touched(), happened.Left())
    assert visitor.effects == [StartScanning(), StopScanning(), StartScanning(), StopScanning()]


def test_going_back_loses_nothing() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Una copia").do(happened.Continued()).type("maria@example.pe")
    visitor.do(happened.Continued(), happened.WentBack(), happened.WentBack())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.DESCRIBE, "Una copia")
    visitor.do(happened.Continued())
    assert visitor.state.typed == "maria@example.pe"
