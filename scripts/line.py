"""Starts the whole line on this machine, and stops it: server, printer or its twin, camera or its twin, kiosk.

Each part is the real program in a process of its own. What it writes stays in ``var/``: databases, keys, logs, and
the tickets that the printer's twin cut.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from domain.messages import Enrolment, from_json, to_json
from drivers.scanner.devices import cameras
from kiosk.__main__ import RESTART
from kiosk.pin import write_pin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
START_S = 60.0
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only when --lan asks for it


class LineError(Exception):
    """A part did not start; the message says which and where its log is, in Spanish."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the line should run. ``rehearsal`` is where a scripted visitor leaves its pictures; None for no visitor."""

    folder: Path
    port: int = 8080
    lan: bool = False
    printer: str = ""
    camera: str = ""
    fullscreen: bool = False
    width: int = 540
    height: int = 960
    rehearsal: Path | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A running line: where to look, and the desk's sign-in made for this run.

    ``printer`` is the page of the printer's twin; empty with a real printer.
    """

    url: str
    printer: str
    user: str
    password: str
    ticket: Path
    kiosk: subprocess.Popen[bytes]


@contextmanager
def running(wish: Wish) -> Iterator[Line]:
    """The line, from the server to the kiosk's first frame; stopped in reverse order.

    Raises:
        LineError: a part did not start within a minute.
    """
    folder = wish.folder
    for name in ("server", "kiosk", "log", "tickets"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    url = f"http://{_address() if wish.lan else '127.0.0.1'}:{wish.port}"
    os.environ["KIOSK_SERVER_CONFIG"] = str(folder / "server" / "server.toml")
    os.environ["KIOSK_CONFIG"] = str(folder / "kiosk" / "kiosk.toml")
    with ExitStack() as stack:
        stack.enter_context(_alone(folder))
        _must_be_free(wish.port)
        _write_server_config(wish, url)
        _write_kiosk_config(wish)
        password = _prepare_server()
        write_pin(folder / "kiosk" / "staff.pin", PIN)
        server = stack.enter_context(_process(folder, "server", BIN / "kiosk-server", "run"))
        _wait("server", folder, server, lambda: _answers(f"http://127.0.0.1:{wish.port}/healthz"))
        _enrol(wish, url)
        page = "" if wish.printer else stack.enter_context(_printer_twin(folder))
        kiosk = stack.enter_context(_kiosk(wish))
        yield Line(url, page, USER, password, folder / "tickets" / "latest.png", kiosk)


# --- the parts --------------------------------------------------------------------------------------------------

USER = "ventanilla1"
PIN = "2580"
"""The staff's page of a kiosk in a checkout; an installed one has its own (`kiosk setup`)."""


def _write_server_config(wish: Wish, url: str) -> None:
    office = (ROOT / "scripts" / "office.toml").read_text(encoding="utf-8").replace("{public_url}", url)
    (wish.folder / "server" / "server.toml").write_text(
        f"""# Written anew by every scripts/run.
public_url = {json.dumps(url)}
host = {json.dumps(EVERYWHERE if wish.lan else LOOPBACK)}
port = {wish.port}
data_dir = {json.dumps(str(wish.folder / "server"))}

{office}""",
        encoding="utf-8",
    )


