"""Documents: the vectors, and every way in which a payload can be no DNI."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import (
    Document,
    DocumentKind,
    NumberFault,
    check_digit,
    check_letter,
    parse_dni,
    parse_number,
    read_dni_code39,
    read_dni_pdf417,
)


def _filler(length: int, tag: str) -> bytes:
    blocks = (hashlib.sha256(f"{tag}{index}".encode()).digest() for index in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def _payload(
    dni: str = "12345678",
    paternal: str = "PRUEBA",
    maternal: str = "EJEMPLO",
    given: str = "MARIA ELENA",
    expires: str = "20291231",
) -> bytes:
    """A blue DNI's two-dimensional code, 472 bytes, with filler in place of a fingerprint."""
    head = f"01{dni}{paternal:40}{maternal:40}{given:35}202".encode("latin-1")
    return head + _filler(300, dni) + bytes(20) + f"{expires}0000000100000001".encode()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12345678", Document(DocumentKind.DNI, "12345678")),
        (" 00000001 ", Document(DocumentKind.DNI, "00000001")),
        ("", NumberFault.EMPTY),
        ("   ", NumberFault.EMPTY),
        ("1234567", NumberFault.TOO_SHORT),
        ("123456789", NumberFault.TOO_LONG),
        ("1234567A", NumberFault.NOT_DIGITS),
        ("١٢٣٤٥٦٧٨", NumberFault.NOT_DIGITS),
        ("12345678\x00", NumberFault.NOT_DIGITS),
        ("1234-678", NumberFault.NOT_DIGITS),
    ],
)
def test_what_a_person_may_type(typed: str, expected: Document | NumberFault) -> None:
    assert parse_dni(typed) == expected


@pytest.mark.parametrize(
    ("dni", "digit"),
    [
        ("00000014", "6"),
        ("00000006", "5"),
        ("00000001", "4"),
        ("00000007", "3"),
        ("00000002", "2"),
        ("00000008", "1"),
        ("00000003", "1"),
        ("00000009", "0"),
        ("00000004", "9"),
        ("00000013", "8"),
        ("00000005", "7"),
        ("12345678", "1"),
        ("87654321", "0"),
        ("10117410", "2"),
    ],
)
def test_the_digit_printed_after_the_hyphen(dni: str, digit: str) -> None:
    assert check_digit(dni) == digit


@pytest.mark.parametrize(
    ("dni", "letter"),
    [("00000014", "K"), ("00000008", "F"), ("00000003", "E"), ("00000009", "D"), ("00000005", "A"), ("10117410", "G")],
)
def test_the_letter_of_older_cards(dni: str, letter: str) -> None:
    assert check_letter(dni) == letter


@pytest.mark.parametrize("payload", ["101174102", "10117410G", "123456781", "12345678E"])
def test_a_linear_code_may_carry_the_check_character(payload: str) -> None:
    assert read_dni_code39(payload) == Document(DocumentKind.DNI, payload[:8])


@pytest.mark.parametrize(
    "payload",
    [
        "101174103",
        "123456788",
        "123456785",
        "12345678e",
        "12345678 ",
        "1234567811",
        "12345678-1",
        "001234567",
        "1234567E",
    ],
)
def test_nine_characters_without_it_are_another_document(payload: str) -> None:
    assert read_dni_code39(payload) is None


def test_the_sample_payload_is_the_published_vector() -> None:
    assert hashlib.sha256(_payload()).hexdigest().startswith("46aae0a6")


def test_a_card_gives_number_and_name_only() -> None:
    card = read_dni_pdf417(_payload())
    assert card is not None
    assert (card.document.number, card.name) == ("12345678", "MARIA ELENA PRUEBA EJEMPLO")
    assert "12345678" not in repr(card)
    assert "PRUEBA" not in repr(card)


def test_an_expired_card_is_accepted_like_any_other() -> None:
    assert read_dni_pdf417(_payload(expires="19991231")) == read_dni_pdf417(_payload())


def test_the_name_keeps_its_letters_and_a_missing_surname_leaves_no_gap() -> None:
    card = read_dni_pdf417(_payload("87654321", "QUIÑONES", "", "JOSE LUIS"))
    assert card is not None
    assert card.name == "JOSE LUIS QUIÑONES"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        _payload()[:-1],
        _payload() + b"0",
        b"02" + _payload()[2:],
        _payload("1234567A"),
        _payload()[:-1] + b"2",
        b"00123@APELLIDO@NOMBRE@M@12345678@A@".ljust(472),
        _filler(472, "anything"),
    ],
    ids=["empty", "471", "473", "other head", "letter", "unequal files", "argentine", "random"],
)
def test_everything_else_is_no_dni(payload: bytes) -> None:
    assert read_dni_pdf417(payload) is None


@given(st.binary(max_size=500))
def test_no_payload_raises(payload: bytes) -> None:
    read_dni_pdf417(payload)


@pytest.mark.parametrize("payload", ["1234567", "123456789", "1234567A", " 12345678", "A-017", ""])
def test_the_linear_code_holds_eight_digits_or_nothing(payload: str) -> None:
    assert read_dni_code39(payload) is None
    assert read_dni_code39("12345678") == Document(DocumentKind.DNI, "12345678")


def test_a_number_is_masked_for_paper() -> None:
    assert Document(DocumentKind.DNI, "12345678").masked == "••••5678"


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        (DocumentKind.CE, "001234567", Document(DocumentKind.CE, "001234567")),
        (DocumentKind.CE, "12345678", NumberFault.TOO_SHORT),
        (DocumentKind.CE, "00123456A", NumberFault.NOT_DIGITS),
        (DocumentKind.PASSPORT, " ab123456 ", Document(DocumentKind.PASSPORT, "AB123456")),
        (DocumentKind.PASSPORT, "AB12", NumberFault.TOO_SHORT),
        (DocumentKind.PASSPORT, "AB-12345", NumberFault.NOT_DIGITS),
        (DocumentKind.PASSPORT, "A" * 16, NumberFault.TOO_LONG),
        (DocumentKind.RUC, "20131370645", Document(DocumentKind.RUC, "20131370645")),
        (DocumentKind.RUC, "20131370646", NumberFault.WRONG),
        (DocumentKind.RUC, "30131370645", NumberFault.WRONG),
        (DocumentKind.RUC, "2013137064", NumberFault.TOO_SHORT),
        (DocumentKind.RUC, "", NumberFault.EMPTY),
        (DocumentKind.DNI, "1234567", NumberFault.TOO_SHORT),
    ],
)
def test_what_a_person_may_type_of_other_documents(
    kind: DocumentKind, typed: str, expected: Document | NumberFault
) -> None:
    assert parse_number(kind, typed) == expected
