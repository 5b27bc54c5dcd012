"""The disk fails, or the kiosk dies, at each single fsync and at every fourth write of an issue (strace injects it)."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from tests.failures.stage import Kiosk, Stage
from tests.samples import OFFICE

SYNCS, WRITES = "fsync,fdatasync", "pwrite64"
HOW = {"KILL": "signal=KILL:when={}", "EIO": "error=EIO:when={}", "ENOSPC": "error=ENOSPC:when={}+"}
"""ENOSPC stays, as on a full disk; the others happen once."""


@dataclass
class Toll:
    """What came of the injections."""

    injected: int = 0
    killed: int = 0
    refused: int = 0
    told: list[str] = field(default_factory=list)


@contextmanager
def traced(pid: int, *options: str) -> Iterator[None]:
    """Strace holds the process while the block runs, and then lets it go."""
    strace = shutil.which("strace")
    assert strace, "strace is in scripts/packages.txt"
    with subprocess.Popen([strace, "-p", str(pid), *options], stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        line = tracer.stderr.readline()
        if "attached" not in line:
            tracer.kill()
            pytest.skip(f"no process may be traced here: {line.strip()}")
        try:
            yield
        finally:
            tracer.terminate()


def calls_of(kiosk: Kiosk, turns: int, out: Path, *, first: bool) -> tuple[int, int]:
    """How many fsyncs and how many writes so many issues take, the ``first`` of a program or others.

    Before its first write a program makes its write-ahead log, which is synced once, and its folder too.
    """
    kiosk.start(is_alone=True)
    if not first:
        kiosk.obey("issue 1")
    with traced(kiosk.program.pid, "-e", f"trace={SYNCS},{WRITES}", "-o", str(out)):
        kiosk.obey(f"issue {turns}")
    kiosk.stop()
    calls = re.findall(r"^(\w+)\(", out.read_text(encoding="utf-8"), re.MULTILINE)
    return sum("sync" in call for call in calls), calls.count(WRITES)


def inject(kiosk: Kiosk, turns: int, calls: str, when: int, how: str, toll: Toll) -> None:
    kiosk.start(is_alone=True)
    rule = f"inject={calls}:{HOW[how].format(when)}"
    with traced(kiosk.program.pid, "-e", f"trace={calls}", "-e", rule, "-o", "/dev/null"):
        kiosk.issue(turns + 1 + turns // 5)  # some more, for no two take quite as many writes
        if how == "KILL":
            status = kiosk.program.wait()
        else:
            kiosk.program.wait_for("done")
            status = None
    if status is None:
        kiosk.obey("issue 1")  # the disk is well again, and it goes on
        kiosk.stop()
        toll.refused += sum(line.startswith("refused ") for line in kiosk.program.heard)
    else:
        toll.killed += status == -9
    toll.injected += 1


def check_store(kiosk: Kiosk) -> int:
    """The store opens, holds every number that was told, once, and its outbox has no gap; how many it holds."""
    path = kiosk.folder / "kiosk.db"
    database = Database(path, load_key(kiosk.folder / "kiosk.key", store=path))
    outbox = Outbox(database, origin=kiosk.name, office=OFFICE.id, epoch=1)
    rows = database.rows("SELECT id, series, n FROM ticket ORDER BY n")
    assert database.value("PRAGMA integrity_check") == "ok"
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    stored = {(row["id"], f"{row['series']}-{row['n']:03d}") for row in rows}
    told = [(turn.ticket, turn.number) for turn in kiosk.told]
    assert len(told) == len(set(told)) == len({number for _, number in told})
    assert set(told) <= stored
    [stream] = outbox.held().values()
    [seqs] = database.rows("SELECT min(seq) AS first, max(seq) AS last, count(*) AS count FROM event")
    assert seqs == {"first": 1, "last": stream.last, "count": stream.last}
    database.close()
    return len(rows)


@pytest.mark.parametrize("turns", [pytest.param(2, id="2"), pytest.param(20, id="20", marks=pytest.mark.long)])
def test_at_every_fsync_and_every_fourth_write(
    stage: Stage, tmp_path: Path, turns: int, told: Callable[[str], None]
) -> None:
    kiosk = stage.kiosk(url="http://127.0.0.1:9")
    kiosk.start(is_alone=True)
    kiosk.obey("issue 1")  # the store is there
    kiosk.stop()
    assert calls_of(kiosk, turns, tmp_path / "calls", first=False)[0] == turns, "an issue is one fsync"
    fsyncs, writes = calls_of(kiosk, turns, tmp_path / "calls", first=True)
    toll = Toll()
    for how in HOW:
        for calls, count, step in ((SYNCS, fsyncs, 1), (WRITES, writes, 4)):
            for when in range(1, count + 1, step):
                inject(kiosk, turns, calls, when, how, toll)
                check_store(kiosk)
    stored = check_store(kiosk)
    told(
        f"injected n={toll.injected} ({fsyncs} fsyncs, {writes} writes of {turns} issues): killed={toll.killed} "
        f"refused={toll.refused} told={len(kiosk.told)} stored={stored} lost=0 doubled=0"
    )
    expected = len(range(fsyncs)) + len(range(1, writes + 1, 4))
    assert toll.injected == 3 * expected
    assert toll.killed == expected, "each that was to be killed was"
    assert toll.refused >= 2 * expected, "no failure of the disk went unnoticed"
