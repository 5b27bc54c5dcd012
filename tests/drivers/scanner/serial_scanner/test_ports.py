"""Which port is meant: never a guess, and never by asking the port."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from drivers.scanner.serial_scanner.ports import address_of, candidates, parse_wanted


@dataclass
class Port:
    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None


BOARD = Port("/dev/ttyS0")
PRINTER = Port("/dev/ttyUSB0", 0x1A86, 0x7523)
SCANNER = Port("/dev/ttyACM0", 0x1EAB, 0x0C06, "AB1")
TWIN = Port("/dev/ttyACM1", 0x1EAB, 0x0C06, "AB2")


@pytest.mark.parametrize("text", ["", "on", "1eab", "1eab:", "1eab:0c0", "1eab:0c06:", "ttyACM0", "1eab-0c06"])
def test_what_names_none_is_refused_in_spanish(text: str) -> None:
    with pytest.raises(ValueError, match="Lector USB desconocido"):
        parse_wanted(text)


def test_off_is_none() -> None:
    assert parse_wanted("off") is None


@pytest.mark.parametrize(
    ("text", "there", "device"),
    [
        ("auto", [], None),
        ("auto", [BOARD, PRINTER], None),
        ("auto", [BOARD, PRINTER, SCANNER], "/dev/ttyACM0"),
        ("auto", [SCANNER, TWIN], None),
        ("1EAB:0C06", [PRINTER, SCANNER], "/dev/ttyACM0"),
        ("1eab:0c06", [SCANNER, TWIN], None),
        ("1eab:0c06:AB2", [SCANNER, TWIN], "/dev/ttyACM1"),
        ("1a86:7523", [BOARD, PRINTER, SCANNER], "/dev/ttyUSB0"),
        ("/dev/kiosk-scanner", [], "/dev/kiosk-scanner"),
    ],
)
def test_the_port_is_the_one_that_fits(text: str, there: list[Port], device: str | None) -> None:
    wanted = parse_wanted(text)
    assert wanted is not None
    assert wanted.device(lambda: there) == device


@pytest.mark.parametrize("port", [PRINTER, SCANNER, TWIN], ids=lambda port: port.device)
def test_what_is_written_down_finds_it_again(port: Port) -> None:
    wanted = parse_wanted(address_of(port))
    assert wanted is not None
    assert wanted.device(lambda: [PRINTER, SCANNER, TWIN]) == port.device


def test_a_port_of_the_board_is_no_candidate() -> None:
    assert candidates(lambda: [BOARD, PRINTER, SCANNER]) == (PRINTER, SCANNER)
