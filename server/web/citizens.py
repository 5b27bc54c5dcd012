"""The pages for everybody's phone: the queue as phones read it, and the page behind a ticket's QR."""

from typing import Any

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from server.faults import Refusal
from server.hub import Hub
from server.offices import Offices
from server.public import PublicQueue, QueueState, Tracking
from server.store.versions import queue_topic

_SECRET = {"Referrer-Policy": "no-referrer"}  # the address is the key to the turn


@get("/q/{name:str}", summary="La cola, para los celulares", sync_to_thread=True)
def queue(
    name: FromPath[str], public_queue: NamedDependency[PublicQueue], offices: NamedDependency[Offices]
) -> Response[QueueState]:
    """The same bytes for everybody, so that a proxy may keep them for two seconds."""
    office = name.removesuffix(".json")
    if office == name or not offices.called_here(office):
        raise Refusal(404, "not_found")
    headers = {"Cache-Control": "public, max-age=2"}
    return Response(public_queue.json(office), media_type="application/json", headers=headers)  # type: ignore[arg-type] # its bytes


@get(["/T/{token:str}", "/t/{token:str}"], include_in_schema=False)
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


ROUTES = [queue, turn]
