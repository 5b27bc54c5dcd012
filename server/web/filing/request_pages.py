"""The written request, ready to be signed: for the clerk's printer and for a citizen's phone; nothing is kept."""

from datetime import date
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation
from litestar.response import Template

from assets import translations
from domain.clock import Clock, in_lima
from domain.filings import FilingRules
from domain.messages import Applicant
from domain.office import Office
from server.faults import Refusal
from server.filing.request_paper import Request, request_pdf
from server.offices import Offices
from server.web.desk import Form, Seat, address_of
from server.web.filing.reception import INTAKE, Intake
from server.web.filing.reception_form import KINDS, LONGEST_GROUNDS, LONGEST_NAME, Sent, filled, uuid_of
from server.web.headers import same_origin
from server.web.phone import Holder

LARGEST_FORM = 32 * 1024
LONGEST_NUMBER = 20
_DRAWN_AT_ONCE = CapacityLimiter(2)
"""Each takes a tenth of a second of a core; phones must not take the office's."""
_HEADERS = {"Content-Disposition": 'inline; filename="solicitud.pdf"'}
_OUR_FORMS = {"Referrer-Policy": "same-origin"}
_LANGUAGE = "es"
"""The paper is for the entity."""


def request_of(sent: Sent, office: Office, rules: FilingRules, day: date, *, is_represented: bool) -> Request:
    """What was typed, as a request; what is too long for the paper is cut, for the fields take no more."""
    read = sent.personal(())
    unit = rules.unit(sent.shown.get("unit", ""))
    return Request(
        entity=office.entity,
        unit="" if unit is None else unit.name,
        day=day,
        applicant=_cut(read.applicant),
        presenter=_cut(sent.applicant("presenter")) if is_represented else None,
        quality=sent.line("quality", most=80)[:80],
        subject=read.subject[:300],
        grounds=read.grounds[:LONGEST_GROUNDS],
        domicile=read.domicile[:200],
        email=read.email[:120],
        phone=read.phone[:40],
        notices=read.notices,
        annexes=tuple(annex[:160] for annex in (*read.annexes, *read.media)[:60]),
        expediente=sent.line("about", most=64).upper()[:64],
    )


def _cut(who: Applicant) -> Applicant:
    return Applicant(who.kind, who.number[:LONGEST_NUMBER], who.name[:LONGEST_NAME])


def _paper(request: Request) -> Response[bytes]:
    return Response(
        request_pdf(request, translations("server", _LANGUAGE)), media_type="application/pdf", headers=_HEADERS
    )


def _at_desk(intake: Intake, sent: Sent) -> Response[bytes]:
    day = in_lima(intake.filings.now()).date()
    represented = bool(sent.shown.get("by_other"))
    return _paper(request_of(sent, intake.office, intake.rules, day, is_represented=represented))


@get("/filing/solicitud", dependencies=INTAKE, sync_to_thread=True)
def of_turn(seat: NamedDependency[Seat], intake: NamedDependency[Intake]) -> Response[bytes]:
    """The request of the turn at the counter, from what the kiosk took.

    Raises:
        Refusal: 409, the turn is not at this counter.
    """
    ticket = uuid_of(intake.request.query_params.get("ticket", ""))
    if ticket is None:
        raise Refusal(404, "unknown_turn")
    turn, person, _ = intake.filings.look(seat.clerk, ticket, address_of(intake.request))
    if turn is None:
        raise Refusal(409, "turn_left", number="")
    values = filled(turn, person, intake.media_words(), is_first=True)
    return _at_desk(intake, Sent(values))


@post("/filing/solicitud", dependencies=INTAKE, status_code=200, sync_to_thread=True)
def of_form(seat: NamedDependency[Seat], intake: NamedDependency[Intake], data: Form) -> Response[bytes]:
    """The request as the form of reception has it; nothing is kept."""
    seat.door.note_activity(seat.clerk)
    return _at_desk(intake, Sent(data))


@get("/T/{token:str}/solicitud", sync_to_thread=False)
def ask(holder: NamedDependency[Holder], offices: NamedDependency[Offices]) -> Template:
    """The form on a phone. It is empty: the page behind a ticket's QR shows nothing personal."""
    rules = offices.filing_rules_of(holder.found.office)
    context = holder.context() | {"units": [(one.code, one.name) for one in rules.units], "kinds": KINDS}
    return holder.words.page("request.html", context, headers=_OUR_FORMS)


@post("/T/{token:str}/solicitud", guards=[same_origin], status_code=200, request_max_body_size=LARGEST_FORM)
async def make(
    holder: NamedDependency[Holder],
    offices: NamedDependency[Offices],
    clock: NamedDependency[SkipValidation[Clock]],
    data: Form,
) -> Response[Any]:
    """The request as a PDF, to be printed or kept by whoever typed it."""
    office = offices.of(holder.found.office) or offices.main
    rules, day = offices.filing_rules_of(office.id), in_lima(clock.now()).date()

    def draw() -> Response[bytes]:
        sent = Sent(data)
        represented = any(sent.shown.get(f"presenter_{name}", "").strip() for name in ("name", "number"))
        return _paper(request_of(sent, office, rules, day, is_represented=represented))

    return await to_thread.run_sync(draw, limiter=_DRAWN_AT_ONCE)


AT_DESK: list[HTTPRouteHandler] = [of_turn, of_form]
ON_PHONE: list[HTTPRouteHandler] = [ask, make]
