"""The commissioning of each virtual model, with somebody who looks at the paper and with nobody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from drivers.printer.doctor.commission import Wish, commission
from drivers.printer.doctor.sheet import trial_sheet
from drivers.printer.encode import MAX_BYTES
from drivers.printer.spoken import CANNOT_PRINT, OK, SILENT
from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import EPSON, MODELS
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import Tier
from kiosk.config import load_settings
from tests.drivers.printer.person import NO, YES, looking_at, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAST = 115200
"""A virtual printer without a speed of its own understands all; at this one the sheet is on the wire for 0.2 s."""


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Callable[..., VirtualPrinter]]:
    made: list[VirtualPrinter] = []

    def plug(key: str, **settings: object) -> VirtualPrinter:
        made.append(VirtualPrinter(tmp_path / "port", tmp_path / "tickets", model=MODELS[key], **settings))  # type: ignore[arg-type]
        return made[-1]

    yield plug
    for printer in made:
        printer.close()


def wish(folder: Path, baud: int | None = FAST, **others: object) -> Wish:
    return Wish((str(folder / "port"),), folder / "kiosk.toml", baud, **others)  # type: ignore[arg-type]


def written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the kiosk reads in the file that the doctor wrote."""
    monkeypatch.setenv("KIOSK_CONFIG", str(folder / "kiosk.toml"))
    printer = load_settings().printer
    assert printer.port == str(folder / "port")
    return printer.model_dump(exclude_none=True, exclude={"port", "roll_m", "flow"}, mode="json")


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("epson-tm-t20iii", {"baud": FAST, "model": "epson-80"}),
        ("clone-gsr", {"baud": FAST, "model": "clone-80"}),
        ("clone-gb18030", {"baud": FAST, "model": "clone-80"}),
        ("clone-dle", {"baud": FAST, "model": "plain-80"}),
        ("mini-58mm", {"baud": FAST, "model": "mini-58"}),
    ],
)
def test_somebody_who_looks(
    plugged: Callable[..., VirtualPrinter],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    found: dict[str, object],
) -> None:
    printer = plugged(key)
    person = looking_at(printer, Escribirla=YES)
    assert commission(wish(tmp_path), person) == OK
    assert written(tmp_path, monkeypatch) == found
    assert len(printer.tickets) == 1
    assert "No verificado" not in person.heard
    assert "mal" not in person.heard


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("epson-tm-t20iii", {"model": "epson-80", "native_qr": False}),
        ("clone-gsr", {"model": "clone-80", "native_qr": False}),
        ("clone-dle", {"model": "plain-80"}),
    ],
)
def test_nobody_there_takes_only_what_the_wire_proves(
    plugged: Callable[..., VirtualPrinter],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    found: dict[str, object],
) -> None:
    printer, person = plugged(key), nobody()
    begun = time.monotonic()
    assert commission(wish(tmp_path, writes=True), person) == OK
    assert time.monotonic() - begun < 6
    assert written(tmp_path, monkeypatch) == {"baud": FAST, **found}
    assert printer.tickets == ()
    assert "No verificado: si dibuja códigos QR" in person.heard
    assert "SW 2-1" in person.heard


def test_nobody_there_and_nothing_asked_for_changes_no_file_and_moves_no_paper(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    printer, person = plugged("epson-tm-t20iii"), nobody()
    assert commission(wish(tmp_path), person) == OK
    assert printer.tickets == ()
    assert printer.violations == ()
    assert not (tmp_path / "kiosk.toml").exists()
    assert 'model = "epson-80"' in person.heard


def test_the_sheet_can_be_printed_with_nobody_there(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer, person = plugged("epson-tm-t20iii"), nobody()
    assert commission(wish(tmp_path, prints=True), person) == OK
    assert len(printer.tickets) == 1
    assert printer.tickets[0].complete
    assert printer.violations == ()
    assert "lo confirmó" in person.heard


def test_a_printer_whose_answers_never_arrive_is_refused(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    plugged("tx-not-wired")
    person = nobody()
    assert commission(wish(tmp_path, None, writes=True), person) == SILENT
    assert "hilo de vuelta" in person.heard
    assert not (tmp_path / "kiosk.toml").exists()


def test_a_line_at_each_speed_tells_a_missing_wire_from_a_missing_printer(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    printer = plugged("tx-not-wired", baud=19200)
    person = looking_at(printer, velocidad=YES)
    person.choices = [1]
    assert commission(wish(tmp_path, None), person) == SILENT
    assert person.said[-1].startswith("Imprime a 19200 baudios y no responde")


def test_the_speed_is_found(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = plugged("epson-tm-t20iii", baud=38400)
    assert commission(wish(tmp_path, None), looking_at(printer, Escribirla=YES)) == OK
    assert written(tmp_path, monkeypatch) == {"baud": 38400, "model": "epson-80"}


def test_a_speed_that_is_given_is_the_only_one_tried(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    plugged("epson-tm-t20iii", baud=38400)
    assert commission(wish(tmp_path, baud=9600), nobody()) == SILENT
    assert commission(wish(tmp_path, baud=38400), nobody()) == OK


def test_a_printer_that_answers_noise_is_none(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    plugged("epson-tm-t20iii").fail(Fault.GARBAGE)
    begun = time.monotonic()
    assert commission(wish(tmp_path, None), nobody()) == SILENT
    assert time.monotonic() - begun < 10


def test_somebody_puts_the_paper_in_and_it_goes_on(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged("epson-tm-t20iii")
    printer.fail(Fault.PAPER_OUT)

    def put_in() -> bool:
        printer.repair(Fault.PAPER_OUT)
        return True

    person = looking_at(printer, **{"Ya está": put_in})
    assert commission(wish(tmp_path), person) == OK
    assert "no tiene papel" in person.heard
    printer.fail(Fault.PAPER_OUT)
    assert commission(wish(tmp_path), looking_at(printer, **{"Ya está": NO})) == CANNOT_PRINT


def test_what_a_person_did_not_see_counts_as_missing(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = plugged("epson-tm-t20iii")
    person = looking_at(printer, **{"1.": NO, "2.": NO, "Cortó": NO, "Escribirla": YES})
    assert commission(wish(tmp_path), person) == OK
    assert written(tmp_path, monkeypatch) == {"baud": FAST, "model": "epson-80", "native_qr": False}
    assert "PC850" in person.heard
    assert "No cortó" in person.heard
    assert commission(wish(tmp_path), looking_at(printer, **{"2.": NO, "3.": NO})) == CANNOT_PRINT


def test_a_sheet_that_does_not_come_out_ends_it(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged("epson-tm-t20iii")
    person = looking_at(printer)
    person.on_line = lambda line: printer.fail(Fault.CUTTER_JAMMED) if line.startswith("Marca") else None
    assert commission(wish(tmp_path), person) == CANNOT_PRINT
    assert "cuchilla está trabada" in person.heard


@pytest.mark.parametrize("tier", [Tier.PROCESS_ID, Tier.SENSOR, Tier.STATUS])
def test_the_sheet_fits_every_buffer(tier: Tier) -> None:
    assert len(trial_sheet(tier, "0001").data) <= MAX_BYTES


def test_the_sheets_length_is_no_less_than_it_takes(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged("epson-tm-t20iii")
    commission(wish(tmp_path, prints=True), nobody())
    needs_mm = trial_sheet(Tier.PROCESS_ID, "0001").paper_mm
    assert printer.tickets[0].length_mm <= needs_mm <= printer.tickets[0].length_mm * 1.25
    assert printer.view.model == EPSON
