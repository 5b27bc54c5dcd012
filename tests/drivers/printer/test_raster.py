"""What a printer has no letters or codes for is drawn: as it should look, in no more bytes than fit, and no command."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.encode import MAX_BYTES, encode
from drivers.printer.profile import CLONE_80, EPSON_80, MINI_58, PLAIN_80, PROFILES, Profile
from drivers.printer.raster import Raster, qr_code, qr_modules, text_line
from drivers.printer.text import clean, printable
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.virtual.models import CLONE_DLE, CLONE_GSR, EPSON, MINI_58MM
from drivers.printer.words import Align, Cut, Job, Outcome, Qr, Result, Slip, Text
from tests.drivers.printer.conftest import a_slip
from tests.drivers.printer.emulator import HEAD_DOTS, Emulator, from_twin
from tests.drivers.printer.world import Desk, World
from tests.reference import reference_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Ticket

MODELS = {"epson-80": EPSON, "clone-80": CLONE_GSR, "plain-80": CLONE_DLE, "mini-58": MINI_58MM}
REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")
GUARANI = "Peteĩ tẽra ỹvyra, g̃uahẽ mokũi, ɨ"
WITHOUT_MARKS = "Petei tera yvyra, guahe mokui, ?"
URL = "HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7QWERTYUIOPASDFGHJKLZXCVBNM234567QWERTYUIOPASDF"


def dropped(slip: Slip, profile: Profile) -> Ticket:
    """The ticket that it becomes on a printer of that kind, of which nothing may be wrong."""
    tickets: list[Ticket] = []
    device = Device(lambda _: None, tickets.append, model=MODELS[profile.name])
    device.receive(encode(slip, "K001", profile).data)
    device.advance(0.0)
    assert list(device.violations) == []
    (ticket,) = tickets
    return ticket


def as_text(profile: Profile, *elements: Text) -> str:
    return dropped(Slip((*elements, Cut())), profile).text


# --- letters outside the page ------------------------------------------------------------------------------------


def a_guarani_slip() -> Slip:
    return Slip(
        (
            Text("INSTITUTO NACIONAL DE SALUD", align=Align.CENTRE, bold=True),
            Text(GUARANI, align=Align.CENTRE),
            Text("Presentar documentos"),
            Text("tẽta", size=2),
            Text("ỹ", size=2, align=Align.CENTRE, bold=True),
            Qr("HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7QWERTYUIOP"),
            Text("Siga su turno: A-017-K7QM", align=Align.CENTRE),
            Cut(),
        )
    )


def test_a_line_with_one_such_letter_is_a_picture_and_the_others_are_text() -> None:
    ticket = dropped(a_guarani_slip(), EPSON_80)
    assert ticket.text.split("\n") == [
        "INSTITUTO NACIONAL DE SALUD",
        "Presentar documentos",
        "Siga su turno: A-017-K7QM",
    ]
    letters = sum(not unicodedata.combining(letter) for letter in unicodedata.normalize("NFC", GUARANI))
    assert [drawn for drawn in ticket.drawn if drawn[0] == "image"] == [
        ("image", f"{-(-letters * 12 // 8) * 8}x24"),
        ("image", "96x48"),
        ("image", "24x48"),
    ]


def test_others_draw_the_same_at_the_same_place() -> None:
    emulator = Emulator()
    emulator.send(encode(a_guarani_slip(), "K001").data)
    (theirs,), ours = emulator.prints, from_twin(dropped(a_guarani_slip(), EPSON_80))
    assert ours.lines == theirs.lines
    assert ours.blocks == theirs.blocks
    assert len(ours.bands) == len(theirs.bands)
    for number, (our, their) in enumerate(zip(ours.bands, theirs.bands, strict=True)):
        assert our == pytest.approx(their, abs=8)
        if number in {1, 3, 4}:  # a picture is theirs dot for dot
            assert ours.ink.crop(our).tobytes() == theirs.ink.crop(their).tobytes()


def test_a_drawn_line_stands_as_text_would() -> None:
    """The same letters either way: drawn by us, and by the printer."""
    for align in Align:
        drawn = from_twin(dropped(Slip((Text("Peteĩ", align=align), Cut())), EPSON_80))
        written = from_twin(dropped(Slip((Text("Petei", align=align), Cut())), EPSON_80))
        assert drawn.blocks
        assert not written.blocks
        (our,), (their,) = drawn.bands, written.bands
        assert our == pytest.approx(their, abs=8)


def test_the_letters_are_the_virtual_printers_own() -> None:
    """Drawn in the same cells by the same font: a plain line drawn is that line printed."""
    drawn = text_line("Presentar 123")
    assert (drawn.row_bytes, drawn.rows) == (-(-13 * 12 // 8), 24)
    written = from_twin(dropped(Slip((Text("Presentar 123"), Cut())), EPSON_80))
    assert sum(byte.bit_count() for byte in drawn.data) == written.ink.histogram()[255]


def dots(picture: Raster) -> Image.Image:
    from PIL import Image  # noqa: PLC0415

    return Image.frombytes("1", (8 * picture.row_bytes, picture.rows), picture.data)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_each_mark_stands_over_its_own_letter(size: int) -> None:
    """A mark that stands alone in the font's order must not take a cell of its own, nor move what follows."""
    plain, marked = dots(text_line("ngm", size)), dots(text_line("ng̃m", size))
    assert plain.size == marked.size
    cell = 12 * size
    for number, same in ((0, True), (1, False), (2, True)):
        box = (number * cell, 0, (number + 1) * cell, plain.height)
        assert (plain.crop(box).tobytes() == marked.crop(box).tobytes()) == same


