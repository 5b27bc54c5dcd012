"""The exchange with kiosks."""

import asyncio
from dataclasses import dataclass

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import Operation

from domain.messages import ExchangeRequest, ExchangeResponse, to_json
from server.ingest import Ingest
from server.web.described import BY_KIOSK, faults, json_body

_FAULTS = faults(
    400, 401, 403, 413, 426, 503,
    s401="Kiosco desconocido o revocado", s403="En nombre de otro",
)  # fmt: skip


@dataclass
class ExchangeOperation(Operation):
    """The description of the exchange, whose body is read by the exchange itself: one bad event refuses no other."""

    def __post_init__(self) -> None:
        """Says what the body is."""
        self.request_body = json_body(ExchangeRequest)


@post(
    "/sync/v1/exchange",
    status_code=200,
    summary="Intercambio entre un kiosco y su servidor",
    description="Un evento que no sirve se aparta y se acusa; los demás entran.",
    responses=_FAULTS,
    raises=[],
    security=BY_KIOSK,
    operation_class=ExchangeOperation,
)
async def exchange(request: Request[None, None, State], ingest: NamedDependency[Ingest]) -> Response[ExchangeResponse]:
    """Stores what a kiosk sends and answers after the commit."""
    kiosk = await sync_to_thread(ingest.authenticate, request.headers.get("authorization"))
    raw = await request.body()
    answer = await asyncio.wrap_future(ingest.submit(kiosk, raw))
    return Response(to_json(answer), media_type="application/json")  # type: ignore[arg-type] # the bytes of that answer


ROUTES = [exchange]
