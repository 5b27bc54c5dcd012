"""What a kiosk asks about a filing: by the QR of its cargo, or by its number and the key beside it."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.messages import FilingStanding, to_json
from server.filing.tracking import FilingTracking
from server.ingest import Ingest
from server.web.described import BY_KIOSK, faults
from server.web.faults import Explainer
from server.web.proved import Signer, proof_of

_SAID = {"s401": "Kiosco desconocido o anulado, o firma equivocada"}


@get(
    "/api/v1/status/{code:str}",
    summary="En qué va un expediente, por el código QR de su cargo",
    description="Solo el estado: ni nombres, ni documentos, ni asunto.",
    responses=faults(400, 401, 404, **_SAID, s404="Aún no se conoce aquí"),
    raises=[],
    security=BY_KIOSK,
    sync_to_thread=True,
)
def filing_of_code(
    code: FromPath[str],
    request: Request[Any, Any, State],
    *,
    ingest: NamedDependency[Ingest],
    filing_tracking: NamedDependency[FilingTracking],
    signer: NamedDependency[Signer],
    explainer: NamedDependency[Explainer],
) -> Response[FilingStanding]:
    """The filing whose cargo was held up."""
    proof = proof_of(request)

    def act() -> bytes:
        ingest.authenticate(proof)
        return to_json(filing_tracking.by_code(code).standing())

    return signer.answered(request, proof, explainer, act)


@get(
    "/api/v1/status/number/{number:str}/{key:str}",
    summary="En qué va un expediente, por su número y la clave de su cargo",
    description="Cinco errores por minuto, por kiosco y por número. No importan espacios, guiones ni mayúsculas.",
    responses=faults(400, 401, 404, 429, **_SAID, s404="No van juntos", s429="Demasiados intentos"),
    raises=[],
    security=BY_KIOSK,
    sync_to_thread=True,
)
def filing_of_number(
    number: FromPath[str],
    key: FromPath[str],
    request: Request[Any, Any, State],
    *,
    ingest: NamedDependency[Ingest],
    filing_tracking: NamedDependency[FilingTracking],
    signer: NamedDependency[Signer],
    explainer: NamedDependency[Explainer],
) -> Response[FilingStanding]:
    """The filing whose number and key were typed."""
    proof = proof_of(request)

    def act() -> bytes:
        kiosk = ingest.authenticate(proof)
        return to_json(filing_tracking.by_number(number, key, f"kiosk {kiosk.id}").standing())

    return signer.answered(request, proof, explainer, act)


ROUTES = [filing_of_code, filing_of_number]
