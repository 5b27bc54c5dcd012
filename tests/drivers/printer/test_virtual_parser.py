"""The virtual printer's ear: strict, and the same for bytes in any portions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.encode import encode
from drivers.printer.virtual.language import Op
from drivers.printer.virtual.models import EPSON
from drivers.printer.virtual.parser import Command, Parser, Violation
from drivers.printer.virtual.reception import RealTime, Reception

if TYPE_CHECKING:
    from drivers.printer.words import Slip


def parse(data: bytes) -> list[Command | Violation]:
    parser = Parser(EPSON, bytearray(data))
    found = []
    while (command := parser.take()) is not None:
        found.append(command)
    return found


def test_commands_and_text_are_told_apart() -> None:
    assert parse(b"\x00\x00\x1b@Hola\n\x1d(H\x06\x000012\x1f4\x1dVB\x00\x1d") == [
        Command(Op.RESET),
        Command(Op.TEXT, b"Hola"),
        Command(Op.LINE_FEED),
        Command(Op.PROCESS_ID, b"0012\x1f4"),
        Command(Op.CUT, b"\x00"),
    ]


@pytest.mark.parametrize("data", [b"\x1bz", b"\x1dv1", b"\x07", b"\r", b"\x7f", b"\x1bB\x01\x01"])
def test_what_is_not_in_the_table_is_a_violation(data: bytes) -> None:
    assert isinstance(parse(data)[0], Violation)


def test_real_time_commands_act_inside_other_data() -> None:
    reception = Reception()
    got = [
        part
        for byte in b"ab\x10\x04\x01c\x10\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08d\x10\x05"
        for part in reception.feed(bytes([byte]))
    ]
    assert [part for part in got if isinstance(part, RealTime)] == [RealTime.STATUS_1, RealTime.CLEAR]
    assert b"".join(part for part in got if isinstance(part, bytes)) == b"abc\x10d\x10\x05"


@given(st.lists(st.binary(max_size=6)))
def test_nothing_raises_and_every_byte_is_accounted_for(portions: list[bytes]) -> None:
    reception, buffer = Reception(), bytearray()
    parser = Parser(EPSON, buffer)
    for portion in portions:
        for part in reception.feed(portion):
            buffer += part if isinstance(part, bytes) else b""
        while parser.take() is not None:
            pass


def test_portions_do_not_change_what_is_printed(slip: Slip) -> None:
    data = encode(slip, "K001").data
    whole = parse(data)
    buffer, piecewise = bytearray(), []
    parser = Parser(EPSON, buffer)
    for byte in data:
        buffer.append(byte)
        while (command := parser.take()) is not None:
            piecewise.append(command)
    assert _joined(whole) == _joined(piecewise)


def _joined(commands: list[Command | Violation]) -> list[tuple[Op, bytes]]:
    joined: list[tuple[Op, bytes]] = []
    for command in commands:
        assert isinstance(command, Command)
        if joined and command.op is Op.TEXT is joined[-1][0]:
            joined[-1] = (Op.TEXT, joined[-1][1] + command.params)
        else:
            joined.append((command.op, command.params))
    return joined
