"""The visit that goes well: typed, scanned, for oneself and for others, with all that can be said and with nothing."""

from __future__ import annotations

import pytest

from domain.documents import NO_DOCUMENT, Document, DocumentKind
from domain.tracking import mint
from drivers.printer.words import Outcome, Result
from drivers.scanner.words import DocumentReading, Rule, TicketReading
from kiosk.flow import events as happened
from kiosk.flow.effects import IssueTicket, PrintAgain, Recall, StartScanning, StopScanning
from kiosk.flow.state import Draft, Intent, Medium, Paper, Part, Problem, Quantity, Screen
from tests.flows.visitor import CARD, TICKET, Visitor
from tests.samples import DAY

RUC = "20131370645"


def test_typed_from_welcome_to_ticket() -> None:
    visitor = Visitor().do(happened.Begun()).type("12345678")
    assert visitor.state.screen is Screen.CHECK_DOCUMENT  # the eighth digit goes on by itself
    visitor.do(happened.Continued(), happened.ServiceChosen("documentos"), happened.DescribeOpened())
    visitor.type("Solicito copia").do(happened.Continued(), happened.Continued())
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
    assert visitor.wanted == [IssueTicket(draft, "es")]

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
    visitor.do(happened.Cleared()).type("87654321")
    assert visitor.state.draft.document.number == "87654321"


def test_a_card_shown_at_the_first_page_begins_the_visit() -> None:
    visitor = Visitor().do(happened.Scanned(CARD))
    assert visitor.state.screen is Screen.CHECK_DOCUMENT
    assert visitor.state.intent is Intent.ANY
    assert visitor.wanted == [Recall(CARD.document)]


def test_a_ticket_shown_at_the_first_page_asks_how_it_stands() -> None:
    token = mint(kiosk=1, day=DAY, n=1, nonce=bytes(16), key=b"k")
    visitor = Visitor().do(happened.Scanned(TicketReading(token)))
    assert (visitor.state.screen, visitor.state.saving) == (Screen.ASK, True)


def test_preferential_attention_is_the_visitors_word_and_all_services_are_theirs() -> None:
    visitor = Visitor().do(happened.Begun(Intent.ANY, preferential=True)).type("12345678").do(happened.Continued())
    assert visitor.state.draft.preferential
    assert visitor.state.services == visitor.state.office.services


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        (DocumentKind.CE, "001234567", "001234567"),
        (DocumentKind.PASSPORT, "ab123456", "AB123456"),
    ],
)
def test_other_documents_are_as_good(kind: DocumentKind, typed: str, number: str) -> None:
    visitor = Visitor().to(Screen.IDENTIFY).do(happened.KindChosen(kind)).type(typed)
    if kind is DocumentKind.PASSPORT:  # its length is not known beforehand
        visitor.do(happened.Continued())
    assert visitor.state.screen is Screen.CHECK_DOCUMENT
    assert visitor.state.draft.document == Document(kind, number)


def test_for_a_company_by_its_ruc() -> None:
    visitor = Visitor().to(Screen.PRINCIPAL).do(happened.KindChosen(DocumentKind.RUC)).type(RUC)
    assert visitor.state.screen is Screen.SERVICE
    assert visitor.state.draft.for_another
    assert visitor.state.draft.principal == Document(DocumentKind.RUC, RUC)


def test_for_another_person_whose_number_nobody_knows() -> None:
    visitor = Visitor().to(Screen.PRINCIPAL).do(happened.Skipped())
    assert (visitor.state.screen, visitor.state.draft.for_another) == (Screen.SERVICE, True)
    assert visitor.state.draft.principal == NO_DOCUMENT


def test_everything_that_can_be_said() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).do(happened.PhraseChosen("Pido una copia")).type("del expediente 12")
    visitor.do(happened.Continued(), happened.FoliosOpened())
    visitor.do(happened.Counted(Quantity.FOLIOS, 10), happened.Counted(Quantity.FOLIOS, 1))
    visitor.do(happened.Counted(Quantity.FILINGS, 1), happened.MediumTicked(Medium.USB), happened.Continued())
    visitor.do(happened.RequirementTicked(0), happened.Continued())
    visitor.type("maria@ejemplo.pe").do(happened.NoticesTicked(), happened.Continued())
    draft = visitor.state.draft
    assert visitor.state.screen is Screen.REVIEW
    assert (draft.subject, draft.description) == ("Pido una copia", "del expediente 12")
    assert (draft.folios, draft.filings, draft.media) == (11, 2, frozenset({Medium.USB}))
    assert (draft.missing, draft.contact, draft.notices) == (frozenset({0}), "maria@ejemplo.pe", True)


