"""What each model does not know, and what a wrong profile therefore looks like."""

from __future__ import annotations

import pytest

from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import (
    CLONE_DLE,
    CLONE_GB18030,
    CLONE_GSR,
    EPSON,
    MINI_58MM,
    MODELS,
    TX_NOT_WIRED,
    Model,
)
from tests.drivers.printer.machine import CLEAR, CUT, STATUS, Machine

PROCESS_ID = b"\x1d(H\x06\x0000K001"
QR = b"\x1d(k\x04\x001A2\x00\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0"
SENSOR = b"\x1dr\x01"
KNOWN = {"epson-tm-t20iii", "clone-gsr", "clone-dle", "tx-not-wired", "clone-gb18030", "mini-58mm"}


def test_the_keys_are_stable() -> None:
    assert set(MODELS) == KNOWN
    assert [key for key, model in MODELS.items() if model.key != key] == []


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.key)
def test_every_model_prints_and_cuts(model: Model) -> None:
    machine = Machine(model)
    machine.hears(b"\x1b@\x1c.Hola\n" + CUT)
    assert machine.texts == ["Hola"]
    assert machine.tickets[0].picture.width == model.paper_dots
    assert machine.violations == []


@pytest.mark.parametrize(
    ("model", "answers"),
    [
        (EPSON, "12 12 12 12 _VIRTUAL_ 37 22 K001 00 sensor"),
        (CLONE_GSR, "12 12 12 12 sensor"),
        (CLONE_GB18030, "12 12 12 12 sensor"),
        (CLONE_DLE, "12 12 12 12"),
        (MINI_58MM, "12 12 sensor"),
        (TX_NOT_WIRED, ""),
    ],
)
def test_a_model_answers_what_it_knows(model: Model, answers: str) -> None:
    heard = Machine(model).hears(STATUS + b"\x1dIB" + b"\n" + PROCESS_ID + SENSOR)
    said = heard.replace(b"_VIRTUAL\x00", b"V").replace(b'7"K001\x00', b"P")
    spoken = {0x12: "12", 0x56: "_VIRTUAL_", 0x50: "37 22 K001 00", 0x00: "sensor"}
    assert " ".join(spoken[byte] for byte in said) == answers


@pytest.mark.parametrize("model", [CLONE_GSR, CLONE_DLE, CLONE_GB18030, MINI_58MM])
def test_a_counted_command_it_does_not_know_is_skipped_by_its_length(model: Model) -> None:
    machine = Machine(model)
    machine.hears(b"Hola" + PROCESS_ID + b" todos\n" + CUT)
    assert machine.texts == ["Hola todos"]
    assert machine.violations == ["GS ( H is not known: 6 bytes skipped"]


def test_a_command_it_does_not_know_leaves_rubbish() -> None:
    machine = Machine(CLONE_GSR)
    machine.hears(b"\x1dIB\n" + CUT)
    assert machine.texts == ["B"]
    assert machine.violations == ["unknown command 1D 49"]


@pytest.mark.parametrize("model", [CLONE_DLE, MINI_58MM])
def test_without_a_qr_of_its_own_the_code_is_missing(model: Model) -> None:
    machine = Machine(model)
    machine.hears(QR + CUT)
    assert machine.tickets[0].qr == ()
    assert machine.violations == [f"GS ( k is not known: {count} bytes skipped" for count in (4, 5, 3)]


@pytest.mark.parametrize("model", [CLONE_GSR, CLONE_DLE, CLONE_GB18030, MINI_58MM])
def test_a_clone_cannot_be_cleared_and_its_ghost_comes(model: Model) -> None:
    machine = Machine(model)
    machine.device.fail(Fault.PAPER_OUT)
    assert machine.hears(b"\x1c.viejo\n" + CUT + CLEAR) == b""
    machine.device.repair(Fault.PAPER_OUT)
    machine.hears(b"")
    assert machine.texts == ["viejo"]
    assert machine.violations == ["unknown command 10 14 08 01 03 14 01 06 02 08"]


@pytest.mark.parametrize(
    ("model", "answer"), [(EPSON, "1e"), (CLONE_GSR, "12"), (CLONE_DLE, "12"), (CLONE_GB18030, "12"), (MINI_58MM, "12")]
)
def test_without_a_sensor_little_paper_is_not_seen(model: Model, answer: str) -> None:
    machine = Machine(model)
    machine.device.fail(Fault.PAPER_LOW)
    assert machine.hears(b"\x10\x04\x04").hex() == answer


def test_a_clone_still_sees_the_end_of_the_paper() -> None:
    machine = Machine(MINI_58MM)
    machine.device.fail(Fault.PAPER_OUT)
    assert machine.hears(STATUS).hex(" ") == "1a 72"


def test_answers_that_never_arrive_do_not_stop_the_paper() -> None:
    machine = Machine(TX_NOT_WIRED)
    assert machine.hears(b"\x1da\x0eHola\n" + CUT + PROCESS_ID) == b""
    assert machine.hears(CLEAR + STATUS) == b""
    assert machine.texts == ["Hola"]
    assert machine.violations == []


def test_a_chinese_printer_pairs_bytes_until_it_is_told_not_to() -> None:
    machine = Machine(CLONE_GB18030)
    machine.hears(b"\x1b@\x1bt\x02A\xa4\xb5o\n" + "A\u00f1o\n".encode("cp850") + CUT)
    machine.hears(b"\x1b@\x1c.\x1bt\x02" + "A\u00f1o\n".encode("cp850") + CUT)
    lines = [text.splitlines() for text in machine.texts]
    assert lines[0][0] == "A\u306eo"[:1] + b"\xa4\xb5".decode("gb18030") + "o"
    assert lines[0][1] != "A\u00f1o"
    assert lines[1] == ["A\u00f1o"]
    assert set(machine.violations) == {"printed as Chinese: the printer was not told FS ."}


def test_a_reset_takes_it_back_to_chinese() -> None:
    machine = Machine(CLONE_GB18030)
    machine.hears(b"\x1c.\x1b@" + "\u00f1a\n".encode("cp850") + CUT)
    assert "\u00f1a" not in machine.texts[0]


@pytest.mark.parametrize("portions", [(b"\xa4", b"\xb5\n"), (b"\xa4\xb5\n",), (b"\xa4", b"\n")])
def test_a_pair_may_come_in_two_portions(portions: tuple[bytes, ...]) -> None:
    machine = Machine(CLONE_GB18030)
    for portion in portions:
        machine.hears(portion)
    machine.hears(CUT)
    assert len(machine.texts[0]) == 1


def test_a_long_line_goes_on_below_on_narrow_paper() -> None:
    machine = Machine(MINI_58MM)
    machine.hears(b"x" * 40 + b"\n" + CUT)
    assert machine.texts == ["x" * 32 + "\n" + "x" * 8]
    assert machine.violations == ["line of more than 384 dots"]


def test_without_a_blade_nothing_jams() -> None:
    machine = Machine(MINI_58MM)
    machine.device.fail(Fault.CUTTER_JAMMED)
    machine.hears(b"Hola\n" + CUT)
    assert machine.texts == ["Hola"]
    assert machine.hears(b"\x10\x04\x01") == b"\x12"
