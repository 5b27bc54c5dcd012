"""What a scanner's message is believed for, and everything that it is not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import Document, DocumentKind
from domain.tracking import Token, filing_url
from drivers.scanner.serial_scanner.payload import Presentation, understand
from drivers.scanner.serial_scanner.virtual import sample_zone
from drivers.scanner.virtual.people import JOSE, MARIA, PEOPLE
from drivers.scanner.words import CargoReading, DocumentReading, Reading, Rule, TicketReading

TODAY = date(2026, 11, 25)
NUMBER = MARIA.number.encode()
PDF417 = JOSE.pdf417_payload()


def read(*messages: bytes, keep_name: bool = False) -> Reading | None:
    """The reading after these messages of one presentation."""
    presentation, reading = Presentation(), None
    for message in messages:
        understood = understand(message, TODAY, keep_name=keep_name)
        reading = presentation.take(understood) if understood else None
    return reading


# --- what is not believed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [b"", b"]", b"]A", b"]A0", b"]A01234567", b"]A0123456789", b"]A0 12345678", b"]A01234567X", b"hello", b"\xff" * 472,
     PDF417[:-1], PDF417 + b"0", b"]A0" + PDF417, b"]Q1" + PDF417, b"http://example.org/T/ABC", b"00020101021226",
     b"\xef\xbc\x91" * 8],
)  # fmt: skip
def test_what_is_not_ours_is_nothing(message: bytes) -> None:
    assert understand(message, TODAY) is None


@pytest.mark.parametrize("aim", [b"E4", b"E0", b"I0", b"d2", b"F0", b"z0", b"X0", b"L0", b"Q1"])
def test_eight_digits_in_a_code_of_another_kind_are_no_dni(aim: bytes) -> None:
    assert read(*[b"]" + aim + NUMBER] * 3) is None


def test_eight_digits_of_an_unnamed_code_are_not_believed_once() -> None:
    assert read(NUMBER) is None


def test_two_numbers_that_differ_begin_anew() -> None:
    other = JOSE.number.encode()
    assert read(NUMBER, other) is None
    assert read(NUMBER, other, NUMBER) is None
    assert read(NUMBER, other, other) == DocumentReading(Document(DocumentKind.DNI, JOSE.number), Rule.USB_SCANNER)


def test_a_zone_with_a_wrong_digit_is_not_believed_once() -> None:
    first, second, third = sample_zone(MARIA)
    wrong = "\r".join((first, second[:-1] + str((int(second[-1]) + 1) % 10), third)).encode()
    assert read(wrong) is None


# --- what is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", [[b"]A0" + NUMBER], [b"]A1" + NUMBER], [b"]C0" + NUMBER], [NUMBER, NUMBER]])
def test_a_linear_code_is_believed(messages: list[bytes]) -> None:
    assert read(*messages) == DocumentReading(Document(DocumentKind.DNI, MARIA.number), Rule.USB_SCANNER)


@pytest.mark.parametrize("prefix", [b"", b"]L2"])
@pytest.mark.parametrize("keep_name", [False, True])
def test_the_pdf417_of_a_dni_is_believed_by_its_structure(prefix: bytes, keep_name: bool) -> None:  # noqa: FBT001
    reading = read(prefix + PDF417, keep_name=keep_name)
    assert isinstance(reading, DocumentReading)
    assert reading.document.number == JOSE.number
    assert reading.name == (JOSE.name if keep_name else None)


def test_a_scanner_that_sends_latin_1_as_utf_8_is_understood() -> None:
    reading = read(PDF417.decode("latin-1").encode("utf-8"), keep_name=True)
    assert isinstance(reading, DocumentReading)
    assert reading.name == JOSE.name


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n", ""])
@pytest.mark.parametrize("person", PEOPLE.values(), ids=lambda person: person.number)
def test_a_zone_in_lines_or_in_one_piece_is_believed(ends: str, person: object) -> None:
    reading = read(ends.join(sample_zone(person)).encode())  # type: ignore[arg-type]
    assert isinstance(reading, DocumentReading)
    assert reading.document.number == person.number  # type: ignore[attr-defined]
    assert reading.name is None  # it has the first surname only


@pytest.mark.parametrize("prefix", ["", "]Q1"])
def test_a_ticket_is_ours_by_its_form(prefix: str, token: Token, ticket_url: str) -> None:
    assert read(f"{prefix}{ticket_url}".encode()) == TicketReading(token, Rule.USB_SCANNER)
    cargo = filing_url("http://mesa.example", bytes(16))
    assert read(f"{prefix}{cargo}".encode()) == CargoReading("A" * 26, Rule.USB_SCANNER)


@given(st.binary(max_size=600))
def test_no_bytes_raise_and_none_by_chance_are_a_document(message: bytes) -> None:
    if not message.lstrip(b"]AC01").isdigit():
        assert read(message) is None


@given(st.integers(0, 471), st.integers(1, 255))
def test_a_damaged_pdf417_gives_its_own_number_or_nothing(at: int, change: int) -> None:
    damaged = bytearray(PDF417)
    damaged[at] ^= change
    reading = read(bytes(damaged))
    assert reading is None or 2 <= at < 456
