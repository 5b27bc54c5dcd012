"""The sync client against every kind of server: away, slow, lying, restored."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from domain.clock import Micros
from domain.messages import (
    Ack,
    Down,
    Event,
    ExchangeRequest,
    ExchangeResponse,
    Fault,
    Pull,
    QueueSnapshot,
    Stream,
    from_json,
    to_json,
)
from domain.sync import judge
from exchange.client import STOCK_EVERY_S, SyncClient
from exchange.wire import Answer, Answered, Failed, Refused, Wire
from kiosk.book import KioskBook
from kiosk.series import NoSeriesError
from kiosk.store.settings import CLOCK_OFFSET, SYNC_TROUBLE, number, text
from tests.kiosk.test_issue import DRAFT
from tests.samples import DEVICE, ENROLMENT, MONDAY_10AM, OFFICE, HandClock, answer_headers, pending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.issue import Issuer
    from kiosk.store.database import Database, StoreUnusableError
    from kiosk.store.outbox import Outbox


@dataclass
class Parent:
    """A server in memory that keeps the rules; ``lose_answers`` makes it forget to say so."""

    clock: HandClock
    epoch: int = 1
    stored: dict[Stream, list[Event]] = field(default_factory=dict)
    lose_answers: int = 0
    away: bool = False
    deaf: bool = False
    requests: list[ExchangeRequest] = field(default_factory=list)

    def exchange(self, request: ExchangeRequest) -> Answer:
        if self.away:
            return Failed("away")
        request = from_json(to_json(request), ExchangeRequest)
        self.requests.append(request)
        acks: list[Ack] = []
        if self.deaf:
            return Answered(ExchangeResponse("sede", self.epoch, (), (), self.clock.now()))
        for push in request.streams:
            kept = self.stored.setdefault(push.stream, [])
            verdict = judge(len(kept), push.events, lambda seq, kept=kept: kept[seq - 1].id)  # type: ignore[misc]
            kept.extend(verdict.fresh)
            acks.append(Ack(push.stream, verdict.upto, verdict.upto, fork=verdict.fork))
        if self.lose_answers:
            self.lose_answers -= 1
            return Failed("the answer was lost")
        news = (Down("queue", self.epoch, (msgspec.Raw(to_json(QueueSnapshot(4, self.clock.now()))),), 1),)
        return Answered(ExchangeResponse("sede", self.epoch, tuple(acks), news, self.clock.now()))

    def close(self) -> None:
        pass

    def numbers(self) -> list[int]:
        return [json.loads(bytes(event.body))["n"] for events in self.stored.values() for event in events]


class Heard:
    def __init__(self) -> None:
        self.waiting: list[int] = []

    scopes = ("queue",)

    def heard(self, scope: str, item: msgspec.Raw) -> None:
        assert scope == "queue"
        self.waiting.append(from_json(item, QueueSnapshot).waiting)


@pytest.fixture
def parent() -> Parent:
    return Parent(HandClock())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def client(database: Database, outbox: Outbox, clock: HandClock, parent: Parent, heard: Heard) -> SyncClient:
    return SyncClient(
        ENROLMENT.kiosk,
        book=KioskBook(database, outbox),
        wire=parent,
        clock=clock,  # type: ignore[arg-type] - set by hand
        listener=heard,
    )


def _issue(issuer: Issuer, times: int = 1) -> None:
    for _ in range(times):
        issuer.issue(DRAFT, OFFICE, "es", printer_ready=False)


def _drain(client: SyncClient, outbox: Outbox) -> None:
    for _ in range(40):
        client.exchange_once()
        if not outbox.backlog:
            return
    raise AssertionError("the outbox does not empty")


def test_what_was_issued_while_the_server_was_away_arrives_once(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent, heard: Heard
) -> None:
    parent.away = True
    _issue(issuer, 9)
    assert not client.exchange_once()
    assert outbox.backlog == 9
    parent.away = False
    _drain(client, outbox)
    assert parent.numbers() == list(range(1, 10))
    assert heard.waiting[-1] == 4


def test_each_scope_is_asked_from_where_it_was_heard_until(client: SyncClient, parent: Parent) -> None:
    for _ in range(3):
        client.exchange_once()
    assert [request.pull[0].after for request in parent.requests] == [0, 1, 1]
    parent.epoch += 1
    client.exchange_once()
    client.exchange_once()
    assert parent.requests[-1].pull == (Pull("queue", parent.epoch, 1),)


def test_stock_is_taken_at_the_start_and_once_an_hour(client: SyncClient, parent: Parent, clock: HandClock) -> None:
    for seconds in (0.0, STOCK_EVERY_S - 1, 1.0, 0.0):
        clock.pass_s(seconds)
        client.exchange_once()
    assert [request.take_stock for request in parent.requests] == [True, False, True, False]


def test_the_last_contact_is_known(client: SyncClient, parent: Parent, clock: HandClock) -> None:
    assert client.last_contact_s is None
    client.exchange_once()
    told_s = clock.monotonic_s()
    clock.pass_s(30)
    parent.away = True
    client.exchange_once()
    assert client.last_contact_s == told_s


def test_lost_answers_double_nothing(client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent) -> None:
    _issue(issuer, 5)
    parent.lose_answers = 3
    _drain(client, outbox)
    assert parent.numbers() == [1, 2, 3, 4, 5]


def test_a_parent_restored_from_an_old_backup_is_refilled(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    _issue(issuer, 6)
    _drain(client, outbox)
    (kept,) = parent.stored.values()
    del kept[2:]
    parent.epoch = 2
    client.exchange_once()
    _drain(client, outbox)
    assert parent.numbers() == [1, 2, 3, 4, 5, 6]


def test_a_late_answer_of_a_former_life_means_nothing(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    parent.epoch = 5
    client.exchange_once()
    _issue(issuer)
    parent.epoch = 4
    client.exchange_once()
    assert outbox.backlog == 1


def test_a_fork_opens_a_new_epoch_and_every_event_still_arrives(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    _issue(issuer, 3)
    stranger = msgspec.structs.replace(pending(outbox, 1)[0].events[0], id=UUID(int=1))
    parent.stored[Stream(ENROLMENT.kiosk, 1)] = [stranger]
    _drain(client, outbox)
    assert parent.numbers()[1:] == [1, 2, 3]
    assert {stream.epoch for stream in parent.stored} == {1, 2}


def test_a_parent_that_has_more_than_was_ever_written_knows_this_kiosk_from_a_life_that_its_store_forgot(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    _issue(issuer, 2)
    former = pending(outbox, 2)[0].events
    parent.stored[outbox.own] = [*former, *(msgspec.structs.replace(former[0], id=UUID(int=n), seq=n) for n in (3, 4))]
    client.exchange_once()
    assert outbox.own == Stream(ENROLMENT.kiosk, 2)
    with pytest.raises(NoSeriesError):  # those of the former life may be in people's hands
        _issue(issuer)
    _drain(client, outbox)
    assert parent.stored[outbox.own] == []
    assert [event.id for event in parent.stored[Stream(ENROLMENT.kiosk, 1)]][:2] == [event.id for event in former]


def test_after_a_fork_goes_over_to_the_new_life_what_the_parent_has_not_and_nothing_else(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    _issue(issuer, 5)
    written = pending(outbox, 5)[0].events
    strangers = [msgspec.structs.replace(written[0], id=UUID(int=seq), seq=seq) for seq in (4, 5)]
    former = Stream(ENROLMENT.kiosk, 1)
    parent.stored[former] = [*written[:3], *strangers]
    _drain(client, outbox)
    assert [event.id for event in parent.stored[outbox.own]] == [event.id for event in written[3:]]
    assert outbox.held()[former].last == 3
    assert parent.stored[former] == [*written[:3], *strangers]


def test_an_ack_of_anothers_stream_means_nothing(client: SyncClient, outbox: Outbox, issuer: Issuer) -> None:
    _issue(issuer)
    stranger = Ack(Stream("other", 1), 0, 0)
    client._take(client._request(), ExchangeResponse("sede", 1, (stranger,), (), HandClock().now()))
    assert outbox.backlog == 1


def test_the_servers_clock_corrects_ours_and_is_remembered(
    client: SyncClient, clock: HandClock, parent: Parent, database: Database
) -> None:
    parent.clock.pass_s(7200)
    client.exchange_once()
    assert abs(clock.now() - parent.clock.now()) < 1_000_000
    assert number(database, CLOCK_OFFSET) == clock.offset == 7_200_000_000


def test_on_the_wire_stands_the_machines_own_clock(
    client: SyncClient, clock: HandClock, parent: Parent, issuer: Issuer, outbox: Outbox
) -> None:
    """The receiver corrects a stream by the error it measures; events must all have been written by that clock."""
    _issue(issuer, 3)
    parent.clock.pass_s(7200)
    _drain(client, outbox)
    _issue(issuer)
    _drain(client, outbox)
    assert clock.offset == 7_200_000_000
    assert {request.clock.wall for request in parent.requests} == {MONDAY_10AM}
    assert {event.at for events in parent.stored.values() for event in events} == {MONDAY_10AM}


@pytest.mark.parametrize("off_by_s", [40 * 3600, -40 * 3600, 70 * 365 * 86_400])
def test_a_mad_server_does_not_carry_the_clock_away(
    client: SyncClient, clock: HandClock, parent: Parent, off_by_s: float
) -> None:
    parent.clock.pass_s(off_by_s)
    client.exchange_once()
    assert clock.offset == 0


def test_a_machine_that_lost_its_clock_believes_the_server(
    client: SyncClient, clock: HandClock, parent: Parent, database: Database
) -> None:
    clock.machine = Micros(0)
    client.exchange_once()
    assert abs(clock.now() - parent.clock.now()) < 1_000_000
    assert number(database, CLOCK_OFFSET) == 0, "whoever sets that clock must not find it added on top"


def test_a_server_that_takes_nothing_is_not_hammered(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    _issue(issuer, 3)
    parent.deaf = True
    client.start()
    for _ in range(50):
        if parent.requests:
            break
        threading.Event().wait(0.02)
    threading.Event().wait(0.5)
    client.stop()
    assert len(parent.requests) <= 2
    assert outbox.backlog == 3


def test_whatever_breaks_the_sync_goes_on(client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent) -> None:
    class Broken:
        def exchange(self, _request: ExchangeRequest) -> Answer:
            raise RuntimeError("nobody foresaw this")

        def close(self) -> None: ...

    _issue(issuer, 2)
    client._wire = Broken()
    assert not client.exchange_once()
    client._wire = parent
    _drain(client, outbox)
    assert parent.numbers() == [1, 2]


def test_a_store_that_fails_at_any_moment_does_not_end_the_thread(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the first reads of the store fails once, the others do not."""
    real, reads = outbox._database.rows, count(1)

    def rows(sql: str, *values: object) -> list[dict[str, Any]]:
        if threading.current_thread().name == "sync" and next(reads) in {2, 9, 17}:
            raise StoreUnusableError("the disk fails now and then")
        return real(sql, *values)

    monkeypatch.setattr("exchange.client.retry_delay_s", lambda _failures, _jitter: 0.0)
    monkeypatch.setattr(outbox._database, "rows", rows)
    _issue(issuer, 3)
    client.start()
    for _ in range(200):
        if not outbox.backlog:
            break
        client.wake()
        threading.Event().wait(0.02)
    assert client._thread.is_alive()
    client.stop()
    assert parent.numbers() == [1, 2, 3]
    assert next(reads) > 17