# --- never a command --------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=48), st.integers(1, 3), st.booleans())
def test_no_line_holds_a_real_time_command(text: str, size: int, bold: bool) -> None:  # noqa: FBT001 - drawn
    assert not REAL_TIME.search(text_line(clean(text), size, bold=bold).data)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=1, max_size=200), st.integers(1, 6))
def test_no_code_holds_a_real_time_command(data: str, module: int) -> None:
    assert not REAL_TIME.search(qr_code(data, module).data)


@pytest.mark.parametrize("command", [b"\x10\x04", b"\x10\x05", b"\x10\x14"])
def test_dots_that_would_be_one_get_one_dot_more(command: bytes) -> None:
    from PIL import Image  # noqa: PLC0415

    from drivers.printer import raster  # noqa: PLC0415

    picture = Image.frombytes("1", (16, 3), command + b"\xff\xff" + command)
    packed = raster.packed(picture).data
    assert packed == b"\x18" + command[1:] + b"\xff\xff\x18" + command[1:]
    across = Image.frombytes("1", (8, 2), command)
    assert not REAL_TIME.search(raster.packed(across).data)


letters = st.text(st.sampled_from("aÑ gẽĩũỹɨÁ'漢\x10\x04\x14" + "\u0303"), max_size=100)
slips = st.lists(st.builds(Text, letters, st.integers(1, 3), st.sampled_from(Align), st.booleans()), max_size=6).map(
    lambda some: Slip((*some, Qr(URL), Cut()))
)


@pytest.mark.parametrize("name", PROFILES)
@settings(deadline=None, max_examples=40)
@given(slip=slips)
def test_a_whole_job_holds_none_and_no_printer_minds_it(name: str, slip: Slip) -> None:
    data = encode(slip, "K001", PROFILES[name]).data
    assert not REAL_TIME.search(data)
    assert len(data) <= MAX_BYTES
    assert dropped(slip, PROFILES[name]).complete


# --- never too many bytes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_too_many_such_lines_lose_their_marks_instead(name: str) -> None:
    profile = PROFILES[name]
    few = [Text(f"{GUARANI[:20]}")]
    assert as_text(profile, *few) == ""
    many = [Text(f"{number} {GUARANI[:-2]}") for number in range(12)]
    assert WITHOUT_MARKS[-16:-3] in as_text(profile, *many).replace("\n", " ")
    slip = Slip((*many, Qr(URL), Cut()))
    assert len(encode(slip, "K001", profile).data) <= MAX_BYTES
    assert as_text(profile, Text(printable("ẽĩũỹ"))) == "eiuy"


names = st.text(st.sampled_from("abc ÑÁẽĩũỹ gɨ"), min_size=1, max_size=90)


