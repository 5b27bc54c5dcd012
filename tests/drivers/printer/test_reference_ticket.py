"""The reference ticket, exactly: its bytes, its time on the wire, its acknowledgement in simulated time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import zxingcpp

from drivers.printer.delivery import Delivery
from drivers.printer.dialogue import Patience
from drivers.printer.encode import MAX_BYTES, encode
from drivers.printer.ports import SPEEDS
from drivers.printer.profile import EPSON_80, PROFILES, Profile
from drivers.printer.virtual.device import Device, Mechanics
from drivers.printer.virtual.memory import FILE, Memory
from drivers.printer.words import LogoMemory, Outcome, Result
from tests.reference import LOGO_DOTS, install_logo, reference_slip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import SimulatedLine

    from drivers.printer.virtual.paper import Ticket

WITH_LOGO = replace(EPSON_80, logo=LogoMemory.NV)
MECHANICS = Mechanics(mm_s=200.0, cut_s=0.35)


def test_it_is_507_bytes_and_half_a_second_on_the_wire() -> None:
    count = len(encode(reference_slip(), "0001", WITH_LOGO).data)
    assert count == 507
    assert count <= 560
    assert count * 10 / 9600 <= 0.59


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_it_fits_every_printers_buffer_and_so_does_its_copy(profile: Profile) -> None:
    for copy in (0, 12):
        assert len(encode(reference_slip(copy=copy), "0001", profile).data) <= MAX_BYTES


@pytest.mark.parametrize("baud", SPEEDS)
def test_it_is_acknowledged_within_a_fifth_more_than_the_mechanics(
    simulated: Callable[..., SimulatedLine], baud: int
) -> None:
    line = simulated(baud, MECHANICS)
    dialogue = line.dialogue(WITH_LOGO)
    dialogue.synchronise(interrupted=False)
    assert dialogue.look()
    start = line.now
    encoded = encode(reference_slip(), "K001", WITH_LOGO)
    assert Delivery(encoded, "K001", dialogue, Patience(), lambda: line.now).run() == Outcome(Result.CONFIRMED)
    mechanics_s = line.tickets[0].length_mm / MECHANICS.mm_s + MECHANICS.cut_s
    assert mechanics_s <= line.now - start <= 1.2 * mechanics_s


def test_every_field_is_on_the_paper_and_its_qr_is_read_from_the_picture(tmp_path: Path) -> None:
    install_logo(tmp_path)
    dropped: list[Ticket] = []
    device = Device(lambda _: None, dropped.append, memory=Memory(tmp_path / FILE))
    for profile in (WITH_LOGO, EPSON_80):
        device.receive(encode(reference_slip(), "0001", profile).data)
        device.advance(0.0)
    ticket, without_logo = dropped
    for field in (
        "Instituto Nacional de Salud",
        "Sede Central",
        "A-017",
        "Presentar documentos",
        "23/11/2026 10:42",
        "····5678",
        "12 folios",
        "A-017-K7QM",
        "no es cargo de recepción",
        "lunes a viernes, 08:00 a 16:15",
    ):
        assert field in ticket.text, field
    assert ticket.picture.height - without_logo.picture.height == LOGO_DOTS
    (url,) = ticket.qr
    assert [code.text for code in zxingcpp.read_barcodes(ticket.picture)] == [url]
    host = url.removeprefix("HTTPS://").partition("/")[0]
    assert len(host) == 20
    assert not device.violations
