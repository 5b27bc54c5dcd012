"""The room a virtual camera looks into, and a sheet of paper or plastic held up in it.

A pinhole camera with a horizontal field of view of 70 degrees, as common webcams have; lengths in millimetres,
angles in degrees. A scene draws frame after frame at about 20 ms of CPU each, for what does not move is drawn once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from drivers.scanner.frames import Image

WIDTH: Final = 1920
HEIGHT: Final = 1080
FOCAL_PX: Final = WIDTH / 2 / math.tan(math.radians(35))

_NOISE_MARGIN = 64
_SMALL = 8
"""Room and shadow are out of focus, so they are drawn at an eighth of the size."""
_SHADOW_PAD_PX = 240


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a sheet is held: its middle, seen from the camera (x right, y down, z away), and how it is turned.

    ``unfocused_px`` is the width of the blur while the camera still searches its focus.
    """

    x_mm: float = 0.0
    y_mm: float = 0.0
    z_mm: float = 84.0
    roll_deg: float = 0.0
    pitch_deg: float = 0.0
    yaw_deg: float = 0.0
    unfocused_px: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawn document: its pixels and its shape (255 inside), both at ``px_per_mm``."""

    pixels: Image
    mask: Image
    px_per_mm: float

    def lit(self) -> Sheet:
        """The same sheet under a lamp that stands up on the left."""
        height, width = self.mask.shape
        across, down = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
        light = (0.90 - 0.07 * across - 0.06 * down).astype(np.float32)[:, :, None]
        return Sheet(np.clip(self.pixels * light, 0, 255).astype(np.uint8), self.mask, self.px_per_mm)


class Scene:
    """A dim, blurred waiting room. ``noise_sigma`` in gray levels, ``blur_px`` the standard deviation of the focus."""

    def __init__(self, sheet: Sheet | None, *, seed: int = 1, noise_sigma: float = 2.5, blur_px: float = 0.6) -> None:
        self._seed = seed
        self._blur_px = blur_px
        self._room = _room()
        self._sheet = sheet.lit() if sheet else None
        self._shadow = _shadow(sheet.mask) if sheet else None
        rng = np.random.default_rng(seed)
        grain = rng.standard_normal((HEIGHT + _NOISE_MARGIN, WIDTH + _NOISE_MARGIN), np.float32) * noise_sigma
        self._brighter = cv2.cvtColor(grain.clip(0, 255).round().astype(np.uint8), cv2.COLOR_GRAY2BGR)
        self._darker = cv2.cvtColor((-grain).clip(0, 255).round().astype(np.uint8), cv2.COLOR_GRAY2BGR)

    def frame(self, number: int, pose: Pose) -> Image:
        """Frame ``number`` with the sheet at ``pose``: the same arguments give the same pixels."""
        room = self._room
        if self._sheet and self._shadow is not None:
            room = _shade(room, self._shadow, self._sheet.px_per_mm / _SMALL, pose)
        picture = cv2.resize(room, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        if self._sheet:
            _hold_up(picture, self._sheet, pose, self._blur_px)
        rng = np.random.default_rng((self._seed, number))
        y, x = rng.integers(0, _NOISE_MARGIN, 2)
        here = np.s_[y : y + HEIGHT, x : x + WIDTH]
        cv2.add(picture, self._brighter[here], dst=picture)
        cv2.subtract(picture, self._darker[here], dst=picture)
        return picture


def _hold_up(picture: Image, sheet: Sheet, pose: Pose, blur_px: float) -> None:
    matrix = _projection(sheet.mask, sheet.px_per_mm, pose)
    left, top, right, bottom = _bounds(sheet.mask, matrix)
    if right <= left or bottom <= top:
        return
    local = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ matrix
    size = (right - left, bottom - top)
    colour = cv2.warpPerspective(sheet.pixels, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shape = cv2.warpPerspective(sheet.mask, local, size, flags=cv2.INTER_NEAREST)
    place = picture[top:bottom, left:right]
    cv2.copyTo(colour, shape, place)
    if pose.unfocused_px > 1:
        cv2.blur(place, (pose.unfocused_px, pose.unfocused_px), dst=place)
    cv2.GaussianBlur(place, (3, 3), blur_px, dst=place)  # the lens, and smooth edges in one


def _shade(room: Image, shadow: Image, px_per_mm: float, pose: Pose) -> Image:
    """The small ``room`` with the shadow that a sheet at ``pose`` throws behind itself."""
    behind = replace(pose, x_mm=pose.x_mm + 3, y_mm=pose.y_mm + 5, z_mm=pose.z_mm + 3)
    matrix = np.diag([1 / _SMALL, 1 / _SMALL, 1]) @ _projection(shadow, px_per_mm, behind)
    dark = cv2.warpPerspective(shadow, matrix, (room.shape[1], room.shape[0]))
    return cv2.multiply(room, cv2.cvtColor(255 - dark, cv2.COLOR_GRAY2BGR), scale=1 / 255)


def _projection(mask: Image, px_per_mm: float, pose: Pose) -> npt.NDArray[np.float64]:
    """Maps the pixels of a sheet of this shape to the frame's."""
    height, width = mask.shape
    roll, pitch, yaw = (math.radians(angle) for angle in (pose.roll_deg, pose.pitch_deg, pose.yaw_deg))
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    turned = about_z @ about_x @ about_y
    plane = np.column_stack([turned[:, 0], turned[:, 1], (pose.x_mm, pose.y_mm, pose.z_mm)])
    lens = np.array([[FOCAL_PX, 0, WIDTH / 2], [0, FOCAL_PX, HEIGHT / 2], [0, 0, 1]])
    scale = 1 / px_per_mm
    to_mm = np.array([[scale, 0, -width * scale / 2], [0, scale, -height * scale / 2], [0, 0, 1]])
    matrix: npt.NDArray[np.float64] = lens @ plane @ to_mm
    return matrix


