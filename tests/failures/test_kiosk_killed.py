"""kill -9: no committed number is lost, none is given twice, and nothing unprinted is called printed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from domain.messages import Event, TicketIssued, from_json
from kiosk.store.database import Database, load_key
from kiosk.store.jobs import PrintJournal
from kiosk.store.outbox import Outbox
from tests.samples import ENROLMENT, OFFICE, HandClock

ROOT = Path(__file__).parents[2]


def _kiosk(what: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.failures.dying_kiosk", what, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def _open(folder: Path) -> tuple[Database, Outbox]:
    database = Database(folder / "kiosk.db", load_key(folder / "kiosk.key", store=folder / "kiosk.db"))
    return database, Outbox(database, origin=ENROLMENT.kiosk, office=OFFICE.id, epoch=ENROLMENT.epoch)


def _issued_numbers(outbox: Outbox) -> list[int]:
    rows = outbox._database.rows("SELECT payload FROM event ORDER BY epoch, seq")
    events = [from_json(row["payload"], Event) for row in rows]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [event.body_as(TicketIssued).n for event in events if event.kind == "ticket.issued"]


def test_between_commit_and_print(tmp_path: Path) -> None:
    lives = 5
    for _ in range(lives):
        with _kiosk("before-print", tmp_path) as process:
            assert process.wait(timeout=30) == -signal.SIGKILL

    database, outbox = _open(tmp_path)
    PrintJournal(database, outbox, HandClock())
    assert _issued_numbers(outbox) == list(range(1, lives + 1))
    jobs = database.rows("SELECT state, reason, attempt FROM print_job")
    assert jobs == [{"state": "uncertain", "reason": "crashed", "attempt": 1}] * lives
    database.close()


def test_at_any_moment(tmp_path: Path) -> None:
    told: list[str] = []
    chance = random.Random(1)
    for _ in range(6):
        with _kiosk("issue-for-ever", tmp_path) as process:
            assert process.stdout is not None
            told.append(process.stdout.readline().decode().strip())
            time.sleep(chance.uniform(0, 0.15))  # the moment of death is the subject
            process.kill()
            told += process.stdout.read().decode().split()

    database, outbox = _open(tmp_path)
    stored = [f"A-{row['n']:03d}" for row in database.rows("SELECT n FROM ticket ORDER BY n")]
    assert database.value("PRAGMA integrity_check") == "ok"
    assert max(Counter(told).values()) == 1, "a number was given twice"
    assert set(told) <= set(stored), "a number that was told is lost"
    assert stored == [f"A-{n:03d}" for n in range(1, len(stored) + 1)]
    assert [f"A-{n:03d}" for n in _issued_numbers(outbox)] == stored
    database.close()
