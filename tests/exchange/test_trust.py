"""What a machine believes: only what its own server signed, in answer to this very request; the rest it survives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from domain.clock import Micros
from domain.messages import Ack, ClockReading, ExchangeRequest, ExchangeResponse, Fault, Stream, from_json, to_json
from domain.signing import SIGNATURE_HEADER, TURN_HEADER, request_words
from exchange.client import REFUSED_WAIT_S, SyncClient
from exchange.signing import DeviceKey, is_signed
from exchange.wire import REFUSALS, Answered, Failed, Refused, Wire
from kiosk.book import KioskBook
from kiosk.diagnosis import Diagnosis
from kiosk.flow.state import State
from kiosk.issue import Issuer
from kiosk.series import SeriesRecord
from kiosk.store.database import Database, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from kiosk.store.settings import SYNC_TROUBLE, keep
from tests.kiosk.test_issue import DRAFT
from tests.samples import DEVICE, ENROLMENT, MONDAY_10AM, OFFICE, HandClock, answer_headers, begin_life

ANSWER = to_json(ExchangeResponse("sede", 1, (), (), MONDAY_10AM))
REQUEST = ExchangeRequest(1, ENROLMENT.kiosk, 1, 0, (), (), ClockReading(Micros(0), 0.0), "0", 0)
STRANGER = DeviceKey(b"\x55" * 32)


@dataclass
class Server:
    """Answers with ``status`` and ``body``; ``sign`` makes the headers of an answer from those of the request."""

    status: int = 200
    body: bytes = ANSWER
    sign: Callable[[Mapping[str, str], int, bytes], Mapping[str, str]] = answer_headers
    heard: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def refuse(self, code: str, status: int = 401, turn: int | None = None) -> None:
        self.status, self.body = status, to_json(Fault(code, "No", turn))

    def accept(self, *acks: Ack) -> None:
        self.status, self.body = 200, to_json(ExchangeResponse("sede", 1, acks, (), MONDAY_10AM))

    def said(self, place: int = -1) -> ExchangeRequest:
        return from_json(self.heard[place][1], ExchangeRequest)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            status, body = told.status, told.body
            self.send_response(status)
            for name, value in told.sign(self.headers, status, body).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    told.url = f"http://127.0.0.1:{listening.server_port}"
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield told
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def wall() -> list[int]:
    return [1_000_000]


@pytest.fixture
def wire(server: Server, wall: list[int]) -> Iterator[Wire]:
    wire = Wire(msgspec.structs.replace(ENROLMENT, server_url=server.url), DEVICE, wall=lambda: wall[0])
    yield wire
    wire.close()


# --- one request ------------------------------------------------------------------------------------------------


def test_every_request_is_signed_whole_and_in_a_turn_of_its_own(server: Server, wire: Wire, wall: list[int]) -> None:
    assert isinstance(wire.exchange(REQUEST), Answered)
    wall[0] = 5  # the clock went back
    assert isinstance(wire.exchange(REQUEST), Answered)
    assert [headers[TURN_HEADER] for headers, _ in server.heard] == ["1000000", "1000001"]
    for headers, body in server.heard:
        words = request_words("POST", "/sync/v1/exchange", int(headers[TURN_HEADER]), body)
        assert is_signed(DEVICE.public, words, bytes.fromhex(headers[SIGNATURE_HEADER]))
        assert "Authorization" not in headers


def _unsigned(_headers: Mapping[str, str], _status: int, _body: bytes) -> dict[str, str]:
    return {}


def _by_another(headers: Mapping[str, str], status: int, body: bytes) -> dict[str, str]:
    return answer_headers(headers, status, body, STRANGER)


def _of_another_request(_headers: Mapping[str, str], status: int, body: bytes) -> dict[str, str]:
    return answer_headers({SIGNATURE_HEADER: "11" * 64}, status, body)


def _of_another_status(headers: Mapping[str, str], status: int, body: bytes) -> dict[str, str]:
    return answer_headers(headers, status + 1, body)


def _of_another_body(headers: Mapping[str, str], status: int, body: bytes) -> dict[str, str]:
    return answer_headers(headers, status, body + b" ")


def _garbage(_headers: Mapping[str, str], _status: int, _body: bytes) -> dict[str, str]:
    return {"Kiosk-Server-Signature": "zz"}


FALSE = (_unsigned, _by_another, _of_another_request, _of_another_status, _of_another_body, _garbage)


@pytest.mark.parametrize("sign", FALSE)
@pytest.mark.parametrize("says", ["yes", "revoked", "replayed"])
def test_what_the_server_did_not_sign_for_this_request_is_never_believed(
    server: Server, wire: Wire, sign: Callable[..., Mapping[str, str]], says: str
) -> None:
    if says != "yes":
        server.refuse(says, 409 if says == "replayed" else 401, 10**15 if says == "replayed" else None)
    server.sign = sign
    answer = wire.exchange(REQUEST)
    assert isinstance(answer, Failed)
    assert "not signed" in answer.why
    assert answer.trouble == "not_signed"
    assert len(server.heard) == 1  # nor is it tried again in a turn that a stranger told


def test_an_answer_that_was_recorded_answers_no_other_request(server: Server, wire: Wire) -> None:
    kept: list[Mapping[str, str]] = []

    def record(headers: Mapping[str, str], status: int, body: bytes) -> Mapping[str, str]:
        kept.append(answer_headers(headers, status, body))
        return kept[0]

    server.sign = record
    assert isinstance(wire.exchange(REQUEST), Answered)
    assert isinstance(wire.exchange(REQUEST), Failed)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_that_the_server_signed_is_told(server: Server, wire: Wire, code: str) -> None:
    server.refuse(code)
    assert wire.exchange(REQUEST) == Refused(code)


def test_a_machine_whose_clock_went_back_goes_on_from_the_turn_that_it_is_told(server: Server, wire: Wire) -> None:
    turns: list[str] = []

    def sign(headers: Mapping[str, str], _status: int, _body: bytes) -> Mapping[str, str]:
        turns.append(headers[TURN_HEADER])
        if len(turns) == 1:
            server.accept()
            return answer_headers(headers, 409, to_json(Fault("replayed", "No", 7_000_000)))
        return answer_headers(headers, server.status, server.body)

    server.refuse("replayed", 409, 7_000_000)
    server.sign = sign
    assert isinstance(wire.exchange(REQUEST), Answered)
    assert turns == ["1000000", "7000001"]


def test_a_server_that_never_lets_go_of_turns_is_a_failure(server: Server, wire: Wire) -> None:
    server.refuse("replayed", 409, 5_000_000)
    assert wire.exchange(REQUEST) == Failed("replayed", "replayed")
    assert len(server.heard) == 2


# --- a machine that is refused ----------------------------------------------------------------------------------


@dataclass
class Machine:
    """A kiosk's store and sync, without its thread."""

    database: Database
    outbox: Outbox
    issuer: Issuer
    sync: SyncClient
    clock: HandClock

    def issue(self) -> str:
        return str(self.issuer.issue(DRAFT, OFFICE, "es", printer_ready=False).ticket.number)


