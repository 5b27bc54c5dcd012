"""The pages for everybody: the board, the queue as phones read it, and the page behind a ticket's QR."""

from typing import Any

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from domain.office import Office
from server.faults import Refusal
from server.hub import Hub
from server.public import Board, PublicQueue, QueueState, Tracking
from server.store.versions import board_topic, queue_topic

_SECRET = {"Referrer-Policy": "no-referrer"}  # the address is the key to the turn
BOARDS = frozenset({"principal"})


@get("/board", include_in_schema=False)
async def default_board() -> Redirect:
    """The board of an office that has but one."""
    return Redirect("/board/principal")


@get("/board/{name:str}", include_in_schema=False, sync_to_thread=True)
def board(
    name: FromPath[str],
    request: Request[Any, Any, State],
    board: NamedDependency[Board],
    hub: NamedDependency[Hub],
    office: NamedDependency[Office],
) -> Template:
    """The waiting room's screen, or only what changes on it."""
    if name not in BOARDS:
        raise Refusal(404, "not_found")
    topic = board_topic(office.id)
    # the version is read before the calls: at worst the page asks once more than it had to
    context = {"topic": topic, "version": hub.version(topic), "name": name, "calls": board.calls()}
    return Template("_board.html" if "x-fragment" in request.headers else "board.html", context=context)


@get("/q/{name:str}", summary="La cola, para los celulares", sync_to_thread=True)
def queue(
    name: FromPath[str], public_queue: NamedDependency[PublicQueue], office: NamedDependency[Office]
) -> Response[QueueState]:
    """The same bytes for everybody, so that a proxy may keep them for two seconds."""
    if name != f"{office.id}.json":
        raise Refusal(404, "not_found")
    headers = {"Cache-Control": "public, max-age=2"}
    return Response(public_queue.json(), media_type="application/json", headers=headers)  # type: ignore[arg-type] # its bytes


@get(["/T/{token:str}", "/t/{token:str}"], include_in_schema=False)
async def turn(
    token: FromPath[str],
    request: Request[Any, Any, State],
    tracking: NamedDependency[Tracking],
    hub: NamedDependency[Hub],
    office: NamedDependency[Office],
) -> Template:
    """A turn, for whoever holds its ticket."""
    topic = queue_topic(office.id)
    version = hub.version(topic)
    found = await sync_to_thread(tracking.find, token)
    context = {"topic": topic, "version": version, "turn": found, "queue_url": f"/q/{office.id}.json"}
    return Template("_turn.html" if "x-fragment" in request.headers else "turn.html", context=context, headers=_SECRET)


ROUTES = [default_board, board, queue, turn]
