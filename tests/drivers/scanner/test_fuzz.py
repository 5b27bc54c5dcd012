"""Every parser, fed with anything: no exception, and nothing believed without the check that its form carries."""

from __future__ import annotations

import contextlib
import inspect
from datetime import date
from types import SimpleNamespace

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from domain import mrz
from domain.documents import Document, DocumentKind, check_digit, check_letter, read_dni_code39, read_dni_pdf417
from domain.tracking import read_ticket_qr
from drivers.scanner import decode, wire
from drivers.scanner.accept import Acceptance, step
from drivers.scanner.frames import Image
from drivers.scanner.sightings import DocumentSighting, Facts, Looked, Origin, Sighting, TicketSighting
from drivers.scanner.virtual import optics, samples, zone
from drivers.scanner.virtual.people import MARIA, SamplePerson, invented
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule, TicketReading

TODAY = date(2026, 12, 1)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"

people = st.integers(0, 10_000).map(invented)


@st.composite
def spoilt(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Something real with bytes changed, lost, doubled or moved."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["change", "lose", "double", "insert", "cut"])):
            case "change" if data:
                data[at] = draw(st.integers(0, 255))
            case "lose":
                del data[at : at + draw(st.integers(1, 9))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case "insert":
                data[at:at] = draw(st.binary(max_size=5))
            case _:
                del data[at:]
    return bytes(data)


# --- codes ------------------------------------------------------------------------------------------------------


@settings(max_examples=400)
@given(spoilt(people.map(SamplePerson.pdf417_payload)))
def test_a_spoilt_pdf417_is_a_dni_only_where_its_form_is_whole(payload: bytes) -> None:
    card = read_dni_pdf417(payload)
    if card is None:
        return
    assert len(payload) == 472
    assert payload[:2] == b"01"
    assert payload[456:464] == payload[464:472]
    assert payload[456:464].isdigit()
    assert card.document == Document(DocumentKind.DNI, payload[2:10].decode("ascii"))


@settings(max_examples=300)
@given(spoilt(people.map(lambda person: person.number.encode())).map(lambda raw: raw.decode("latin-1")))
def test_a_spoilt_code39_is_a_dni_only_with_eight_digits_and_no_wrong_ninth(text: str) -> None:
    read = read_dni_code39(text)
    number, rest = text[:8], text[8:]
    digits = len(number) == 8 and number.isascii() and number.isdigit()
    assert (read is not None) == (
        digits and rest in {"", *((check_digit(number), check_letter(number)) if digits else ())}
    )
    assert read is None or read.number == number


@settings(max_examples=300)
@given(spoilt(people.map(lambda person: samples.ticket_url(person).encode())).map(lambda raw: raw.decode("latin-1")))
def test_a_spoilt_ticket_is_one_only_where_its_token_is_whole(text: str) -> None:
    token = read_ticket_qr(text)
    assert token is None or text.upper().endswith(f"/T/{token.text}")


@settings(max_examples=300)
@given(
    symbology=st.sampled_from(list(BarcodeFormat.__members__.values())),
    text=st.text(max_size=60) | people.map(lambda person: person.number) | people.map(samples.ticket_url),
    payload=st.binary(max_size=500) | people.map(SamplePerson.pdf417_payload),
    extra=st.dictionaries(st.just("UEC"), st.floats(-1, 2)),
)
def test_whatever_zxing_says_gives_a_sound_sighting_or_none(
    symbology: BarcodeFormat, text: str, payload: bytes, extra: dict[str, float]
) -> None:
    code = SimpleNamespace(symbology=symbology, format=symbology, text=text, bytes=payload, extra=extra)
    sighting = decode._sighting(code, keep_name=True)
    if isinstance(sighting, TicketSighting):
        assert text.upper().endswith(sighting.token.text)
    elif sighting is not None:
        number = payload[2:10].decode("ascii") if sighting.origin is Origin.PDF417 else text
        assert sighting.document == Document(DocumentKind.DNI, number)


# --- machine-readable zones ----------------------------------------------------------------------------------------


def checked(field: str, digit: str) -> bool:
    return zone.check(field) == digit


@st.composite
def zones(draw: st.DrawFn) -> tuple[str, ...]:
    """A zone, as it is or with letters misread, lost and doubled, and lines in any order."""
    person = draw(people)
    lines = list(draw(st.sampled_from([zone.dni_lines, zone.ce_lines, zone.passport_lines]))(person))
    for _ in range(draw(st.integers(0, 4))):
        row, column = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, 43))
        length = draw(st.integers(0, 2))
        new = draw(st.text(ALPHABET, max_size=2) | st.text(max_size=2))
        lines[row] = lines[row][:column] + new + lines[row][column + length :]
    if draw(st.booleans()):
        lines = draw(st.permutations(lines))
    return tuple(lines)


