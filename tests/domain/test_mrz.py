"""Machine readable zones: the vectors, and every way in which lines of text can be no document."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import documents
from domain.documents import Document, DocumentKind
from domain.mrz import TD1, TD3, Zone, check_digit, parse

TODAY = date(2026, 11, 23)

NORMAL = ("I<PER12345678<8<<<<<<<<<<<<<<<", "9001158F2912316PER<<<<<<<<<<<4", "PRUEBA<<MARIA<ELENA<<<<<<<<<<<")
CARNE = ("I<PER0012345678<<<<<<<<<<<<<<<", "8802299M2702283VEN<<<<<<<<<<<8", "PRUEBA<CASO<<LUIS<<<<<<<<<<<<<")
PASSPORT = ("P<PERPRUEBA<EJEMPLO<<MARIA<ELENA<<<<<<<<<<<<", "1234567897PER9001158F3001156<<<<<<<<<<<<<<<8")
SPECIMEN = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
FOREIGN = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")

DNI, CE = DocumentKind.DNI, DocumentKind.CE


def put(lines: tuple[str, ...], line: int, column: int, text: str) -> tuple[str, ...]:
    """The lines with other characters at one place."""
    changed = lines[line][:column] + text + lines[line][column + len(text) :]
    return (*lines[:line], changed, *lines[line + 1 :])


def closed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """A card's lines with every check digit right."""
    first, second, third = lines
    first = first[:14] + check_digit(first[5:14]) + first[15:]
    birth, expiry = second[:6] + check_digit(second[:6]), second[8:14] + check_digit(second[8:14])
    second = birth + second[7] + expiry + second[15:29]
    return first, second + check_digit(first[5:] + birth + expiry + second[18:29]), third


@pytest.mark.parametrize(
    ("lines", "document", "name", "expires"),
    [
        (NORMAL, Document(DNI, "12345678"), "MARIA ELENA PRUEBA", date(2029, 12, 31)),
        (
            (
                "I<PER00000009<7<<<<<<<<<<<<<<<",
                "5002032M0001018PER<<<<<<<<<<<6",
                "PRUEBA<<JUAN<<<<<<<<<<<<<<<<<<",
            ),
            Document(DNI, "00000009"),
            "JUAN PRUEBA",
            None,
        ),
        (
            (
                "I<PER87654321<0<<<<<<<<<<<<<<<",
                "8507206M3001019PER<<<<<<<<<<<6",
                "QUINXXONES<<JOSE<LUIS<<<<<<<<<",
            ),
            Document(DNI, "87654321"),
            "JOSE LUIS QUIÑONES",
            date(2030, 1, 1),
        ),
        (
            (
                "I<PER00000012<3<<<<<<<<<<<<<<<",
                "0109305F2809300PER<<<<<<<<<<<8",
                "VILLANUEVA<<MARIA<DE<LOS<ANGEL",
            ),
            Document(DNI, "00000012"),
            "MARIA DE LOS ANGEL VILLANUEVA",
            date(2028, 9, 30),
        ),
        (
            (
                "I<PER00000011<0<<<<<<<<<<<<<<<",
                "1805051M2605052PER<<<<<<<<<<<0",
                "PRUEBA<<NINO<<<<<<<<<<<<<<<<<<",
            ),
            Document(DNI, "00000011"),
            "NINO PRUEBA",
            date(2026, 5, 5),
        ),
        (CARNE, Document(CE, "001234567"), "LUIS PRUEBA CASO", date(2027, 2, 28)),
        (
            PASSPORT,
            Document(DocumentKind.PASSPORT, "123456789"),
            "MARIA ELENA PRUEBA EJEMPLO",
            date(2030, 1, 15),
        ),
        (SPECIMEN, Document(DocumentKind.PASSPORT, "L898902C3"), "ANNA MARIA ERIKSSON", date(2012, 4, 15)),
    ],
    ids=["normal", "no expiry", "ñ", "cut name", "minor", "carné", "passport", "specimen"],
)
def test_the_vectors(lines: tuple[str, ...], document: Document, name: str, expires: date | None) -> None:
    assert parse(lines, TODAY) == Zone(document, True, name, expires)


def test_a_card_of_another_country_is_no_document() -> None:
    assert parse(FOREIGN, TODAY) is None
    assert parse(closed(put(NORMAL, 0, 2, "BOL")), TODAY) is None


@pytest.mark.parametrize(
    ("dni", "printed", "in_the_zone"),
    [
        ("00000014", "6", "9"),
        ("00000006", "5", "8"),
        ("00000001", "4", "3"),
        ("00000007", "3", "1"),
        ("00000002", "2", "6"),
        ("00000008", "1", "4"),
        ("00000003", "1", "9"),
        ("00000009", "0", "7"),
        ("00000004", "9", "2"),
        ("00000013", "8", "6"),
        ("00000005", "7", "5"),
        ("12345678", "1", "8"),
        ("87654321", "0", "0"),
        ("10117410", "2", "7"),
    ],
)
def test_a_dni_has_two_check_digits_and_neither_stands_in_for_the_other(
    dni: str, printed: str, in_the_zone: str
) -> None:
    assert (documents.check_digit(dni), check_digit(dni + "<")) == (printed, in_the_zone)
    with_printed = parse(put(NORMAL, 0, 5, f"{dni}<{printed}"), TODAY)
    assert (with_printed is None) is (printed != in_the_zone)


