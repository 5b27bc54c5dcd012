"""python-escpos as its textbook uses it prints here, without a complaint, and looks as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from escpos.printer import Dummy
from PIL import Image

from drivers.printer.virtual.letters import Style
from drivers.printer.virtual.models import EPSON, MODELS, Model
from tests.drivers.printer.machine import CUT, FEED_AND_CUT, Machine, black

if TYPE_CHECKING:
    from collections.abc import Callable

TRACKING = "HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7Q"


def printed(make: Callable[[Any], object], model: Model = EPSON) -> Machine:
    escpos = Dummy(profile="TM-T20II")
    escpos._raw(b"\x1c.")
    make(escpos)
    machine = Machine(model)
    machine.pours(escpos.output)
    return machine


def textbook(escpos: Any) -> None:
    escpos.set(align="center", bold=True, width=2, height=2, custom_size=True)
    escpos.text("MUNICIPALIDAD\n")
    escpos.set_with_default()
    escpos.text("\u00d1and\u00fa \u00c1\u00c9 \u00bfd\u00f3nde?\n")
    escpos.ln(2)
    escpos.image(Image.new("1", (100, 40)), impl="bitImageRaster")
    escpos.image(Image.new("1", (100, 40)), impl="bitImageColumn")
    escpos.qr(TRACKING, size=6, center=True)
    escpos.cut()


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.key)
def test_the_textbook_prints_on_every_model(model: Model) -> None:
    machine = printed(textbook, model)
    assert machine.texts[0].splitlines()[:2] == ["MUNICIPALIDAD", "\u00d1and\u00fa \u00c1\u00c9 \u00bfd\u00f3nde?"]
    assert machine.tickets[0].complete
    expected = [] if model.head_dots == 576 else ["GS v 0: a picture of 576 dots on 384"]
    assert machine.violations == expected


def test_its_qr_code_is_read_from_the_paper() -> None:
    ticket = printed(textbook).tickets[0]
    assert [code.text for code in zxingcpp.read_barcodes(ticket.picture)] == [TRACKING]


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_every_way_to_send_a_picture_looks_the_same(impl: str, native: bool) -> None:  # noqa: FBT001
    def make(escpos: Any) -> None:
        picture = black(200, 48)
        picture.paste(1, (0, 24, 100, 48))
        escpos.image(picture, impl=impl)
        escpos.qr(TRACKING, size=6, native=native)
        escpos._raw(FEED_AND_CUT)

    machine = printed(make)
    assert machine.violations == []
    corner = machine.burnt().crop((0, 0, 240, 48))
    assert corner.getbbox() == (0, 0, 200, 48)
    assert corner.crop((0, 24, 100, 48)).getbbox() is None


def test_a_picture_at_half_density_is_drawn_twice_as_large() -> None:
    def make(escpos: Any) -> None:
        escpos.image(black(16, 8), high_density_vertical=False, high_density_horizontal=False)
        escpos._raw(FEED_AND_CUT)

    assert printed(make).burnt().getbbox() == (0, 0, 32, 16)


def test_graphics_in_pieces() -> None:
    """Its own pieces of 960 rows overflow the two bytes of length at full width: it wraps them in silence."""
    machine = printed(
        lambda escpos: (escpos.image(black(576, 1000), impl="graphics", fragment_height=500), escpos.cut())
    )
    assert machine.violations == []
    assert machine.burnt().getbbox() == (0, 0, 576, 1000)


@pytest.mark.parametrize(("mode", "feeds"), [("FULL", True), ("PART", True), ("FULL", False), ("PART", False)])
def test_its_cuts(mode: str, feeds: bool) -> None:  # noqa: FBT001
    machine = printed(lambda escpos: (escpos.text("Hola\n"), escpos.cut(mode, feed=feeds)))
    assert machine.texts == ["Hola"]
    assert machine.tickets[0].complete
    assert machine.violations == []


# --- what the looks are made of ---------------------------------------------------------------------------------


def line(settings: bytes, text: bytes = b"HHHH") -> Image.Image:
    machine = Machine()
    machine.hears(settings + text + b"\n" + FEED_AND_CUT)
    assert machine.violations == []
    return machine.burnt()


def ink(picture: Image.Image) -> int:
    return picture.histogram()[255]


@pytest.mark.parametrize(
    "settings", [b"\x1bE\x01", b"\x1bG\x01", b"\x1b-\x01", b"\x1dB\x01", b"\x1b!\x08", b"\x1b!\x80", b"\x1d!\x11"]
)
def test_a_style_burns_more(settings: bytes) -> None:
    assert ink(line(settings)) > ink(line(b""))


@pytest.mark.parametrize(
    ("on", "off"), [(b"\x1bE\x01", b"\x1bE\x00"), (b"\x1b!\xb9", b"\x1b!\x00"), (b"\x1bM\x01", b"\x1bM\x00")]
)
def test_a_style_ends(on: bytes, off: bytes) -> None:
    assert line(on + off).tobytes() == line(b"").tobytes() != line(on).tobytes()


def test_font_b_holds_64_letters() -> None:
    assert Style(small=True).width_of("x" * 64) == 576
    assert line(b"\x1bM\x01", b"x" * 64).getbbox()[2] > 560


def test_upside_down_is_turned_by_half() -> None:
    right, wrong = line(b"", b"L"), line(b"\x1b{\x01", b"L")
    assert right.crop((0, 0, 576, 30)).rotate(180).tobytes() == wrong.crop((0, 0, 576, 30)).tobytes()


@pytest.mark.parametrize(
    ("data", "mm"),
    [
        (b"a\n", 30 / 8),
        (b"\x1b3\x50a\n", 80 / 8),
        (b"\x1b3\x50\x1b2a\n", 30 / 8),
        (b"\x1b3\x00a\n", 24 / 8),
        (b"\x1bd\x03", 90 / 8),
        (b"a\x1bd\x02", 60 / 8),
        (b"\x1b3\x28\x1bd\x02", 80 / 8),
        (b"\x1bJ\x50", 80 / 8),
        (b"a\x1bJ\x28", 40 / 8),
    ],
)
def test_how_far_the_paper_moves(data: bytes, mm: float) -> None:
    machine = Machine()
    machine.hears(data + CUT)
    assert machine.tickets[0].length_mm == 12 + mm
    assert machine.violations == []


def test_margin_and_width() -> None:
    machine = Machine()
    machine.hears(b"\x1dL\x40\x00\x1dW\x80\x00\x1ba\x02" + b"\x1dv0\x00\x01\x00\x01\x00\xff" + FEED_AND_CUT)
    assert machine.burnt().getbbox() == (64 + 128 - 8, 0, 64 + 128, 1)


def test_a_deselected_printer_prints_nothing_until_it_is_selected() -> None:
    machine = Machine()
    assert machine.hears(b"\x1b=\x00callado\n" + CUT + b"\x1dr\x01\x10\x04\x01") == b"\x12"
    machine.hears(b"\x1b=\x01Hola\n" + CUT)
    assert machine.texts == ["Hola"]


# --- the blade --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [b"\x1dV\x00", b"\x1dV\x01", b"\x1dV0", b"\x1dV1"])
def test_a_cut_without_a_feed_leaves_the_last_12_mm_for_the_next_ticket(cut: bytes) -> None:
    machine = Machine()
    machine.hears(b"uno\n" * 5 + cut + b"dos\n" + CUT)
    assert machine.texts == ["uno", "uno\nuno\nuno\nuno\ndos"]
    assert machine.violations == ["cut without a feed: the last 12 mm stay on the next ticket"]
    assert [ticket.length_mm for ticket in machine.tickets] == [18.75, 15.75]


@pytest.mark.parametrize("cut", [b"\x1dVA\x20", b"\x1dVB\x20"])
def test_a_cut_with_a_feed_feeds_as_far_as_it_says(cut: bytes) -> None:
    machine = Machine()
    machine.hears(b"uno\n" + cut)
    assert machine.tickets[0].length_mm == 12 + (30 + 32) / 8


def test_a_cut_where_there_is_no_paper_beyond_the_blade_drops_nothing() -> None:
    machine = Machine()
    machine.hears(CUT + b"\x1dV\x00")
    assert [ticket.length_mm for ticket in machine.tickets] == [12]
