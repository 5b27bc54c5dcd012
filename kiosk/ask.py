"""Asks the server how a turn stands, for whoever holds its ticket at the kiosk.

The whole permission is in the visitor's hand: the token behind the QR, or the code beside it. A code has 20 bits, so
who tries them out is made to wait here, before the server does the same.
"""

from __future__ import annotations

import logging
import queue
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import msgspec

from domain.messages import TurnStatus, from_json
from kiosk.flow.state import Problem

if TYPE_CHECKING:
    from domain.clock import Clock
    from domain.messages import Enrolment

log = logging.getLogger(__name__)

PATH = "/api/v1/turns"
PATIENCE_S = 4.0
"""A visitor stands there; later the answer is "not now"."""
LARGEST_ANSWER_BYTES = 16 * 1024
MOST_WRONG = 5
WRONG_WAIT_S = 60.0
"""After so many wrong codes, so long none is taken."""

Answer = TurnStatus | Problem


class Enquiry:
    """The questions of one kiosk. `ask` waits, so it is called from a thread that may; from one at a time."""

    def __init__(self, enrolment: Enrolment, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        """Nothing is asked yet. ``patience_s`` bounds each answer, whatever the server does."""
        self._enrolment = enrolment
        self._clock = clock
        self._patience_s = patience_s
        self._client = self._open()
        self._wrong = 0
        self._last_wrong_s = 0.0

    def ask(self, *, token: str = "", code: str = "") -> Answer:
        """How the turn of a ``token``, or else of a ``code`` as `parse_short_code` writes it, stands; 4 s at most.

        Or why nobody can say: CODE_UNKNOWN, CODE_TRIES, NO_ANSWER.
        """
        if token:
            return self._answer(f"{PATH}/{token}")
        if self._is_waiting():
            return Problem.CODE_TRIES
        answer = self._answer(f"{PATH}/code/{code}")
        if answer is Problem.CODE_UNKNOWN:
            self._wrong += 1
            self._last_wrong_s = self._clock.monotonic_s()
        return answer

    def close(self) -> None:
        """Lets the connection go."""
        self._client.close()

    def _is_waiting(self) -> bool:
        if self._wrong and self._clock.monotonic_s() - self._last_wrong_s >= WRONG_WAIT_S:
            self._wrong = 0
        return self._wrong >= MOST_WRONG

    def _answer(self, path: str) -> Answer:
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        client = self._client
        # no time-out of the client bounds the whole: a server may send a byte every second for ever
        threading.Thread(target=lambda: answers.put(_ask(client, path)), name="ask", daemon=True).start()
        try:
            return answers.get(timeout=self._patience_s)
        except queue.Empty:
            self._client = self._open()  # the old one is left to whoever holds it
            log.warning("ask.failed why=late")
            return Problem.NO_ANSWER

    def _open(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._enrolment.server_url,
            headers={"Authorization": f"Bearer {self._enrolment.secret}"},
            timeout=self._patience_s,
            trust_env=False,
        )


def _ask(client: httpx.Client, path: str) -> Answer:
    """One question. Nothing of the path is logged: it is the key to somebody's turn."""
    try:
        status, body = _get(client, path)
        match status:
            case HTTPStatus.OK:
                return from_json(body, TurnStatus)
            case HTTPStatus.NOT_FOUND:
                return Problem.CODE_UNKNOWN
            case HTTPStatus.TOO_MANY_REQUESTS:
                return Problem.CODE_TRIES
            case _:
                why = f"HTTP {status}"
    except _NO_ANSWER as error:
        why = type(error).__name__
    log.warning("ask.failed why=%s", why)
    return Problem.NO_ANSWER


def _get(client: httpx.Client, path: str) -> tuple[int, bytes]:
    body = bytearray()
    with client.stream("GET", path) as response:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER_BYTES:
                raise _TooMuchError
        return response.status_code, bytes(body)


class _TooMuchError(Exception):
    """The server goes on sending."""


_NO_ANSWER = (
    httpx.HTTPError,
    _TooMuchError,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,  # JSON that is nested without end
    RuntimeError,  # the client was closed meanwhile
)
