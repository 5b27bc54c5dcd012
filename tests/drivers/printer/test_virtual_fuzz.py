"""Whatever comes over the line, in whatever portions, the machine stays a machine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.language import COUNTED, FIXED
from drivers.printer.virtual.models import MODELS, Model
from tests.drivers.printer.machine import CLEAR, CUT, STATUS, Machine

WORDS = [
    *FIXED,
    *(name + length for name in COUNTED for length in (b"\x00\x00", b"\x02\x00", b"\x06\x00", b"\x0d\x00")),
    b"\x1d8L\x0d\x00\x00\x00",
    b"\x1d(L\x06\x000EAB",
    b"\x1d(L\x0e\x000p0\x01\x011\x10\x00\x02\x00",
    b"\x1d(k\x04\x001P0",
    b"\x1d(k\x03\x001Q0",
    b"\x1cq\x01\x01\x00\x01\x00",
    b"\x1b*\x21\x02\x00",
    b"\x1dv0\x00\x02\x00\x02\x00",
    b"\x00",
    b"\n",
    CUT,
    CLEAR,
    STATUS,
]
portions = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=12)), max_size=30)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.key)
@settings(deadline=None)
@given(data=portions, faults=st.lists(st.sampled_from(Fault)))
def test_nothing_raises_and_a_switch_brings_it_back(model: Model, data: list[bytes], faults: list[Fault]) -> None:
    machine = Machine(model)
    for number, portion in enumerate(data):
        if number < len(faults):
            machine.device.fail(faults[number])
        machine.hears(portion)
    for fault in (*faults, Fault.POWER_OFF):
        machine.device.fail(Fault.POWER_OFF)
        machine.device.repair(fault)
    machine.device.repair(Fault.POWER_OFF)
    machine.hears(b"\x1b@\x1c.Hola\n" + CUT)
    assert machine.tickets[-1].pieces[-1].text.splitlines()[-1] == "Hola"
    assert machine.tickets[-1].pieces[-1].whole


@given(data=portions)
@settings(deadline=None)
def test_portions_do_not_matter(data: list[bytes]) -> None:
    whole, bytewise = Machine(), Machine()
    stream = b"".join(data).replace(b"\x10", b"") + CUT
    whole.hears(stream)
    for byte in stream:
        bytewise.hears(bytes([byte]))
    assert [ticket.picture.tobytes() for ticket in whole.tickets] == [
        ticket.picture.tobytes() for ticket in bytewise.tickets
    ]


def test_a_qr_code_that_no_printer_could_draw() -> None:
    machine = Machine()
    machine.hears(b"\x1d(k\xbb\x0b1P0" + b"x" * 3000 + b"\x1d(k\x03\x001Q0")
    assert machine.violations == ["QR wider than the paper"]


@pytest.mark.parametrize("times", [b"\x00\x01", b"\x01\x00", b"\x03\x01"])
def test_a_logo_enlarged_as_no_printer_does(times: bytes) -> None:
    machine = Machine()
    machine.hears(b"\x1d(L\x0d\x000C0AB\x01\x08\x00\x02\x001\xff\x81\x1d(L\x06\x000EAB" + times)
    assert len(machine.violations) == 1
