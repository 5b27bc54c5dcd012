"""The real program: killed while it takes in tickets, stopped while pages watch, two of it on one database."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from domain.messages import ExchangeResponse, from_json, to_json
from tests.server.conftest import OFFICE, form_token
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.failures.nursery import Nursery
    from tests.server.twin import KioskTwin

PATIENCE_S = 20.0


@pytest.fixture
def program(database_url: str, tmp_path: Path, nursery: Nursery) -> Iterator[ServerProgram]:
    program = ServerProgram(tmp_path, OFFICE, database_url=database_url, nursery=nursery)
    yield program
    if program.is_running:
        program.stop(signal.SIGKILL)


def test_killed_in_the_middle_of_taking_in_it_loses_nothing_that_it_acknowledged(program: ServerProgram) -> None:
    kiosk = program.enrol()
    for _ in range(120):
        kiosk.issue()
    everything = list(kiosk.outbox)
    acknowledged = 0
    for _ in range(2):
        program.start()
        killer = threading.Timer(0.15, program.stop, [signal.SIGKILL])
        acknowledged = max(acknowledged, _send_until_it_dies(program, kiosk, killer))
        killer.join()
    program.start()
    with program.client() as client:
        told = kiosk.sync(client, everything[:1]).acks[0].upto
        assert told >= acknowledged > 0
        assert kiosk.sync(client, everything[told:]).acks[0].upto == 120
        assert len(client.get("/q/lima.json").json()["waiting"]) == 120


def _send_until_it_dies(program: ServerProgram, kiosk: KioskTwin, killer: threading.Timer) -> int:
    """Sends one event after the other; returns the last sequence number that was acknowledged.

    The killer sets out with the first answer: a busy machine may take longer for that one than for all the others.
    """
    upto = 0
    with program.client() as client:
        try:
            for event in list(kiosk.outbox):
                answer = kiosk.post(client, to_json(kiosk.request([event])))
                upto = from_json(answer.content, ExchangeResponse).acks[0].upto
                if killer.ident is None:
                    killer.start()
        except httpx.HTTPError:
            pass
    return upto


def test_it_stops_at_once_although_pages_are_watching(program: ServerProgram) -> None:
    program.start()
    with program.client() as client, client.stream("GET", "/events/queue.lima") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        began = time.monotonic()
        assert program.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 4  # its grace is five seconds; it did not need it
        assert "" in list(lines)  # the stream ended properly


def test_a_hint_says_where_things_stand_and_a_returning_page_misses_nothing(program: ServerProgram) -> None:
    kiosk = program.enrol()
    program.start()
    with program.client() as client:
        kiosk.issue()
        kiosk.sync(client)
        first = _hint(client)
        kiosk.issue()
        kiosk.sync(client)
        assert _hint(client, {"Last-Event-ID": str(first)}) == first + 1
        assert _hint(client, {"Last-Event-ID": "garbage"}) == first + 1
        assert client.get("/events/queue.lima", params={"after": "x"}).status_code == 400


def _hint(client: httpx.Client, headers: dict[str, str] | None = None) -> int:
    with client.stream("GET", "/events/queue.lima", headers=headers) as stream:
        assert stream.headers["x-accel-buffering"] == "no"
        for line in stream.iter_lines():
            if line.startswith("id: "):
                return int(line.removeprefix("id: "))
    raise AssertionError("the stream ended without a hint")


# --- two servers, one PostgreSQL --------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_call_made_at_one_server_reaches_the_pages_of_the_other(
    program: ServerProgram, database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    other = ServerProgram(elsewhere, OFFICE, database_url=database_url, data=tmp_path, nursery=nursery)
    kiosk = program.enrol()
    assert program.order("user", "add", "ana", "--password-stdin", typed="una bien larga\n").status == 0
    program.start()
    other.start()
    try:
        with program.client() as desk, other.client() as phone:
            kiosk.issue()
            kiosk.sync(desk)
            desk.get("/desk")
            token = {"_csrf_token": form_token(desk)}
            desk.post("/desk/sign-in", data=token | {"name": "ana", "password": "una bien larga", "counter": "3"})
            with phone.stream("GET", "/events/board.lima") as stream:
                lines = stream.iter_lines()
                assert next(lines).startswith("retry:")
                assert desk.post("/desk/call-next", data=token).status_code == 303
                began = time.monotonic()
                assert any(line.startswith("id: ") for line in lines)
                assert time.monotonic() - began < 3  # by notification; the poll alone takes up to five
            assert phone.get("/q/lima.json").json()["calling"] == [{"number": "A-001", "counter": "3"}]
    finally:
        assert other.stop() == 0


def test_the_log_holds_no_token_and_no_person(program: ServerProgram) -> None:
    kiosk = program.enrol()
    program.start()
    turn = kiosk.issue()
    with program.client() as client:
        client.get(f"/T/{turn.token.text}")
        kiosk.issue(n=70_000)
        kiosk.sync(client)
        client.get(f"/T/{turn.token.text}/{turn.token.text}")
    program.stop()
    said = program.log.read_text("utf-8")
    assert "sync.quarantined" in said  # the log does work
    for secret in (turn.token.text, "12345678", "PRUEBA", kiosk.device.seed.hex(), kiosk.enrolment.mac_key.hex()):
        assert secret not in said
