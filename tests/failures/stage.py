"""Where the stories of this folder play: a real server, real kiosks, a line between them, and the reckoning at the end.

All processes are started here, and nowhere else in this folder.
"""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import text

from exchange.signing import own_device_key
from server.config import load_config
from server.keys import load_keys
from server.store.engine import open_engines
from tests.failures.proxy import FaultProxy
from tests.samples import OFFICE
from tests.server.process import Done, order, settings_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from tests.failures.nursery import Nursery, Program


@dataclass(frozen=True)
class Turn:
    """What a visitor was told, after the commit."""

    number: str
    ticket: str
    day: str


@dataclass
class Kiosk:
    """A kiosk's folder and enrolment; its program may be started again and again."""

    name: str
    folder: Path
    enrolment: Path
    nursery: Nursery
    lives: list[Program]

    def start(self, *, shift_s: int = 0, is_alone: bool = False, network: str = "") -> Program:
        program = self.nursery.start(
            "kiosk",
            self.log_file,
            str(self.folder),
            str(self.enrolment),
            str(shift_s),
            "alone" if is_alone else "",
            network=network,
        )
        self.lives.append(program)
        program.wait_for("ready")
        return program

    @property
    def program(self) -> Program:
        return self.lives[-1]

    def issue(self, turns: int, every_ms: int = 0) -> None:
        """Asks for so many turns; returns at once. 0 for turns without end."""
        self.program.tell(f"issue {turns} {every_ms}")

    def obey(self, line: str, patience_s: float = 60) -> None:
        """Tells it to do something and waits until it has, and all that it was told before."""
        self.program.tell(line)
        self.program.wait_for("done", self.program.orders, patience_s)

    def drain(self, patience_s: float = 60) -> None:
        """Waits until the server has everything."""
        self.obey("drain", patience_s)

    def stop(self) -> None:
        """Ends it as a shutdown would."""
        self.program.tell("")
        assert self.program.wait() == 0, self.log

    def kill(self) -> None:
        assert self.program.end(signal.SIGKILL) == -signal.SIGKILL

    @property
    def told(self) -> list[Turn]:
        """All turns that it ever told, in order."""
        lines = (line.split() for life in self.lives for line in life.heard if line.startswith("turn "))
        return [Turn(*line[1:4]) for line in lines]

    @property
    def refused(self) -> list[str]:
        """Why each turn was refused that it could not give out."""
        return [line.split()[1] for life in self.lives for line in life.heard if line.startswith("refused ")]

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    @property
    def log_file(self) -> Path:
        """Beside its folder, which may be on a disk that is full."""
        return self.enrolment.with_suffix(".log")


