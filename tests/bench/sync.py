"""The exchange under load: a kiosk with a long backlog, an office that takes in, and what its disk alone would do."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec
from nacl.public import PublicKey, SealedBox

from domain.clock import Micros
from domain.messages import (
    ClockReading,
    Enrolment,
    Event,
    ExchangeRequest,
    Personal,
    PrintOutcome,
    Push,
    Stream,
    TicketIssued,
    from_json,
    to_json,
)
from exchange.wire import PATH
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from server.clock import SystemClock
from server.config import load_config
from server.enrolment import Registry
from server.keys import load_keys
from server.store.codes import Wanted
from server.store.engine import open_engines
from server.store.node import read_node
from tests.bench.figures import Figure, percentile
from tests.failures.nursery import Nursery
from tests.failures.stage import Server, Stage
from tests.samples import OFFICE
from tests.server.postgres import running_cluster
from tests.server.twin import new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.signing import DeviceKey
    from tests.server.postgres import Cluster

BACKLOG = 1_000_000
ISSUE_EVERY_MS = 40
BATCH, BATCHES, CHILDREN = 500, 12, 8
SINGLES, MANY = 12, 256
SMALLEST_GAIN = 5
ROOT = Path(__file__).parents[2]
PERSON = Personal("dni", "12345678", "Solicito copia de mi resolución", "987654321", "", name="MARIA PRUEBA EJEMPLO")
FIRST_DAY = date(2026, 3, 2)
TURNS_A_DAY = 400


def figures() -> Iterator[Figure]:
    """Real servers, on their disk and under `fsync`."""
    with tempfile.TemporaryDirectory() as folder, closing(Nursery()) as nursery:
        place = Path(folder)
        founded = place / "founded"
        founded.mkdir()
        assert Server(founded, nursery).order("migrate").status == 0
        yield from _backlog(place / "backlog", nursery, founded, BACKLOG)
        yield from _ingest(place / "ingest", nursery, founded)
        yield from _group_commit(place / "group", nursery, founded)


# --- a kiosk that was alone for long ----------------------------------------------------------------------------


def _backlog(folder: Path, nursery: Nursery, founded: Path, count: int) -> Iterator[Figure]:
    folder.mkdir()
    with closing(Stage(folder, nursery, founded)) as stage:
        seconds, issues = drained(stage, count)
    how = f"{count} events of an encrypted store into a server on SQLite, a turn issued every {ISSUE_EVERY_MS} ms"
    yield Figure("sync.backlog_per_s", count / seconds, "events/s", f"{how}; limit: what is asked for", 10_000)
    how = f"{len(issues)} issues meanwhile, median {median(issues):.1f} ms, worst {max(issues):.0f} ms"
    yield Figure("sync.backlog_issue_p99_ms", percentile(issues, 0.99), "ms", how, 50)


def drained(stage: Stage, count: int) -> tuple[float, list[float]]:
    """Seconds until the server has ``count`` events of a kiosk, and the milliseconds of each issue meanwhile."""
    stage.server.start()
    kiosk = stage.kiosk()
    fill(kiosk.folder, from_json(kiosk.enrolment.read_bytes(), Enrolment), count)
    program = kiosk.start()
    program.tell(f"meanwhile {ISSUE_EVERY_MS}")
    program.wait_for("done", patience_s=3600)
    seconds = float(program.wait_for("drained").split()[1])
    issues = [float(line.split()[4]) for line in program.heard if line.startswith("turn ")]
    kiosk.drain()
    kiosk.stop()
    reckoning = stage.reckon()
    assert reckoning.lost == reckoning.doubled == reckoning.quarantined == 0, reckoning
    assert reckoning.stored == reckoning.told + (count + 1) // 2
    return seconds, issues


def fill(folder: Path, enrolment: Enrolment, count: int) -> None:
    """Writes ``count`` events into a new store as if a kiosk had been alone for months."""
    path = folder / "kiosk.db"
    with closing(Database(path, load_key(folder / "kiosk.key", store=path))) as database:
        Outbox(database, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
        events = told_by(enrolment, count)
        with database.immediate() as tables:
            tables.conn.executemany(
                "INSERT INTO event (epoch, seq, id, payload) VALUES (?, ?, ?, ?)",
                ((event.stream.epoch, event.seq, str(event.id), to_json(event)) for event in events),
            )
            tables.execute("UPDATE stream SET last_seq = ?", (count,))
        database.fold()


def told_by(enrolment: Enrolment, count: int) -> Iterator[Event]:
    """The events of a kiosk: of each turn, that it was taken and that its paper came out."""
    sealed = SealedBox(PublicKey(enrolment.seal_key)).encrypt(to_json(PERSON))
    stream = Stream(enrolment.kiosk, enrolment.epoch)
    at = SystemClock().now() - 1_000_000 * count
    ticket = uuid4()
    for n in range(count):
        turn, is_paper = divmod(n, 2)
        days, number = divmod(turn, TURNS_A_DAY)
        if is_paper:
            kind, body = "ticket.print_outcome", to_json(PrintOutcome(ticket, 1, "confirmed", ""))
        else:
            ticket = uuid4()
            nonce = hashlib.sha256(ticket.bytes).digest()
            issued = TicketIssued(ticket, enrolment.series, number + 1, "documentos", number % 5 == 0, nonce, "es")
            kind, body = "ticket.issued", to_json(issued)
        yield Event(
            id=UUID(int=ticket.int ^ (is_paper << 64)),
            stream=stream,
            seq=n + 1,
            kind=kind,
            v=1,
            at=Micros(at + 1_000_000 * n),
            office=enrolment.office.id,
            day=FIRST_DAY + timedelta(days),
            body=msgspec.Raw(body),
            sealed=None if is_paper else sealed,
        )


# --- an office that takes in ------------------------------------------------------------------------------------


def _ingest(folder: Path, nursery: Nursery, founded: Path) -> Iterator[Figure]:
    folder.mkdir()
    with running_cluster(durable=True) as cluster, ExitStack() as stack:
        database = cluster.new_database()
        stage = stack.enter_context(closing(Stage(folder, nursery, founded, database_url=cluster.url(database))))
        children = _children(stage, CHILDREN)
        # before and after, for a disk has good and bad minutes
        copied = [_copied(cluster, database, child.enrolment) for child in children[:3]]
        ours, taken = _sent(stage, children, BATCH, BATCHES)
        copied += [_copied(cluster, database, child.enrolment) for child in children[3:6]]
    how = (
        f"events/s by HTTP from {CHILDREN} kiosks at once, {BATCH} a request (p99 {percentile(taken, 0.99):.0f} ms), "
        f"on PostgreSQL; limit: COPY of the same events into the log alone, {BATCH} a commit"
    )
    yield Figure("sync.ingest_vs_copy", ours * BATCH, "events/s", how, median(copied))


def _copied(cluster: Cluster, database: str, enrolment: Enrolment) -> float:
    """Events a second that COPY alone writes into the log."""
    events = list(told_by(msgspec.structs.replace(enrolment, kiosk=f"copy-{enrolment.kiosk}"), BATCH * BATCHES))
    rows = [
        (
            *(one.stream.origin, one.stream.epoch, one.seq, str(one.id), one.kind, one.v, one.at, one.office),
            *(one.day, bytes(one.body), one.sealed, one.at, one.at),
        )
        for one in events
    ]
    with cluster.connect(database) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        for start in range(0, len(rows), BATCH):
            with cursor.copy("COPY event FROM STDIN") as copy:
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
        return len(rows) / (time.perf_counter() - began)


def _group_commit(folder: Path, nursery: Nursery, founded: Path) -> Iterator[Figure]:
    """Requests of one event each, from many kiosks at once: what it brings that they share commits."""
    rates: dict[bool, tuple[float, list[float]]] = {}
    folder.mkdir()
    for is_grouped in (False, True):
        with running_cluster(durable=True) as cluster, ExitStack() as stack:
            place = folder / str(is_grouped)
            place.mkdir()
            url = cluster.url(cluster.new_database())
            stage = stack.enter_context(closing(Stage(place, nursery, founded, database_url=url)))
            rates[is_grouped] = _sent(stage, _children(stage, MANY), 1, SINGLES, group=0 if is_grouped else 1)
    (alone, alone_ms), (grouped, grouped_ms) = rates[False], rates[True]
    how = (
        f"times as many requests/s of one event at {MANY} kiosks on PostgreSQL as with a commit each: {grouped:.0f} "
        f"(p99 {percentile(grouped_ms, 0.99):.0f} ms) to {alone:.0f} (p99 {percentile(alone_ms, 0.99):.0f} ms); "
        "limit: what is asked for"
    )
    yield Figure("sync.group_commit_gain", grouped / alone, "times", how, SMALLEST_GAIN)


@dataclass(frozen=True)
class Child:
    """A kiosk that only sends."""

    enrolment: Enrolment
    device: DeviceKey


def _children(stage: Stage, count: int) -> list[Child]:
    """Enrols so many kiosks in one transaction."""
    stage.server.order("migrate")
    config = load_config(stage.server.file)
    keys = load_keys(config.keys, may_create=False)
    engines = open_engines(config.database, keys)
    found = []
    with engines.write.begin() as connection:
        node = read_node(connection)
        assert node is not None
        registry = Registry(node=node, keys=keys)
        for n in range(count):
            device = new_device()
            enrolment = registry.enrol(
                connection,
                Wanted(f"sala-{n}", OFFICE.id),
                device.public,
                office=OFFICE,
                server_url="http://127.0.0.1",
                now=SystemClock().now(),
            )
            assert isinstance(enrolment, Enrolment)
            found.append(Child(enrolment, device))
    engines.dispose()
    return found


def _sent(stage: Stage, children: list[Child], size: int, times: int, group: int = 0) -> tuple[float, list[float]]:
    """Requests a second, and milliseconds of each: every child sends ``times`` requests of ``size`` events."""
    with tempfile.TemporaryDirectory() as folder:
        for child in children:
            requests = _requests(child, size, times)
            framed = b"".join(len(one).to_bytes(8, "big") + one for one in requests)
            (Path(folder) / child.enrolment.kiosk).write_bytes(framed)
        stage.server.start(group=group)
        address = stage.server.url.removeprefix("http://")
        command = [sys.executable, "-S", "-E", str(Path(__file__).with_name("senders.py")), address, folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        stage.server.end()
    rate, taken = json.loads(done.stdout)
    return rate, taken


def _requests(child: Child, size: int, times: int) -> list[bytes]:
    """The child's requests as they go over the wire, in order."""
    paper = child.enrolment
    events = list(told_by(paper, size * times))
    return [
        _over_http(
            child,
            start + 1,
            ExchangeRequest(
                proto=1,
                child=paper.kiosk,
                child_epoch=paper.epoch,
                known_parent_epoch=1,
                streams=(Push(Stream(paper.kiosk, paper.epoch), start + 1, tuple(events[start : start + size])),),
                pull=(),
                clock=ClockReading(SystemClock().now(), 0.0),
                app_version="0.1.0",
                backlog=0,
            ),
        )
        for start in range(0, size * times, size)
    ]


def _over_http(child: Child, turn: int, request: ExchangeRequest) -> bytes:
    body = to_json(request)
    signed = child.device.sign_request("POST", PATH, turn, body)
    proof = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    head = (
        "POST /sync/v1/exchange HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{proof}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
