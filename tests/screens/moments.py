"""Every page in the states that look different: the real flow leads to each."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from domain.calendar import FilingDay, Hours
from domain.clock import Micros
from domain.documents import Document, DocumentKind
from domain.office import Service, VirtualDesk
from drivers.printer.words import Reason, Status
from drivers.printer.words import State as PrinterState
from drivers.scanner.words import CameraState, Hint
from kiosk.flow import events as happened
from kiosk.flow.filling import DESCRIPTION_CHARS
from kiosk.flow.state import IDLE_ASK_S, Medium, Paper, Problem, QueueView, Screen, State
from tests.flows.visitor import Visitor
from tests.samples import MONDAY_10AM, OFFICE
from tests.screens.moments_more import MORE_MOMENTS

SERVICES = (
    Service(
        "documentos",
        "Presentar documentos",
        "Escritos, solicitudes, recursos, respuestas",
        requirements=("Solicitud firmada", "Copia simple de su DNI", "Recibo de pago de la tasa"),
    ),
    Service("consulta", "Consultar un trámite", "En qué estado está su expediente"),
    Service("copias", "Pedir copias", "De su expediente o de otro documento"),
    Service("reclamo", "Presentar un reclamo o una queja", "Libro de Reclamaciones"),
    Service("orientacion", "Orientación", "No sé a dónde debo ir", is_filing=False),
)
MORE_SERVICES = (
    *SERVICES,
    Service("pagos", "Pagos y devoluciones"),
    Service("citas", "Citas con funcionarios"),
    Service("quejas", "Quejas"),
)
LONG_TEXT = ("Solicito copia certificada del expediente n.º 1245 sobre la licencia de funcionamiento " * 3)[:160]
MENDED_THERE = (
    Problem.DNI_NOT_DIGITS,
    Problem.CE_SHORT,
    Problem.PASSPORT_SHORT,
    Problem.PASSPORT_SIGNS,
    Problem.NOT_A_DOCUMENT,
)
"""What may be wrong with a document's number, beside what other moments show."""
EVENING = Micros(MONDAY_10AM + 9 * 3600 * 1_000_000)


def office(services: tuple[Service, ...] = SERVICES, hours: Hours | None = None) -> State:
    """A kiosk at rest in an office with its camera looking and a word from the server."""
    sample = msgspec.structs.replace(OFFICE, services=services, hours=hours or Hours())
    return State(
        office=sample, now_s=0.0, now=MONDAY_10AM, camera=CameraState.WATCHING, queue=QueueView(7, 0.0, minutes=23)
    )


def visitor(state: State | None = None) -> Visitor:
    """Somebody who stands before it."""
    return Visitor(state or office())


def _welcome() -> dict[str, State]:
    long_names = msgspec.structs.replace(
        OFFICE,
        entity="Municipalidad Distrital de San Juan de Lurigancho",
        name="Mesa de partes · Agencia de Mangomarca",
        services=SERVICES,
    )
    return {
        "welcome": office(),
        "welcome_long_names": replace(office(), office=long_names, queue=None),
        "welcome_nobody_waits": replace(office(), queue=QueueView(0, 0.0)),
        "welcome_no_paper": replace(office(), printer=Status(PrinterState.BLOCKED, Reason.PAPER)),
        "welcome_printer_open": replace(office(), printer=Status(PrinterState.BLOCKED, Reason.COVER)),
        "welcome_printer_out": replace(office(), printer=Status(PrinterState.SILENT)),
        "welcome_closed": replace(office(), now=EVENING),
        "closed": _closed(None),
        "closed_business_days": _closed(FilingDay.BUSINESS_DAYS),
        "closed_every_day": _closed(FilingDay.EVERY_DAY),
    }


def _closed(filing_day: FilingDay | None) -> State:
    desk = VirtualDesk("https://mesadigital.ejemplo.gob.pe/", filing_day) if filing_day else None
    closed = replace(office(), office=msgspec.structs.replace(office().office, virtual_desk=desk), now=EVENING)
    return visitor(closed).do(happened.Begun()).state


