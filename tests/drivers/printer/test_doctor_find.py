"""Looking for the printer: ports that are somebody else's, in use, forbidden, or not there at all."""

from __future__ import annotations

import errno
import fcntl
import os
import time
import tty
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import serial
from serial.tools import list_ports

from drivers.printer.doctor import address, discover
from drivers.printer.doctor import find as find_module
from drivers.printer.doctor.address import other_names, stable_address, udev_rule
from drivers.printer.doctor.discover import Candidate, candidates, listen_at
from drivers.printer.doctor.find import find
from drivers.printer.ports import Port
from drivers.printer.spoken import ABSENT, SILENT, USAGE
from drivers.printer.virtual.printer import VirtualPrinter
from tests.drivers.printer.person import NO, YES, Person, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serial.tools.list_ports_common import ListPortInfo


def adapter(device: str, **others: object) -> ListPortInfo:
    told = {"vid": None, "pid": None, "serial_number": None, "location": None, "description": "n/a", **others}
    return SimpleNamespace(device=device, name=device.rpartition("/")[2], **told)  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def no_ports_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", list)
    monkeypatch.setattr(discover, "KIOSK_PORT", tmp_path / "kiosk-printer")
    monkeypatch.setattr(find_module, "KIOSK_PORT", tmp_path / "kiosk-printer")
    monkeypatch.setattr(address, "KIOSK_PORT", tmp_path / "kiosk-printer")
    monkeypatch.setattr(discover, "_USB_PRINTERS", tmp_path / "usb")
    monkeypatch.setattr(discover, "_SYSTEM", tmp_path / "sys")


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Callable[..., VirtualPrinter]]:
    made: list[VirtualPrinter] = []

    def plug(name: str, baud: int | None = None) -> VirtualPrinter:
        made.append(VirtualPrinter(tmp_path / name, tmp_path / f"tickets-{name}", baud=baud))
        return made[-1]

    yield plug
    for one in made:
        one.close()


@dataclass
class Mute:
    """A device that hears and never says a word, as a scanner does."""

    path: Path
    end: int

    def __str__(self) -> str:
        return str(self.path)

    def heard(self) -> bytes:
        try:
            return os.read(self.end, 4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[Mute]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    (tmp_path / "mute").symlink_to(os.ttyname(theirs))
    yield Mute(tmp_path / "mute", ours)
    os.close(ours)
    os.close(theirs)


def here(monkeypatch: pytest.MonkeyPatch, *infos: ListPortInfo) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: list(infos))


# --- whom to ask ------------------------------------------------------------------------------------------------


def test_all_ports_are_candidates_once_the_named_one_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ttyUSB0", "ttyUSB1", "ttyS0", "ttyS4"):
        (tmp_path / name).touch()
    (tmp_path / "kiosk-printer").symlink_to(tmp_path / "ttyUSB1")
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb" / "lp0").touch()
    for name, kind in (("ttyS0", "4\n"), ("ttyS4", "0\n")):
        (tmp_path / "sys" / name).mkdir(parents=True)
        (tmp_path / "sys" / name / "type").write_text(kind)
    here(
        monkeypatch,
        adapter(f"{tmp_path}/ttyS0"),
        adapter(f"{tmp_path}/ttyS4"),
        adapter(f"{tmp_path}/ttyUSB0", vid=0x0403, pid=0x6001, description="FT232R USB UART"),
        adapter(f"{tmp_path}/ttyUSB1", vid=0x1A86, pid=0x7523, description="USB Serial"),
    )
    assert candidates() == [
        Candidate(f"{tmp_path}/kiosk-printer"),
        Candidate(f"{tmp_path}/ttyUSB0", "FT232R USB UART"),
        Candidate(f"{tmp_path}/ttyS0"),
        Candidate(f"{tmp_path}/usb/lp0", "impresora USB"),
    ]


def test_a_machine_without_ports() -> None:
    person = nobody()
    assert find((), None, person, yes=True) == ABSENT
    assert "No hay ningún puerto" in person.heard


