"""The cargo at the desk: its PDF, its paper from the counter's printer, and what became of that."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from server.faults import Refusal
from server.filing.cargo_desk import Cargos
from server.filing.cargo_pdf import CargoPaper
from server.store.versions import desk_topic
from server.web.desk import Seat, address_of

_PAPERS = {paper.value: paper for paper in CargoPaper}


@get("/filing/{id_:uuid}/cargo.pdf", media_type="application/pdf", sync_to_thread=True)
def cargo_pdf(seat: NamedDependency[Seat], cargos: NamedDependency[Cargos], id_: FromPath[UUID]) -> Response[bytes]:
    """The signed cargo, on A4 or on a strip of 80 mm, to be shown, kept or printed by the browser."""
    paper = _PAPERS.get(seat.request.query_params.get("paper", CargoPaper.A4.value))
    if paper is None:
        raise Refusal(400, "bad_request")
    file = cargos.pdf(seat.clerk, id_, paper, address_of(seat.request))
    headers = {"Content-Disposition": f'inline; filename="{file.name}"'}
    return Response(file.content, media_type="application/pdf", headers=headers)


@get("/filing/{id_:uuid}/cargo", sync_to_thread=True)
def cargo_page(seat: NamedDependency[Seat], cargos: NamedDependency[Cargos], id_: FromPath[UUID]) -> Template:
    """What can be handed out, and what became of the paper; nothing personal, so it is no look at anybody."""
    return _page(seat, cargos, id_)


@post("/filing/{id_:uuid}/cargo/print", status_code=200, sync_to_thread=True)
def print_cargo(seat: NamedDependency[Seat], cargos: NamedDependency[Cargos], id_: FromPath[UUID]) -> Response[Any]:
    """Asks the printer at the counter for the cargo, and shows what becomes of it."""
    try:
        cargos.print(seat.clerk, id_, address_of(seat.request))
    except Refusal as refusal:
        return _page(seat, cargos, id_, refusal)
    seat.door.note_activity(seat.clerk)
    return Redirect(f"/desk/filing/{id_}/cargo", status_code=303)


def _page(seat: Seat, cargos: Cargos, id_: UUID, refusal: Refusal | None = None) -> Template:
    topic = desk_topic(seat.clerk.office)
    version = seat.hub.version(topic)  # before the state, so that nothing falls between
    filing, paper = cargos.known(seat.clerk, id_)
    context = {
        "clerk": seat.clerk,
        "filing": filing,
        "paper": paper,
        "topic": topic,
        "version": version,
        "alert": seat.explainer.message(refusal) if refusal else "",
    }
    return Template("cargo.html", context=context, status_code=refusal.status if refusal else 200)


HANDLERS: Sequence[HTTPRouteHandler] = [cargo_pdf, cargo_page, print_cargo]