def _write_kiosk_config(wish: Wish) -> None:
    camera = wish.camera or ("camera:auto" if cameras() else "virtual:dni")
    (wish.folder / "kiosk" / "kiosk.toml").write_text(
        f"""# Written anew by every scripts/run.
data_dir = {json.dumps(str(wish.folder / "kiosk"))}

[printer]
port = {json.dumps(wish.printer or str(wish.folder / "printer"))}

[scanner]
source = {json.dumps(camera)}

[screen]
fullscreen = {json.dumps(wish.fullscreen)}
width = {wish.width}
height = {wish.height}
languages = ["es", "qu", "ay", "en"]  # with the drafts: this is where translators look at them
""",
        encoding="utf-8",
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two lines in one folder would take each other's printer and password."""
    with (folder / "line.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LineError(f"Ya hay una línea en marcha con {folder}") from error
        yield


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise LineError(f"El puerto {port} está ocupado; use --port con otro") from error


def _prepare_server() -> str:
    """Database and the sign-in of this run; the password."""
    _order("kiosk-server", "migrate")
    password = secrets.token_urlsafe(12)
    _order("kiosk-server", "user", "add", USER, "--replace", "--password-stdin", say=password)
    return password


def _enrol(wish: Wish, url: str) -> None:
    """The kiosk is enrolled as a technician would: the server shows a code, which is typed at the kiosk."""
    enrolment, server_url = wish.folder / "kiosk" / "enrolment.json", f"http://{LOOPBACK}:{wish.port}"
    if not _is_enrolled(enrolment):
        shown = _order("kiosk-server", "enrol", "--kiosk", "kiosco-1", "--replace", "--server-url", server_url)
        code = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){6}", shown)
        if code is None:
            raise LineError(f"kiosk-server enrol no mostró un código: {shown}")
        _order("kiosk", "setup", "--server", server_url, say=code[0])
    _bring_up_to_date(enrolment, url, server_url)


def _is_enrolled(path: Path) -> bool:
    """Whether there is an enrolment of this version: one of before there were keys is made anew."""
    try:
        from_json(path.read_bytes(), Enrolment)
    except (FileNotFoundError, msgspec.DecodeError):
        return False
    return True


def _bring_up_to_date(path: Path, url: str, server_url: str) -> None:
    """The kiosk stays who it is; where its server is found may differ from run to run."""
    kept = from_json(path.read_bytes(), Enrolment)
    office = msgspec.structs.replace(kept.office, tracking_base_url=url)
    path.write_bytes(to_json(msgspec.structs.replace(kept, server_url=server_url, office=office)))


def _order(*command: str, say: str = "") -> str:
    """Carries out a command, with ``say`` typed to it; what it says."""
    done = subprocess.run([BIN / command[0], *command[1:]], input=say, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LineError(f"{' '.join(command[:2])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def _printer_twin(folder: Path) -> Iterator[str]:
    """The virtual printer, as fast as a real one of 200 mm/s at 9600 baud; its page's address.

    Raises:
        LineError: at the end, it was sent bytes that no printer should be sent.
    """
    link = folder / "printer"
    link.unlink(missing_ok=True)
    log = folder / "log" / "printer.log"
    earlier = log.stat().st_size if log.exists() else 0
    where = ("--link", link, "--tickets", folder / "tickets")
    pace = ("--speed", "200", "--baud", "9600")
    command = (BIN / "python", "-m", "drivers.printer", "virtual", *where, *pace, "--page")
    with _process(folder, "printer", *command) as process:
        _wait("printer", folder, process, lambda: bool(_page_in(log, earlier)))
        yield _page_in(log, earlier)
    if process.returncode > 0:
        raise LineError(f"La impresora virtual recibió bytes que una real no entendería. Vea {folder}/log/printer.log")


def _page_in(log: Path, start: int) -> str:
    """The address that the printer's twin printed after ``start`` bytes of its log; empty while it has not."""
    said = log.read_bytes()[start:].decode(errors="replace")
    return next((line.strip() for line in said.splitlines(keepends=True) if re.match(r"http://.*\n", line)), "")


@contextmanager
def _kiosk(wish: Wish) -> Iterator[subprocess.Popen[bytes]]:
    rehearsal = ("--rehearse", str(wish.rehearsal)) if wish.rehearsal else ()
    if wish.rehearsal:
        shutil.rmtree(wish.rehearsal, ignore_errors=True)
    with tempfile.TemporaryDirectory() as private, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(f"{private}/notify")
        ready.settimeout(0.1)
        os.environ["NOTIFY_SOCKET"] = f"{private}/notify"
        try:
            with _process(wish.folder, "kiosk", BIN / "kiosk", "run", *rehearsal) as process:
                _wait("kiosk", wish.folder, process, lambda: _is_ready(ready))
                yield process
        finally:
            del os.environ["NOTIFY_SOCKET"]


@contextmanager
def _process(folder: Path, name: str, *command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, so that Ctrl-C reaches only this script, which stops the line in order."""
    with (folder / "log" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(name: str, folder: Path, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise LineError(f"No arrancó: {name}. Vea {folder / 'log' / name}.log")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 - our own server's address
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's OK
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _is_ready(channel: socket.socket) -> bool:
    try:
        return b"READY=1" in channel.recv(1024)
    except TimeoutError:
        return False


def _address() -> str:
    """This machine's address on its network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
        return str(probe.getsockname()[0])


# --- the command ------------------------------------------------------------------------------------------------


def _wish() -> Wish:
    parser = argparse.ArgumentParser(prog="scripts/run", description="Pone en marcha toda la línea en esta máquina.")
    parser.add_argument("--port", type=int, default=8080, help="puerto del servidor (8080)")
    parser.add_argument("--lan", action="store_true", help="también para los teléfonos de la misma red")
    parser.add_argument("--printer", default="", metavar="PUERTO", help="impresora real, por ejemplo /dev/ttyUSB0")
    parser.add_argument("--camera", default="", metavar="FUENTE", help="camera:auto, images:CARPETA, virtual:dni")
    parser.add_argument("--fullscreen", action="store_true", help="a pantalla completa")
    parser.add_argument("--size", type=_size, default=(540, 960), metavar="ANCHOxALTO", help="de la ventana (540x960)")
    asked = parser.parse_args()
    printer = asked.printer or ("/dev/kiosk-printer" if Path("/dev/kiosk-printer").exists() else "")
    rehearsal = None if _has_display() else ROOT / "build" / "rehearsal"
    if rehearsal:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    return Wish(
        ROOT / "var",
        port=asked.port,
        lan=asked.lan,
        printer=printer,
        camera=asked.camera,
        fullscreen=asked.fullscreen,
        width=asked.size[0],
        height=asked.size[1],
        rehearsal=rehearsal,
    )


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY"))


def _tell(line: Line, wish: Wish) -> None:
    print(f"""
La línea está en marcha. Ctrl-C la detiene.

  Ventanilla    {line.url}/desk     usuario: {line.user}   contraseña: {line.password}
  Pantalla      {line.url}/board/principal
  Kiosco        PIN del personal: {PIN}
  Último ticket {line.ticket}
  Impresora     {line.printer or wish.printer}
  Registros     {wish.folder / "log"}
""")


def _tell_visit(rehearsal: Path, kiosk: subprocess.Popen[bytes]) -> None:
    """What the scripted visitor did, once it is done."""
    told = rehearsal / "visit.json"
    while not told.exists() and kiosk.poll() is None:
        time.sleep(0.2)
    visit = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    if "failed" in visit:
        print(f"Sin pantalla: el visitante de ejemplo se detuvo ({visit['failed']}). Vea los registros.")
    elif visit:
        print(f"""Sin pantalla: un visitante de ejemplo tomó el turno {visit["number"]}.

  Seguimiento   {visit["url"]}
  Imágenes      {rehearsal}
""")


def _until_it_ends(kiosk: subprocess.Popen[bytes], wish: Wish) -> int:
    """The kiosk's exit status; started anew, as its service would, as often as staff ask for it on the screen."""
    status = kiosk.wait()
    while status == RESTART:
        with _kiosk(replace(wish, rehearsal=None)) as again:
            status = again.wait()
    return status


def main() -> int:
    """Runs until Ctrl-C, or until the kiosk stops by itself."""
    wish = _wish()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends the line too
        signal.signal(ending, signal.default_int_handler)
    try:
        with running(wish) as line:
            _tell(line, wish)
            if wish.rehearsal:
                _tell_visit(wish.rehearsal, line.kiosk)
            return _until_it_ends(line.kiosk, wish)
    except LineError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nDetenido.")
        return 0


if __name__ == "__main__":
    sys.exit(main())
