"""What a frame shows is read exactly, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from domain.documents import (
    Document,
    DocumentKind,
    check_digit,
    check_letter,
    read_dni_code39,
    read_dni_pdf417,
)
from domain.tracking import Token, filing_url, read_ticket_qr
from drivers.scanner import decode
from drivers.scanner.advice import advice, shows_something
from drivers.scanner.decode import glance, look
from drivers.scanner.frames import Image
from drivers.scanner.mrz import Found, reading
from drivers.scanner.sightings import CargoSighting, DocumentSighting, Looked, MrzSighting, Origin, TicketSighting
from drivers.scanner.virtual import camera, card, optics, samples
from drivers.scanner.virtual.card import Code
from drivers.scanner.virtual.people import JOSE, JUAN, MARIA, SamplePerson, invented
from drivers.scanner.words import Hint

MARIAS_CODE = MARIA.pdf417_payload()


def on_paper(content: str | bytes, code: BarcodeFormat, scale: int = 4, **options: Any) -> Image:
    """A frame with nothing but this code, printed clean and held straight."""
    printed = np.array(zxingcpp.create_barcode(content, code, **options).to_image(scale=scale))
    frame = np.full((1080, 1920), 235, np.uint8)
    height, width = printed.shape
    top, left = (1080 - height) // 2, (1920 - width) // 2
    frame[top : top + height, left : left + width] = np.minimum(printed, 235)
    return frame


def pdf417(payload: bytes) -> Image:
    return on_paper(payload, BarcodeFormat.PDF417, columns=17)


def documents(gray: Image) -> set[str]:
    seen = look(gray, keep_name=True).sightings
    return {each.document.number for each in seen if isinstance(each, DocumentSighting)}


# --- what must not be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(MARIAS_CODE[:-1], id="471 bytes"),
        pytest.param(MARIAS_CODE + b" ", id="473 bytes"),
        pytest.param(b"02" + MARIAS_CODE[2:], id="another kind of document"),
        pytest.param(MARIAS_CODE[:2] + b"1234567A" + MARIAS_CODE[10:], id="a letter in the number"),
        pytest.param(MARIAS_CODE[:2] + b"1234567\xb2" + MARIAS_CODE[10:], id="a digit that is not ASCII"),
        pytest.param(MARIAS_CODE[:-1] + b"2", id="register numbers differ"),
        pytest.param(b"00123456789@APELLIDO@NOMBRE@M@12345678@A@01/01/1990@01/01/2020", id="another country's"),
        pytest.param(hashlib.shake_256(b"blob").digest(472), id="472 bytes of noise"),
        pytest.param(JOSE.pdf417_payload().decode("latin-1").encode("utf-8"), id="transcoded to UTF-8"),
    ],
)
def test_a_pdf417_that_is_no_dni_is_not_read(payload: bytes) -> None:
    assert read_dni_pdf417(payload) is None
    assert documents(pdf417(payload)) == set()


@pytest.mark.parametrize("digits", ["1234567", "123456789", "1234567A", "1234 678", "1"])
def test_a_code39_without_exactly_eight_digits_is_not_read(digits: str) -> None:
    assert documents(on_paper(digits, BarcodeFormat.Code39)) == set()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("12345670", BarcodeFormat.EAN8),
        ("12345678", BarcodeFormat.ITF),
        ("12345678", BarcodeFormat.QRCode),
        ("12345678", BarcodeFormat.DataMatrix),
    ],
)
def test_eight_digits_in_a_code_that_no_dni_has_are_not_read(content: str, code: BarcodeFormat) -> None:
    assert look(on_paper(content, code)).sightings == ()


@pytest.mark.parametrize(
    "content",
    [
        "00020101021139320A1B2C3D4E5F00000000005204561153036045802PE5906YAPERO6004Lima6304ABCD",
        "https://example.org/T/12345678",
        "HTTPS://EXAMPLE.ORG/T/" + "A" * 52,
        "HTTPS://EXAMPLE.ORG/T/" + "1" * 52,
        "WIFI:S:sala;T:WPA;P:clave;;",
    ],
)
def test_a_qr_that_is_not_our_ticket_is_not_read(content: str) -> None:
    assert look(on_paper(content, BarcodeFormat.QRCode, scale=8)).sightings == ()


def test_a_pdf417_whose_correction_is_used_up_is_not_believed() -> None:
    spent = SimpleNamespace(symbology=BarcodeFormat.PDF417, extra={"UEC": 0.05}, bytes=MARIAS_CODE)
    sound = SimpleNamespace(symbology=BarcodeFormat.PDF417, extra={"UEC": 0.10}, bytes=MARIAS_CODE)

    assert decode._sighting(spent, keep_name=True) is None
    assert decode._sighting(sound, keep_name=True) is not None


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (40, 3), (480, 640), (1080, 1920)])
@pytest.mark.parametrize("kind", ["black", "white", "noise", "stripes"])
def test_a_picture_of_nothing_gives_nothing(shape: tuple[int, int], kind: str) -> None:
    rows = np.arange(shape[0], dtype=np.uint8)[:, None]
    pictures = {
        "black": np.zeros(shape, np.uint8),
        "white": np.full(shape, 255, np.uint8),
        "noise": np.random.default_rng(1).integers(0, 256, shape, np.uint8),
        "stripes": np.broadcast_to((rows // 3 % 2) * np.uint8(255), shape).copy(),
    }
    assert look(pictures[kind], keep_name=True).sightings == ()


# --- parsers, with anything -------------------------------------------------------------------------------------


@given(st.binary(max_size=600))
def test_no_bytes_break_the_dni_parser(payload: bytes) -> None:
    card = read_dni_pdf417(payload)
    assert card is None or payload[2:10].decode("ascii") == card.document.number


@given(st.lists(st.tuples(st.integers(0, 471), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=300)
def test_a_mutated_dni_is_refused_unless_its_form_is_whole(changes: list[tuple[int, int]]) -> None:
    payload = bytearray(MARIAS_CODE)
    for at, value in changes:
        payload[at] = value
    card = read_dni_pdf417(bytes(payload))
    whole = payload[:2] == b"01" and payload[2:10].isdigit() and payload[456:464].isdigit()
    assert (card is not None) == (whole and payload[456:464] == payload[464:472])
    assert card is None or card.document.number == payload[2:10].decode("ascii")


@given(st.text(max_size=40))
def test_no_text_breaks_the_code39_parser(text: str) -> None:
    read = read_dni_code39(text)
    whole = len(text) in {8, 9} and text[:8].isascii() and text[:8].isdigit()
    checked = len(text) == 8 or (whole and text[8] in {check_digit(text[:8]), check_letter(text[:8])})
    assert (read is not None) == (whole and checked)


@given(
    st.text(max_size=90)
    | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=52, max_size=52).map("HTTPS://X/T/{}".format)
)
def test_no_text_breaks_the_ticket_parser(text: str) -> None:
    read = read_ticket_qr(text)
    assert read is None or text.upper().endswith(f"/T/{read.text}")


# --- what must be read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "sha256", "name"),
    [
        (MARIA, "46aae0a672ab1847e657e375324ee09509d29c48d4fa383a662472535c7945d8", "MARIA ELENA PRUEBA EJEMPLO"),
        (JOSE, "9917300618c6cc39fb5bb1991fdb06ea829c037749fb241356135f674dab04e2", "JOSE LUIS QUIÑONES MUÑOZ"),
        (JUAN, "eadb80e69b5bf4b2a69242387f30e9e4c60686d6e1f501b695988c240b9cb53c", "JUAN PRUEBA"),
    ],
)
def test_the_known_cards_are_read_to_the_letter(person: SamplePerson, sha256: str, name: str) -> None:
    payload = person.pdf417_payload()
    assert hashlib.sha256(payload).hexdigest() == sha256

    (seen,) = look(pdf417(payload), keep_name=True).sightings

    assert seen == DocumentSighting(Origin.PDF417, Document(DocumentKind.DNI, person.number), name)


@pytest.mark.parametrize("number", ["12345678", "00000009"])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_code39_is_read_however_it_lies(number: str, quarter_turns: int) -> None:
    frame = np.ascontiguousarray(np.rot90(on_paper(number, BarcodeFormat.Code39), quarter_turns))
    assert look(frame).sightings == (DocumentSighting(Origin.CODE39, Document(DocumentKind.DNI, number)),)


def test_our_cargo_is_read() -> None:
    url = filing_url("http://mesa.example", bytes(16))
    assert look(on_paper(url, BarcodeFormat.QRCode, scale=8)).sightings == (CargoSighting("A" * 26),)


def test_our_ticket_is_read(token: Token, ticket_url: str) -> None:
    assert look(on_paper(ticket_url, BarcodeFormat.QRCode, scale=8)).sightings == (TicketSighting(token),)


@pytest.mark.parametrize("turned_deg", [0, 8, -12, 90, 180, 270])
@pytest.mark.parametrize("code", Code)
def test_a_held_card_is_read_by_either_code(
    card_frames: Callable[..., list[Image]], code: Code, turned_deg: float
) -> None:
    """Alone, zxing reads no PDF417 of these: the card is never straight."""
    seen = [
        sighting
        for frame in card_frames(3, codes=frozenset({code}), turned_deg=turned_deg)
        for sighting in look(np.ascontiguousarray(frame[:, :, 1])).sightings
    ]
    assert {each.document.number for each in seen if isinstance(each, DocumentSighting)} == {"12345678"}
    assert len(seen) >= 2


def test_the_name_leaves_the_decoder_only_where_it_is_wanted() -> None:
    without, with_name = look(pdf417(MARIAS_CODE)), look(pdf417(MARIAS_CODE), keep_name=True)
    assert [each.name for each in without.sightings if isinstance(each, DocumentSighting)] == [None]
    assert [each.name for each in with_name.sightings if isinstance(each, DocumentSighting)] == [MARIA.name]


# --- what is tried on which turn --------------------------------------------------------------------------------


def test_eight_digits_in_a_code128_are_a_witness_of_their_own() -> None:
    seen = look(on_paper("12345678", BarcodeFormat.Code128)).sightings
    assert seen == (DocumentSighting(Origin.CODE128, Document(DocumentKind.DNI, "12345678")),)


@pytest.mark.parametrize("digits", ["1234567", "123456789", "1234567A"])
def test_a_code128_without_exactly_eight_digits_is_not_read(digits: str) -> None:
    assert documents(on_paper(digits, BarcodeFormat.Code128)) == set()


def test_a_ticket_on_a_dark_telephone_is_read_on_one_turn_in_ten(token: Token, ticket_url: str) -> None:
    at_night = 255 - on_paper(ticket_url, BarcodeFormat.QRCode, scale=8)
    read = [turn for turn in range(20) if look(at_night, turn=turn).sightings == (TicketSighting(token),)]
    assert read == [9, 19]


@pytest.fixture
def zone_reader(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A reader of machine readable zones that finds but reads nothing, and notes that it was asked."""
    asked: list[int] = []
    find = decode.mrz.find

    def find_only(gray: Image) -> Found:
        asked.append(1)
        return find(gray)

    monkeypatch.setattr(decode.mrz, "find", find_only)
    monkeypatch.setattr(reading, "sighting", lambda _text, _today: None)
    return asked


