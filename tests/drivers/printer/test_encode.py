"""A slip's bytes, exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from drivers.printer import commands
from drivers.printer.encode import MAX_BYTES, SlipError, encode
from drivers.printer.profile import CLONE_80, PLAIN_80, Profile
from drivers.printer.words import Align, Cut, Feed, Logo, LogoMemory, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from drivers.printer.words import Element


REFERENCE = (
    b"\x1b@\x1c.\x1bR\x00\x1bt\x02\x1da\x0e"
    b"\x1ba\x01\x1bE\x01INSTITUTO NACIONAL DE SALUD\n"
    b"\x1bE\x00Mesa de Partes, Sede Central\n\x1bJ\x10"
    b"\x1db\x01\x1d!\x77A-047\n"
    b"\x1d!\x11Presentaci\xa2n de\ndocumentos\n\x1bJ\x10"
    b"\x1ba\x00\x1d!\x00Fecha: 23/11/2026      Hora: 10:42\nDocumento: DNI *****678      Folios: 12\n"
    b"\x1ba\x01\x1bJ\x18\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"
    b"\x1d(k\x55\x001P0HTTPS://TURNOS.EJEMPLO.GOB/T/AE5GHT7QWERTYUIOPASDFGHJKLZXCVBNM234567QWERTYUIOPASDF"
    b"\x1d(k\x03\x001Q0\x1bJ\x18"
    b"Siga su tr\xa0mite: A-047-K7QM\n\x1bJ\x0c"
    b"Este ticket no es cargo de recepci\xa2n. Lunes a\nviernes, 8:30 a 16:30.\n"
    b"\x1d(H\x06\x0000+001\x1dVB\x00\x1d(H\x06\x00000001"
)


def body(*elements: Element, profile: Profile | None = None) -> bytes:
    """The bytes between the printer's settings and the cut."""
    data = encode(Slip((*elements, Cut())), "K001", profile or Profile()).data
    head = b"\x1b@\x1c.\x1bR\x00\x1bt\x02\x1da\x0e"
    tail = b"\x1d(H\x06\x0000+001\x1dVB\x00\x1d(H\x06\x0000K001"
    assert data.startswith(head)
    assert data.endswith(tail)
    return data[len(head) : -len(tail)]


def test_every_element_in_its_bytes() -> None:
    assert body(Text("Año")) == b"A\xa4o\n"
    assert body(Text("x", align=Align.CENTRE, bold=True)) == b"\x1ba\x01\x1bE\x01x\n"
    assert body(Text("x", size=2), Text("y")) == b"\x1d!\x11x\n\x1d!\x00y\n"
    assert body(Feed(2)) == b"\x1bJ\x10"
    assert body(Feed(100)) == b"\x1bJ\xff" * 3 + b"\x1bJ\x23"
    assert body(Logo()) == b""
    assert body(Logo(), profile=Profile(logo=LogoMemory.NV)) == b"\x1ba\x01\x1cp\x01\x00"
    assert body(Qr("HTTPS://E/T/A")) == (
        b"\x1ba\x01\x1bJ\x18\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"
        b"\x1d(k\x10\x001P0HTTPS://E/T/A\x1d(k\x03\x001Q0\x1bJ\x18"
    )


@pytest.mark.parametrize(
    ("number", "size"), [("A-047", 8), ("A-0473", 8), ("AA-0473", 6), ("x" * 48, 1), ("x" * 60, 1)]
)
def test_the_number_is_as_large_as_fits(number: str, size: int) -> None:
    assert b"\x1d!" + bytes([(size - 1) * 0x11]) in body(Text("z", size=5), Number(number))


def test_the_reference_ticket_is_small_and_exact(slip: Slip) -> None:
    data = encode(slip, "0001").data
    assert data == REFERENCE
    assert len(data) == 466


def test_no_real_time_command_can_hide_in_a_slip(slip: Slip) -> None:
    assert not re.search(rb"\x10[\x04\x05\x14]", encode(slip, "0001").data)


def test_each_printer_is_asked_in_words_that_it_knows(slip: Slip) -> None:
    assert encode(slip, "0001", CLONE_80).data.endswith(b"\x1dVB\x00" + b"\x1dr\x01" * 2)
    assert encode(slip, "0001", PLAIN_80).data.endswith(b"\x1dVB\x00")


@pytest.mark.parametrize(
    "elements",
    [
        (),
        (Text("no cut"),),
        (Text("x", size=9), Cut()),
        (Text("x", size=0), Cut()),
        (Qr(""), Cut()),
        (Qr("x" * 505), Cut()),
        (Qr("\x10\x04\x01"), Cut()),
        (Text("x" * MAX_BYTES), Cut()),
    ],
)
def test_a_slip_that_cannot_be_printed_as_meant_is_refused(elements: tuple[Element, ...]) -> None:
    with pytest.raises(SlipError):
        encode(Slip(elements), "0001")


@pytest.mark.parametrize("process_id", ["", "123", "12345", "12\x003", "ñ001"])
def test_a_process_id_is_four_printable_characters(process_id: str) -> None:
    with pytest.raises(ValueError, match="process id"):
        commands.ask_process_id(process_id)
