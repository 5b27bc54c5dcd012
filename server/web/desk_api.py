"""The desk for programs: the same calls as the clerks' page, in JSON, by the same session.

A form of another site cannot send JSON without asking first, and the session's cookie does not travel with it; the
origin is checked beside that, so there is no token here. Nothing in these answers is personal.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody

from domain.clock import Micros
from domain.messages import to_json
from server.desk import MOVES_BY_HAND, Desk
from server.door import Door
from server.faults import Refusal
from server.hub import Hub
from server.store.accounts import Clerk
from server.store.tickets import Turn
from server.store.versions import desk_topic
from server.web.described import BY_CLERK, faults
from server.web.desk import cookie_name
from server.web.headers import same_origin


class Nothing(msgspec.Struct, frozen=True):
    """The body of a request that says all in its address."""


class DeskTurn(msgspec.Struct, frozen=True):
    """A turn as the desk sees it, without whose it is."""

    ticket: UUID
    number: str
    service: str
    preferential: bool
    state: str
    counter: str
    calls: int
    issued_at: Micros
    called_at: Micros | None


class AtCounter(msgspec.Struct, frozen=True):
    """What the counter holds after the request; None for nothing, as when nobody waited for it."""

    turn: DeskTurn | None


class Line(msgspec.Struct, frozen=True):
    """The counter's turn and who waits in the office, in the order of calls.

    ``topic`` and ``version`` are for ``/events/{topic}?after={version}``, which tells when to ask again.
    """

    topic: str
    version: int
    at: Micros
    turn: DeskTurn | None
    waiting: tuple[DeskTurn, ...]


def desk_turn(turn: Turn | None) -> DeskTurn | None:
    """A turn, for a program; None for none."""
    return None if turn is None else _turn(turn)


def _turn(turn: Turn) -> DeskTurn:
    return DeskTurn(
        turn.ticket, str(turn.number), turn.service, turn.preferential, turn.state.value, turn.counter or "",
        turn.calls, turn.issued_at, turn.called_at,
    )  # fmt: skip


def only_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuses what a form could send.

    Raises:
        Refusal: 415.
    """
    del handler
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if connection.scope.get("method") == "POST" and kind != "application/json":
        raise Refusal(415, "bad_request")


def at_counter(request: Request[Any, Any, State], door: Door) -> Clerk:
    """The clerk whose session the request shows.

    Raises:
        Refusal: 401 nobody is signed in, 403 whoever is has no counter.
    """
    clerk = door.who(request.cookies.get(cookie_name(request)))
    if clerk is None:
        raise Refusal(401, "signed_out")
    if not clerk.counter:
        raise Refusal(403, "not_allowed")
    return clerk


def _answer(message: msgspec.Struct) -> Response[Any]:
    return Response(to_json(message), media_type="application/json")


@post(
    "/next",
    status_code=200,
    summary="Termina el turno que se atiende, si lo hay, y llama al siguiente",
    responses=faults(400, 401, 403, 409, 413, 415, 503, s409="Hay un turno llamado, o la ventanilla está en pausa"),
    raises=[],
    security=BY_CLERK,
    sync_to_thread=True,
)
def call_next(
    data: JSONBody[Nothing], request: Request[Any, Any, State], desk: NamedDependency[Desk], door: NamedDependency[Door]
) -> Response[AtCounter]:
    """Finishes what is served and calls the next, in one transaction."""
    del data
    clerk = at_counter(request, door)
    turn = desk.finish_and_call_next(clerk)
    door.note_activity(clerk)
    return _answer(AtCounter(desk_turn(turn)))


@post(
    "/turns/{ticket:uuid}/{move:str}",
    status_code=200,
    summary="Mueve un turno: " + ", ".join(sorted(move.value for move in MOVES_BY_HAND)),
    responses=faults(400, 401, 403, 404, 409, 413, 415, 503),
    raises=[],
    security=BY_CLERK,
    sync_to_thread=True,
)
def move_turn(
    data: JSONBody[Nothing],
    ticket: FromPath[UUID],
    move: FromPath[str],
    request: Request[Any, Any, State],
    *,
    desk: NamedDependency[Desk],
    door: NamedDependency[Door],
) -> Response[AtCounter]:
    """Moves a turn in a way that takes no more than its name; an old request moves no new turn."""
    del data
    clerk = at_counter(request, door)
    chosen = next((known for known in MOVES_BY_HAND if known.value == move), None)
    if chosen is None:
        raise Refusal(404, "not_found")
    desk.move(clerk, ticket, chosen)
    door.note_activity(clerk)
    return _answer(AtCounter(desk_turn(desk.held(clerk))))


@get(
    "/line",
    summary="El turno de la ventanilla y quiénes esperan",
    responses=faults(401, 403),
    raises=[],
    security=BY_CLERK,
    sync_to_thread=True,
)
def line(
    request: Request[Any, Any, State],
    desk: NamedDependency[Desk],
    door: NamedDependency[Door],
    hub: NamedDependency[Hub],
) -> Response[Line]:
    """Who waits now."""
    clerk = at_counter(request, door)
    topic = desk_topic(clerk.office)
    version = hub.version(topic)  # before the state, so that nothing falls between
    waiting = tuple(_turn(turn) for turn in desk.waiting(clerk))
    return _answer(Line(topic, version, desk.now(), desk_turn(desk.held(clerk)), waiting))


def router() -> Router:
    """The desk's API under /api/v1/desk."""
    return Router(
        "/api/v1/desk",
        route_handlers=[call_next, move_turn, line],
        guards=[same_origin, only_json],
        opt={"exclude_from_csrf": True},
    )
