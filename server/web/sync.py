"""The exchange with machines, and their enrolment."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import Operation

from domain.enrolment import EnrolAnswer, EnrolRequest, ServerKey
from domain.messages import ExchangeRequest, ExchangeResponse, from_json, to_json
from server.brake import Brake
from server.codes import Enroller
from server.faults import Refusal
from server.ingest import Ingest
from server.web.described import BY_KIOSK, faults, json_body
from server.web.desk import address_of
from server.web.faults import Explainer
from server.web.proved import Signer, proof_of

_FAULTS = faults(
    400, 401, 403, 409, 413, 426, 503,
    s401="Equipo desconocido o anulado, o firma equivocada", s403="En nombre de otro", s409="Repetido",
)  # fmt: skip
_ENROL_FAULTS = faults(
    400, 404, 409, 410, 413, 429, 503,
    s404="Código desconocido", s409="No se puede inscribir así", s410="El código ya no vale",
)  # fmt: skip

ENROLMENTS_A_MINUTE = 60
"""So often an address may ask to be enrolled, and as often for the key."""


@dataclass
class ExchangeOperation(Operation):
    """The description of the exchange, whose body is read by the exchange itself: one bad event refuses no other."""

    def __post_init__(self) -> None:
        """Says what the body is."""
        self.request_body = json_body(ExchangeRequest)


@dataclass
class EnrolOperation(Operation):
    """The description of an enrolment, whose body is read apart."""

    def __post_init__(self) -> None:
        """Says what the body is."""
        self.request_body = json_body(EnrolRequest)


@post(
    "/sync/v1/exchange",
    status_code=200,
    summary="Intercambio entre un equipo y su servidor",
    description="Un evento que no sirve se aparta y se acusa; los demás entran. La respuesta va firmada.",
    responses=_FAULTS,
    raises=[],
    security=BY_KIOSK,
    operation_class=ExchangeOperation,
)
async def exchange(
    request: Request[None, None, State],
    ingest: NamedDependency[Ingest],
    signer: NamedDependency[Signer],
    explainer: NamedDependency[Explainer],
) -> Response[ExchangeResponse]:
    """Stores what a machine sends and answers after the commit."""
    raw = await request.body()
    proof = proof_of(request, raw)  # faster than a thread could be woken for it
    try:
        kiosk = await sync_to_thread(ingest.admit, proof, raw)
        told = await asyncio.wrap_future(ingest.submit(kiosk, raw, proof.turn))
        answer: Response[Any] = Response(to_json(told), media_type="application/json")
    except Refusal as refusal:
        answer = explainer.refused(request, refusal)
    return signer.signed(proof, answer)


def _count(brake: Brake, asker: str) -> None:
    """Counts once more, and words it for whoever sets a machine up. Raises: Refusal, 429."""
    try:
        brake.pass_by(asker)
    except Refusal as refusal:
        raise Refusal(429, "too_many_tries", **refusal.details) from None


@get(
    "/sync/v1/key",
    summary="La clave pública con la que firma este servidor",
    description="Solo vale si el código de inscripción la nombra.",
    responses=faults(429),
    raises=[],
)
async def key(
    request: Request[None, None, State], enroller: NamedDependency[Enroller], enrolments: NamedDependency[Brake]
) -> Response[ServerKey]:
    """The server's public key."""
    _count(enrolments, f"key {address_of(request)}")
    return Response(to_json(ServerKey(enroller.public_key)), media_type="application/json")  # type: ignore[arg-type]


@post(
    "/sync/v1/enrol",
    status_code=200,
    summary="Inscripción de un equipo con un código de un solo uso",
    description="Lo pedido va sellado para la clave del servidor, y la respuesta para la del equipo.",
    responses=_ENROL_FAULTS,
    raises=[],
    operation_class=EnrolOperation,
)
async def enrol(
    request: Request[None, None, State], enroller: NamedDependency[Enroller], enrolments: NamedDependency[Brake]
) -> Response[EnrolAnswer]:
    """Enrols the machine that shows a good code."""
    _count(enrolments, f"enrol {address_of(request)}")
    try:
        asked = from_json(await request.body(), EnrolRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "bad_request") from error
    answer = await sync_to_thread(enroller.answer, asked, address_of(request))
    return Response(to_json(answer), media_type="application/json")  # type: ignore[arg-type] # the bytes of that answer


ROUTES = [exchange, key, enrol]