class Server:
    """A server of one office, on SQLite or PostgreSQL; its address stays the same when it is started again."""

    def __init__(self, folder: Path, nursery: Nursery, *, data: Path | None = None, database_url: str = "") -> None:
        self.folder, self.data = folder, data or folder
        self.file = folder / "server.toml"
        self.host, self._port = "127.0.0.1", 0
        self._nursery = nursery
        self._program: Program | None = None
        self.file.write_text(
            settings_text(OFFICE, folder=self.data, database_url=database_url, public_url="http://127.0.0.1"), "utf-8"
        )

    def order(self, *arguments: str) -> Done:
        """Another command, carried out to its end."""
        return order(self.file, *arguments)

    def start(self, *, shift_s: int = 0, pages: Path | None = None, group: int = 0) -> None:
        self._program = self._nursery.start(
            "server",
            self.folder / "server.log",
            str(self.file),
            self.host,
            str(self._port),
            str(shift_s),
            str(pages or ""),
            str(group),
        )
        line = self._program.wait_for("Listo en http://")
        self._port = urlsplit(line.split()[-1]).port or 0

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self._program is not None
        program, self._program = self._program, None
        return program.end(how)

    def kill(self) -> None:
        assert self.end(signal.SIGKILL) == -signal.SIGKILL

    @property
    def is_running(self) -> bool:
        return self._program is not None

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self._port

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8")

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A look into its database, whether it runs or not."""
        config = load_config(self.file)
        engines = open_engines(config.database, load_keys(config.keys, may_create=False))
        with engines.read.connect() as connection:
            yield connection
        engines.dispose()


class Stage:
    """An office with a server; kiosks come as they are asked for. Everything ends with the test."""

    def __init__(self, folder: Path, nursery: Nursery, founded: Path, database_url: str = "") -> None:
        self.folder, self.nursery = folder, nursery
        self._stack = ExitStack()
        self._kiosks: list[Kiosk] = []
        shutil.copytree(founded, folder / "office", dirs_exist_ok=True)  # where a story may have put a small disk
        self.server = Server(folder, nursery, data=folder / "office", database_url=database_url)

    def proxy(self) -> FaultProxy:
        """A line of its own to the server."""
        proxy = FaultProxy(lambda: self.server.address)
        self._stack.callback(proxy.close)
        return proxy

    def kiosk(self, name: str = "sala-1", *, url: str = "", folder: Path | None = None) -> Kiosk:
        """A kiosk that is enrolled and not started yet; it reaches the server at ``url``."""
        folder = folder or self.folder / name
        folder.mkdir(exist_ok=True)
        paper = self.folder / f"{name}.json"
        device = own_device_key(paper.with_suffix(".key"))
        shown = ("--out", str(paper), "--device-key", device.public.hex())
        done = self.server.order("enrol", "--kiosk", name, "--server-url", url or self.server.url, *shown)
        assert done.status == 0, done.err
        kiosk = Kiosk(name, folder, paper, self.nursery, [])
        self._kiosks.append(kiosk)
        return kiosk

    def close(self) -> None:
        for kiosk in self._kiosks:
            for life in kiosk.lives:
                if life.status is None:
                    life.end(signal.SIGKILL)
        if self.server.is_running:
            self.server.end(signal.SIGKILL)
        self._stack.close()

    def reckon(self) -> Reckoning:
        """Compares what all visitors were told with what the server has, now."""
        with self.server.database() as connection:
            return reckon(connection, [turn for kiosk in self._kiosks for turn in kiosk.told])


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What visitors were told against what the server has.

    ``more`` are turns that the server has and nobody was told of: committed, and killed before a word.
    ``lost`` were told and are not there; ``doubled`` are numbers or tickets that are there, or were told, twice;
    ``gaps`` are numbers missing in a series and events missing in a stream; ``quarantined`` is what it could not use.
    """

    told: int
    stored: int
    more: int
    lost: int
    doubled: int
    gaps: int
    quarantined: int

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())

    @property
    def is_whole(self) -> bool:
        return not (self.lost or self.doubled or self.gaps or self.quarantined)


def reckon(connection: Connection, told: Iterable[Turn], *, origin: str = "%") -> Reckoning:
    """Compares what visitors were told by kiosks called ``origin`` with what the database has of those."""
    whose = {"origin": origin}

    def rows(query: str) -> Sequence[Any]:
        return connection.execute(text(f"{query} WHERE origin LIKE :origin"), whose).all()

    held = [(turn.day, turn.number, turn.ticket) for turn in told]
    found = rows("SELECT business_day, series, n, id FROM ticket")
    stored = [(str(row[0]), f"{row[1]}-{row[2]:03d}", str(row[3])) for row in found]
    last: Counter[tuple[str, str]] = Counter()
    for day, series, n, _ in found:
        last[str(day), series] = max(last[str(day), series], n)
    [(events, seqs)] = rows("SELECT count(*), coalesce(sum(seq), 0) FROM event")
    [(aside, aside_seqs)] = rows("SELECT count(*), coalesce(sum(seq), 0) FROM quarantine")
    uptos = [row.upto for row in rows("SELECT upto FROM stream")]
    # a stream without gaps has exactly the sum of 1 to its last event
    uneven = sum(upto * (upto + 1) // 2 for upto in uptos) != int(seqs) + int(aside_seqs)
    return Reckoning(
        told=len(held),
        stored=len(stored),
        more=len(set(stored) - set(held)),
        lost=len(set(held) - set(stored)),
        doubled=_doubles(held) + _doubles(stored),
        gaps=abs(sum(last.values()) - len(found)) + abs(sum(uptos) - events - aside) + uneven,
        quarantined=aside,
    )


def _doubles(turns: list[tuple[str, str, str]]) -> int:
    numbers, tickets = Counter(turn[:2] for turn in turns), Counter(turn[2] for turn in turns)
    return sum(count - 1 for counts in (numbers, tickets) for count in counts.values())
