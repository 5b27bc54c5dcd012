"""The exchange with kiosks."""

import asyncio

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from domain.messages import ExchangeRequest, ExchangeResponse, Fault, to_json
from server.ingest import Ingest

_SAID = {
    400: "No se entiende",
    401: "Kiosco desconocido o revocado",
    403: "En nombre de otro",
    409: "Dos vidas en un flujo",
    413: "Demasiado grande",
    426: "Otra versión del protocolo",
    503: "Ocupado",
}


@post(
    "/sync/v1/exchange",
    status_code=200,
    summary="Intercambio entre un kiosco y su servidor",
    description=f"Cuerpo: {ExchangeRequest.__name__} en JSON. Autorización: Bearer, la palabra secreta del kiosco.",
    responses={status: ResponseSpec(Fault, description=text) for status, text in _SAID.items()},
    raises=[],
)
async def exchange(request: Request[None, None, State], ingest: NamedDependency[Ingest]) -> Response[ExchangeResponse]:
    """Stores what a kiosk sends and answers after the commit."""
    kiosk = await sync_to_thread(ingest.authenticate, request.headers.get("authorization"))
    raw = await request.body()
    answer = await asyncio.wrap_future(ingest.submit(kiosk, raw))
    return Response(to_json(answer), media_type="application/json")  # type: ignore[arg-type] # the bytes of that answer


ROUTES = [exchange]
