"""A Code 39 that no bar-by-bar decoder reads is read by likeness, and nothing is taken for one that is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from drivers.scanner.code39 import Match, match_code39
from drivers.scanner.frames import Image
from drivers.scanner.virtual import drawing

NUMBER = "12345678"


def strip(text: str, *, bar_px: float = 2.0, blur_px: float = 0.8, noise: float = 4, height: int = 44) -> Image:
    """A printed Code 39 with paper around it, as a camera sees it: ``bar_px`` is the width of a narrow bar."""
    modules = drawing.modules_of(text, zxingcpp.BarcodeFormat.Code39Std)
    fine = modules.repeat(height * 8, axis=0).repeat(16, axis=1)
    length = round(modules.shape[1] * bar_px)
    code = cv2.resize(fine, (length, height), interpolation=cv2.INTER_AREA)
    paper = np.pad(code, 40, constant_values=255).astype(np.float32) * 0.6 + 40
    seen = cv2.GaussianBlur(paper, (0, 0), blur_px) + np.random.default_rng(1).normal(0, noise, paper.shape)
    return seen.clip(0, 255).astype(np.uint8)


def corners(image: Image) -> np.ndarray:
    height, width = image.shape
    return np.array([[40, 40], [width - 40, 40], [width - 40, height - 40], [40, height - 40]], np.float64)


def read(image: Image, block: np.ndarray | None = None) -> str | None:
    match = match_code39(image, corners(image) if block is None else block)
    return match.text if match and match.is_sure else None


@pytest.mark.parametrize("text", ["A2345678", "1234567Z", "ABCDEFGH", "1234 678", "12345.78", "-2345678"])
def test_letters_are_not_taken_for_digits(text: str) -> None:
    assert read(strip(text)) in {text, None}


@pytest.mark.parametrize("text", ["1234567", "123456789", "1234", "1234567890123"])
def test_other_lengths_are_none(text: str) -> None:
    assert read(strip(text)) is None


@pytest.mark.parametrize(
    "code", [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.ITF, zxingcpp.BarcodeFormat.Codabar]
)
def test_other_codes_are_none(code: zxingcpp.BarcodeFormat) -> None:
    text = "A12345678B" if code == zxingcpp.BarcodeFormat.Codabar else NUMBER
    printed = np.array(zxingcpp.create_barcode(text, code).to_image(scale=3, add_quiet_zones=False, add_hrt=False))
    image = np.pad(printed[:40], 40, constant_values=255)
    assert read(image) is None


@pytest.mark.parametrize("kind", ["noise", "black", "white", "stripes", "ramp"])
def test_what_is_no_code_is_none(kind: str) -> None:
    across = np.arange(300)
    line = {
        "noise": np.random.default_rng(1).integers(0, 256, 300),
        "black": np.zeros(300),
        "white": np.full(300, 255),
        "stripes": across // 2 % 2 * 255,
        "ramp": across * 0.8,
    }[kind]
    assert read(np.broadcast_to(line.astype(np.uint8), (120, 300)).copy()) is None


def test_a_digit_that_a_scratch_has_spoilt_is_not_guessed() -> None:
    """Half of one digit's bars are gone, so the two halves say different things."""
    image = strip(NUMBER, bar_px=2.5)
    image[40:62, 140:160] = 60
    assert read(image) in {NUMBER, None}


def test_a_clear_letter_says_so_and_an_unclear_one_is_not_sure() -> None:
    assert Match(NUMBER, 0.9, 2.0).is_sure
    assert not Match(NUMBER, 0.7, 2.0).is_sure
    assert not Match(NUMBER, 0.9, 0.4).is_sure
    assert NUMBER not in repr(Match(NUMBER, 0.9, 2.0))


@pytest.mark.parametrize("number", [NUMBER, "00000009", "98765432", "11111111"])
@pytest.mark.parametrize("turned", [False, True])
def test_it_is_read_either_way_up_where_bars_are_blurred_into_each_other(number: str, *, turned: bool) -> None:
    image = strip(number, bar_px=1.5, blur_px=1.2)
    assert read(cv2.rotate(image, cv2.ROTATE_180) if turned else image) == number


def test_zxing_does_not_read_that_one() -> None:
    """Else all this would be for nothing."""
    image = strip(NUMBER, bar_px=1.5, blur_px=1.2)
    assert zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.Code39Std,))) == []


@pytest.mark.parametrize(("leaning_px", "longer_px"), [(3, 0), (-3, 0), (0, 5), (2, -4), (-2, 4)])
def test_it_is_read_where_its_corners_are_not_quite_right(leaning_px: float, longer_px: float) -> None:
    image = strip(NUMBER, bar_px=2.2)
    block = corners(image)
    block[:2, 0] += leaning_px
    block[2:, 0] -= leaning_px
    block[[0, 3], 0] -= longer_px
    block[[1, 2], 0] += longer_px
    assert read(image, block) == NUMBER
