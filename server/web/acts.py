"""What clerks do, each a form that is posted; the address names the turn, so that an old page cannot move a new one."""

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from server.desk import MOVES_BY_HAND
from server.faults import Refusal
from server.web.desk import Form, Seat, address_of


@post("/call-next", status_code=200, sync_to_thread=True)
def call_next(seat: NamedDependency[Seat]) -> Response[Any]:
    """Calls the next turn."""
    return seat.act(lambda: seat.desk.call_next(seat.clerk))


@post("/turn/{ticket:uuid}/{move:str}", status_code=200, sync_to_thread=True)
def move_turn(seat: NamedDependency[Seat], ticket: FromPath[UUID], move: FromPath[str]) -> Response[Any]:
    """Moves a turn in a way that takes no more than its name."""
    chosen = next((known for known in MOVES_BY_HAND if known.value == move), None)
    if chosen is None:
        raise Refusal(404, "not_found")
    return seat.act(lambda: seat.desk.move(seat.clerk, ticket, chosen))


@post("/turn/{ticket:uuid}/done-next", status_code=200, sync_to_thread=True)
def finish_and_call(seat: NamedDependency[Seat], ticket: FromPath[UUID]) -> Response[Any]:
    """Ends the attention and calls the next turn."""
    return seat.act(lambda: seat.desk.finish_and_call(seat.clerk, ticket))


@post("/turn/{ticket:uuid}/chosen", status_code=200, sync_to_thread=True)
def call_this(seat: NamedDependency[Seat], ticket: FromPath[UUID], data: Form) -> Response[Any]:
    """Calls a turn that is not the next, for a reason."""
    why, words, address = data.get("why", ""), data.get("words", ""), address_of(seat.request)
    return seat.act(lambda: seat.desk.call_this(seat.clerk, ticket, why, words, address))


@post("/turn/{ticket:uuid}/parked", status_code=200, sync_to_thread=True)
def park(seat: NamedDependency[Seat], ticket: FromPath[UUID], data: Form) -> Response[Any]:
    """Sets the turn aside."""
    return seat.act(lambda: seat.desk.park(seat.clerk, ticket, data.get("reason", "")))


@post("/turn/{ticket:uuid}/transferred", status_code=200, sync_to_thread=True)
def transfer(seat: NamedDependency[Seat], ticket: FromPath[UUID], data: Form) -> Response[Any]:
    """Sends the turn to where ``to`` says: ``service:CODE`` or ``counter:NUMBER``."""
    kind, _, name = data.get("to", "").partition(":")
    service, counter = (name if kind == wanted else "" for wanted in ("service", "counter"))
    reason = data.get("reason", "")
    return seat.act(
        lambda: seat.desk.transfer(seat.clerk, ticket, service=service, counter=counter, reason=reason)
    )  # fmt: skip


@post("/turn/{ticket:uuid}/class", status_code=200, sync_to_thread=True)
def change_class(seat: NamedDependency[Seat], ticket: FromPath[UUID], data: Form) -> Response[Any]:
    """Makes the turn preferential, or ordinary, as the form says: so the second click changes nothing."""
    wanted = {"yes": True, "no": False}.get(data.get("preferential", ""))
    if wanted is None:
        raise Refusal(400, "bad_request")
    address = address_of(seat.request)
    return seat.act(lambda: seat.desk.change_class(seat.clerk, ticket, preferential=wanted, address=address))


@post("/turn/{ticket:uuid}/note", status_code=200, sync_to_thread=True)
def note(seat: NamedDependency[Seat], ticket: FromPath[UUID], data: Form) -> Response[Any]:
    """Writes something to the turn at the counter."""
    return seat.act(lambda: seat.desk.note(seat.clerk, ticket, data.get("text", "")))


@post("/pause", status_code=200, sync_to_thread=True)
def pause(seat: NamedDependency[Seat], data: Form) -> Response[Any]:
    """The counter makes a pause."""
    return seat.act(lambda: seat.desk.pause(seat.clerk, data.get("reason", "")))


@post("/work", status_code=200, sync_to_thread=True)
def work(seat: NamedDependency[Seat]) -> Response[Any]:
    """The counter goes on."""
    return seat.act(lambda: seat.desk.work(seat.clerk))


HANDLERS: list[HTTPRouteHandler] = [
    call_next, finish_and_call, call_this, park, transfer, change_class, note, pause, work, move_turn
]  # fmt: skip
