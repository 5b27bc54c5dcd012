"""From a call to every screen, the call race, and the page behind a QR: real servers, screens in a process apart."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx

from server.clock import SystemClock
from server.compose import open_store
from tests.bench.figures import Figure, percentile
from tests.server.browser.conftest import NEVER_CLOSED
from tests.server.call_race import naive_doubles, prepared, race
from tests.server.conftest import config_in
from tests.server.postgres import running_cluster
from tests.server.process import ROOT, ServerProgram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.config import Config

RACE, RACE_COUNTERS = 5_000, 5_120
"""So many counters that each of them calls but once: what is measured is the call."""
CALLS = 30
WAITING = 120
"""People in the hall while screens are told of calls: a full one."""
SCREENS, MANY_SCREENS = 500, 2_000
WIDTH = 256
PAGES = 4_000
TOPIC = "queue.lima"


def call_figures() -> Iterator[Figure]:
    """How exact and how fast a call is."""
    with site(counters=RACE_COUNTERS) as running:
        outcome = race([running.addresses[0]], running.sessions)
    with site(count=0, start=False) as still:
        naive = naive_doubles(still.config, RACE, RACE_COUNTERS)
    how = f"16 processes, {RACE} turns, SQLite; limit: the same racers on a server that reads, then writes"
    yield Figure("call.double_calls", outcome.doubles + RACE - len(set(outcome.everybody)), "turns", how, naive)
    with site(count=WAITING) as running:
        heard, _ = running.calls(SCREENS)
    how = f"{CALLS} calls x {SCREENS} screens: from the instant in the call, before its commit, to the screen's event"
    yield Figure("call.p99_ms", percentile([ms for call in heard for ms in call], 0.99), "ms", how, 100)


def sse_figures() -> Iterator[Figure]:
    """When the last screen knows, and whether any never does."""
    for screens, limit, servers in ((SCREENS, 100, 1), (MANY_SCREENS, 300, 2)):
        with site(servers=servers, count=WAITING) as running:
            heard, missed = running.calls(screens)
        lasts = [max(call) for call in heard]
        where = "SQLite, one server" if servers == 1 else "PostgreSQL, two servers"
        usual = f"median call {median(lasts):.0f} ms, its median screen {median(map(median, heard)):.0f} ms"
        how = f"the slowest of {CALLS} calls; {usual}; {where}"
        yield Figure(f"sse.last_of_{screens}_ms", max(lasts), "ms", how, limit)
        if screens == SCREENS:
            how = f"of {screens}, half of which lost their line for {CALLS} calls and came back with Last-Event-ID"
            yield Figure("sse.missed", missed, "screens", how)


def track_figures() -> Iterator[Figure]:
    """The page behind a ticket's QR, beside a constant page of the same framework."""
    with site(count=0) as running, started_hello() as hello:
        paths = running.tickets(WIDTH)
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(3):
            theirs.append(asked(hello, ["/"], 64, PAGES)[0])
            ours.append(asked(running.addresses[0], paths, 64, PAGES)[0])
        how = (
            f"requests/s at 64 connections, {len(paths)} tickets, median of 3; limit: a constant page of the framework"
        )
        yield Figure("track.vs_hello", median(ours), "requests/s", how, median(theirs))
        _, taken = asked(running.addresses[0], paths, WIDTH, PAGES)
        yield Figure(
            "track.p99_ms", percentile(taken, 0.99), "ms", f"{WIDTH} connections, each asking at once again", 100
        )


@dataclass
class Running:
    """Servers on one database, and their counters."""

    config: Config
    programs: list[ServerProgram]
    sessions: dict[str, str]

    @property
    def addresses(self) -> list[str]:
        return [program.url.removeprefix("http://") for program in self.programs]

    def calls(self, screens: int) -> tuple[list[list[float]], int]:
        """Milliseconds from each call to each screen; then, how many screens missed something while half were away."""
        command = [sys.executable, "-S", "-E", str(Path(__file__).with_name("listeners.py")), TOPIC, str(screens)]
        with (
            subprocess.Popen(
                [*command, *self.addresses], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as listeners,
            httpx.Client(base_url=self.programs[0].url, timeout=30) as client,
        ):

            def tell(line: str) -> Any:
                assert listeners.stdin is not None
                assert listeners.stdout is not None
                print(line, file=listeners.stdin, flush=True)
                return json.loads(listeners.stdout.readline())

            def call(counter: int) -> tuple[int, int]:
                cookie = {"Cookie": f"session={self.sessions[str(counter)]}"}
                turn = client.post("/api/v1/desk/next", json={}, headers=cookie).json()["turn"]
                return client.get("/api/v1/desk/line", headers=cookie).json()["version"], turn["called_at"]

            tell("wait 0")
            heard = []
            for n in range(CALLS):
                version, called_at = call(n + 1)
                heard.append([(at - called_at) / 1000 for at in tell(f"wait {version}")])
            tell("drop")
            for n in range(CALLS):
                version, _ = call(CALLS + n + 1)
            tell("back")
            missed = screens - len(tell(f"wait {version}"))
            listeners.terminate()
        return heard, missed

    def tickets(self, count: int) -> list[str]:
        """The addresses of so many tickets that wait."""
        kiosk = self.programs[0].enrol()
        turns = [kiosk.issue() for _ in range(count)]
        with self.programs[0].client() as client:
            for start in range(0, count, 64):
                kiosk.sync(client, [turn.event for turn in turns[start : start + 64]])
        return [f"/T/{turn.token.text}" for turn in turns]


@contextmanager
def site(servers: int = 1, count: int = RACE, counters: int = 64, *, start: bool = True) -> Iterator[Running]:
    """So many servers on a new database (PostgreSQL if they are two), with a line of ``count`` and so many counters."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = ""
        if servers > 1:
            cluster = stack.enter_context(running_cluster())
            url = cluster.url(cluster.new_database())
        config = config_in(folder, url, office=NEVER_CLOSED)
        open_store(config, SystemClock()).engines.dispose()
        running = Running(config, [], prepared(config, count, counters) if count else {})
        for n in range(servers if start else 0):
            place = folder / f"server-{n}"
            place.mkdir()
            program = ServerProgram(place, NEVER_CLOSED, database_url=url, data=folder)
            program.start()
            stack.callback(program.stop)
            running.programs.append(program)
        yield running


@contextmanager
def started_hello() -> Iterator[str]:
    """The constant page's address."""
    command = [sys.executable, "-m", "tests.bench.hello"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip().removeprefix("Listo en http://")
        program.terminate()


def asked(address: str, paths: list[str], connections: int, count: int) -> tuple[float, list[float]]:
    """Requests a second, and milliseconds of each."""
    command = [sys.executable, "-S", "-E", str(Path(__file__).with_name("browsers.py")), address]
    done = subprocess.run(
        [*command, str(connections), str(count)], input="\n".join(paths), stdout=subprocess.PIPE, text=True, check=True
    )
    rate, taken = json.loads(done.stdout)
    return rate, taken
