"""One exchange over HTTP. Whatever the network or the server does, an answer of a closed set comes back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec

from domain.messages import ExchangeRequest, ExchangeResponse, Fault, from_json, to_json

if TYPE_CHECKING:
    from domain.messages import Enrolment

PATH = "/sync/v1/exchange"
LONGEST_ANSWER_S = 15.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's answer, after its commit."""

    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class Forked:
    """The server holds other events under our stream's numbers: this store is another life of it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer: unreachable, too slow, refused or garbage. ``why`` is for the log; nothing is lost by it."""

    why: str


Answer = Answered | Forked | Failed


class Wire:
    """The way to one server; keeps its connection open between exchanges."""

    def __init__(self, enrolment: Enrolment) -> None:
        """Nothing is sent yet."""
        self._client = httpx.Client(
            base_url=enrolment.server_url,
            headers={"Authorization": f"Bearer {enrolment.secret}", "Content-Type": "application/json"},
            timeout=5.0,
            trust_env=False,
        )

    def exchange(self, request: ExchangeRequest) -> Answer:
        """Sends ``request`` and waits for the answer, 15 s at most."""
        try:
            status, body = self._post(to_json(request))
        except (httpx.HTTPError, httpx.InvalidURL, _TooMuchError) as error:
            return Failed(f"{type(error).__name__}: {error}")
        if status == httpx.codes.CONFLICT and _fault_code(body) == "fork":
            return Forked()
        if status != httpx.codes.OK:
            return Failed(f"HTTP {status} {_fault_code(body)}".rstrip())
        try:
            return Answered(from_json(body, ExchangeResponse))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Failed(f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Lets the connection go."""
        self._client.close()

    def _post(self, content: bytes) -> tuple[int, bytes]:
        deadline = time.monotonic() + LONGEST_ANSWER_S
        body = bytearray()
        with self._client.stream("POST", PATH, content=content) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER_BYTES or time.monotonic() > deadline:
                    raise _TooMuchError("the answer is too large or too slow")
            return response.status_code, bytes(body)


class _TooMuchError(Exception):
    """The server goes on sending."""


def _fault_code(body: bytes) -> str:
    try:
        return from_json(body, Fault).code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