def test_several_ports_are_shown_first_and_none_is_written_to_without_a_yes(
    printer: Callable[..., VirtualPrinter], mute: Mute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer("port")
    here(monkeypatch, adapter(str(mute), description="lector"), adapter(str(tmp_path / "port")))
    person = nobody()
    assert find((), None, person, yes=False) == USAGE
    assert f"  {mute} (lector)" in person.said
    assert "--port" in person.heard
    refusing = Person({"todos": NO})
    assert find((), None, refusing, yes=False) == USAGE
    assert mute.heard() == b""
    heard = find((), None, Person({"todos": YES}), yes=False)
    assert not isinstance(heard, int)
    assert (heard.candidate.port, heard.baud) == (str(tmp_path / "port"), 9600)
    assert mute.heard() == b"\x10\x04\x01" * 5


def test_one_port_alone_needs_no_question(
    printer: Callable[..., VirtualPrinter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer("port", baud=115200)
    here(monkeypatch, adapter(str(tmp_path / "port")))
    heard = find((), None, nobody(), yes=False)
    assert not isinstance(heard, int)
    assert (heard.baud, heard.tried) == (115200, 5)


def test_the_port_named_for_it_is_asked_alone(
    printer: Callable[..., VirtualPrinter], mute: Mute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer("kiosk-printer")
    here(monkeypatch, adapter(str(mute)))
    person = nobody()
    heard = find((), None, person, yes=False)
    assert not isinstance(heard, int)
    assert heard.candidate.port == str(tmp_path / "kiosk-printer")
    assert str(mute) not in person.heard
    assert mute.heard() == b""


def test_two_printers(printer: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer("one")
    printer("two", baud=19200)
    ports = (str(tmp_path / "one"), str(tmp_path / "two"))
    person = nobody()
    assert find(ports, None, person, yes=True) == USAGE
    assert "más de una impresora" in person.heard
    heard = find(ports, None, Person(choices=[1]), yes=True)
    assert not isinstance(heard, int)
    assert (heard.candidate.port, heard.baud) == (ports[1], 19200)


# --- ports that cannot be asked ---------------------------------------------------------------------------------


def test_a_port_in_use(printer: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer("port")
    person = nobody()
    with serial.Serial(str(tmp_path / "port"), exclusive=True):
        assert find((str(tmp_path / "port"),), None, person, yes=False) == ABSENT
    assert "en uso por otro programa" in person.heard
    assert "systemctl stop kiosk" in person.heard


def test_a_port_locked_by_another_program(printer: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer("port")
    with (tmp_path / "port").open("rb", buffering=0) as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "en uso" in listen_at(Candidate(str(tmp_path / "port"))).obstacle


def test_a_port_without_permission_names_its_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root is let in everywhere, so the refusal is the library's, word for word."""
    (tmp_path / "port").touch()

    def refuse(*_args: object, **_named: object) -> None:
        raise serial.SerialException(errno.EACCES, f"could not open port: [Errno {errno.EACCES}] Permission denied")

    monkeypatch.setattr(serial, "Serial", refuse)
    person = nobody()
    assert find((str(tmp_path / "port"),), None, person, yes=False) == ABSENT
    group = discover._group_of(str(tmp_path / "port"))
    assert f"sin permiso: es del grupo {group}. Ejecute «sudo usermod -aG {group} " in person.heard


@pytest.mark.parametrize("port", ["none", "usb/lp0"])
def test_a_port_that_is_not_there(tmp_path: Path, port: str) -> None:
    person = nobody()
    assert find((str(tmp_path / port),), None, person, yes=False) == ABSENT
    assert "no se puede abrir: no está" in person.heard


def test_a_line_without_a_way_back_is_refused(tmp_path: Path) -> None:
    person = nobody()
    assert find((f"file:{tmp_path}/paper",), None, person, yes=False) == SILENT
    assert "no vuelve ninguna respuesta" in person.heard


def test_a_device_that_never_answers_takes_no_more_than_seconds(mute: Mute) -> None:
    begun = time.monotonic()
    person = nobody()
    assert find((str(mute),), None, person, yes=False) == SILENT
    assert time.monotonic() - begun < 6
    assert "hilo de vuelta" in person.heard


@pytest.mark.parametrize(
    "answer",
    [
        lambda data: data,  # an echo: a modem, or the two wires joined
        lambda _data: b"\x12\x12",  # two where one was asked for
        lambda _data: b"OK\r\n",
        lambda _data: b"\x12A",
        lambda _data: b"\x00",
        lambda _data: b"\xff\x12\xff",
    ],
)
def test_what_answers_otherwise_is_no_printer(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes]
) -> None:
    line = Line(answer)
    monkeypatch.setattr(Port, "open", lambda *_: line)
    monkeypatch.setattr(discover, "REPLY_S", 0.02)
    assert listen_at(Candidate("/dev/x")).baud is None
    assert line.closed == 5


def test_the_noise_of_another_speed_may_hide_the_first_question(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([b"\xff", *[b"\x12"] * 4])
    monkeypatch.setattr(Port, "open", lambda *_: Line(lambda _data: next(answers)))
    assert listen_at(Candidate("/dev/x")).baud == 9600


def test_a_kiosks_automatic_status_does_not_disturb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Port, "open", lambda *_: Line(lambda _data: b"\x10\x00\x00\x0f\x13\x1a\x11"))
    assert listen_at(Candidate("/dev/x")).baud == 9600


class Line:
    """A line whose other end answers every question in one way; implements `Link`."""

    answers = True
    bytes_per_s = 960.0

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer, self._inbox, self.closed = answer, b"", 0

    def send(self, data: bytes) -> None:
        self._inbox += self._answer(data)

    def receive(self, timeout_s: float) -> bytes:
        taken, self._inbox = self._inbox, b""
        if not taken:
            time.sleep(timeout_s)
        return taken

    def close(self) -> None:
        self.closed += 1


# --- its name tomorrow ------------------------------------------------------------------------------------------

FTDI = adapter("/dev/ttyUSB0", vid=0x0403, pid=0x6001, serial_number="A9XYZ", location="1-3")
CH340 = adapter("/dev/ttyUSB1", vid=0x1A86, pid=0x7523, location="1-4.2")
BARE = adapter("/dev/ttyUSB2", vid=0x1A86, pid=0x7523)
BUILT_IN = adapter("/dev/ttyS0")
BY_PATH = [
    "/dev/serial/by-path/pci-0000:00:14.0-usbv2-0:3:1.0-port0",
    "/dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0-port0",
]


@pytest.mark.parametrize(
    ("info", "names", "match"),
    [
        (FTDI, BY_PATH, 'ENV{ID_SERIAL_SHORT}=="A9XYZ"'),
        (CH340, BY_PATH, 'ENV{ID_PATH}=="pci-0000:00:14.0-usb-0:3:1.0"'),
        (CH340, [], 'KERNELS=="1-4.2"'),
        (BARE, [], 'ENV{ID_VENDOR_ID}=="1a86", ENV{ID_MODEL_ID}=="7523"'),
    ],
)
def test_the_line_for_udev(info: ListPortInfo, names: list[str], match: str) -> None:
    rule = udev_rule(info, names)
    assert rule == f'SUBSYSTEM=="tty", {match}, SYMLINK+="kiosk-printer", ENV{{ID_MM_DEVICE_IGNORE}}="1"'


def test_a_port_that_is_built_in_needs_none() -> None:
    assert udev_rule(BUILT_IN, []) is None


@pytest.mark.parametrize(
    ("port", "info", "stable"),
    [
        ("/dev/ttyUSB0", FTDI, "usb-serial:0403:6001:A9XYZ"),
        ("/dev/ttyUSB1", CH340, "usb-serial:1a86:7523@1-4.2"),
        ("/dev/ttyS0", BUILT_IN, "/dev/ttyS0"),
        ("/dev/usb/lp0", None, "/dev/usb/lp0"),
        ("tcp://10.1.2.3:9100", None, "tcp://10.1.2.3:9100"),
    ],
)
def test_the_address_for_the_configuration(port: str, info: ListPortInfo | None, stable: str) -> None:
    assert stable_address(port, info) == stable


def test_the_name_that_udev_gives_stays_and_a_relative_one_becomes_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stable_address(str(tmp_path / "kiosk-printer"), FTDI) == str(tmp_path / "kiosk-printer")
    monkeypatch.chdir(tmp_path)
    assert stable_address("var/printer", None) == str(tmp_path / "var" / "printer")


def test_the_links_to_a_device_are_found(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    for folder, name, target in (
        ("by-id", "usb-FTDI", "ttyUSB0"),
        ("by-path", "pci-1", "ttyUSB0"),
        ("by-id", "x", "y"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).symlink_to(tmp_path / target)
    folders = (tmp_path / "by-id", tmp_path / "by-path", tmp_path / "none")
    assert other_names(str(tmp_path / "ttyUSB0"), folders) == [
        str(tmp_path / "by-id" / "usb-FTDI"),
        str(tmp_path / "by-path" / "pci-1"),
    ]


def test_names_are_told_with_the_line_to_paste(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ttyUSB0").touch()
    info = adapter(str(tmp_path / "ttyUSB0"), vid=0x0403, pid=0x6001, serial_number="A9XYZ")
    here(monkeypatch, info)
    person = nobody()
    assert find_module.tell_names(str(tmp_path / "ttyUSB0"), person) == "usb-serial:0403:6001:A9XYZ"
    assert "Dirección estable: usb-serial:0403:6001:A9XYZ" in person.heard
    assert 'SYMLINK+="kiosk-printer"' in person.heard
