"""Real processes, started in a moment: one that has everything imported forks, and the child is what was asked for.

Starting Python takes longer than most faults, and these stories kill by the dozen. What is killed is a process of its
own with files and connections of its own; only the reading of the code was done before.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
PROGRAMS = {
    "kiosk": "tests.failures.kiosk_process",
    "server": "tests.failures.server_process",
    "kiosk-server": "tests.server.program",
}
_PR_SET_PDEATHSIG, _PR_SET_PTRACER, _ANYBODY = 1, 0x59616D61, ctypes.c_ulong(-1)
_CLONE_NEWNET = 0x40000000


class Nursery:
    """The process that forks. ``close`` ends it and every child that still lives."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.failures.nursery", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], env=_environment())
        self._turn = threading.Lock()
        self._line.settimeout(PATIENCE_S)
        self._ask({}, [])  # until everything is imported, so that no story waits for it in its middle

    def start(self, program: str, log: Path, *arguments: str, network: str = "") -> Program:
        """A child that is ``program``; it logs into ``log``. ``network`` names a namespace of `ip netns`."""
        orders, ours_in = os.pipe()
        ours_out, told = os.pipe()
        with log.open("ab") as kept:
            order = {"start": PROGRAMS[program], "arguments": arguments, "network": network}
            pid = self._ask(order, [orders, told, kept.fileno()])
        os.close(orders)
        os.close(told)
        return Program(self, pid, ours_in, ours_out)

    def status_of(self, pid: int) -> int | None:
        """How a child ended, as `subprocess` tells it; None while it lives."""
        status: int | None = self._ask({"status": pid}, [])
        return status

    def close(self) -> None:
        self._line.close()
        self._process.wait(PATIENCE_S)

    def _ask(self, order: dict[str, Any], fds: list[int]) -> Any:
        with self._turn:
            socket.send_fds(self._line, [json.dumps(order).encode()], fds)
            return json.loads(self._line.recv(1024))


@dataclass
class Program:
    """A child: it is told lines, and tells lines. ``heard`` is everything it told, in order."""

    nursery: Nursery
    pid: int
    _in: int
    _out: int
    heard: list[str] = field(default_factory=list)
    status: int | None = None
    orders: int = 0
    """How many lines it was told."""

    def __post_init__(self) -> None:
        self._news = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._listen, name=f"hears {self.pid}", daemon=True)
        self._reader.start()

    def tell(self, line: str) -> None:
        self.orders += 1
        os.write(self._in, f"{line}\n".encode())

    def wait_for(self, start: str, times: int = 1, patience_s: float = PATIENCE_S) -> str:
        """Waits until it has told ``times`` lines that begin so; returns the last of them."""

        def found() -> list[str]:
            return [line for line in self.heard if line.startswith(start)]

        with self._news:
            self._news.wait_for(lambda: len(found()) >= times or self._ended, patience_s)
            lines = found()
        assert len(lines) >= times, f"only {len(lines)} of {times} lines {start!r}; ended: {self._ended}"
        return lines[times - 1]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends it; everything that it told before is in ``heard`` then. Returns its status."""
        if self.status is None:
            os.kill(self.pid, how)
        return self.wait()

    def wait(self) -> int:
        """Waits for its end."""
        self._reader.join(PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        while self.status is None:
            self.status = self.nursery.status_of(self.pid)
            assert time.monotonic() < deadline, "it does not end"
            if self.status is None:
                time.sleep(0.005)
        if self._in >= 0:
            os.close(self._in)
            self._in = -1
        return self.status

    def _listen(self) -> None:
        with open(self._out, encoding="utf-8") as told:  # noqa: PTH123 a descriptor
            for line in told:
                with self._news:
                    self.heard.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


# --- the process that forks -------------------------------------------------------------------------------------


def main(line: socket.socket) -> None:
    programs = {name: importlib.import_module(name) for name in PROGRAMS.values()}
    while True:
        raw, fds, _, _ = socket.recv_fds(line, 65536, 3)
        if not raw:
            return
        answer: Any = None
        match json.loads(raw):
            case {"start": name, "arguments": arguments, "network": network}:
                answer = os.fork()
                if not answer:
                    line.close()
                    _become(programs[name], arguments, fds, network)
            case {"status": pid}:
                found, status = os.waitpid(pid, os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if found else None
        for fd in fds:
            os.close(fd)
        line.sendall(json.dumps(answer).encode())


def _become(program: Any, arguments: list[str], fds: list[int], network: str) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody outlives the tests
    system.prctl(_PR_SET_PTRACER, _ANYBODY)  # strace may look at it, where the system lets anybody look at anything
    if network:
        with Path("/run/netns", network).open() as namespace:
            assert system.setns(namespace.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    for ours, theirs in enumerate(fds):
        os.dup2(theirs, ours)
        os.close(theirs)
    status = 1
    try:
        status = program.main(*arguments) or 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 told in its log
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
