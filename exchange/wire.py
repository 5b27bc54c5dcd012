"""One exchange over HTTP. Whatever the network or the server does, an answer of a closed set comes back."""

from __future__ import annotations

import queue
import threading
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
class Failed:
    """No usable answer: unreachable, too slow, refused or garbage. ``why`` is for the log; nothing is lost by it."""

    why: str


Answer = Answered | Failed


class Wire:
    """The way to one server; keeps its connection open between exchanges."""

    def __init__(self, enrolment: Enrolment) -> None:
        """Nothing is sent yet."""
        self._enrolment = enrolment
        self._client = self._open()

    def exchange(self, request: ExchangeRequest) -> Answer:
        """Sends ``request`` and waits for the answer, 15 s at most, whatever the server does."""
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        client = self._client
        # no time-out of the client bounds the whole: a server may send a byte every second for ever
        threading.Thread(target=lambda: answers.put(_ask(client, request)), name="exchange", daemon=True).start()
        try:
            return answers.get(timeout=LONGEST_ANSWER_S)
        except queue.Empty:
            self._client = self._open()  # the old one is left to whoever holds it
            return Failed(f"no whole answer in {LONGEST_ANSWER_S:.0f} s")

    def close(self) -> None:
        """Lets the connection go."""
        self._client.close()

    def _open(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._enrolment.server_url,
            headers={"Authorization": f"Bearer {self._enrolment.secret}", "Content-Type": "application/json"},
            timeout=5.0,
            trust_env=False,
        )


def _ask(client: httpx.Client, request: ExchangeRequest) -> Answer:
    try:
        status, body = _post(client, to_json(request))
        if status != httpx.codes.OK:
            return Failed(f"HTTP {status} {_fault_code(body)}".rstrip())
        return Answered(from_json(body, ExchangeResponse))
    except _NO_ANSWER as error:
        return Failed(f"{type(error).__name__}: {error}")


def _post(client: httpx.Client, content: bytes) -> tuple[int, bytes]:
    body = bytearray()
    with client.stream("POST", PATH, content=content) as response:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER_BYTES:
                raise _TooMuchError("the answer is too large")
        return response.status_code, bytes(body)


class _TooMuchError(Exception):
    """The server goes on sending."""


_NO_ANSWER = (
    httpx.HTTPError,
    httpx.InvalidURL,
    _TooMuchError,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,  # JSON that is nested without end
    RuntimeError,  # the client was closed meanwhile
)


def _fault_code(body: bytes) -> str:
    try:
        return from_json(body, Fault).code
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
