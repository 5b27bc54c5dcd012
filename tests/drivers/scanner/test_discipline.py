"""Nothing of a payload is in a text, a log, a message or an exception (R7; Ley 29733 art. 2.5 for the fingerprint)."""

from __future__ import annotations

import logging
import pickle
import traceback

import msgspec
import numpy as np
import pytest
import zxingcpp

from domain.documents import Document, DocumentKind
from domain.tracking import Token
from drivers.scanner import accept, wire
from drivers.scanner.code39 import Match
from drivers.scanner.decode import glance, look
from drivers.scanner.frames import Frame, Image
from drivers.scanner.sightings import DocumentSighting, Looked, MrzSighting, Origin, TicketSighting
from drivers.scanner.virtual.people import MARIA
from drivers.scanner.words import DocumentReading, Rule, TicketReading

PAYLOAD = MARIA.pdf417_payload()
FINGERPRINT = PAYLOAD[128:428]
DNI = Document(DocumentKind.DNI, MARIA.number)


def secrets(token: Token) -> tuple[str, ...]:
    return (MARIA.number, MARIA.paternal, MARIA.maternal, "MARIA", MARIA.register, token.text, token.nonce.hex())


def printed(content: str | bytes, code: zxingcpp.BarcodeFormat, **options: int) -> Image:
    symbol = np.array(zxingcpp.create_barcode(content, code, **options).to_image(scale=4))
    frame = np.full((1080, 1920), 235, np.uint8)
    frame[200 : 200 + symbol.shape[0], 100 : 100 + symbol.shape[1]] = np.minimum(symbol, 235)
    return frame


@pytest.fixture(scope="module")
def card() -> Image:
    return printed(PAYLOAD, zxingcpp.BarcodeFormat.PDF417, columns=17)


def test_no_word_of_the_scanner_shows_what_it_carries(token: Token) -> None:
    coded = DocumentSighting(Origin.PDF417, DNI, MARIA.name)
    zone = MrzSighting(DNI, whole=False, name=MARIA.name)
    ticket = TicketSighting(token)
    state, _ = accept.step(accept.Acceptance(0.0, keep_name=True), Looked((coded,), None), 0.1)
    assert state.names
    reading = DocumentReading(DNI, Rule.PDF417_TWO_FRAMES, MARIA.name)
    words = [
        coded, zone, ticket, Looked((coded, zone, ticket), None), state, reading, TicketReading(token),
        Match(MARIA.number, 0.9, 1.0), wire.told(1, reading), wire.told(1, TicketReading(token)),
        Frame(np.zeros((2, 2, 3), np.uint8), 3),
    ]  # fmt: skip
    for text in (*map(repr, words), *map(str, words), repr(words)):
        for secret in secrets(token):
            assert secret not in text


def test_reading_a_card_writes_nothing_anywhere(
    card: Image, token: Token, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    looked = look(card, keep_name=True)
    assert [each.document.number for each in looked.sightings if isinstance(each, DocumentSighting)] == [MARIA.number]
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    for secret in secrets(token):
        assert secret not in repr(looked)


def test_the_fingerprint_is_in_nothing_that_leaves_the_decoder(card: Image) -> None:
    """Nor are the register's number, which portals take for a password, nor the day on which the card expires."""
    looked = look(card, keep_name=True)
    left = pickle.dumps(looked)  # everything that hangs on it, as bytes
    assert MARIA.number.encode() in left
    for start in range(0, len(FINGERPRINT) - 8, 4):
        assert FINGERPRINT[start : start + 8] not in left
    assert MARIA.register.encode() not in left
    assert MARIA.expiry.encode() not in left


def test_a_name_that_is_not_wanted_does_not_leave_it_either(card: Image) -> None:
    assert b"MARIA" not in pickle.dumps(look(card))


def test_the_message_carries_number_and_name_and_nothing_else(card: Image) -> None:
    state = accept.Acceptance(0.0, keep_name=True)
    for n in range(2):
        state, told = accept.step(state, look(card, keep_name=True), n * 0.1)
    assert isinstance(told, DocumentReading)
    packet = wire.encode(wire.told(4, told))
    assert msgspec.msgpack.decode(packet) == {
        "type": "ReadDocument",
        "presentation": 4,
        "kind": "dni",
        "number": MARIA.number,
        "rule": "R4",
        "name": MARIA.name,
    }


def test_no_message_carries_the_name_that_a_zone_has() -> None:
    zone = MrzSighting(DNI, whole=True, name="MARIA PRUEBA")
    _, told = accept.step(accept.Acceptance(0.0, keep_name=True), Looked((zone,), None), 0.1)
    assert isinstance(told, DocumentReading)
    assert b"MARIA" not in wire.encode(wire.told(1, told))


def test_a_frame_that_cannot_be_read_does_not_tell_what_is_in_it(card: Image, token: Token) -> None:
    for broken in (card[:, :0], card.astype(np.float64), card[0], np.stack([card] * 5)):
        with pytest.raises((ValueError, TypeError, IndexError)) as refused:
            glance(broken)
        told = "".join(traceback.format_exception(refused.value))
        for secret in secrets(token):
            assert secret not in told
