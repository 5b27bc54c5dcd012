"""The scanner is found by what it reads, on whichever port it is; a printer beside it hears nothing."""

from __future__ import annotations

import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest
import zxingcpp

from drivers.scanner.serial_scanner import doctor
from drivers.scanner.serial_scanner.learn import learn, pairing_code, pairing_sheet, write_sheet
from drivers.scanner.serial_scanner.line import Line
from drivers.scanner.serial_scanner.virtual import Setup, VirtualUsbScanner
from tests.drivers.scanner.conftest import wait_until


@dataclass
class Port:
    device: str
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[VirtualUsbScanner]:
    made = VirtualUsbScanner(tmp_path / "scanner", Setup(suffix="crlf"))
    yield made
    made.close()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualUsbScanner]:
    """Some other device that must not be written to."""
    made = VirtualUsbScanner(tmp_path / "printer")
    yield made
    made.close()


def ports(tmp_path: Path) -> list[Port]:
    return [Port(str(tmp_path / "printer")), Port(str(tmp_path / "missing")), Port(str(tmp_path / "scanner"), 0x1EAB)]


def soon(call: object, *arguments: object) -> None:
    threading.Timer(0.2, call, arguments).start()  # type: ignore[arg-type]


def test_nobody_reads_the_code(tmp_path: Path, scanner: VirtualUsbScanner, printer: VirtualUsbScanner) -> None:
    soon(scanner.obey, "dni")
    learned = learn("KIOSKOABC", 0.6, lambda: ports(tmp_path))
    assert learned.port is None
    assert learned.heard_other == (str(tmp_path / "scanner"),)
    assert [device for device, _ in learned.refused] == [str(tmp_path / "missing")]
    assert scanner.written() == printer.written() == b""


def test_the_port_that_says_it_is_it(tmp_path: Path, scanner: VirtualUsbScanner, printer: VirtualUsbScanner) -> None:
    code = pairing_code()
    soon(scanner.scan, b"Q1", code.encode())
    learned = learn(code, 15.0, lambda: ports(tmp_path))
    assert learned.port is not None
    assert learned.port.device == str(tmp_path / "scanner")
    assert scanner.written() == printer.written() == b""
    Line(str(tmp_path / "scanner")).close()  # given back


def test_a_device_that_is_pulled_out_meanwhile_ends_nothing(
    tmp_path: Path, scanner: VirtualUsbScanner, printer: VirtualUsbScanner
) -> None:
    code = pairing_code()
    soon(printer.unplug)
    threading.Timer(0.5, scanner.scan, (b"C0", code.encode())).start()
    learned = learn(code, 15.0, lambda: ports(tmp_path))
    assert learned.port is not None


def test_the_sheet_is_read_in_both_its_codes() -> None:
    code = pairing_code()
    found = {str(each.symbology): each.text for each in zxingcpp.read_barcodes(pairing_sheet(code))}
    assert found == {"QR Code": code, "Code 128": code}
    assert pairing_code() != code


@pytest.mark.parametrize("name", ["no/such/folder/lector.png", "lector.xyz"])
def test_a_sheet_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="lector"):
        write_sheet("KIOSKO", tmp_path / name)


def test_the_doctor_says_what_to_write_down(
    tmp_path: Path, scanner: VirtualUsbScanner, printer: VirtualUsbScanner
) -> None:
    said: list[str] = []
    sheet = tmp_path / "lector.png"

    def hold_up() -> None:
        wait_until(lambda: any("Abra o imprima" in line for line in said))
        time.sleep(0.2)
        (read,) = {each.text for each in zxingcpp.read_barcodes(cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE))}
        scanner.scan(b"Q1", read.encode())

    threading.Thread(target=hold_up).start()
    assert doctor.learn_scanner(sheet, 15.0, said.append, lambda: ports(tmp_path))
    assert said[-1] == '  usb = "1eab:7523"'
    assert printer.written() == b""


# --- what it sends ----------------------------------------------------------------------------------------------


def test_the_doctor_says_what_came_masked(tmp_path: Path, scanner: VirtualUsbScanner) -> None:
    said: list[str] = []
    soon(scanner.obey, "text https://example.org")
    threading.Timer(0.6, scanner.obey, ("dni",)).start()
    assert doctor.try_scanner(str(tmp_path / "scanner"), 15.0, said.append, list) is True
    assert said[1:] == [
        "  recibido: QR · 19 caracteres · ajeno al kiosco",
        "  recibido: Code 39 · 8 caracteres · DNI ••••5678",
    ]


def test_a_scanner_that_names_no_codes_is_to_be_mended(tmp_path: Path) -> None:
    unnamed = VirtualUsbScanner(tmp_path / "scanner", Setup(aim=False))
    said: list[str] = []
    soon(unnamed.obey, "dni")
    doctor.try_scanner(str(tmp_path / "scanner"), 15.0, said.append, list)
    unnamed.close()
    assert "identificador AIM" in said[-1]


@pytest.mark.usefixtures("scanner")
def test_a_scanner_that_is_taken_or_silent_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    assert doctor.try_scanner(str(tmp_path / "scanner"), 0.2, said.append, list) is False
    assert "no llegó ningún documento" in said[-1]
    kiosk = Line(str(tmp_path / "scanner"))
    assert doctor.try_scanner(str(tmp_path / "scanner"), 0.2, said.append, list) is False
    kiosk.close()
    assert "no se abre" in said[-1]
    assert doctor.try_scanner("off", 0.2, said.append, list) is None


# --- the virtual one --------------------------------------------------------------------------------------------


def test_a_developer_has_one_on_the_command_line(tmp_path: Path) -> None:
    link = tmp_path / "usb"
    program = subprocess.Popen(
        [sys.executable, "-m", "drivers.scanner", "virtual-usb", "--link", link],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(link.exists)
    line = Line(str(link))
    assert program.stdin is not None
    program.stdin.write("nonsense\ndni\n")
    program.stdin.flush()
    received = b""

    def whole() -> bool:
        nonlocal received
        if select.select([line], [], [], 0)[0]:
            received += line.receive()
        return received == b"]A012345678\r"

    wait_until(whole)
    _, complained = program.communicate("", timeout=15)
    line.close()
    assert (program.returncode, complained) == (0, "No se conoce: nonsense\n")
    assert not link.exists()
