"""Drawing in millimetres: the few strokes that the sample documents are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import zxingcpp

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

PX_PER_MM = 20

Colour = tuple[int, int, int]
"""Blue, green, red."""

_SHIFT = 4  # OpenCV's fixed point for lines: sixteenths of a pixel


def px(mm: float) -> int:
    """A length on the drawing."""
    return round(mm * PX_PER_MM)


def text(
    image: Image, at_mm: tuple[float, float], words: str, height_mm: float, colour: Colour, *, weight: int = 500
) -> None:
    """Writes ``words`` with their baseline's left end at ``at_mm``, in OpenCV's own typeface (it has the Ñ)."""
    x, y = at_mm
    cv2.putText(image, words, (px(x), px(y)), colour, cv2.FontFace("sans"), px(height_mm), weight)


def centred(
    image: Image, at_mm: tuple[float, float], words: str, height_mm: float, colour: Colour, *, weight: int
) -> None:
    """Writes ``words`` with the middle of their baseline at ``at_mm``."""
    middle_mm, baseline_mm = at_mm
    face = cv2.FontFace("sans")
    width = cv2.getTextSize((image.shape[1], image.shape[0]), words, (0, 0), face, px(height_mm), weight)[2]
    text(image, (middle_mm - width / PX_PER_MM / 2, baseline_mm), words, height_mm, colour, weight=weight)


def upwards(
    image: Image, at_mm: tuple[float, float], words: str, height_mm: float, colour: Colour, *, weight: int
) -> None:
    """Writes ``words`` from ``at_mm`` towards the top, as beside a card's edge."""
    baseline_mm, bottom_mm = at_mm
    turned = np.ascontiguousarray(np.rot90(image, -1))
    text(turned, (image.shape[0] / PX_PER_MM - bottom_mm, baseline_mm), words, height_mm, colour, weight=weight)
    image[:] = np.rot90(turned)


def box(
    image: Image, at_mm: tuple[float, float], size_mm: tuple[float, float], colour: Colour, *, line_px: int = -1
) -> None:
    """A rectangle; filled where ``line_px`` is -1."""
    (x, y), (width, height) = at_mm, size_mm
    corners = (px(x), px(y)), (px(x + width), px(y + height))
    cv2.rectangle(image, *corners, colour, line_px, cv2.LINE_AA)


def curve(image: Image, x_mm: np.ndarray, y_mm: np.ndarray, colour: Colour) -> None:
    """A hairline through the points."""
    points = np.stack([x_mm, y_mm], axis=1) * (PX_PER_MM << _SHIFT)
    cv2.polylines(image, [points.round().astype(np.int32)], False, colour, 1, cv2.LINE_AA, _SHIFT)


def symbol(image: Image, at_mm: tuple[float, float], size_mm: tuple[float, float], modules: Image, ink: Colour) -> None:
    """Prints a code, given as one pixel a module, into the rectangle; its edges fall where the millimetres say."""
    (x, y), (width, height) = at_mm, size_mm
    fine = modules.repeat(8, axis=0).repeat(8, axis=1)
    printed = cv2.resize(fine, (px(width), px(height)), interpolation=cv2.INTER_AREA)[:, :, None] / 255.0
    place = image[px(y) : px(y) + px(height), px(x) : px(x) + px(width)]
    place[:] = (place * printed + np.array(ink) * (1 - printed)).astype(np.uint8)


def modules_of(content: str | bytes, code: zxingcpp.BarcodeFormat, **options: int | str) -> Image:
    """A code's modules without its quiet zone, dark 0, light 255; a linear code is one row."""
    made = zxingcpp.create_barcode(content, code, **options).to_image(scale=1, add_quiet_zones=False, add_hrt=False)
    modules = np.array(made)
    linear = code in {zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.Code39Std}
    return modules[:1] if linear else modules
