"""What the processes say is checked on arrival, and cannot be read in a log."""

from __future__ import annotations

import contextlib
import traceback
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import Document, DocumentKind
from drivers.scanner import wire
from drivers.scanner.words import CameraState, CargoReading, DocumentReading, Hint, Rule, TicketReading

if TYPE_CHECKING:
    from domain.tracking import Token

DNI = DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.CODE39_TWO_FRAMES, "MARIA ELENA PRUEBA EJEMPLO")


@given(st.binary(max_size=200))
def test_nonsense_from_the_child_is_refused_in_one_way(packet: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        wire.hear(packet)


def packet_of(**wrong: object) -> bytes:
    """A reading as a child would say it, one field of it forged."""
    said = {
        "type": "ReadDocument",
        "presentation": 1,
        "kind": "dni",
        "number": "12345678",
        "rule": "R4",
        "name": "MARIA ELENA PRUEBA EJEMPLO",
    }
    return msgspec.msgpack.encode(said | wrong)


def test_an_honest_packet_is_heard() -> None:
    assert isinstance(wire.hear(packet_of()), wire.ReadDocument)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"number": number} for number in ("", "1234567", "1234 678", "12345678\n", "x" * 8, "1" * 16, "١٢٣٤٥٦٧٨")),
        {"kind": "ce"},
        {"kind": "ce", "rule": "R1", "number": "12345678A"},
        {"kind": "passport", "number": "AB1234567"},
        {"kind": "passport", "number": "AB1234567", "rule": "R2", "name": None},
        {"kind": "passport", "number": "AB12345678", "rule": "R1", "name": None},
        {"kind": "none", "number": "", "rule": "R1"},
        {"rule": "ticket"},
        {"rule": "R5"},
        {"rule": "R1"},
        {"rule": "R2"},
        {"name": "M" * 121},
        {"name": 7},
        {"type": "Secret"},
        {"presentation": "1"},
    ],
)
def test_what_no_reader_of_ours_says_is_refused_without_a_word_of_it(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        wire.hear(packet_of(**wrong))
    told = "".join(traceback.format_exception(refused.value))
    assert refused.value.__cause__ is refused.value.__context__ is None
    for secret in ("12345678", "MARIA", "PRUEBA", *(str(value) for value in wrong.values() if len(str(value)) > 5)):
        assert secret not in told


def test_a_token_that_is_none_is_no_reading() -> None:
    assert wire.heard(wire.ReadTicket(1, "A" * 52)) is None


def test_readings_arrive_as_they_were(token: Token) -> None:
    zones = [
        DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.MRZ_WHOLE),
        DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.MRZ_TWO_FRAMES),
        DocumentReading(Document(DocumentKind.CE, "001234567"), Rule.MRZ_WHOLE),
        DocumentReading(Document(DocumentKind.CE, "001234567"), Rule.MRZ_TWO_FRAMES),
        DocumentReading(Document(DocumentKind.PASSPORT, "AB1234567"), Rule.MRZ_WHOLE),
    ]
    for reading in (DNI, TicketReading(token), CargoReading("A" * 26), *zones):
        message = wire.hear(wire.encode(wire.told(3, reading)))
        assert isinstance(message, wire.ReadDocument | wire.ReadTicket | wire.ReadCargo)
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
