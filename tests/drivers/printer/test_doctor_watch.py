"""The sensors tried by hand: each change is told as the printer reports it, and a step nobody takes ends by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.printer.doctor.commission import Wish, commission
from drivers.printer.doctor.watch import STEPS, spoken
from drivers.printer.spoken import OK, SILENT
from drivers.printer.status import Condition
from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import MODELS
from drivers.printer.virtual.printer import VirtualPrinter
from tests.drivers.printer.person import NO, YES, Person, looking_at, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["epson-tm-t20iii", "clone-dle"])
def printer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(tmp_path / "port", tmp_path / "tickets", model=MODELS[request.param])
    yield printer
    printer.close()


def obeying(printer: VirtualPrinter) -> Callable[[str], None]:
    """Does at the printer what it is asked to, as soon as it is asked."""

    def obey(line: str) -> None:
        if line.startswith("Abra la tapa"):
            printer.fail(Fault.COVER_OPEN)
        elif line.startswith("Cierre la tapa"):
            printer.repair(Fault.COVER_OPEN)
        elif line.startswith("Saque el papel"):
            printer.fail(Fault.PAPER_OUT)
        elif line.startswith("Vuelva a poner"):
            printer.repair(Fault.PAPER_OUT)

    return obey


def test_each_change_is_told_live(printer: VirtualPrinter, tmp_path: Path) -> None:
    person = nobody()
    person.on_line = obeying(printer)
    assert commission(Wish((str(tmp_path / "port"),), tmp_path / "c", only_watches=True), person) == OK
    told = [line for line in person.said if line.startswith("  ")]
    assert told == [
        "  la impresora dice: tapa abierta",
        "  Visto.",
        "  la impresora dice: lista",
        "  Visto.",
        "  la impresora dice: sin papel",
        "  Visto.",
        "  la impresora dice: lista",
        "  Visto.",
    ]
    assert printer.tickets == ()
    assert not (tmp_path / "c").exists()


def test_a_step_is_skipped_by_enter_or_ends_by_itself(printer: VirtualPrinter, tmp_path: Path) -> None:
    person = nobody()
    person.enters = [False, True]
    wish = Wish((str(tmp_path / "port"),), tmp_path / "c", only_watches=True, step_s=0.05)
    assert commission(wish, person) == OK
    assert person.said.count("  Visto.") == 2  # it is ready when it is asked to be
    assert "  Saltado." in person.said
    assert any("puede que este equipo no tenga ese sensor" in line for line in person.said)
    assert printer.tickets == ()


def test_it_begins_even_where_the_cover_is_open(printer: VirtualPrinter, tmp_path: Path) -> None:
    printer.fail(Fault.COVER_OPEN)
    person = nobody()
    person.on_line = obeying(printer)
    assert commission(Wish((str(tmp_path / "port"),), tmp_path / "c", only_watches=True), person) == OK
    assert person.said.count("  Visto.") == len(STEPS)


def test_a_printer_that_falls_silent_is_told(printer: VirtualPrinter, tmp_path: Path) -> None:
    person = nobody()
    person.on_line = lambda line: printer.fail(Fault.POWER_OFF) if line.startswith("Abra") else None
    wish = Wish((str(tmp_path / "port"),), tmp_path / "c", only_watches=True, step_s=0.05)
    assert commission(wish, person) == OK
    assert "  la impresora dice: no responde" in person.said
    assert commission(wish, nobody()) == SILENT


def test_it_is_part_of_the_whole(printer: VirtualPrinter, tmp_path: Path) -> None:
    person = looking_at(printer, sensores=YES, **{"hoja de prueba": NO, "Ya está": YES})
    person.on_line = obeying(printer)
    assert commission(Wish((str(tmp_path / "port"),), tmp_path / "c", 115200), person) == OK
    assert person.said.count("  Visto.") == len(STEPS)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(), "lista"),
        (Condition(near_end=True), "queda poco papel"),
        (Condition(cover_open=True, paper_end=True, other=True, near_end=True), "tapa abierta, sin papel"),
        (Condition(cutter=True, other=True), "cuchilla trabada"),
        (Condition(other=True), "fuera de línea"),
    ],
)
def test_the_sensors_in_words(condition: Condition, words: str) -> None:
    assert spoken(condition) == words


def test_a_cover_that_is_reported_as_the_papers_end_counts_as_opened() -> None:
    assert STEPS[0].is_done(Condition(paper_end=True, other=True))
    assert not STEPS[1].is_done(Condition(paper_end=True, other=True))


def test_somebody_who_leaves_is_told_how_to_do_without_questions(printer: VirtualPrinter, tmp_path: Path) -> None:
    del printer
    person = Person(choices=[])
    ports = (str(tmp_path / "port"), str(tmp_path / "port"))
    assert commission(Wish(ports, tmp_path / "c", yes=True), person) == 2
    assert "--no-questions" in person.said[-1]
