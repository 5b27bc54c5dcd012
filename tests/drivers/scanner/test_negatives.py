"""None of what is held up here is ours, and none of it is taken for ours. Through the camera, not only the parsers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from drivers.scanner import mrz
from drivers.scanner.accept import Acceptance, step
from drivers.scanner.decode import look
from drivers.scanner.frames import Image
from drivers.scanner.sightings import Looked
from drivers.scanner.virtual import card, optics, samples, zone
from drivers.scanner.virtual.people import MARIA, invented
from drivers.scanner.virtual.scene import Sheet
from drivers.scanner.words import DocumentReading, Hint, Reading, TicketReading
from tests.drivers.scanner import strangers
from tests.drivers.scanner.strangers import CODES, OURS, SCENES, ZONES, Code, card_with

HELD_STILL = optics.Level(4, 4, (0.45, 0.6), (0, 1), (0.9, 1.0), 2, 0, 0, (88, 95))
FRAMES = 4


def held_up(sheet: Sheet, seed: int = 1) -> list[Image]:
    """Four good frames of it: what is not read in these is refused for what it says."""
    shown = optics.Presentation(sheet, HELD_STILL, optics.RESOLUTIONS["1080p"], (7, seed))
    shown._distance_mm = 125.0
    return [frame for _, frame in zip(range(FRAMES), shown.frames(), strict=False)]


def read(frames: Iterable[Image], *, zones: bool = False) -> Reading | None:
    """What the rules make of them. With ``zones`` they are looked for in every frame: the schedule leaves some out."""
    state = Acceptance(0.0, keep_name=False)
    turns = "turn" in inspect.signature(look).parameters
    for n, frame in enumerate(frames):
        looked = look(frame, turn=n) if turns else look(frame)
        if zones:
            looked = Looked((*looked.sightings, *mrz.read(frame)), looked.facts)
        state, told = step(state, looked, n / 15)
        if told is not None and not isinstance(told, Hint):
            return told
    return None


# --- the camera and the print are good enough: ours is read ------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        (Code(BarcodeFormat.PDF417, OURS, columns=17), MARIA.number),
        (Code(BarcodeFormat.Code39Std, "87654321"), "87654321"),
        (Code(BarcodeFormat.QRCode, samples.ticket_url(MARIA)), None),
    ],
    ids=["PDF417", "Code 39", "QR"],
)
def test_ours_is_read_from_the_same_slip(shown: Code, number: str | None) -> None:
    reading = read(held_up(shown.sheet))
    if number is None:
        assert isinstance(reading, TicketReading)
    else:
        assert isinstance(reading, DocumentReading)
        assert reading.document.number == number


@pytest.mark.parametrize("lines", [zone.dni_lines(MARIA), zone.ce_lines(MARIA)], ids=["dni", "ce"])
def test_ours_is_read_from_the_same_card(lines: tuple[str, ...]) -> None:
    reading = read(held_up(card_with(lines)), zones=True)
    assert isinstance(reading, DocumentReading)
    assert reading.document.number in {MARIA.number, MARIA.foreigner}


# --- and nothing else --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CODES)
def test_a_code_that_is_not_ours_is_not_read(name: str) -> None:
    assert read(held_up(CODES[name].sheet)) is None


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_that_is_not_ours_is_not_read(name: str) -> None:
    assert read(held_up(card_with(ZONES[name])), zones=True) is None


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_without_codes_shows_nothing(name: str) -> None:
    assert read([strangers.scene(name)] * 2, zones=True) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_card_that_has_lost_its_codes_shows_nothing(seed: int) -> None:
    sheet = samples.card_sheet(card.dni_back(invented(seed), frozenset()))
    assert read(held_up(sheet, seed)) is None


def test_two_strangers_on_one_desk_are_still_none() -> None:
    """A payment's QR beside a product's code, and a page behind them."""
    frame = strangers.scene("page")
    for code, (x, y) in (("QR payment", (60, 60)), ("ean-8", (980, 300))):
        part = held_up(CODES[code].sheet)[0][240:840, 480:1440]
        frame[y : y + 600, x : x + 900] = part[:, :900]
    assert read([frame] * 3) is None


@settings(max_examples=25, deadline=None)
@given(
    start=st.sampled_from([0, 1, 2, 5, 9, 456, 460, 464, 471]),
    value=st.integers(0x3A, 0xFF),
)
def test_a_card_with_one_byte_that_may_not_be_there_is_not_read(start: int, value: int) -> None:
    """Through zxing, on clean paper: each of these bytes is one of the card's form."""
    payload = OURS[:start] + bytes([value]) + OURS[start + 1 :]
    sheet = Code(BarcodeFormat.PDF417, payload, columns=17).sheet
    frame = np.ascontiguousarray(sheet.pixels[::2, ::2, 0])
    assert read([frame] * 3) is None