@pytest.mark.parametrize("name", PROFILES)
@settings(deadline=None, max_examples=40)
@given(entity=names, office=names, service=names)
def test_no_ticket_of_the_kiosks_is_too_long_whatever_its_office_is_called(
    name: str, entity: str, office: str, service: str
) -> None:
    told = {
        "Instituto Nacional de Salud": entity,
        "Mesa de Partes - Sede Central": office,
        "Presentar documentos": service,
    }
    elements = [
        replace(element, text=told.pop(element.text, element.text)) if isinstance(element, Text) else element
        for element in reference_slip(copy=2).elements
    ]
    assert not told
    assert len(encode(Slip(tuple(elements)), "K001", PROFILES[name]).data) <= MAX_BYTES


# --- a code that the printer cannot make --------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [PLAIN_80, MINI_58], ids=["plain-80", "mini-58"])
@pytest.mark.parametrize("data", [URL, "HTTPS://E/T/A", "https://turnos.ejemplo.gob/t/ae5ght7q"])
def test_a_drawn_code_is_read_from_the_paper(profile: Profile, data: str) -> None:
    slip = Slip((Text("encima", align=Align.CENTRE), Qr(data), Text("debajo", align=Align.CENTRE), Cut()))
    ticket = dropped(slip, profile)
    assert ticket.qr == ()
    ((_, size),) = ticket.drawn
    assert size.endswith(f"x{6 * qr_modules(data)}")
    (code,) = zxingcpp.read_barcodes(ticket.picture)
    assert (code.text, code.ec_level) == (data, "M")


@pytest.mark.parametrize("profile", [PLAIN_80, MINI_58], ids=["plain-80", "mini-58"])
def test_so_is_the_one_on_a_whole_ticket(profile: Profile) -> None:
    for slip in (a_slip(), reference_slip()):
        (meant,) = [element.data for element in slip.elements if isinstance(element, Qr)]
        (code,) = zxingcpp.read_barcodes(dropped(slip, profile).picture)
        assert code.text == meant


def test_others_draw_the_same_code() -> None:
    slip = Slip((Qr(URL), Cut()))
    emulator = Emulator()
    emulator.send(encode(slip, "K001", replace(PLAIN_80, tier=EPSON_80.tier)).data)
    theirs, ours = emulator.prints[0], from_twin(dropped(slip, PLAIN_80))
    assert ours.ink.width == HEAD_DOTS
    assert ours.blocks == theirs.blocks
    assert ours.ink.tobytes() == theirs.ink.tobytes()


# --- broken off inside a picture ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "profile"), [(CLONE_GSR, CLONE_80), (CLONE_DLE, PLAIN_80), (MINI_58MM, MINI_58)])
@pytest.mark.parametrize("count", [100, 700, 1500])
def test_a_printer_left_inside_a_drawn_line_swallows_no_other_ticket(
    model: Model, profile: Profile, count: int
) -> None:
    """It cannot be cleared, and takes what comes for the rest of the picture, until that is whole."""
    slip = Slip((Text("primera ẽ " * 9), Text("segunda"), Cut()))
    desk = Desk(World(model, profile))

    def script(desk: Desk) -> Iterator[Callable[[], bool]]:
        yield desk.is_ready
        desk.world.after(count, lambda: desk.world.fail(Fault.UNPLUGGED))
        desk.printer.print(Job("A-001", slip))
        yield lambda: bool(desk.told)
        desk.world.repair(Fault.UNPLUGGED)
        yield desk.passes(1.0)
        yield desk.is_ready
        yield desk.prints("A-002")

    desk.play(script)
    assert desk.outcomes_of("A-002")[0].is_printed
    assert desk.world.papers[-1].text.startswith("A-002 begins")
    assert desk.world.papers[-1].complete
    assert desk.outcomes_of("A-001")[0].result is Result.UNCERTAIN
    assert Outcome(Result.CONFIRMED_LATE) not in desk.outcomes_of("A-001")


def test_only_as_many_bytes_lead_out_of_a_ticket_as_its_longest_command_has() -> None:
    assert encode(a_slip(), "K001", CLONE_80).longest_command < 128
    picture = encode(Slip((Text("ẽ" * 48), Cut())), "K001", CLONE_80).longest_command
    assert 24 * 72 < picture < 24 * 72 + 32
