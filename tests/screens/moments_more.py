"""The pages beside the shortest way, and what covers a page, in the states that look different."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

import msgspec

from domain.calendar import Hours
from domain.documents import DocumentKind
from domain.messages import FilingStanding, TurnStatus
from domain.office import Branch, Privacy, Service
from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow.state import Cover, Medium, Part, Problem, QueueView, Screen, State
from tests.flows.visitor import TICKET, Visitor
from tests.samples import MONDAY_10AM, OFFICE

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENTS = (
    "Solicitud firmada, dirigida a la entidad",
    "Copia simple de su DNI",
    "Recibo del pago por derecho de trámite",
    "Poder simple, si viene por otra persona",
    "Plano de ubicación firmado por un ingeniero o arquitecto colegiado y habilitado",
    "Declaración jurada de domicilio",
)
SERVICES = (
    Service("documentos", "Presentar documentos", requirements=REQUIREMENTS[:3]),
    Service("licencia", "Licencia de funcionamiento para local de hasta 100 m²", requirements=REQUIREMENTS),
    Service("orientacion", "Orientación", is_filing=False),
)
BRANCHES = (
    Branch("callao", "Sede Callao", "Av. de Ejemplo 456, Callao"),
    Branch("ate", "Sede Ate", "Jr. de Ejemplo 789, Ate", Hours(opens=time(8, 30), closes=time(17, 30))),
    Branch("chorrillos", "Sede Chorrillos", "Av. de Ejemplo 1011, Chorrillos", Hours(weekdays=(1, 3, 5))),
    Branch(
        "comas", "Agencia Comas del Centro de Atención al Ciudadano", "Av. de Ejemplo 1213, urbanización El Ejemplo"
    ),
)
SENTENCE = ("Solicito copia certificada del expediente n.º 1245 sobre la licencia de funcionamiento " * 3)[:160]
DIAGNOSIS = (
    ("staff.test_print", "La prueba salió completa"),
    ("staff.printer", "lista; papel 62 %, para unos 410 tickets"),
    ("staff.camera", "mira"),
    ("staff.sync", "último contacto hace 4 s; nada por enviar"),
    ("staff.disk", "41.2 GB libres (63 %)"),
    ("staff.store", "íntegro, 3.4 MB"),
    ("staff.version", "1.0.0, Python 3.11.7"),
    ("staff.number", "A-017, 23/11/2026"),
)


def _start(branches: tuple[Branch, ...] = BRANCHES[:2]) -> State:
    office = msgspec.structs.replace(
        OFFICE,
        services=SERVICES,
        hours=Hours(),
        branches=branches,
        privacy=Privacy(contact="datospersonales@entidad.ejemplo.pe", bank="Mesa de partes", days_kept=30),
    )
    return State(office=office, now_s=0.0, now=MONDAY_10AM, camera=CameraState.WATCHING, queue=QueueView(7, 0.0, 2, 25))


def _visitor(state: State | None = None) -> Visitor:
    return Visitor(state or _start())


def _info() -> dict[str, State]:
    heard = _visitor().do(happened.QueueHeard(3, branch="callao"), happened.InfoOpened()).state
    return {
        "info": heard,
        "info_alone": _visitor(_start(())).do(happened.InfoOpened()).state,
        "info_many": _visitor(_start(BRANCHES)).do(happened.InfoOpened()).state,
        "info_privacy": _visitor(heard).do(happened.Covered(Cover.PRIVACY)).state,
        "info_help": _visitor(heard).do(happened.HelpAsked()).state,
    }


def _ask() -> dict[str, State]:
    fresh = _visitor().to(Screen.ASK)
    typed = _visitor(fresh.state).type("A-017-K7QM").state
    moments = {
        "ask": fresh.state,
        "ask_typed": typed,
        "ask_no_camera": replace(fresh.state, camera=CameraState.ABSENT),
        "ask_waiting": _visitor(typed).do(happened.Continued()).state,
    }
    problems = (
        Problem.NOT_A_TICKET,
        Problem.CODE_UNREADABLE,
        Problem.CODE_UNKNOWN,
        Problem.CARGO_UNKNOWN,
        Problem.CODE_TRIES,
        Problem.NO_ANSWER,
    )
    key = _visitor(fresh.state).type("DGIESP-DPCEM20260000682").do(happened.Continued()).state
    key_typed = _visitor(key).type("K7Q-M4X").state
    moments |= {
        "ask_number": _visitor(fresh.state).type("DGIESP-DPCEM20260000682").state,
        "ask_key": key,
        "ask_key_typed": key_typed,
    }
    of_keys = (Problem.KEY_UNREADABLE, Problem.KEY_WRONG)
    moments |= {f"ask_{problem.value}": replace(key_typed, problem=problem) for problem in of_keys}
    return moments | {f"ask_{problem.value}": replace(typed, problem=problem) for problem in problems}


def _status() -> dict[str, State]:
    waiting = _visitor().to(Screen.ASK).type("A-017-K7QM").do(happened.Continued()).state

    def told(status: TurnStatus) -> State:
        return _visitor(waiting).do(happened.StatusHeard(status)).state

    plain = ("serving", "done", "absent", "parked", "cancelled", "coming", "past", "seated")
    return {
        "status": told(TurnStatus("A-017", "waiting", ahead=3, minutes=12)),
        "status_next": told(TurnStatus("A-017", "waiting", ahead=0)),
        "status_unknown_queue": told(TurnStatus("A-017", "waiting")),
        "status_called": told(TurnStatus("A-017", "called", counter="2")),
        "status_called_long": told(TurnStatus("AA-1017", "called", counter="Informes y orientación")),
    } | {f"status_{state}": told(TurnStatus("A-017", state)) for state in plain}


STANDING = FilingStanding(
    "INS20260000123",
    "2026-lima-000123",
    "in_process",
    "answer",
    "Asesoría Legal",
    date(2026, 12, 3),
    date(2026, 11, 24),
    date(2027, 1, 8),
)


def _filings() -> dict[str, State]:
    asked = replace(_visitor().to(Screen.ASK).state, saving=True)

    def told(next_: str, **changes: object) -> State:
        standing = msgspec.structs.replace(STANDING, next=next_, **changes)
        return _visitor(asked).do(happened.StatusHeard(standing)).state

    plain = ("bring_today", "overdue", "collect", "take_back")
    of_turn = TurnStatus("A-017", "done", filings=(STANDING, msgspec.structs.replace(STANDING, next="collect")))
    return {
        "status_filing_bring": told("bring", status="observed", correct_until=date(2026, 12, 9)),
        "status_filing_long": told(
            "answer",
            expediente="DGIESP-DPCEM20260000682",
            unit="Dirección General de Intervenciones Estratégicas en Salud Pública",
        ),
        "status_filing_nowhere": told("goes", unit=""),
        "status_filing_stale": told("answer", as_of=MONDAY_10AM - 25 * 60_000_000),
        "status_filing_unknown": told("sealed"),
        "status_filing_of_turn": _visitor(asked).do(happened.StatusHeard(of_turn)).state,
    } | {f"status_filing_{word}": told(word) for word in plain}


def _identified() -> dict[str, State]:
    read = _visitor().to(Screen.CHECK_DOCUMENT)
    earlier = _visitor(read.state).do(happened.Remembered(TICKET, 0)).state
    principal = _visitor(read.state).do(happened.ForAnother())
    company = _visitor(principal.state).do(happened.KindChosen(DocumentKind.RUC))
    return {
        "earlier": earlier,
        "earlier_no_more_copies": replace(earlier, earlier_copies=2),
        "earlier_long": replace(earlier, earlier=replace(TICKET, service=SERVICES[1].name)),
        "principal": principal.state,
        "principal_typed": _visitor(principal.state).type("4512").state,
        "principal_short": _visitor(principal.state).type("4512").do(happened.Continued()).state,
        "principal_ruc": _visitor(company.state).type("2010").state,
        "principal_ruc_wrong": _visitor(company.state).type("20123456789").state,
    }


def _request() -> dict[str, State]:
    fresh = _visitor().to(Screen.REQUEST).state
    long = _visitor().to(Screen.SERVICE).do(happened.ServiceChosen("licencia")).state
    said = replace(
        fresh.draft,
        missing=frozenset({1}),
        subject="Pido una copia",
        description=SENTENCE,
        folios=12,
        filings=2,
        media=frozenset({Medium.USB}),
    )
    everything = replace(said, service="licencia", subject="", missing=frozenset({0, 4}), media=frozenset(Medium))
    return {
        "request": fresh,
        "request_said": replace(fresh, draft=said),
        "request_many": long,
        "request_everything": replace(long, draft=everything),
        "request_nothing_asked": _visitor().to(Screen.SERVICE).do(happened.ServiceChosen("orientacion")).state,
    }


def _written() -> dict[str, State]:
    fresh = _visitor().to(Screen.DESCRIBE).state
    subject = _visitor(fresh).do(happened.PartChosen(Part.SUBJECT)).state
    folios = _visitor().to(Screen.FOLIOS).state
    counted = replace(folios.draft, folios=1234, filings=12, media=frozenset({Medium.USB, Medium.TEST}))
    return {
        "describe_phrase": _visitor(fresh).do(happened.PhraseChosen("Pido una copia")).state,
        "describe_subject": _visitor(subject).type("Copia del expediente 1245").state,
        "describe_both": replace(
            fresh,
            typed=SENTENCE,
            draft=replace(fresh.draft, subject="Solicito copia certificada del expediente n.º 12453"),
        ),
        "folios": folios,
        "folios_counted": replace(folios, draft=counted),
    }


_MESSAGE = "Hoy se atiende hasta las 13:00. Para otros trámites, pase a la sala B, al fondo del pasillo, por favor."


def _staff() -> dict[str, State]:
    pin = _visitor().to(Screen.PIN)
    checking = _visitor(pin.state).type("2468").do(happened.Continued()).state
    staff = _visitor(checking).do(happened.PinChecked(None)).state
    out = _visitor(_start()).do(happened.ServiceSwitched(is_out=True)).state
    return {
        "pin": pin.state,
        "pin_typed": _visitor(pin.state).type("2468").state,
        "pin_checking": checking,
        "pin_wrong": _visitor(checking).do(happened.PinChecked(Problem.PIN_WRONG)).state,
        "pin_wait": _visitor(checking).do(happened.PinChecked(Problem.PIN_WAIT)).state,
        "staff": _visitor(staff).do(happened.Diagnosed(DIAGNOSIS)).state,
        "staff_out": replace(_visitor(staff).do(happened.Diagnosed(DIAGNOSIS)).state, is_out=True),
        "out_of_service": out,
        "out_of_service_ordered": _visitor(_start()).do(happened.Ordered(out_of_service=True, message=_MESSAGE)).state,
        "welcome_message": _visitor(_start()).do(happened.Ordered(out_of_service=False, message=_MESSAGE)).state,
    }


_MAKERS: tuple[Callable[[], dict[str, State]], ...] = (
    _info,
    _ask,
    _status,
    _filings,
    _identified,
    _request,
    _written,
    _staff,
)
MORE_MOMENTS = {name: state for make in _MAKERS for name, state in make().items()}
