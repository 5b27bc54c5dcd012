"""A machine's side of its enrolment: a person's code against a server's key, and an enrolment that is kept whole.

Nothing secret leaves the machine before the server has shown the key that the code names, and then only sealed to that
key; nothing that comes back is believed unless that key signed it for this very request.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import msgspec

from domain.enrolment import EnrolAnswer, EnrolAsked, EnrolGiven, EnrolRequest, ServerKey, parse_code
from domain.messages import Enrolment, Fault, from_json, to_json
from domain.signing import device_words, enrolment_words
from exchange.http import NO_ANSWER, ask, open_client
from exchange.signing import is_signed, seal_to
from exchange.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from domain.enrolment import EnrolmentCode
    from exchange.signing import DeviceKey

KEY_PATH = "/sync/v1/key"
ENROL_PATH = "/sync/v1/enrol"
LARGEST_ANSWER_BYTES = 1024 * 1024
TIMEOUT_S = 10.0


class EnrolError(Exception):
    """This machine was not enrolled. ``args[0]`` says why and what to do, in Spanish."""


MISTYPED = "El código no está bien escrito. Son siete grupos de cuatro letras o cifras; compárelo con el del servidor"
OTHER_SERVER = (
    "Ese código es de otro servidor, no del que responde en {url}. No se le envió nada. Revise la dirección; si es la "
    "correcta, alguien podría estar suplantando al servidor"
)
_WHY = {
    "code_unknown": "El servidor no conoce ese código. Revíselo: con cinco códigos equivocados hay que pedir otro",
    "code_expired": "El código venció: vale una hora. Pida otro",
    "code_used": "El código ya se usó en otro equipo. Pida otro",
    "code_spent": "Se escribió mal demasiadas veces y ya no vale. Pida otro código",
    "code_other_kind": "Ese código no es para esto: uno de kiosco o ventanilla se usa con «kiosk setup», y uno de "
    "oficina con «kiosk-server join»",
    "already_enrolled": "Ya hay otro equipo con ese nombre. Pida un código con «Reemplaza al que hay» (--replace)",
    "other_kind": "Ya hay un equipo con ese nombre que hace otra tarea. Pida un código con otro nombre",
    "counter_served": "Esa ventanilla ya tiene otro equipo. Pida un código con «Reemplaza al que hay» (--replace)",
    "device_enrolled": "Este equipo ya está inscrito con otro nombre. Anule primero esa inscripción",
    "no_series": "La oficina ya no tiene series libres",
    "too_many_tries": "Hubo demasiados intentos. Espere un minuto y vuelva a escribir el código",
}


def enrol(url: str, typed: str, device: DeviceKey, *, is_node: bool = False) -> Enrolment:
    """Enrols this machine at the server at ``url`` with the code that somebody typed; 40 s at most.

    The same machine may ask again with the same code, should the answer be lost on the way.

    Raises:
        EnrolError: it was not; the code is still good where that is not said.
    """
    code = parse_code(typed)
    if code is None:
        raise EnrolError(MISTYPED)
    try:
        with open_client(url, timeout_s=TIMEOUT_S) as client:
            key = _server_key(client, code, url)
            return _enrol(client, url, code, key, device, is_node=is_node)
    except httpx.InvalidURL as error:
        raise EnrolError(f"{url} no es la dirección de un servidor, como https://turnos.entidad.gob.pe") from error
    except NO_ANSWER as error:
        certificate = isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(error)
        why = f"el certificado no es de ese servidor ({error})" if certificate else type(error).__name__
        raise EnrolError(f"El servidor {url} no responde como debe: {why}. El código sigue valiendo") from error


def keep_enrolment(path: Path, enrolment: Enrolment) -> None:
    """Writes the enrolment, whole or not at all. Raises: WriteError."""
    write_whole(path, to_json(enrolment))


def _server_key(client: httpx.Client, code: EnrolmentCode, url: str) -> bytes:
    status, body, _ = ask(client, "GET", KEY_PATH, largest=LARGEST_ANSWER_BYTES)
    _check(status, body)
    key = from_json(body, ServerKey).key
    if not code.is_of(key):
        raise EnrolError(OTHER_SERVER.format(url=url))
    return key


def _enrol(
    client: httpx.Client, url: str, code: EnrolmentCode, key: bytes, device: DeviceKey, *, is_node: bool
) -> Enrolment:
    asked = EnrolAsked(code.secret, device.public, device.sign(device_words(key, code.secret)), is_node)
    sealed = seal_to(key, to_json(asked))
    if sealed is None:
        raise EnrolError(OTHER_SERVER.format(url=url))
    status, body, _ = ask(
        client, "POST", ENROL_PATH, largest=LARGEST_ANSWER_BYTES, content=to_json(EnrolRequest(sealed)),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    _check(status, body)
    opened = device.open(from_json(body, EnrolAnswer).sealed)
    given = None if opened is None else from_json(opened, EnrolGiven)
    if given is None or not is_signed(key, enrolment_words(sealed, given.enrolment), given.signature):
        raise EnrolError(
            f"Lo que respondió {url} no lo firmó el servidor; no se guardó nada. Revise la red e inténtelo otra vez"
        )
    enrolment = from_json(given.enrolment, Enrolment)
    if enrolment.server_key != key:
        raise EnrolError("El servidor dio otra clave que la suya; no se guardó nada")
    return msgspec.structs.replace(enrolment, server_url=url.rstrip("/"))


def _check(status: int, body: bytes) -> None:
    """Lets pass a good answer. What is refused is worded here: nobody signed those words."""
    if status == httpx.codes.OK:
        return
    try:
        code = from_json(body, Fault).code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        code = ""
    raise EnrolError(_WHY.get(code, f"El servidor no lo permitió (HTTP {status}). El código sigue valiendo"))