def test_a_client_that_was_never_started_can_be_stopped(client: SyncClient) -> None:
    client.stop()


def test_the_thread_sends_at_once_when_woken(
    client: SyncClient, issuer: Issuer, outbox: Outbox, parent: Parent
) -> None:
    client.start()
    _issue(issuer, 3)
    client.wake()
    deadline = threading.Event()
    for _ in range(200):
        if not outbox.backlog:
            break
        deadline.wait(0.02)
    client.stop()
    assert parent.numbers() == [1, 2, 3]


# --- the wire: a real HTTP server that answers anything but the truth -------------------------------------------


@pytest.fixture
def answering() -> Iterator[Callable[[int, bytes], Wire]]:
    """Starts a server that gives one fixed answer, and a wire to it."""
    running: list[tuple[ThreadingHTTPServer, Wire]] = []

    def start(status: int, body: bytes) -> Wire:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                for name, value in answer_headers(self.headers, status, body).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        wire = Wire(msgspec.structs.replace(ENROLMENT, server_url=f"http://127.0.0.1:{server.server_port}"), DEVICE)
        running.append((server, wire))
        return wire

    yield start
    for server, wire in running:
        wire.close()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>Bienvenido al Wi-Fi</html>"),
        (200, b"\xff\xfe\x00garbage"),
        (200, b"{}"),
        (200, b'{"parent":"x","parent_epoch":1,"acks":[],"down":[],"server_time":1' + b"0" * 30 + b"}"),
        (200, b'{"parent":"x","parent_epoch":1,"acks":[],"down":[],"server_time":1}'),
        (200, b'{"parent":1}'),
        (200, b"null"),
        (200, b'{"zz":' + b"[" * 100_000),
        (200, b" " * (5 * 1024 * 1024)),
        (401, b"no"),
        (403, to_json(Fault("foreign", "No es su oficina"))),
        (409, b"conflict of another kind"),
        (500, b"Traceback"),
        (302, b""),
    ],
)
def test_a_server_that_answers_garbage_loses_nothing(
    status: int,
    body: bytes,
    answering: Callable[[int, bytes], Wire],
    client: SyncClient,
    issuer: Issuer,
    outbox: Outbox,
    parent: Parent,
) -> None:
    _issue(issuer, 2)
    client._wire = answering(status, body)
    assert not client.exchange_once()
    assert outbox.backlog == 2
    client._wire = parent
    _drain(client, outbox)
    assert parent.numbers() == [1, 2]


