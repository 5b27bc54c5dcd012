"""The filings for the entity's own systems (its SGD), in JSON, by a token of theirs (docs/api.md).

Annotations are evaluated here: Litestar reads them at run time.
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from domain.clock import Micros
from domain.filings import FilingMove
from domain.messages import Applicant, FilingPersonal, FilingWords, to_json
from server.faults import Refusal
from server.filing.office import FilingView
from server.filing.programs import Programs
from server.projection import LARGEST_INSTANT
from server.store.filings import Filing
from server.store.integrations import Integration
from server.web.described import BY_SYSTEM, faults
from server.web.desk import address_of
from server.web.desk_api import only_json


class FilingBrief(msgspec.Struct, frozen=True):
    """Where a filing stands, without whose it is. ``correct_until`` is None of one that was never observed."""

    filing: UUID
    expediente: str
    register: str
    about: str
    status: str
    unit: str
    document_type: str
    service: str
    folios: int
    annexes: int
    received_at: Micros
    presented_on: date
    term_starts_on: date
    due_on: date
    correct_until: date | None
    changed_at: Micros


class FilingPage(msgspec.Struct, frozen=True):
    """``next`` is what to ask after for the following page; the same as was asked where there is nothing new."""

    filings: tuple[FilingBrief, ...]
    next: Micros


class StepShown(msgspec.Struct, frozen=True):
    """What was done. ``actor`` is an account, ``api:NAME`` for a system, empty for the clock."""

    at: Micros
    move: str
    actor: str
    unit: str
    text: str
    missing: tuple[str, ...]


class FilingWhole(msgspec.Struct, frozen=True):
    """A filing with what is personal of it, all None where that cannot be read here.

    ``presenter`` is also None where the applicant came.
    """

    brief: FilingBrief
    applicant: Applicant | None
    presenter: Applicant | None
    subject: str | None
    grounds: str | None
    email: str | None
    phone: str | None
    domicile: str | None
    annexes: tuple[str, ...]
    steps: tuple[StepShown, ...]


class Report(msgspec.Struct, frozen=True):
    """What became of a filing: ``forwarded`` (to ``unit``), ``in_process``, ``resolved`` or ``archived``."""

    move: Literal["forwarded", "in_process", "resolved", "archived"]
    unit: Annotated[str, msgspec.Meta(max_length=32)] = ""
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""


def brief(filing: Filing) -> FilingBrief:
    """A filing, for a program."""
    return FilingBrief(
        filing.id, filing.expediente, str(filing.register), filing.about, filing.status.value, filing.unit,
        filing.document_type, filing.service, filing.folios, filing.annexes, filing.received_at, filing.presented_on,
        filing.term_starts_on, filing.due_on, filing.correct_until, filing.changed_at,
    )  # fmt: skip


def _whole(view: FilingView) -> FilingWhole:
    steps = tuple(
        StepShown(
            one.step.at,
            one.step.move,
            one.step.actor,
            one.step.unit,
            one.words.text if one.words else "",
            one.words.missing if one.words else (),
        )
        for one in view.steps
    )
    one: FilingPersonal | None = view.personal
    if one is None:
        return FilingWhole(brief(view.filing), *(None,) * 7, annexes=(), steps=steps)
    return FilingWhole(
        brief(view.filing), one.applicant, one.presenter, one.subject, one.grounds, one.email, one.phone, one.domicile,
        view.annexes, steps,
    )  # fmt: skip


def system(request: Request[Any, Any, State], programs: Programs) -> Integration:
    """The system whose token the request shows.

    Raises:
        Refusal: 401.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refusal(401, "no_credentials")
    return programs.who(token.strip())


def _answer(message: msgspec.Struct) -> Response[Any]:
    return Response(to_json(message), media_type="application/json", headers={"Cache-Control": "no-store"})


@get(
    "/",
    summary="Los expedientes que cambiaron después de un momento, sin datos personales",
    responses=faults(400, 401, 503),
    raises=[],
    security=BY_SYSTEM,
    sync_to_thread=True,
)
def changed(
    request: Request[Any, Any, State],
    programs: NamedDependency[Programs],
    after: Annotated[FromQuery[int], QueryParameter(ge=0, le=LARGEST_INSTANT)] = 0,
) -> Response[FilingPage]:
    """What is new."""
    who = system(request, programs)
    found = programs.changed(who, Micros(after))
    last = found[-1].changed_at if found else Micros(after)
    return _answer(FilingPage(tuple(brief(one) for one in found), last))


@get(
    "/{filing:uuid}",
    summary="Un expediente con sus datos personales; cada mirada queda en la auditoría",
    responses=faults(400, 401, 404, 503),
    raises=[],
    security=BY_SYSTEM,
    sync_to_thread=True,
)
def whole(
    filing: FromPath[UUID], request: Request[Any, Any, State], programs: NamedDependency[Programs]
) -> Response[FilingWhole]:
    """Everything of a filing."""
    who = system(request, programs)
    return _answer(_whole(programs.view(who, filing, address_of(request))))


@post(
    "/{filing:uuid}/moves",
    status_code=200,
    summary="Lo que pasó con un expediente",
    description="Decir lo mismo otra vez no cambia nada.",
    responses=faults(400, 401, 404, 409, 413, 415, 503),
    raises=[],
    security=BY_SYSTEM,
    sync_to_thread=True,
)
def report(
    data: JSONBody[Report],
    filing: FromPath[UUID],
    request: Request[Any, Any, State],
    programs: NamedDependency[Programs],
) -> Response[FilingBrief]:
    """Reports where a filing stands."""
    who = system(request, programs)
    words = FilingWords(data.text.replace("\0", " ").strip())
    return _answer(brief(programs.report(who, filing, FilingMove(data.move), unit=data.unit, words=words)))


def router() -> Router:
    """The API of the filings under /api/v1/filings."""
    return Router(
        "/api/v1/filings",
        route_handlers=[changed, whole, report],
        guards=[only_json],
        opt={"exclude_from_csrf": True},
    )