def _bounds(mask: Image, matrix: npt.NDArray[np.float64]) -> tuple[int, int, int, int]:
    """The part of the frame that the sheet covers: left, top, right, bottom, inside the frame."""
    height, width = mask.shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    seen = cv2.perspectiveTransform(corners, matrix)[0]
    left, top = np.floor(seen.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(seen.max(axis=0)).astype(int) + 2
    return max(0, int(left)), max(0, int(top)), min(WIDTH, int(right)), min(HEIGHT, int(bottom))


def _room() -> Image:
    """Dusk-blue walls, a window to the left, warm lamps behind, darker towards the edges; an eighth of the size."""
    width, height = WIDTH // _SMALL, HEIGHT // _SMALL
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    room = np.zeros((height, width, 3))
    room += np.array((58, 48, 42)) * (1.0 - 0.45 * y)[:, :, None]
    room += np.array((60, 52, 38)) * np.exp(-(((x + 0.95) / 0.35) ** 2) - ((y + 0.25) / 0.6) ** 2)[:, :, None]
    for lamp_x, lamp_y, size, strength in ((0.55, -0.72, 0.09, 90), (0.72, -0.64, 0.07, 70), (0.2, -0.85, 0.06, 55)):
        glow = np.exp(-((((x - lamp_x) / size) ** 2 + ((y - lamp_y) / (size * 1.78)) ** 2) ** 1.6))
        room += np.array((0.45, 0.72, 1.0)) * strength * glow[:, :, None]
    room += np.array((20, 30, 42)) * np.exp(-(((y - 1.05) / 0.35) ** 2))[:, :, None]
    room *= (1.05 - 0.38 * (x**2 + y**2) / 2)[:, :, None]
    return np.clip(cv2.GaussianBlur(room.astype(np.float32), (0, 0), 3), 0, 255).astype(np.uint8)


def _shadow(mask: Image) -> Image:
    """The soft shadow of a sheet of this shape: blurred and padded, at an eighth of its size."""
    padded = cv2.copyMakeBorder(mask, *(_SHADOW_PAD_PX,) * 4, cv2.BORDER_CONSTANT, value=0)
    small = cv2.resize(padded, None, fx=1 / _SMALL, fy=1 / _SMALL, interpolation=cv2.INTER_AREA)
    return (cv2.GaussianBlur(small, (0, 0), 9) * 0.62).astype(np.uint8)