def held(sheet: Any) -> Image:
    frame = camera.showing_sheet(sheet, replace(camera.CARD_HELD, z_mm=150.0)).frame(40)
    return np.ascontiguousarray(frame[:, :, 1])


def test_where_a_pdf417_stands_a_zone_is_looked_for_on_every_other_turn(
    zone_reader: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "_read", lambda *_arguments, **_options: [])
    monkeypatch.setattr(decode, "read_dni_code39", lambda _text: None)
    card = held(samples.sheet("dni"))
    asked = []
    for turn in range(8):
        look(card, turn=turn)
        asked.append(len(zone_reader))
    assert asked == [0, 1, 1, 2, 2, 3, 3, 4]


def test_beside_a_code39_a_zone_is_looked_for(zone_reader: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A DNIe has both."""
    monkeypatch.setattr(decode, "_read", lambda *_arguments, **_options: [])
    monkeypatch.setattr(decode, "read_dni_code39", lambda _text: None)
    look(held(samples.sheet("dnie")))
    assert zone_reader == [1]


def test_a_code39_and_the_zone_beside_it_are_read_in_one_frame() -> None:
    frame = next(optics.session("dnie", "typical", "1080p", 3001))
    sightings = look(frame).sightings
    assert {type(seen) for seen in sightings} == {DocumentSighting, MrzSighting}
    assert {seen.document.number for seen in sightings if not isinstance(seen, TicketSighting)} == {
        invented(3001).number
    }


def test_a_zone_that_is_not_read_is_told_of(zone_reader: list[int]) -> None:
    facts = look(held(samples.sheet("dni-front"))).facts
    assert zone_reader == [1]
    assert facts is not None
    assert facts.band is not None
    assert abs(facts.band.tilt_deg) < 5
    assert advice(facts) is Hint.CLOSER


def test_a_face_with_neither_code_nor_zone_is_to_be_turned_over() -> None:
    facts = look(held(samples.card_sheet(card.dni_back(MARIA, frozenset())))).facts
    assert facts is not None
    assert shows_something(facts)
    assert advice(facts) is Hint.TURN_OVER


def test_a_wall_is_not_searched(zone_reader: list[int]) -> None:
    looked = look(np.full((1080, 1920), 90, np.uint8))
    assert looked.facts is not None
    assert not shows_something(looked.facts)
    assert zone_reader == []


def test_a_glance_reads_what_is_plain_and_says_nothing_else() -> None:
    assert glance(on_paper("12345678", BarcodeFormat.Code39)).sightings
    assert glance(pdf417(MARIAS_CODE)) == Looked((), None)
