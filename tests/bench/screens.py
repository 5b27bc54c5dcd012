"""The screen while documents are looked for beside it: its frames, a touch, and the first frame after a start.

The windows run in processes of their own, without a display: pixels are real, but drawn by software in the window's own
thread (``LP_NUM_THREADS=0``), so a frame's time is that thread's work, as it is where a GPU draws, only longer. What is
judged is the ratio: looking for documents takes a whole core, and the screen should not feel it (docs/adr/0001).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import cv2
import msgspec

from domain.messages import to_json
from drivers.scanner.virtual import optics
from tests.bench.figures import Figure, percentile
from tests.samples import DEVICE, ENROLMENT

ROOT: Final = Path(__file__).parents[2]
WIDTH, HEIGHT = 540, 960
PANEL: Final = (1080, 1920)
"""The window whose first frame is awaited."""
VIDEO_FPS: Final = 15.0
START_S: Final = 30.0


@dataclass(frozen=True)
class Effort:
    """How much is measured: ``rounds`` of ``seconds`` without a scanner and then with one, ``touches``, ``starts``.

    ``people`` hold up their cards in turn, a frame each: no number is seen twice running, so none is ever believed.
    """

    rounds: int = 3
    seconds: float = 4.0
    touches: int = 60
    starts: int = 5
    people: int = 24


@dataclass(frozen=True)
class Seen:
    """What `tests.bench.window` saw: times in ms, processes by their numbers, ``scanner_share`` of one core's time.

    A frame is the time since the one before, and the window's thread's CPU in it.
    """

    quiet: list[tuple[float, float]]
    scanning: list[tuple[float, float]]
    touches_ms: list[float]
    window_pid: int
    scanner_pids: list[int]
    scanner_share: float
    readings: int
    renderer: str

    @property
    def quiet_ms(self) -> list[float]:
        """From frame to frame without a scanner."""
        return [frame[0] for frame in self.quiet]

    @property
    def scanning_ms(self) -> list[float]:
        """From frame to frame while cards are read."""
        return [frame[0] for frame in self.scanning]


def figures(effort: Effort | None = None) -> Iterator[Figure]:
    """A minute and a half, and both cores."""
    effort = effort or Effort()
    with tempfile.TemporaryDirectory() as folder:
        seen = watch(Path(folder), effort)
        yield _frames(seen)
        yield _touches(seen)
        yield _first_frame(Path(folder), effort.starts)


def watch(folder: Path, effort: Effort) -> Seen:
    """The identification page in a process of its own, with the camera's process beside it and without."""
    video = folder / "hard.avi"
    _film(video, effort.people)
    asked = (video, folder / "kivy", effort.rounds, effort.seconds, effort.touches)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.window", *map(str, asked)],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=120 + 3 * effort.rounds * effort.seconds + effort.touches,
    )
    return Seen(**json.loads(done.stdout))


def _film(path: Path, people: int) -> None:
    """Cards that are hard to read, each before the camera for one frame: there is always something to look for."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), VIDEO_FPS, optics.RESOLUTIONS["1080p"])
    for seed in range(people):
        frame = next(optics.session("dni-pdf417", "hard", "1080p", seed))
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()


def _environment() -> dict[str, str]:
    """Of a machine without a display, whose window draws in its own thread."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIVY", "SDL", "DISPLAY"))}
    return kept | {"SDL_VIDEODRIVER": "offscreen", "LP_NUM_THREADS": "0"}


def _frames(seen: Seen) -> Figure:
    quiet, scanning = seen.quiet_ms, seen.scanning_ms
    works = [percentile([cpu for _, cpu in frames], 0.5) for frames in (seen.scanning, seen.quiet)]
    how = (
        f"from frame to frame, {len(scanning)} of them: the identification page at {WIDTH} x {HEIGHT} drawn again and"
        f" again (by {seen.renderer}, in the window's thread) with the camera's picture in it, while the camera's"
        f" process reads hard cards and takes {100 * seen.scanner_share:.0f} % of a core; median"
        f" {percentile(scanning, 0.5):.0f} ms, {works[0]:.0f} of them CPU; limit: {len(quiet)} frames without"
        f" a scanner, median {percentile(quiet, 0.5):.0f} ms, {works[1]:.0f} of them CPU"
    )
    return Figure("ui.frame_p99_ms_scanning", percentile(scanning, 0.99), "ms", how, percentile(quiet, 0.99))


def _touches(seen: Seen) -> Figure:
    taken = seen.touches_ms
    how = (
        f"{len(taken)} touches of the keypad while documents are looked for, to the frame in which the digit's pixels"
        f" differ, drawn by {seen.renderer}; median {percentile(taken, 0.5):.0f} ms; limit: two frames as above, by"
        " their median"
    )
    limit = 2 * percentile(seen.scanning_ms, 0.5)
    return Figure("ui.touch_to_frame_p95_ms", percentile(taken, 0.95), "ms", how, limit)


def _first_frame(folder: Path, starts: int) -> Figure:
    """The program as systemd starts it, and a window with one word in it."""
    kiosk, bare = _install(folder), [sys.executable, "-m", "tests.bench.bare_window", *map(str, PANEL), str(folder)]
    _start(folder, kiosk)  # makes the database
    taken = [(_start(folder, kiosk), _start(folder, bare)) for _ in range(starts)]
    ours, theirs = (percentile([pair[which] for pair in taken], 0.5) for which in (0, 1))
    how = (
        f"median of {starts}: from the start of `kiosk run` (an enrolled kiosk: store, camera, printer and sync) to its"
        f" first frame at {PANEL[0]} x {PANEL[1]} (software); limit: a Kivy window with one word in it"
    )
    return Figure("ui.first_frame_s", ours, "s", how, theirs)


def _install(folder: Path) -> list[str]:
    """An enrolled kiosk in ``folder``, and the command that runs it."""
    nowhere = msgspec.structs.replace(ENROLMENT, server_url="http://127.0.0.1:9")
    (folder / "enrolment.json").write_bytes(to_json(nowhere))
    (folder / "device.key").write_text(DEVICE.seed.hex(), encoding="ascii")
    (folder / "kiosk.toml").write_text(
        f"""data_dir = {json.dumps(str(folder))}
printer.port = {json.dumps(str(folder / "none"))}
scanner = {{ source = "virtual:nothing", usb = "off" }}
screen = {{ width = {PANEL[0]}, height = {PANEL[1]} }}
""",
        encoding="utf-8",
    )
    return [sys.executable, "-m", "kiosk", "run"]


def _start(folder: Path, command: list[str]) -> float:
    """Seconds until ``command`` tells the service manager that something is seen; it is ended afterwards."""
    address = folder / "notify"
    address.unlink(missing_ok=True)
    environment = _environment() | {"KIOSK_CONFIG": str(folder / "kiosk.toml"), "NOTIFY_SOCKET": str(address)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(START_S)
        began_s = monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            assert manager.recv(64) == b"READY=1"
            return monotonic() - began_s
        finally:
            process.terminate()
            process.wait(START_S)