def test_eight_digits_and_a_filler_is_a_dni_and_nine_digits_a_carne() -> None:
    eight, nine = (
        parse(put(NORMAL, 0, 5, number + check_digit(number)), TODAY) for number in ("12345670<", "123456700")
    )
    assert eight is not None
    assert nine is not None
    assert eight.document == Document(DNI, "12345670")
    assert nine.document == Document(CE, "123456700")


@pytest.mark.parametrize("lines", [put(NORMAL, 0, 13, "0"), put(CARNE, 0, 5, "00000101<")], ids=["dni", "carné"])
def test_a_filler_taken_for_a_zero_passes_every_check_digit_but_not_the_nationality(lines: tuple[str, ...]) -> None:
    assert check_digit("12345678<") == check_digit("123456780")
    seen = parse(closed(lines), TODAY)
    assert seen is not None
    assert not seen.whole


@pytest.mark.parametrize("lines", [NORMAL, CARNE, PASSPORT, SPECIMEN], ids=["dni", "carné", "passport", "specimen"])
def test_no_single_changed_digit_leaves_a_whole_zone(lines: tuple[str, ...]) -> None:
    layout = TD1 if len(lines) == 3 else TD3
    for line, column in layout.checked:
        if not lines[line][column].isdigit():
            continue
        for digit in "0123456789".replace(lines[line][column], ""):
            seen = parse(put(lines, line, column, digit), TODAY)
            assert seen is None or not seen.whole
            if (line, column) in layout.number:
                assert seen is None


@pytest.mark.parametrize(
    ("line", "column", "text"),
    [
        (1, 6, "0"),
        (1, 14, "0"),
        (1, 29, "0"),
        (1, 15, "P<R"),
    ],
    ids=["birth", "expiry", "composite", "nationality"],
)
def test_a_number_that_agrees_with_its_own_digit_is_left_when_the_rest_does_not(
    line: int, column: int, text: str
) -> None:
    seen = parse(put(NORMAL, line, column, text), TODAY)
    assert seen is not None
    assert seen.document == Document(DNI, "12345678")
    assert not seen.whole


@pytest.mark.parametrize(
    ("birth", "whole"), [("261123", True), ("261124", True), ("900231", False), ("000229", True), ("991301", False)]
)
def test_dates_have_to_be_days(birth: str, whole: bool) -> None:  # noqa: FBT001 a table
    seen = parse(closed(put(NORMAL, 1, 0, birth)), TODAY)
    assert seen is not None
    assert seen.whole is whole


def test_expiry_has_to_be_a_day_too() -> None:
    seen = parse(closed(put(NORMAL, 1, 8, "300230")), TODAY)
    assert seen is not None
    assert (seen.whole, seen.expires) == (False, None)


def test_a_line_that_lost_its_last_filler_is_padded_and_a_shorter_one_is_not() -> None:
    first, second, third = NORMAL
    assert parse((first[:-1], second, third[:-1]), TODAY) == parse(NORMAL, TODAY)
    assert parse((first[:-2], second, third), TODAY) is None
    assert parse((PASSPORT[0][:-1], PASSPORT[1]), TODAY) == parse(PASSPORT, TODAY)


def test_a_card_is_not_taken_for_a_passport_nor_the_reverse() -> None:
    assert parse(NORMAL[:2], TODAY) is None
    assert parse((*PASSPORT, ""), TODAY) is None
    assert parse((PASSPORT[0][:30], PASSPORT[1][:30], PASSPORT[1][:30]), TODAY) is None


def test_letters_do_not_pass_for_the_digits_of_a_dni() -> None:
    """Two sixes read as two L pass the number's check digit: 66 and LL differ by a multiple of ten."""
    assert check_digit("12366678<") == check_digit("123LL678<")
    lines = closed(put(NORMAL, 0, 5, "12366678<"))
    assert parse(lines, TODAY) is not None
    assert parse(closed(put(lines, 0, 8, "LL")), TODAY) is None


@pytest.mark.parametrize("number", ["12345<<<<", "1234<6789", "<<<<<<<<<"], ids=["short", "gap", "empty"])
def test_a_passport_number_is_six_to_nine_characters_without_a_gap(number: str) -> None:
    assert parse(put(PASSPORT, 1, 0, number + check_digit(number)), TODAY) is None


def test_a_filler_in_place_of_the_check_digit_of_no_optional_data() -> None:
    assert parse(PASSPORT, TODAY) == parse(put(PASSPORT, 1, 42, "0"), TODAY)
    used = parse(put(SPECIMEN, 1, 42, "<"), TODAY)
    assert used is not None
    assert not used.whole


def test_nothing_of_a_zone_shows_in_logs() -> None:
    shown = repr(parse(NORMAL, TODAY))
    assert "1234" not in shown
    assert "MARIA" not in shown
    assert "2029" not in shown


ZONE_TEXT = st.text(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"), min_size=28, max_size=45)


@given(st.lists(st.text(max_size=50), max_size=4) | st.lists(ZONE_TEXT, max_size=3), st.dates(date(1900, 1, 1)))
def test_no_text_raises(lines: list[str], today: date) -> None:
    parse(lines, today)


@given(st.sampled_from([NORMAL, CARNE, PASSPORT, SPECIMEN]), st.data())
def test_no_single_changed_character_gives_a_whole_card_with_another_number(
    lines: tuple[str, ...], data: st.DataObject
) -> None:
    line = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[0]) - 1))
    seen = parse(put(lines, line, column, data.draw(st.characters())), TODAY)
    right = parse(lines, TODAY)
    assert right is not None
    if seen is not None and seen.whole and seen.document.kind is not DocumentKind.PASSPORT:
        assert seen.document == right.document
