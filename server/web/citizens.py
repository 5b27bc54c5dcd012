"""The pages for everybody: the board, the queue as phones read it, and the office's own page."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from server.faults import Refusal
from server.hub import Hub
from server.office_page import OfficePage
from server.offices import MAIN_BOARD, Offices
from server.public import Board, PublicQueue, QueueState
from server.store.versions import board_topic, queue_topic
from server.web.languages import words_for
from server.web.phone import refused

_LONGEST_VIEW = 32


@get("/board", include_in_schema=False)
async def default_board() -> Redirect:
    """The board of an office that has but one."""
    return Redirect(f"/board/{MAIN_BOARD}")


@get("/board/{name:str}", include_in_schema=False, sync_to_thread=True)
def board(
    name: FromPath[str],
    request: Request[Any, Any, State],
    board: NamedDependency[Board],
    hub: NamedDependency[Hub],
    offices: NamedDependency[Offices],
) -> Template:
    """The waiting room's screen, or only what changes on it."""
    office = offices.of_board(name)
    if office is None:
        raise Refusal(404, "not_found")
    topic = board_topic(office)
    # the version is read before the calls: at worst the page asks once more than it had to
    context = {"topic": topic, "version": hub.version(topic), "name": name, "calls": board.calls(office)}
    return Template("_board.html" if "x-fragment" in request.headers else "board.html", context=context)


@get("/q/{name:str}", summary="La cola, para los celulares", sync_to_thread=True)
def queue(
    name: FromPath[str],
    request: Request[Any, Any, State],
    public_queue: NamedDependency[PublicQueue],
    offices: NamedDependency[Offices],
) -> Response[QueueState]:
    """The same bytes for everybody, so that a proxy may keep them for two seconds.

    ``lima.json`` is the whole line, ``lima.tramite.json`` that in which the turns of one service stand,
    ``lima.@3.json`` that of the turns which were sent to counter 3.
    """
    stem = name.removesuffix(".json")
    office, _, view = stem.partition(".")
    if stem == name or not offices.called_here(office) or (stem.endswith(".") or len(view) > _LONGEST_VIEW):
        raise Refusal(404, "not_found")
    body = public_queue.body(office, view)
    headers, said = {"Cache-Control": "public, max-age=2", "Vary": "Accept-Encoding"}, body.plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"], said = "gzip", body.zipped
    return Response(said, media_type="application/json", headers=headers)  # type: ignore[arg-type] # its bytes


@get("/office", include_in_schema=False, sync_to_thread=True, exception_handlers={Refusal: refused})
def office_page(
    request: Request[Any, Any, State],
    office_page: NamedDependency[OfficePage],
    offices: NamedDependency[Offices],
    hub: NamedDependency[Hub],
) -> Template:
    """Where the office is, when it works, what to bring, how many wait; for everybody, of nobody."""
    topic = queue_topic(offices.main.id)
    version = hub.version(topic)
    words = words_for(request, offices)
    now = office_page.now()
    context = {"topic": topic, "version": version, "at": now, "queue_url": f"/q/{now.office.id}.json"}
    return words.page("office.html", context, headers={"Referrer-Policy": "no-referrer"})


ROUTES = [default_board, board, queue, office_page]
