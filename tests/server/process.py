"""The real server program in a process of its own, started, killed and started again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from domain.messages import Enrolment, from_json
from server.__main__ import main
from server.clock import SystemClock
from tests.server.twin import KioskTwin, new_device

if TYPE_CHECKING:
    from domain.office import Office
    from tests.failures.nursery import Nursery, Program

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


def settings_text(
    office: Office, *, folder: Path, database_url: str = "", public_url: str, is_below: bool = False
) -> str:
    """A configuration file; ``is_below`` is that of an office with a centre."""
    table = msgspec.to_builtins(office)
    services = ", ".join(f'{{code = "{one["code"]}", name = "{one["name"]}"}}' for one in table["services"])
    return (
        f'public_url = "{public_url}"\ndata_dir = "{folder}"\ndatabase_url = "{database_url}"\nport = 0\n\n[office]\n'
        f'id = "{office.id}"\nentity = "{office.entity}"\nname = "{office.name}"\n'
        f'tracking_base_url = "{office.tracking_base_url}"\nservices = [{services}]\n'
        f"[office.hours]\nopens = {table['hours']['opens']}\ncloses = {table['hours']['closes']}\n"
        f"weekdays = {list(table['hours']['weekdays'])}\n"
        f"national_holidays_closed = {str(table['hours']['national_holidays_closed']).lower()}\n"
        f"{'[upstream]' if is_below else ''}\n"
    )


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def order(file: Path, *arguments: str, typed: str = "") -> Done:
    """A command with the settings in ``file``, in this process: starting one takes longer than most commands."""
    out, err, stdin = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(typed)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = main(["--config", str(file), *arguments])
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    finally:
        sys.stdin = stdin
    return Done(status, out.getvalue(), err.getvalue())


class ServerProgram:
    """A server of ``office``. Its address stays the same when it is started again.

    From a ``nursery`` it starts in a moment, and what it logs is in ``log``; without one it is a Python of its own.
    """

    def __init__(
        self,
        folder: Path,
        office: Office,
        *,
        database_url: str = "",
        data: Path | None = None,
        is_below: bool = False,
        nursery: Nursery | None = None,
    ) -> None:
        self.url = ""
        self.log = folder / "server.log"
        self._nursery = nursery
        self._child: Program | None = None
        self._port = 0
        self._folder = folder
        self.file = folder / "server.toml"
        data = data or folder
        self.file.write_text(
            settings_text(
                office, folder=data, database_url=database_url, public_url="http://127.0.0.1", is_below=is_below
            ),
            "utf-8",
        )
        self._process: subprocess.Popen[str] | None = None

    def order(self, *arguments: str, typed: str = "") -> Done:
        """Carries out another command to its end."""
        return order(self.file, *arguments, typed=typed)

    def start(self) -> None:
        """Starts, and waits until it says that it is ready."""
        arguments = ("--config", str(self.file), "run", "--port", str(self._port))
        if self._nursery is not None:
            self._child = self._nursery.start("kiosk-server", self.log, *arguments)
            line = self._child.wait_for("Listo en http://", patience_s=PATIENCE_S)
        else:
            line = self._start_python(*arguments)
        self.url = line.split()[-1]
        self._port = int(self.url.rpartition(":")[2])

    def _start_python(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "server", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line.startswith("Listo en http://"), line
        return line

    def send_signal(self, how: signal.Signals) -> None:
        """To stop and continue it, say."""
        running = self._child or self._process
        assert running is not None
        os.kill(running.pid, how)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stops; returns the exit status."""
        if self._child is not None:
            child, self._child = self._child, None
            return child.end(how)
        assert self._process is not None
        self._process.send_signal(how)
        status = self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return status

    @property
    def is_running(self) -> bool:
        return self._child is not None or self._process is not None

    def enrol(self, name: str = "sala-1", *more: str) -> KioskTwin:
        out = self._folder / f"{name}.json"
        url = self.url or "http://127.0.0.1"
        device = new_device()
        shown = ("--out", str(out), "--device-key", device.public.hex())
        done = self.order("enrol", "--kiosk", name, "--server-url", url, *shown, *more)
        assert done.status == 0, done.err
        return KioskTwin(from_json(out.read_bytes(), Enrolment), SystemClock(), device)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S)
