"""Asks the server how a turn or a filing stands, for whoever holds its ticket or its cargo at the kiosk.

The whole permission is in the visitor's hand: the token behind the QR, or what stands beside it. A code has 20 bits and
a key 30, so who tries them out is made to wait here, before the server does the same.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from domain.filings import plain_number
from domain.messages import FilingStanding, TurnStatus, from_json
from exchange.http import NO_ANSWER, ask, open_client
from exchange.signing import is_answer
from kiosk.flow.state import Problem

if TYPE_CHECKING:
    import httpx

    from domain.clock import Clock
    from domain.messages import Enrolment
    from exchange.signing import DeviceKey, SignedRequest

log = logging.getLogger(__name__)

PATH = "/api/v1/turns"
FILINGS = "/api/v1/status"
PATIENCE_S = 4.0
"""A visitor stands there; later the answer is "not now"."""
LARGEST_ANSWER_BYTES = 16 * 1024
MOST_WRONG = 5
WRONG_WAIT_S = 60.0
"""After so many wrong codes, so long none is taken."""

Answer = TurnStatus | FilingStanding | Problem


@dataclass(frozen=True, slots=True)
class _Question:
    """Where it is asked, what is answered there, and what it means that there is no such thing."""

    path: str
    shape: type[TurnStatus | FilingStanding] = field(default=TurnStatus)
    unknown: Problem = Problem.CODE_UNKNOWN

    @property
    def can_be_guessed(self) -> bool:
        """Whether somebody typed it."""
        return self.unknown is Problem.KEY_WRONG or self.path.startswith(f"{PATH}/code/")


class Enquiry:
    """The questions of one kiosk. `ask` waits, so it is called from a thread that may; from one at a time."""

    def __init__(
        self, enrolment: Enrolment, device: DeviceKey, clock: Clock, *, patience_s: float = PATIENCE_S
    ) -> None:
        """Nothing is asked yet. ``patience_s`` bounds each answer, whatever the server does."""
        self._enrolment = enrolment
        self._device = device
        self._clock = clock
        self._patience_s = patience_s
        self._client = self._open()
        self._wrong = 0
        self._last_wrong_s = 0.0

    def ask(self, *, token: str = "", code: str = "", cargo: str = "", number: str = "", key: str = "") -> Answer:
        """How the turn of a ``token``, or of a ``code`` as `parse_short_code` writes it, stands; 4 s at most.

        Or a filing: of a ``cargo``'s code, or of a ``number`` with its ``key``. Or why nobody can say: CODE_UNKNOWN,
        CARGO_UNKNOWN, KEY_WRONG, CODE_TRIES, NO_ANSWER.
        """
        question = _question(token=token, code=code, cargo=cargo, number=number, key=key)
        if question.can_be_guessed and self._is_waiting():
            return Problem.CODE_TRIES
        answer = self._answer(question)
        if question.can_be_guessed and answer is question.unknown:
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

    def _answer(self, question: _Question) -> Answer:
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        client, key = self._client, self._enrolment.server_key
        # the server looks at no turn of what only reads, so the clock need not be right
        signed = self._device.sign_request("GET", question.path, max(1, self._clock.now()))
        # no time-out of the client bounds the whole: a server may send a byte every second for ever
        threading.Thread(
            target=lambda: answers.put(_ask(client, question, signed, key)), name="ask", daemon=True
        ).start()
        try:
            return answers.get(timeout=self._patience_s)
        except queue.Empty:
            self._client = self._open()  # the old one is left to whoever holds it
            log.warning("ask.failed why=late")
            return Problem.NO_ANSWER

    def _open(self) -> httpx.Client:
        return open_client(self._enrolment.server_url, timeout_s=self._patience_s)


def _question(*, token: str, code: str, cargo: str, number: str, key: str) -> _Question:
    if token:
        return _Question(f"{PATH}/{token}")
    if cargo:
        return _Question(f"{FILINGS}/{cargo}", FilingStanding, Problem.CARGO_UNKNOWN)
    if number:
        return _Question(f"{FILINGS}/number/{plain_number(number)}/{key}", FilingStanding, Problem.KEY_WRONG)
    return _Question(f"{PATH}/code/{code}")


def _ask(client: httpx.Client, question: _Question, signed: SignedRequest, key: bytes) -> Answer:
    """One question. Nothing of the path is logged: it is the key to somebody's turn."""
    try:
        status, body, said = ask(client, "GET", question.path, largest=LARGEST_ANSWER_BYTES, headers=signed.headers)
        if not is_answer(key, signed.signature, status, body, said):
            log.warning("ask.failed why=HTTP %d, not signed by the server", status)
            return Problem.NO_ANSWER
        match status:
            case HTTPStatus.OK:
                return from_json(body, question.shape)
            case HTTPStatus.NOT_FOUND:
                return question.unknown
            case HTTPStatus.TOO_MANY_REQUESTS:
                return Problem.CODE_TRIES
            case _:
                why = f"HTTP {status}"
    except NO_ANSWER as error:
        why = type(error).__name__
    log.warning("ask.failed why=%s", why)
    return Problem.NO_ANSWER
