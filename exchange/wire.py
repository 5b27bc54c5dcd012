"""One exchange over HTTP. Whatever the network or the server does, an answer of a closed set comes back."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec

from domain.messages import ExchangeRequest, ExchangeResponse, Fault, from_json, to_json
from domain.signing import next_turn
from exchange.http import NO_ANSWER, ask, open_client
from exchange.signing import is_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.messages import Enrolment
    from exchange.signing import DeviceKey, SignedRequest

PATH = "/sync/v1/exchange"
LONGEST_ANSWER_S = 15.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024

UNKNOWN = "unknown_kiosk"
REFUSALS = frozenset({UNKNOWN, "revoked", "foreign_child", "foreign_stream", "foreign_office"})
"""What a server says to a machine that it does not let speak; waiting a moment mends none of them."""
REPLAYED, UNSIGNED = "replayed", "not_signed"
CLOCK_SUSPECT = "clock_suspect"
NO_SERIES, TOO_MANY_LIVES = "no_series", "too_many_lives"
TROUBLES = REFUSALS | {REPLAYED, UNSIGNED, CLOCK_SUSPECT, NO_SERIES, TOO_MANY_LIVES}
"""What a person has to see to: these; why a server gives no series (`ExchangeResponse.trouble`); and what none says.

The server heard a later turn of this machine, however often it tries (`REPLAYED`: two machines have one key); somebody
answers who is not the server (`UNSIGNED`); the two clocks are too far apart to be put right by themselves.
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's answer, after its commit."""

    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class Refused:
    """The server, and nobody else, does not let this machine speak; ``code`` is one of `REFUSALS`."""

    code: str


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer: unreachable, too slow, unsigned or garbage. ``why`` is for the log; nothing is lost by it.

    ``trouble`` is one of `TROUBLES` where somebody should see to it, empty where the next try may well succeed.
    """

    why: str
    trouble: str = ""


Answer = Answered | Refused | Failed


@dataclass(frozen=True, slots=True)
class _Behind:
    """The server heard this machine in a later turn already: its clock went back."""

    turn: int


class Wire:
    """The way to one server; keeps its connection open between exchanges."""

    def __init__(self, enrolment: Enrolment, device: DeviceKey, *, wall: Callable[[], int] | None = None) -> None:
        """Nothing is sent yet. ``wall`` is the machine's clock, in microseconds."""
        self._enrolment = enrolment
        self._device = device
        self._wall = wall or (lambda: time.time_ns() // 1000)
        self._turn = 0
        self._client = self._open()

    def exchange(self, request: ExchangeRequest) -> Answer:
        """Sends ``request`` and waits for the answer, 15 s at most, whatever the server does.

        Twice that where the server has to tell first in which turn it heard this machine last.
        """
        content = to_json(request)
        answer = self._once(content)
        if isinstance(answer, _Behind):
            self._turn = max(self._turn, answer.turn)
            answer = self._once(content)
        return Failed(REPLAYED, REPLAYED) if isinstance(answer, _Behind) else answer

    def close(self) -> None:
        """Lets the connection go."""
        self._client.close()

    def _once(self, content: bytes) -> Answer | _Behind:
        self._turn = next_turn(self._turn, self._wall())
        signed = self._device.sign_request("POST", PATH, self._turn, content)
        answers: queue.SimpleQueue[Answer | _Behind] = queue.SimpleQueue()
        client, key = self._client, self._enrolment.server_key
        # no time-out of the client bounds the whole: a server may send a byte every second for ever
        threading.Thread(
            target=lambda: answers.put(_ask(client, signed, content, key)), name="exchange", daemon=True
        ).start()
        try:
            return answers.get(timeout=LONGEST_ANSWER_S)
        except queue.Empty:
            self._client = self._open()  # the old one is left to whoever holds it
            return Failed(f"no whole answer in {LONGEST_ANSWER_S:.0f} s")

    def _open(self) -> httpx.Client:
        return open_client(self._enrolment.server_url, timeout_s=5.0)


def _ask(client: httpx.Client, signed: SignedRequest, content: bytes, key: bytes) -> Answer | _Behind:
    headers = signed.headers | {"Content-Type": "application/json"}
    try:
        status, body, said = ask(client, "POST", PATH, largest=LARGEST_ANSWER_BYTES, content=content, headers=headers)
        if not is_answer(key, signed.signature, status, body, said):
            return Failed(f"HTTP {status} {_fault(body).code} not signed by the server".replace("  ", " "), UNSIGNED)
        if status == httpx.codes.OK:
            return Answered(from_json(body, ExchangeResponse))
    except NO_ANSWER as error:
        return Failed(f"{type(error).__name__}: {error}")
    fault = _fault(body)
    if fault.turn is not None:
        return _Behind(fault.turn)
    return Refused(fault.code) if fault.code in REFUSALS else Failed(f"HTTP {status} {fault.code}".rstrip())


def _fault(body: bytes) -> Fault:
    """What was refused; without a code where that cannot be read."""
    try:
        return from_json(body, Fault)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Fault("", "")
