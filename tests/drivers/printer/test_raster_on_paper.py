"""Letters and codes that a printer cannot make by itself are drawn; no picture is ever a command."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.encode import MAX_BYTES, encode
from drivers.printer.profile import PROFILES, Profile
from drivers.printer.raster import text_line
from drivers.printer.virtual.device import Device
from drivers.printer.virtual.models import EPSON, MINI_58MM, MODELS
from drivers.printer.virtual.paper import Ticket
from drivers.printer.words import Align, Cut, Number, Qr, Slip, Text
from tests.drivers.printer.emulator import Emulator
from tests.drivers.printer.subjects import PROFILES as OF_MODEL
from tests.reference import reference_slip

GUARANI = "Tapỹi: mba'éichapa, ñe'ẽ g̃uarã, ĩ ũ"
SHIPIBO = "Amazonía: ɨ ə"
REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")


def printed(slip: Slip, model: str = EPSON.key, profile: Profile | None = None) -> Ticket:
    dropped: list[Ticket] = []
    device = Device(lambda _: None, dropped.append, model=MODELS[model])
    device.receive(encode(slip, "0001", profile or OF_MODEL[model]).data)
    device.advance(0.0)
    assert not device.violations
    (ticket,) = dropped
    return ticket


@pytest.mark.parametrize("text", [GUARANI, SHIPIBO])
def test_a_line_with_letters_off_the_page_is_one_picture_and_the_others_are_text(text: str) -> None:
    slip = Slip((Text("antes"), Text(text, align=Align.CENTRE), Text("después"), Cut()))
    assert encode(slip, "0001").data.count(b"\x1dv0") == 1
    ticket = printed(slip)
    assert [line for line in ticket.text.splitlines() if line] == ["antes", "después"]


def test_it_looks_like_the_printers_own_letters_beside_it() -> None:
    """Drawn in the same cells by the same font as the virtual printer's: a plain line drawn is that line printed."""
    drawn = text_line("Presentar 123")
    line = printed(Slip((Text("Presentar 123"), Cut()))).picture.convert("L")
    assert (drawn.row_bytes, drawn.rows) == (-(-13 * 12 // 8), 24)
    ink = sum((byte).bit_count() for byte in drawn.data)
    box = line.point(lambda grey: 255 * (grey < 128)).getbbox()
    assert box
    burnt = line.crop(box).point(lambda grey: 255 * (grey < 128)).histogram()[255]
    assert ink == burnt


def test_the_emulator_reads_the_picture_where_we_put_it() -> None:
    emulator = Emulator()
    emulator.send(encode(Slip((Text(GUARANI), Cut())), "0001").data)
    (ticket,) = emulator.prints
    picture = text_line(GUARANI)
    assert ("image", f"{picture.row_bytes * 8}x{picture.rows}") in ticket.blocks


@pytest.mark.parametrize("model", ["clone-dle", MINI_58MM.key])
def test_a_drawn_qr_is_read_from_the_picture(model: str) -> None:
    ticket = printed(reference_slip(), model)
    (meant,) = [element.data for element in reference_slip().elements if isinstance(element, Qr)]
    assert [code.text for code in zxingcpp.read_barcodes(ticket.picture)] == [meant]


def test_too_many_pictures_lose_their_marks_and_the_ticket_still_prints() -> None:
    slip = Slip((*(Text(GUARANI) for _ in range(12)), Cut()))
    encoded = encode(slip, "0001")
    assert len(encoded.data) <= MAX_BYTES
    assert b"\x1dv0" not in encoded.data
    assert "Tapyi: mba'" in printed(slip).text


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=120),
    st.text("Ññẽĩũỹ€ɨaeiou ", max_size=200),
    st.text("A-0123456789", min_size=1, max_size=8),
    st.sampled_from(sorted(PROFILES)),
)
def test_no_slip_holds_a_command_of_a_stranger_and_every_one_fits(
    service: str, note: str, number: str, profile: str
) -> None:
    slip = Slip((Number(number), Text(service, bold=True), Text(note, align=Align.CENTRE), Qr("HTTPS://E/T/A"), Cut()))
    data = encode(slip, "0001", PROFILES[profile]).data
    assert not REAL_TIME.search(data)
    assert len(data) <= MAX_BYTES


@settings(deadline=None, max_examples=60)
@given(st.text("ẽĩũỹɨĀāĆćşţž", min_size=1, max_size=48))
def test_no_picture_is_a_command(text: str) -> None:
    assert not REAL_TIME.search(text_line(text).data)
