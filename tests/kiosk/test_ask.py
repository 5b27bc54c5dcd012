"""How a turn stands, asked of every kind of server: right, wrong, slow, gone; and who guesses codes has to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from domain.messages import Fault, FilingStanding, TurnStatus, to_json
from domain.signing import DEVICE_HEADER
from exchange.signing import DeviceKey
from kiosk.ask import Enquiry
from kiosk.flow.state import Problem
from tests.samples import DEVICE, ENROLMENT, SERVER, HandClock, answer_headers

STATUS = TurnStatus("A-017", "waiting", ahead=3, minutes=20)
TOKEN, CODE = "A" * 52, "A-017-K7QM"
DAY = date(2026, 12, 8)
STANDING = FilingStanding("INS-20260000001", "2026-lima-000001", "in_process", "answer", "Legal", DAY, DAY, DAY)
NUMBER, KEY, CARGO = "INS-20260000001", "K7QM4X", "A" * 26

Serve = Callable[..., Enquiry]


@pytest.fixture
def asked() -> list[tuple[str, str | None]]:
    return []


@pytest.fixture
def serve(asked: list[tuple[str, str | None]], clock: HandClock) -> Iterator[Serve]:
    """A server that always answers the same, and who asks it."""
    opened: list[Callable[[], None]] = []

    def start(
        status: int, body: bytes, *, drip_s: float = 0.0, patience_s: float = 4.0, server_key: DeviceKey = SERVER
    ) -> Enquiry:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers[DEVICE_HEADER]))
                self.send_response(status)
                for name, value in answer_headers(self.headers, status, body, server_key).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for byte in (body[n : n + 1] for n in range(len(body))) if drip_s else (body,):
                    try:
                        self.wfile.write(byte)
                    except OSError:
                        return
                    time.sleep(drip_s)

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        enquiry = Enquiry(msgspec.structs.replace(ENROLMENT, server_url=url), DEVICE, clock, patience_s=patience_s)
        opened.extend((server.server_close, server.shutdown, enquiry.close))
        return enquiry

    yield start
    for close in reversed(opened):
        close()


def test_a_token_and_a_code_are_asked_for_with_the_kiosks_own_key(
    serve: Serve, asked: list[tuple[str, str | None]]
) -> None:
    enquiry = serve(200, to_json(STATUS))
    assert enquiry.ask(token=TOKEN) == STATUS
    assert enquiry.ask(code=CODE) == STATUS
    key = DEVICE.public.hex()
    assert asked == [(f"/api/v1/turns/{TOKEN}", key), (f"/api/v1/turns/code/{CODE}", key)]


def test_what_another_than_the_server_says_is_no_answer(serve: Serve) -> None:
    assert serve(200, to_json(STATUS), server_key=DEVICE).ask(token=TOKEN) is Problem.NO_ANSWER
    assert serve(404, b"", server_key=DEVICE).ask(code=CODE) is Problem.NO_ANSWER


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (404, to_json(Fault("unknown_ticket", "No hay tal turno")), Problem.CODE_UNKNOWN),
        (429, to_json(Fault("too_many_tries", "Espere")), Problem.CODE_TRIES),
        (401, b"", Problem.NO_ANSWER),
        (500, b"<html>", Problem.NO_ANSWER),
        (200, b"<html>", Problem.NO_ANSWER),
        (200, b"\xff", Problem.NO_ANSWER),
        (200, b"[" * 10_000, Problem.NO_ANSWER),
        (200, b" " * 20_000, Problem.NO_ANSWER),
    ],
)
def test_whatever_a_server_says_is_one_of_a_closed_set(
    serve: Serve, status: int, body: bytes, answer: Problem, caplog: pytest.LogCaptureFixture
) -> None:
    assert serve(status, body).ask(token=TOKEN) is answer
    assert TOKEN not in caplog.text


def test_a_server_that_is_away_gives_no_answer(clock: HandClock) -> None:
    away = Enquiry(msgspec.structs.replace(ENROLMENT, server_url="http://127.0.0.1:9"), DEVICE, clock)
    assert away.ask(token=TOKEN) is Problem.NO_ANSWER
    away.close()


def test_a_server_that_sends_a_byte_now_and_then_is_not_waited_for(serve: Serve) -> None:
    enquiry = serve(200, to_json(STATUS), drip_s=0.1, patience_s=0.5)
    begun = time.monotonic()
    assert enquiry.ask(token=TOKEN) is Problem.NO_ANSWER
    assert time.monotonic() - begun < 1.5


def test_after_five_wrong_codes_none_is_taken_for_a_minute(
    serve: Serve, asked: list[tuple[str, str | None]], clock: HandClock
) -> None:
    enquiry = serve(404, b"")
    assert [enquiry.ask(code=CODE) for _ in range(6)] == [Problem.CODE_UNKNOWN] * 5 + [Problem.CODE_TRIES]
    assert len(asked) == 5
    assert enquiry.ask(token=TOKEN) is Problem.CODE_UNKNOWN, "nobody guesses a token"
    clock.pass_s(59)
    assert enquiry.ask(code=CODE) is Problem.CODE_TRIES
    clock.pass_s(1)
    assert enquiry.ask(code=CODE) is Problem.CODE_UNKNOWN


def test_a_server_that_is_away_uses_up_no_tries(serve: Serve) -> None:
    enquiry = serve(500, b"")
    assert {enquiry.ask(code=CODE) for _ in range(10)} == {Problem.NO_ANSWER}


# --- filings --------------------------------------------------------------------------------------------------------


def test_a_cargo_and_a_number_with_its_key_are_asked_for(serve: Serve, asked: list[tuple[str, str | None]]) -> None:
    enquiry = serve(200, to_json(STANDING))
    assert enquiry.ask(cargo=CARGO) == STANDING
    assert enquiry.ask(number=NUMBER, key=KEY) == STANDING
    assert [path for path, _ in asked] == [
        f"/api/v1/status/{CARGO}", "/api/v1/status/number/INS20260000001/K7QM4X",
    ]  # fmt: skip


def test_a_turns_words_are_no_answer_about_a_filing(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    assert serve(200, to_json(STATUS)).ask(number=NUMBER, key=KEY) is Problem.NO_ANSWER
    assert serve(500, b"<html>").ask(number=NUMBER, key=KEY) is Problem.NO_ANSWER
    assert KEY not in caplog.text


def test_wrong_keys_are_counted_with_wrong_codes_and_cargos_are_not(serve: Serve, clock: HandClock) -> None:
    enquiry = serve(404, b"")
    assert [enquiry.ask(number=NUMBER, key=KEY) for _ in range(4)] == [Problem.KEY_WRONG] * 4
    assert enquiry.ask(cargo=CARGO) is Problem.CARGO_UNKNOWN
    assert enquiry.ask(code=CODE) is Problem.CODE_UNKNOWN
    assert enquiry.ask(number=NUMBER, key=KEY) is Problem.CODE_TRIES
    assert enquiry.ask(cargo=CARGO) is Problem.CARGO_UNKNOWN, "nobody guesses a cargo's code"
    clock.pass_s(60)
    assert enquiry.ask(number=NUMBER, key=KEY) is Problem.KEY_WRONG