@settings(max_examples=500)
@given(zones() | st.lists(st.text(max_size=50), max_size=5).map(tuple))
def test_a_spoilt_zone_is_none_or_agrees_with_its_check_digits(lines: tuple[str, ...]) -> None:
    seen = mrz.parse(lines, TODAY)
    if seen is None:
        return
    if len(lines) == 3:
        first, second = lines[0].ljust(30, "<"), lines[1].ljust(30, "<")
        assert first[2:5] == "PER"
        assert checked(first[5:14], first[14])
        assert seen.document.number == first[5:14].rstrip("<")
        assert seen.document.number.isdigit()
        if seen.whole:
            assert checked(second[:6], second[6])
            assert checked(second[8:14], second[14])
            assert checked(first[5:] + second[:7] + second[8:15] + second[18:29], second[29])
    else:
        second = lines[1].ljust(44, "<")
        assert seen.document.kind is DocumentKind.PASSPORT
        assert checked(second[:9], second[9])
        assert seen.document.number == second[:9].rstrip("<")
        if seen.whole:
            assert checked(second[:10] + second[13:20] + second[21:43], second[43])


def test_a_zone_as_it_is_printed_is_whole() -> None:
    """The fuzzing above starts from what is believed."""
    for seed in range(60):
        person = invented(seed)
        for lines in (zone.dni_lines(person), zone.ce_lines(person), zone.passport_lines(person)):
            seen = mrz.parse(lines, TODAY)
            assert seen is not None, lines
            assert seen.whole, lines


# --- frames -----------------------------------------------------------------------------------------------------


def looked(gray: Image, turn: int) -> Looked:
    return decode.look(gray, turn=turn) if "turn" in inspect.signature(decode.look).parameters else decode.look(gray)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(samples.KINDS),
    seed=st.integers(0, 9_999),
    crop=st.tuples(st.floats(0, 0.6), st.floats(0, 0.6), st.floats(0.05, 1), st.floats(0.05, 1)),
    patches=st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.integers(0, 255)), max_size=6),
    stretch=st.floats(0.3, 1.4),
)
def test_a_frame_cut_painted_and_stretched_breaks_nothing_and_names_nobody_else(
    kind: str, seed: int, crop: tuple[float, ...], patches: list[tuple[float, float, int]], stretch: float
) -> None:
    person = invented(seed)
    frame = next(optics.session(kind, "typical", "720p", seed))
    for left, top, gray in patches:
        y, x = round(top * 720), round(left * 1280)
        frame[y : y + 60, x : x + 90] = gray
    x, y = round(crop[0] * 1280), round(crop[1] * 720)
    part = frame[y : y + max(1, round(crop[3] * 720)), x : x + max(1, round(crop[2] * 1280))]
    part = cv2.resize(part, (max(1, round(part.shape[1] * stretch)), part.shape[0]))
    for turn in range(2):
        for sighting in looked(np.ascontiguousarray(part), turn).sightings:
            if isinstance(sighting, DocumentSighting):
                assert sighting.document.number == person.number


# --- what processes and scanners tell each other ------------------------------------------------------------------

