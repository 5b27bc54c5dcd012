"""What a kiosk asks about a ticket that somebody holds up or types."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from domain.messages import Fault, TurnStatus, to_json
from server.ingest import Ingest
from server.turns import Turns

_UNKNOWN = {
    401: ResponseSpec(Fault, description="Kiosco desconocido o revocado"),
    404: ResponseSpec(Fault, description="Turno desconocido"),
}
_TOO_MANY = {429: ResponseSpec(Fault, description="Demasiados códigos equivocados")}
_BEARER = "Autorización: Bearer, la palabra secreta del kiosco, como en el intercambio."


def _answer(status: TurnStatus) -> Response[TurnStatus]:
    return Response(to_json(status), media_type="application/json")  # type: ignore[arg-type] # its bytes


@get(
    "/api/v1/turns/{token:str}",
    summary="Un turno, por el código de su QR",
    description=_BEARER,
    responses=_UNKNOWN,
    raises=[],
    sync_to_thread=True,
)
def turn_of_token(
    token: FromPath[str],
    request: Request[Any, Any, State],
    ingest: NamedDependency[Ingest],
    turns: NamedDependency[Turns],
) -> Response[TurnStatus]:
    """The turn whose QR was held up."""
    ingest.authenticate(request.headers.get("authorization"))
    return _answer(turns.by_token(token))


@get(
    "/api/v1/turns/code/{code:str}",
    summary="Un turno de hoy en esta oficina, por el código que se escribe a mano",
    description=f"{_BEARER} Cinco códigos equivocados por minuto y kiosco.",
    responses=_UNKNOWN | _TOO_MANY,
    raises=[],
    sync_to_thread=True,
)
def turn_of_code(
    code: FromPath[str],
    request: Request[Any, Any, State],
    ingest: NamedDependency[Ingest],
    turns: NamedDependency[Turns],
) -> Response[TurnStatus]:
    """The turn whose code was typed."""
    kiosk = ingest.authenticate(request.headers.get("authorization"))
    return _answer(turns.by_code(kiosk, code))


ROUTES = [turn_of_token, turn_of_code]
