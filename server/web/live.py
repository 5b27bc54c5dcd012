"""Server-sent events: hints that something changed, and whether the server is well."""

from collections.abc import AsyncIterator

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from server.faults import Refusal
from server.hub import Hub
from server.offices import Offices
from server.store.writer import Writer
from server.web.described import faults

_STREAM_HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}  # the first for nginx: pass on at once
RETRY_MS = 2000


class Health(msgspec.Struct, frozen=True):
    """That all is well; what is not is a `domain.messages.Fault`."""

    status: str


async def _hints(hub: Hub, topic: str, after: int | None) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    async for version in hub.watch(topic, after):
        # a ping is an event too, not a comment: the page's script watches it to know that the line is alive
        yield b"event: ping\ndata:\n\n" if version is None else f"id: {version}\nevent: hint\ndata:\n\n".encode()


@get(
    "/events/{topic:str}",
    media_type="text/event-stream",
    summary="Avisos de cambio (SSE)",
    description="``hint`` con la versión como id: algo cambió, vuelva a leer. ``ping``: la línea vive.",
    responses=faults(400, 404, 503),
    raises=[],
)
async def events(
    topic: FromPath[str],
    request: Request[None, None, State],
    hub: NamedDependency[Hub],
    offices: NamedDependency[Offices],
    after: FromQuery[int | None] = None,
) -> Stream:
    """Hints of a topic. A browser that comes back says by Last-Event-ID what it knows; a new page by ``after``."""
    if topic not in offices.topics and not hub.knows(topic):
        raise Refusal(404, "not_found")
    if hub.closed or hub.is_full:
        raise Refusal(503, "busy")
    last = request.headers.get("last-event-id", "")
    known = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else after  # noqa: PLR2004 a 64-bit number
    return Stream(_hints(hub, topic, known), media_type="text/event-stream", headers=_STREAM_HEADERS)


@get("/healthz", summary="Si el servidor puede trabajar", responses=faults(503), raises=[], sync_to_thread=True)
def healthz(read: NamedDependency[Engine], writer: NamedDependency[Writer]) -> Response[Health]:
    """Whether the database answers and the writer lives."""
    try:
        with read.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Refusal(503, "no_database") from error
    if not writer.is_alive:
        raise Refusal(503, "busy")
    return Response(Health("ok"))


ROUTES = [events, healthz]
