"""The pages for everybody's phone: the queue as phones read it, and the office's own page."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from server.faults import Refusal
from server.hub import Hub
from server.office_page import OfficePage
from server.offices import Offices
from server.public import PublicQueue, QueueState
from server.store.versions import queue_topic
from server.web.board import office_asked, shown_as
from server.web.described import faults
from server.web.languages import words_for
from server.web.phone import refused

_LONGEST_VIEW = 32


@get(
    "/q/{name:str}",
    summary="La cola, para los celulares",
    description="``name`` es la oficina y «.json»; antes de «.json», «.servicio» o «.@ventanilla» para una sola cola.",
    responses=faults(400, 404),
    raises=[],
    sync_to_thread=True,
)
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
    if stem == name or not offices.is_known(office) or (stem.endswith(".") or len(view) > _LONGEST_VIEW):
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
    office = office_asked(request, offices)
    topic = queue_topic(office.id)
    version = hub.version(topic)
    words = words_for(request, offices)
    now = office_page.now(office)
    context = {"topic": topic, "version": version, "at": now, "queue_url": f"/q/{now.office.id}.json"}
    context |= shown_as(office, offices, now.moment)
    return words.page("office.html", context, headers={"Referrer-Policy": "no-referrer"})


ROUTES = [queue, office_page]
