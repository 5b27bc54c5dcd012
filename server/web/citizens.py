"""The pages for everybody: the board, the queue as phones read it, and the page behind a ticket's QR."""

from typing import Any

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from server.faults import Refusal
from server.hub import Hub
from server.offices import MAIN_BOARD, Offices
from server.public import Board, PublicQueue, QueueState, Tracking
from server.store.versions import board_topic, queue_topic
from server.web.described import faults
from server.web.remembered import KEPT_S, page_key

_SECRET = {"Referrer-Policy": "no-referrer"}  # the address is the key to the turn


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


@get(
    "/q/{name:str}",
    summary="La cola, para los celulares",
    description="``name`` es la oficina y «.json».",
    responses=faults(400, 404),
    raises=[],
    sync_to_thread=True,
)
def queue(
    name: FromPath[str], public_queue: NamedDependency[PublicQueue], offices: NamedDependency[Offices]
) -> Response[QueueState]:
    """The same bytes for everybody, so that a proxy may keep them for two seconds."""
    office = name.removesuffix(".json")
    if office == name or not offices.called_here(office):
        raise Refusal(404, "not_found")
    headers = {"Cache-Control": "public, max-age=2"}
    return Response(public_queue.json(office), media_type="application/json", headers=headers)  # type: ignore[arg-type] # its bytes


@get(["/T/{token:str}", "/t/{token:str}"], include_in_schema=False, cache=KEPT_S, cache_key_builder=page_key)
async def turn(
    token: FromPath[str],
    request: Request[Any, Any, State],
    tracking: NamedDependency[Tracking],
    hub: NamedDependency[Hub],
) -> Template:
    """A turn, for whoever holds its ticket."""
    versions = hub.versions()  # before the turn, whose office says which of them counts
    found = await sync_to_thread(tracking.find, token)
    topic = queue_topic(found.office)
    context = {"topic": topic, "version": versions.get(topic, 0), "turn": found, "queue_url": f"/q/{found.office}.json"}
    return Template("_turn.html" if "x-fragment" in request.headers else "turn.html", context=context, headers=_SECRET)


ROUTES = [default_board, board, queue, turn]
