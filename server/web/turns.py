"""What a kiosk asks about a ticket that somebody holds up or types."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.messages import TurnStatus, to_json
from server.ingest import Ingest
from server.turns import Turns
from server.web.described import BY_KIOSK, faults
from server.web.faults import Explainer
from server.web.proved import Signer, proof_of

_SAID = {"s401": "Kiosco desconocido o anulado, o firma equivocada", "s404": "Turno desconocido"}


@get(
    "/api/v1/turns/{token:str}",
    summary="Un turno, por el código de su QR",
    responses=faults(400, 401, 404, **_SAID),
    raises=[],
    security=BY_KIOSK,
    sync_to_thread=True,
)
def turn_of_token(
    token: FromPath[str],
    request: Request[Any, Any, State],
    *,
    ingest: NamedDependency[Ingest],
    turns: NamedDependency[Turns],
    signer: NamedDependency[Signer],
    explainer: NamedDependency[Explainer],
) -> Response[TurnStatus]:
    """The turn whose QR was held up."""
    proof = proof_of(request)

    def act() -> bytes:
        ingest.authenticate(proof)
        return to_json(turns.by_token(token))

    return signer.answered(request, proof, explainer, act)


@get(
    "/api/v1/turns/code/{code:str}",
    summary="Un turno de hoy en esta oficina, por el código que se escribe a mano",
    description="Cinco códigos equivocados por minuto y kiosco.",
    responses=faults(400, 401, 404, 429, **_SAID, s429="Demasiados códigos equivocados"),
    raises=[],
    security=BY_KIOSK,
    sync_to_thread=True,
)
def turn_of_code(
    code: FromPath[str],
    request: Request[Any, Any, State],
    *,
    ingest: NamedDependency[Ingest],
    turns: NamedDependency[Turns],
    signer: NamedDependency[Signer],
    explainer: NamedDependency[Explainer],
) -> Response[TurnStatus]:
    """The turn whose code was typed."""
    proof = proof_of(request)
    return signer.answered(request, proof, explainer, lambda: to_json(turns.by_code(ingest.authenticate(proof), code)))


ROUTES = [turn_of_token, turn_of_code]