class Deaf:
    scopes = ()

    def heard(self, scope: str, item: msgspec.Raw) -> None: ...


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory, wire: Wire) -> Iterator[Machine]:
    path = tmp_path_factory.mktemp("machine") / "kiosk.db"
    database = Database(path, load_key(path.with_suffix(".key"), store=path))
    outbox = Outbox(database, origin=ENROLMENT.kiosk, office=OFFICE.id, epoch=1)
    clock = HandClock()
    sync = SyncClient(
        ENROLMENT.kiosk,
        book=KioskBook(database, outbox),
        wire=wire,
        clock=clock,
        listener=Deaf(),
        credential=lambda: ENROLMENT.credential,
    )
    yield Machine(database, outbox, Issuer(ENROLMENT, database, outbox, clock), sync, clock)
    database.close()


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refused_machine_sends_nothing_deletes_nothing_and_goes_on_giving_turns(
    server: Server, machine: Machine, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert [machine.issue() for _ in range(3)] == ["A-001", "A-002", "A-003"]
    server.refuse(code)
    for _ in range(4):
        assert not machine.sync.exchange_once()
    assert machine.sync.refusal == code
    assert [len(push.events) for push in server.said(0).streams] == [1]
    assert [len(push.events) for place in (1, 2, 3) for push in server.said(place).streams] == [0, 0, 0]
    assert machine.issue() == "A-004"
    assert machine.outbox.backlog == 4
    told = [record.message for record in caplog.records if "sync.refused" in record.message]
    assert told == [f"sync.refused code={code}"]
    assert machine.sync._retry_s() == REFUSED_WAIT_S
    server.accept(Ack(Stream(ENROLMENT.kiosk, 1), 0, 0))
    assert machine.sync.exchange_once()
    assert machine.sync.refusal == ""
    server.accept(Ack(Stream(ENROLMENT.kiosk, 1), 1, 1))
    assert machine.sync.exchange_once()
    assert sum(len(push.events) for push in server.said().streams) > 0


def test_a_machine_that_the_server_forgot_shows_its_credential_at_once_and_to_nobody_else(
    server: Server, machine: Machine
) -> None:
    machine.issue()
    server.refuse("unknown_kiosk")
    machine.sync.exchange_once()
    assert machine.sync._retry_s() < 1
    machine.sync.exchange_once()
    machine.sync.exchange_once()
    assert [server.said(place).credential for place in range(3)] == [b"", ENROLMENT.credential, ENROLMENT.credential]
    assert machine.sync._retry_s() == REFUSED_WAIT_S
    server.accept()
    assert machine.sync.exchange_once()
    machine.sync.exchange_once()
    assert server.said().credential == b""
    server.refuse("revoked")
    machine.sync.exchange_once()
    machine.sync.exchange_once()
    assert server.said().credential == b""


def test_a_refusal_that_nobody_signed_stops_nothing(server: Server, machine: Machine) -> None:
    machine.issue()
    server.refuse("revoked")
    server.sign = _by_another
    for _ in range(2):
        assert not machine.sync.exchange_once()
        assert sum(len(push.events) for push in server.said().streams) == 1
    assert machine.sync.refusal == ""
    assert machine.outbox.backlog == 1


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_the_staff_are_told_of_a_refusal(server: Server, machine: Machine, code: str) -> None:
    machine.issue()
    server.refuse(code)
    machine.sync.exchange_once()
    series = SeriesRecord(ENROLMENT, machine.database)
    diagnosis = Diagnosis(
        database=machine.database,
        outbox=machine.outbox,
        journal=PrintJournal(machine.database, machine.outbox, machine.clock),
        sync=machine.sync,
        series=series,
        clock=machine.clock,
        folder=Path("/"),
    )
    rows = dict(diagnosis.rows(State(OFFICE, 0.0, MONDAY_10AM)))
    assert "por enviar, nada se pierde" in rows["staff.sync"]
    assert "servidor" in rows["staff.sync"]
    assert rows["staff.number"].startswith("A-001")
    begin_life(machine.database, machine.outbox)
    assert "serie nueva" in dict(diagnosis.rows(State(OFFICE, 0.0, MONDAY_10AM)))["staff.number"]
    with machine.database.immediate() as tables:
        keep(tables, SYNC_TROUBLE, "too_many_lives")
    assert "no le da más" in dict(diagnosis.rows(State(OFFICE, 0.0, MONDAY_10AM)))["staff.number"]
