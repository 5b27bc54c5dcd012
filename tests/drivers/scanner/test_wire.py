"""What the processes say is checked on arrival, and cannot be read in a log."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import Document, DocumentKind
from drivers.scanner import wire
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule, TicketReading

if TYPE_CHECKING:
    from domain.tracking import Token

DNI = DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.CODE39_TWO_FRAMES, "MARIA ELENA PRUEBA EJEMPLO")


@given(st.binary(max_size=200))
def test_nonsense_from_the_child_is_refused_in_one_way(packet: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        wire.hear(packet)


@pytest.mark.parametrize("number", ["", "12345", "1234 5678", "12345678\n", "x" * 8, "1" * 16])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    packet = wire.encode(wire.ReadDocument(1, DocumentKind.DNI, number, Rule.PDF417_TWO_FRAMES, None))
    with pytest.raises(msgspec.ValidationError):
        wire.hear(packet)


def test_a_token_that_is_none_is_no_reading() -> None:
    assert wire.heard(wire.ReadTicket(1, "A" * 52)) is None


def test_readings_arrive_as_they_were(token: Token) -> None:
    for reading in (DNI, TicketReading(token)):
        message = wire.hear(wire.encode(wire.told(3, reading)))
        assert isinstance(message, wire.ReadDocument | wire.ReadTicket)
        assert wire.heard(message) == reading
        assert message.presentation == 3


def test_everything_else_arrives_as_it_was() -> None:
    for news in (wire.Beat(), wire.Camera(2, CameraState.ABSENT), wire.Hinted(2, Hint.CLOSER)):
        assert wire.hear(wire.encode(news)) == news
    for order in (wire.Start(1, "virtual:dni", keep_name=True), wire.Stop()):
        assert wire.take_order(wire.encode(order)) == order


def test_nothing_personal_shows_in_a_text(token: Token) -> None:
    shown = repr([DNI, wire.told(1, DNI), wire.told(1, TicketReading(token)), TicketReading(token)])
    for secret in ("12345678", "MARIA", token.text, token.nonce.hex(), "nonce"):
        assert secret not in shown