TOKEN = samples.ticket_token(MARIA)
PACKETS = [
    wire.encode(message)
    for message in (
        wire.Beat(),
        wire.Camera(1, CameraState.WATCHING),
        wire.Hinted(1, Hint.CLOSER),
        wire.told(1, DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.CODE39_TWO_FRAMES, "MARIA PRUEBA")),
        wire.told(1, TicketReading(TOKEN)),
    )
]


@settings(max_examples=500)
@given(spoilt(st.sampled_from(PACKETS)))
def test_a_spoilt_packet_is_refused_or_is_a_message_of_ours(packet: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        news = wire.hear(packet)
        if isinstance(news, wire.ReadDocument | wire.ReadTicket):
            reading = wire.heard(news)
            assert reading is None or repr(reading).find("12345678") < 0


@settings(max_examples=300)
@given(spoilt(st.sampled_from([wire.encode(wire.Start(1, "virtual:dni", keep_name=True)), wire.encode(wire.Stop())])))
def test_a_spoilt_order_is_refused_in_one_way(packet: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError):
        wire.take_order(packet)


MESSAGES = st.one_of(
    people.map(lambda person: b"]L0" + person.pdf417_payload()),
    people.map(lambda person: b"]A0" + person.number.encode()),
    people.map(lambda person: b"]Q1" + samples.ticket_url(person).encode()),
    people.map(lambda person: "\r".join(zone.dni_lines(person)).encode()),
    st.binary(max_size=80),
)


@settings(max_examples=300)
@given(spoilt(MESSAGES))
def test_a_spoilt_message_of_a_serial_scanner_is_nothing_or_proves_itself(message: bytes) -> None:
    payload = pytest.importorskip("drivers.scanner.serial_scanner.payload")
    understood = payload.understand(message, TODAY)
    if understood is None or isinstance(understood.sighting, TicketSighting):
        return
    number = understood.sighting.document.number.encode()
    assert number in message


@settings(max_examples=200)
@given(st.lists(st.tuples(spoilt(MESSAGES), st.floats(0, 0.2)), max_size=8))
def test_a_serial_line_of_anything_gives_messages_of_bounded_length(bursts: list[tuple[bytes, float]]) -> None:
    framing = pytest.importorskip("drivers.scanner.serial_scanner.framing")
    framer, now_s = framing.Framer(), 0.0
    for burst, pause_s in bursts:
        framer.feed(burst, now_s)
        now_s += pause_s
        message = framer.take(now_s)
        assert message is None or 0 < len(message) <= framing.MOST_BYTES


# --- the rules --------------------------------------------------------------------------------------------------

NUMBERS = [Document(DocumentKind.DNI, number) for number in ("12345678", "12345679", "87654321")]
sightings = st.one_of(
    st.builds(DocumentSighting, st.sampled_from(Origin), st.sampled_from(NUMBERS)),
    st.just(TicketSighting(TOKEN)),
)


@settings(max_examples=500)
@given(st.lists(st.lists(sightings, max_size=3), max_size=12))
def test_no_sequence_of_frames_makes_a_number_believed_that_was_seen_once(frames: list[list[Sighting]]) -> None:
    """However codes and tickets mix: by two frames or by two sources, and by nothing that disagrees in the last one."""
    state = Acceptance(0.0)
    seen: set[tuple[int, bool, Document]] = set()
    for n, shown in enumerate(frames):
        codes = [each for each in shown if isinstance(each, DocumentSighting)]
        seen |= {(n, code.origin is Origin.PDF417, code.document) for code in codes}
        state, told = step(state, Looked(tuple(shown), Facts(0.1, 0.0, None)), n / 15)
        if isinstance(told, DocumentReading):
            assert {code.document for code in codes} == {told.document}
            assert sum(document == told.document for _, _, document in seen) >= 2
            return
        if isinstance(told, TicketReading):
            assert TicketSighting(told.token) in shown
            return
