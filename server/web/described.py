"""What every route of the API says of itself in its description, beside its own answer."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Components, OpenAPIMediaType, RequestBody, Schema, SecurityScheme

from domain.messages import Fault
from domain.signing import ANSWER_HEADER, DEVICE_HEADER, SIGNATURE_HEADER, TURN_HEADER

_KIOSK, _CLERK, _SYSTEM = "kiosco", "ventanilla", "sistema"
BY_KIOSK: list[dict[str, list[str]]] = [{_KIOSK: []}]
BY_CLERK: list[dict[str, list[str]]] = [{_CLERK: []}]
BY_SYSTEM: list[dict[str, list[str]]] = [{_SYSTEM: []}]
"""What a route asks for, as ``security``."""

_BY_SIGNATURE = (
    f"La firma Ed25519 (hexadecimal) del equipo inscrito sobre «kiosk-1», el método, la ruta, el turno y el SHA-256 "
    f"hexadecimal del cuerpo, separados por saltos de línea. {DEVICE_HEADER} lleva su clave pública y {TURN_HEADER} el "
    f"turno, que crece con cada intercambio. La respuesta lleva en {ANSWER_HEADER} la firma del servidor."
)
_SAID = {
    400: "No se entiende",
    401: "Sin credenciales válidas",
    403: "No permitido",
    404: "No existe",
    405: "Método no permitido",
    409: "No es posible ahora",
    410: "Ya no vale",
    413: "Demasiado grande",
    415: "El cuerpo no es JSON",
    426: "Otra versión del protocolo",
    429: "Demasiados intentos",
    503: "Ocupado",
}


def faults(*statuses: int, **said: str) -> dict[int, ResponseSpec]:
    """The errors that a route may answer, each a `Fault`; ``said`` (as ``s409="…"``) words one more precisely."""
    words = _SAID | {int(status[1:]): text for status, text in said.items()}
    return {status: ResponseSpec(Fault, description=words[status], generate_examples=False) for status in statuses}


def json_body(shape: type[msgspec.Struct]) -> RequestBody:
    """The body of a route that reads it by itself, whole: Litestar keeps no shapes but those that it reads."""
    schema, shapes = msgspec.json.schema_components([shape], ref_template="{name}")
    whole = cast("Schema", _without_references(schema[0], shapes))
    return RequestBody({"application/json": OpenAPIMediaType(schema=whole)}, required=True)


def _without_references(schema: Any, shapes: dict[str, Any]) -> Any:
    match schema:
        case {"$ref": str(name)}:
            return _without_references(shapes[name], shapes)
        case dict():
            return {key: _without_references(value, shapes) for key, value in schema.items()}
        case list():
            return [_without_references(value, shapes) for value in schema]
        case _:
            return schema


def credentials(session_cookie: str) -> Components:
    """How a request shows who sends it; what a route asks for stands at the route."""
    return Components(
        security_schemes={
            _KIOSK: SecurityScheme(
                type="apiKey", name=SIGNATURE_HEADER, security_scheme_in="header", description=_BY_SIGNATURE
            ),
            _CLERK: SecurityScheme(
                type="apiKey", name=session_cookie, security_scheme_in="cookie", description="La sesión de /desk."
            ),
            _SYSTEM: SecurityScheme(
                type="http", scheme="bearer", description="El código de un sistema de la entidad (/admin/integrations)."
            ),
        },
    )