def _identify() -> dict[str, State]:
    fresh = visitor().to(Screen.IDENTIFY).state
    moments = {
        "identify": fresh,
        "identify_typed": visitor(fresh).type("12345678").state,
        "identify_short": visitor(fresh).type("4512").do(happened.Continued()).state,
        "identify_ce": visitor(fresh).do(happened.KindChosen(DocumentKind.CE)).type("00123").state,
        "identify_passport": visitor(fresh).do(happened.KindChosen(DocumentKind.PASSPORT)).type("ab1234").state,
        "identify_starting": replace(fresh, camera=CameraState.STARTING),
        "identify_reader": replace(fresh, camera=CameraState.ABSENT, has_reader=True),
        "identify_reader_problem": replace(
            fresh, camera=CameraState.ABSENT, has_reader=True, problem=Problem.NOT_A_DOCUMENT
        ),
        "identify_camera_and_reader": replace(fresh, has_reader=True),
        "identify_no_camera": replace(visitor(fresh).type("451").state, camera=CameraState.ABSENT),
    }
    moments |= {f"identify_{hint.value}": replace(fresh, hint=hint) for hint in Hint}
    moments |= {f"identify_{problem.value}": replace(fresh, problem=problem) for problem in MENDED_THERE}
    return moments


def _said() -> dict[str, State]:
    read = visitor().to(Screen.CHECK_DOCUMENT).state
    describe = visitor().to(Screen.DESCRIBE)
    contact = visitor().to(Screen.CONTACT)
    review = visitor().to(Screen.REVIEW).state
    everything = replace(
        review.draft,
        preferential=True,
        for_another=True,
        principal=Document(DocumentKind.RUC, "20131369124"),
        service="documentos",
        missing=frozenset({0, 2}),
        subject="Solicito copia certificada de mi expediente",
        description=LONG_TEXT,
        folios=12,
        filings=2,
        media=frozenset({Medium.USB, Medium.DIAGNOSIS}),
        notices=True,
        contact="maria.elena.prueba.ejemplo@correo.ejemplo.pe",
    )
    return {
        "check_document": read,
        "check_document_named": replace(read, draft=replace(read.draft, name="MARIA ELENA PRUEBA EJEMPLO")),
        "check_document_passport": replace(
            read, draft=replace(read.draft, document=Document(DocumentKind.PASSPORT, "AB1234567890123"))
        ),
        "check_document_long_name": replace(read, draft=replace(read.draft, name="MARIA DE LOS ANGELES " * 3)),
        "service": visitor().to(Screen.SERVICE).state,
        "service_two": visitor(office(OFFICE.services)).to(Screen.SERVICE).state,
        "service_many": visitor(office(MORE_SERVICES)).to(Screen.SERVICE).state,
        "describe": describe.state,
        "describe_missing": visitor(describe.state).do(happened.Continued()).state,
        "describe_full": replace(describe.state, typed=LONG_TEXT[:DESCRIPTION_CHARS]),
        "describe_one_word": replace(describe.state, typed="ñ" * DESCRIPTION_CHARS),
        "still_there": visitor(describe.state).wait(IDLE_ASK_S + 3).state,
        "contact": contact.state,
        "contact_typed": visitor(contact.state).type("maria.prueba@correo.ejemplo.pe").state,
        "contact_notices": visitor(contact.state).do(happened.NoticesTicked()).state,
        "contact_unreadable": visitor(contact.state).type("98765").do(happened.Continued()).state,
        "review": review,
        "review_everything": replace(review, draft=everything),
        "review_saving": visitor(review).do(happened.Continued()).state,
        "review_not_saved": visitor(review).do(happened.Continued(), happened.NotSaved()).state,
        "review_unknown_queue": replace(review, queue=None),
        "review_nobody_ahead": replace(review, queue=QueueView(0, review.now_s, minutes=0)),
    }


def _ticket() -> dict[str, State]:
    shown = visitor().to(Screen.TICKET).state
    assert shown.ticket is not None
    big = replace(shown.ticket, number=replace(shown.ticket.number, series="AA", n=1017))
    return {
        "ticket_printing": shown,
        "ticket_printed": replace(shown, paper=Paper.PRINTED),
        "ticket_not_printed": replace(shown, paper=Paper.NOT_PRINTED, paper_reason=Reason.PAPER),
        "ticket_uncertain": replace(shown, paper=Paper.UNCERTAIN, ahead=None),
        "ticket_given_up": replace(shown, paper=Paper.GIVEN_UP, copies=2),
        "ticket_long_number": replace(shown, paper=Paper.PRINTED, ticket=big),
    }


MOMENTS = {**_welcome(), **_identify(), **_said(), **_ticket(), **MORE_MOMENTS}
