"""The logo: from a file to the printer's memory, dot for dot, and into the configuration when somebody saw it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from drivers.printer import commands
from drivers.printer.doctor import logo
from drivers.printer.doctor.commission import Wish, commission
from drivers.printer.raster import Raster, packed
from drivers.printer.spoken import CANNOT_PRINT, OK, USAGE
from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.virtual.models import EPSON, MODELS
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.words import LogoMemory
from kiosk.config import load_settings
from tests.drivers.printer.machine import FEED_AND_CUT, Machine
from tests.drivers.printer.person import NO, YES, looking_at, nobody

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def drawn() -> Image.Image:
    picture = Image.new("1", (40, 24))
    draw = ImageDraw.Draw(picture)
    draw.line((0, 0, 39, 23), 1)
    draw.rectangle((3, 12, 9, 22), fill=1)
    return picture


def test_what_is_defined_is_printed_dot_for_dot() -> None:
    machine = Machine()
    machine.hears(commands.define_logo(packed(drawn())) + commands.LOGO + FEED_AND_CUT)
    machine.runs()
    assert machine.violations == []
    assert machine.device.logos == ("1",)
    burnt = machine.burnt().crop((0, 0, 40, 24)).convert("1", dither=Image.Dither.NONE)
    assert burnt.tobytes() == drawn().tobytes()


def test_dots_are_never_a_real_time_command() -> None:
    """A column of 10h over one of 04h, and so on: the printer would answer, or worse, in the middle of a picture."""
    picture = Image.new("1", (8, 16))
    for column, low in enumerate((0x04, 0x05, 0x14)):
        for block, byte in enumerate((0x10, low)):
            for bit in range(8):
                picture.putpixel((column, 8 * block + bit), byte >> 7 - bit & 1)
    machine = Machine()
    assert machine.hears(commands.define_logo(packed(picture))).strip(b"\x11\x13") == b""  # XOFF and XON apart
    assert machine.violations == []
    assert machine.device.logos == ("1",)


@pytest.mark.parametrize("picture", [Raster(1, 7, bytes(7)), Raster(1, 0, b""), Raster(0, 8, b"")])
def test_a_size_that_no_memory_takes_is_refused(picture: Raster) -> None:
    with pytest.raises(ValueError, match="no logo"):
        commands.define_logo(picture)


# --- from a file to the printer ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Black on clear, larger than the printer takes, in the proportion 4:1."""
    picture = Image.new("RGBA", (1600, 400))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((100, 100, 1500, 300), fill=(20, 20, 60, 255))
    draw.ellipse((600, 50, 900, 350), fill=(230, 230, 230, 255))
    picture.save(tmp_path / "logo.png")
    return tmp_path / "logo.png"


@pytest.fixture
def epson(tmp_path: Path) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(tmp_path / "port", tmp_path / "tickets")
    yield printer
    printer.close()


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(tmp_path / "port", tmp_path / "tickets", model=MODELS["clone-gsr"])
    yield printer
    printer.close()


def wish(file: Path, **others: object) -> Wish:
    return Wish((str(file.parent / "port"),), file.parent / "kiosk.toml", 115200, logo=file, **others)  # type: ignore[arg-type]


def test_a_picture_is_shrunk_to_fit_and_shown_as_it_will_be(file: Path) -> None:
    dots, preview = logo.prepare(file)
    assert (dots.row_bytes * 8, dots.rows) == (384, 96)
    assert preview == file.with_name("logo-impresora.png")
    with Image.open(preview) as seen:
        assert (seen.mode, seen.size) == ("1", (384, 96))
        inverse = bytes(0xFF ^ byte for byte in seen.tobytes())
    assert inverse == dots.data
    assert seen.getpixel((0, 0))  # what was clear is paper