def test_what_somebody_has_to_see_to_is_remembered_until_the_server_answers_well(
    client: SyncClient, database: Database, parent: Parent
) -> None:
    class Says:
        """A server that says one thing."""

        def __init__(self, answer: Answer) -> None:
            self._answer = answer

        def exchange(self, _request: ExchangeRequest) -> Answer:
            return self._answer

        def close(self) -> None:
            pass

    def kept(wire: Says | Parent) -> str:
        client._wire = wire
        client.exchange_once()
        return text(database, SYNC_TROUBLE)

    away = Says(Failed("ConnectError: nobody"))
    assert kept(away) == ""
    assert kept(Says(Refused("revoked"))) == "revoked"
    assert kept(away) == "revoked"  # whoever does not answer has not mended it
    assert kept(Says(Failed("HTTP 200 not signed by the server", "not_signed"))) == "not_signed"
    refuses = ExchangeResponse("sede", 1, (), (), parent.clock.now(), trouble="too_many_lives")
    assert kept(Says(Answered(refuses))) == "too_many_lives"
    assert kept(parent) == ""
    parent.clock.pass_s(40 * 86_400)
    assert kept(parent) == "clock_suspect"
    parent.clock.pass_s(-40 * 86_400)
    assert kept(parent) == ""


def test_nobody_listening_is_a_failure_like_any_other(client: SyncClient) -> None:
    wire = Wire(msgspec.structs.replace(ENROLMENT, server_url="http://127.0.0.1:9"), DEVICE)
    assert isinstance(wire.exchange(client._request()), Failed)
    wire.close()


def test_a_server_that_drips_its_answer_is_left_in_time(client: SyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.wire.LONGEST_ANSWER_S", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                while not ended.wait(0.05):
                    connection.sendall(b"H")

        dripping = threading.Thread(target=drip)
        dripping.start()
        port = listening.getsockname()[1]
        wire = Wire(msgspec.structs.replace(ENROLMENT, server_url=f"http://127.0.0.1:{port}"), DEVICE)
        answer = wire.exchange(client._request())
        ended.set()
        dripping.join()
    assert isinstance(answer, Failed)
    assert "no whole answer" in answer.why
    wire.close()
