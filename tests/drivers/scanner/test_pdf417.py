"""A PDF417 of little more than a pixel a module is drawn anew and read to the byte, or not at all."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp

from drivers.scanner.decode import look
from drivers.scanner.frames import Image
from drivers.scanner.pdf417 import patterns
from drivers.scanner.pdf417.grid import find_grid
from drivers.scanner.pdf417.symbol import redrawn
from drivers.scanner.rectify import survey
from drivers.scanner.sightings import DocumentSighting, Origin
from drivers.scanner.virtual.drawing import modules_of
from drivers.scanner.virtual.people import JOSE, MARIA

PAYLOAD = MARIA.pdf417_payload()
FORMAT = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.PDF417,))


def on_a_table(
    payload: bytes, *, module_px: float, blur_px: float, turned_deg: float = 0.0, columns: int = 17
) -> Image:
    """A frame with the symbol on a sheet of paper, through a lens, with noise."""
    modules = modules_of(payload, zxingcpp.BarcodeFormat.PDF417, columns=columns)
    fine = modules.repeat(8, axis=0).repeat(8, axis=1)
    size = round(modules.shape[1] * module_px), round(modules.shape[0] * module_px * 12.6 / 60 * 358 / 75)
    code = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    frame = np.full((800, 1200), 235, np.float32)
    top, left = (800 - size[1]) // 2, (1200 - size[0]) // 2
    frame[top : top + size[1], left : left + size[0]] = code * 0.75 + 45
    turn = cv2.getRotationMatrix2D((600, 400), turned_deg, 1.0)
    turned = cv2.warpAffine(frame, turn, (1200, 800), flags=cv2.INTER_CUBIC, borderValue=235)
    seen = cv2.GaussianBlur(turned, (0, 0), blur_px) + np.random.default_rng(1).normal(0, 3, frame.shape)
    return seen.clip(0, 255).astype(np.uint8)


def read(gray: Image) -> set[bytes]:
    grids = [grid for block in survey(gray).blocks if (grid := find_grid(gray, block)) is not None]
    drawings = [drawing for grid in grids if (drawing := redrawn(grid)) is not None]
    return {code.bytes for drawing in drawings for code in zxingcpp.read_barcodes(drawing, formats=FORMAT)}


def test_the_alphabet_is_the_standards() -> None:
    """Every cell that zxing-cpp's writer prints is in the cluster of its row, and the clusters have 929 each."""
    known = [{cell.tobytes() for cell in cluster.astype(np.uint8)} for cluster in patterns.codewords()]
    assert [len(cluster) for cluster in known] == [patterns.CODEWORDS] * 3
    printed: list[set[bytes]] = [set(), set(), set()]
    for seed in range(6):
        payload = np.random.default_rng(seed).integers(0, 256, 472, np.uint8).tobytes()
        rows = modules_of(payload, zxingcpp.BarcodeFormat.PDF417, columns=17)[::3] // 255
        assert (rows[:, :17] == patterns.modules(patterns.START_WIDTHS)).all()
        assert (rows[:, -18:] == patterns.modules(patterns.STOP_WIDTHS)).all()
        for row, cells in enumerate(rows[:, 17:-18].reshape(len(rows), 19, 17)):
            printed[row % 3] |= {cell.tobytes() for cell in cells}
    for row, cluster in zip(printed, known, strict=True):
        assert row <= cluster
        assert len(row) > 500


@pytest.mark.parametrize("picture", ["nothing", "noise", "code39"])
def test_what_is_no_pdf417_has_no_grid(picture: str) -> None:
    frame = np.full((400, 900), 230, np.uint8)
    if picture == "noise":
        frame[100:220, 100:700] = np.random.default_rng(1).integers(0, 256, (120, 600), np.uint8)
    elif picture == "code39":
        bars = modules_of("12345678", zxingcpp.BarcodeFormat.Code39Std).repeat(120, axis=0).repeat(4, axis=1)
        frame[100:220, 100 : 100 + bars.shape[1]] = bars
    block = np.array([[100, 100], [700, 100], [700, 220], [100, 220]], np.float64)
    grid = find_grid(frame, block)
    drawing = redrawn(grid) if grid else None
    assert drawing is None or zxingcpp.read_barcodes(drawing, formats=FORMAT) == []


def test_a_symbol_of_other_width_is_not_read_as_a_dnis() -> None:
    assert read(on_a_table(PAYLOAD, module_px=2.0, blur_px=0.7, columns=12)) == set()


def test_too_small_a_symbol_is_not_read_at_all() -> None:
    assert read(on_a_table(PAYLOAD, module_px=0.7, blur_px=0.9)) == set()


@pytest.mark.parametrize("turned_deg", [0.0, 7.0, -14.0, 173.0])
def test_it_is_read_to_the_byte_at_a_pixel_and_a_half_a_module(turned_deg: float) -> None:
    gray = on_a_table(PAYLOAD, module_px=1.5, blur_px=0.8, turned_deg=turned_deg)
    assert zxingcpp.read_barcodes(gray, formats=FORMAT) == []  # else all this would be for nothing
    assert read(gray) == {PAYLOAD}


@pytest.mark.parametrize("along", [True, False])
def test_it_is_read_though_the_hand_moves(*, along: bool) -> None:
    gray = on_a_table(PAYLOAD, module_px=1.8, blur_px=0.6)
    moved = cv2.blur(gray, (3, 1) if along else (1, 4))
    assert read(moved) == {PAYLOAD}


def test_what_is_read_is_the_number_and_nothing_else() -> None:
    (seen,) = look(on_a_table(JOSE.pdf417_payload(), module_px=1.6, blur_px=0.8)).sightings
    assert isinstance(seen, DocumentSighting)
    assert (seen.origin, seen.document.number, seen.name) == (Origin.PDF417, JOSE.number, None)


def test_a_payload_that_is_no_dnis_is_not_believed() -> None:
    other = replace(MARIA, register="0000000A").pdf417_payload()
    assert look(on_a_table(other, module_px=1.8, blur_px=0.7)).sightings == ()