@pytest.mark.parametrize(
    ("size", "dots"), [((384, 128), (384, 128)), ((100, 30), (104, 32)), ((50, 900), (8, 128)), ((3000, 10), (384, 8))]
)
def test_sides_are_whole_bytes_and_nothing_is_enlarged(
    tmp_path: Path, size: tuple[int, int], dots: tuple[int, int]
) -> None:
    Image.new("L", size, 0).save(tmp_path / "black.png")
    picture, _ = logo.prepare(tmp_path / "black.png")
    assert (picture.row_bytes * 8, picture.rows) == dots


@pytest.mark.parametrize("content", [None, b"", b"not a picture"])
def test_a_file_that_is_no_picture(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "logo.png").write_bytes(content)
    person = nobody()
    assert commission(wish(tmp_path / "logo.png"), person) == USAGE
    assert "No se puede leer" in person.heard


def test_a_blank_picture_is_refused(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64)).save(tmp_path / "logo.png")
    person = nobody()
    assert commission(wish(tmp_path / "logo.png"), person) == USAGE
    assert "queda en blanco" in person.heard


def test_somebody_has_it_installed_and_looks(
    file: Path, epson: VirtualPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = looking_at(epson, Grabar=YES, logotipo=YES, Escribirla=YES)
    assert commission(wish(file), person) == OK
    assert "diez veces al día" in person.heard
    assert epson.view.logos == ("1",)
    assert len(epson.tickets) == 2
    assert epson.violations == ()
    monkeypatch.setenv("KIOSK_CONFIG", str(file.parent / "kiosk.toml"))
    assert load_settings().printer.logo is LogoMemory.NV


def test_a_logo_that_looks_wrong_is_not_used(
    file: Path, epson: VirtualPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file.parent / "kiosk.toml").write_text('[printer]\nmodel = "epson-80"\nlogo = "nv"\n', encoding="utf-8")
    person = looking_at(epson, Grabar=YES, logotipo=NO, Escribirla=YES)
    assert commission(wish(file), person) == OK
    monkeypatch.setenv("KIOSK_CONFIG", str(file.parent / "kiosk.toml"))
    assert load_settings().printer.logo is LogoMemory.NONE


def test_a_no_writes_nothing_into_the_memory(file: Path, epson: VirtualPrinter) -> None:
    assert commission(wish(file), looking_at(epson, Grabar=NO)) == OK
    assert epson.view.logos == ()


def test_nobody_there_it_is_installed_and_not_used(file: Path, epson: VirtualPrinter) -> None:
    person = nobody()
    assert commission(wish(file, writes=True), person) == OK
    assert epson.view.logos == ("1",)
    assert epson.tickets == ()
    assert "No verificado: el logotipo" in person.heard
    assert "logo" not in (file.parent / "kiosk.toml").read_text(encoding="utf-8")


def test_a_clone_is_sent_none_unless_its_manual_says_so(file: Path, clone: VirtualPrinter) -> None:
    person = nobody()
    assert commission(wish(file), person) == OK
    assert "No se grabó" in person.heard
    before = len(clone.violations)
    assert commission(wish(file), looking_at(clone, manual=NO)) == OK
    assert not [violation for violation in clone.violations[before:] if "1C 71" in violation]


def test_it_waits_until_the_printer_is_back_on_line(file: Path, tmp_path: Path) -> None:
    printer = VirtualPrinter(tmp_path / "slow", tmp_path / "tickets", mechanics=Mechanics(mm_s=2000.0, cut_s=0.01))
    try:
        person = nobody()
        begun = time.monotonic()
        wished = Wish((str(tmp_path / "slow"),), tmp_path / "c", 115200, logo=file)
        assert commission(wished, person) == OK
        assert time.monotonic() - begun > EPSON.nv_write_s
        assert "otra vez en línea" in person.heard
        assert printer.view.logos == ("1",)
    finally:
        printer.close()


def test_one_that_does_not_come_back_is_told(
    file: Path, epson: VirtualPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logo, "WRITING_S", 1.2)
    person = nobody()
    person.on_line = lambda line: epson.fail(Fault.COVER_OPEN) if line == logo.WARNING else None
    assert commission(wish(file), person) == CANNOT_PRINT
    assert "No volvió a estar lista" in person.said[-1]