def test_a_subject_of_ones_own_and_a_phrase_taken_back() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("detalle").do(happened.PartChosen(Part.SUBJECT)).type("Oficio 7")
    visitor.do(happened.PartChosen(Part.DESCRIPTION))
    assert (visitor.state.draft.subject, visitor.state.typed) == ("Oficio 7", "detalle")
    visitor.do(happened.PhraseChosen("Pido una copia"), happened.PhraseChosen("Pido una copia"))
    assert visitor.state.draft.subject == ""


def test_counts_stay_where_they_can_be() -> None:
    visitor = (
        Visitor().to(Screen.FOLIOS).do(happened.Counted(Quantity.FOLIOS, -10), happened.Counted(Quantity.FILINGS, -1))
    )
    assert (visitor.state.draft.folios, visitor.state.draft.filings) == (None, 1)
    visitor.do(*[happened.Counted(Quantity.FOLIOS, 1000)] * 20)
    assert visitor.state.draft.folios == 9999


def test_consent_to_mails_needs_an_address() -> None:
    visitor = Visitor().to(Screen.CONTACT).do(happened.NoticesTicked()).type("987654321").do(happened.Continued())
    assert not visitor.state.draft.notices
    assert not Visitor().to(Screen.CONTACT).state.draft.notices  # never ticked beforehand


def test_another_service_asks_for_its_own_requirements() -> None:
    visitor = Visitor().to(Screen.REQUEST).do(happened.RequirementTicked(0), happened.WentBack())
    visitor.do(happened.ServiceChosen("consulta"))
    assert visitor.state.draft.missing == frozenset()


def test_the_same_card_on_the_same_day_has_its_turn_already() -> None:
    visitor = Visitor().do(happened.Begun(), happened.Scanned(CARD), happened.Remembered(TICKET, 0))
    assert visitor.state.screen is Screen.EARLIER
    visitor.do(happened.ReprintChosen())
    assert (visitor.state.screen, visitor.state.ticket) == (Screen.TICKET, TICKET)
    assert visitor.wanted == [Recall(CARD.document), PrintAgain(TICKET.id, 1, "es")]
    visitor.do(happened.Printed(TICKET.id, 1, Outcome(Result.CONFIRMED)))
    assert visitor.state.paper is Paper.PRINTED


def test_after_two_copies_the_screen_is_the_ticket() -> None:
    visitor = Visitor().do(happened.Scanned(CARD), happened.Remembered(TICKET, 2), happened.ReprintChosen())
    assert visitor.state.paper is Paper.GIVEN_UP
    assert visitor.wanted == [Recall(CARD.document)]


def test_another_procedure_with_the_same_card() -> None:
    visitor = Visitor().do(happened.Scanned(CARD), happened.Remembered(TICKET, 0), happened.Continued())
    assert visitor.state.screen is Screen.SERVICE


def test_a_memory_that_comes_late_changes_nothing() -> None:
    visitor = Visitor().to(Screen.SERVICE).do(happened.Remembered(TICKET, 0))
    assert visitor.state.screen is Screen.SERVICE


def test_the_camera_looks_only_while_something_is_asked_for_and_its_lamp_only_where_it_is() -> None:
    visitor = Visitor().do(happened.Touched()).do(happened.Begun()).wait(60)
    assert visitor.state.asks_still_there
    scans = [StartScanning(lit=False), StartScanning(lit=True), StopScanning()]
    assert visitor.effects == scans
    visitor.do(happened.Touched(), happened.Left())
    assert visitor.effects == [*scans, StartScanning(lit=True), StartScanning(lit=False)]


def test_going_back_loses_nothing() -> None:
    visitor = Visitor().to(Screen.DESCRIBE).type("Una copia").do(happened.WentBack(), happened.DescribeOpened())
    assert visitor.state.typed == "Una copia"
    visitor.do(happened.Continued(), happened.Continued()).type("maria@example.pe")
    visitor.do(happened.Continued(), happened.WentBack(), happened.WentBack(), happened.DescribeOpened())
    assert (visitor.state.screen, visitor.state.typed) == (Screen.DESCRIBE, "Una copia")
    visitor.do(happened.Continued(), happened.Continued())
    assert visitor.state.typed == "maria@example.pe"


def test_a_card_of_another_person_takes_the_place_of_the_first() -> None:
    other = DocumentReading(Document(DocumentKind.DNI, "87654321"), Rule.CODE39_TWO_FRAMES)
    visitor = Visitor().do(happened.Begun(), happened.Scanned(CARD), happened.WentBack(), happened.Scanned(other))
    assert visitor.state.draft.document == other.document
    assert visitor.state.problem is None


def test_a_wrong_ruc_says_so() -> None:
    visitor = Visitor().to(Screen.PRINCIPAL).do(happened.KindChosen(DocumentKind.RUC)).type("20131370646")
    assert (visitor.state.screen, visitor.state.problem) == (Screen.PRINCIPAL, Problem.RUC_WRONG)
