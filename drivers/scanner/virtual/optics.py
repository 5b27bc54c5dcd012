"""A camera with all that is wrong with cameras: sessions of frames in which a document is held by a hand, not a stand.

A pinhole of 70 degrees across; the document 12 to 22 cm away; then, in the order of physics: hand and thumb, light that
falls off to one side, the image of a lamp on the plastic, defocus and motion, shot and read noise, gain, the
sharpening that webcams do, JPEG. How much of each is a `Level`. What is not in the table of levels is chosen once,
here, and marked "chosen".

The same arguments give the same pixels. Whoever tunes anything uses seeds below `TEST_SEEDS_FROM`; whoever measures,
seeds from there on.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.scanner.virtual import samples, thumb
from drivers.scanner.virtual.people import invented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.scanner.frames import Image
    from drivers.scanner.virtual.people import SamplePerson
    from drivers.scanner.virtual.scene import Sheet

TEST_SEEDS_FROM: Final = 10_000
FRAMES: Final = 8
"""In a session."""

RESOLUTIONS: Final = {"1080p": (1920, 1080), "720p": (1280, 720)}
DISTANCE_MM: Final = (120.0, 220.0)
UPSIDE_DOWN: Final = 1 / 6

Span = tuple[float, float]
"""From, to; evenly distributed."""


@dataclass(frozen=True, slots=True)
class Level:
    """How hard a session is.

    Args:
        roll_deg: One and a half standard deviations of the turn in the picture's plane.
        tilt_deg: The same of either turn out of it.
        blur_px: Standard deviation of the defocus, at 1080p.
        motion_px: How far the picture moves during an exposure, at 1080p.
        light: On the document; 1 is where white paper is white without gain.
        noise: Standard deviation at mid-gray, in gray levels, before gain.
        glare: Probability that a lamp is mirrored in it.
        finger: Probability that a thumb is on its face.
        jpeg: Quality, 0 to 100.
    """

    roll_deg: float
    tilt_deg: float
    blur_px: Span
    motion_px: Span
    light: Span
    noise: float
    glare: float
    finger: float
    jpeg: tuple[int, int]


LEVELS: Final = {
    "good": Level(4, 4, (0.45, 0.7), (0, 1), (0.8, 1.0), 2, 0.05, 0.1, (85, 95)),
    "typical": Level(8, 9, (0.5, 1.1), (0, 3), (0.5, 1.0), 3.5, 0.20, 0.2, (75, 92)),
    "hard": Level(20, 16, (0.7, 2.0), (0, 7), (0.22, 0.8), 6, 0.50, 0.35, (55, 85)),
}

_AIMS_MM: Final = {"passport": (62.5, 68.0), samples.TICKET: (39.75, 57.0)}
"""What of a sheet is held to the middle of the picture; of the others, their own middle."""

# Chosen: what a hand does within a session, and between two.
_MOST_SIGMAS: Final = 2.5
_OFFSET_MM: Final = (6.0, 3.5)
_TREMOR_MM: Final = (0.8, 0.8, 1.2)
_TREMOR_DEG: Final = (0.7, 0.9, 0.9)
_GLARE_WANDERS_MM: Final = 2.5

# Chosen: a common webcam.
_BRIGHT_ENOUGH: Final = 0.8
_MOST_GAIN: Final = 2.0
_READ_NOISE: Final = 0.5
"""Share of the variance at mid-gray that is there in the dark; the rest grows with the light."""
_SHARPENING: Final = (0.2, 0.6)
_OVERSAMPLED: Final = 1.5
"""Drawing pixels a picture pixel: with their average, what a picture's pixel collects."""
_ROOM_SHRUNK: Final = 16
_GLARE_SHRUNK: Final = 8
_NOISE_MARGIN: Final = 128


def session(kind: str, level: str, resolution: str, seed: int) -> Iterator[Image]:
    """The eight frames of one presentation, gray, height x width: the document ``kind`` of person ``seed``.

    The session's conditions depend on kind, level and seed, not on the resolution: 720p sees what 1080p sees. Takes
    about 50 ms of CPU a frame at 1080p and 60 ms for the first.

    Raises:
        KeyError: there is no such kind (`samples.KINDS`), level or resolution.
    """
    return presentation(kind, level, invented(seed), seed=seed, resolution=resolution).frames()


def presentation(kind: str, level: str, person: SamplePerson, *, seed: int, resolution: str = "1080p") -> Presentation:
    """The document ``kind`` of ``person``, held up in the conditions of ``seed``; as many frames as are asked for.

    Raises:
        KeyError: there is no such kind (`samples.KINDS`), level or resolution.
    """
    lot = zlib.crc32(f"{kind} {level}".encode()), seed
    sheet = samples.sheet(kind, person)
    return Presentation(sheet, LEVELS[level], RESOLUTIONS[resolution], lot, aim_mm=_AIMS_MM.get(kind))


class Presentation:
    """One document before one camera; ``lot`` names the conditions, ``aim_mm`` what of it is held to the middle."""

    def __init__(
        self,
        sheet: Sheet,
        level: Level,
        size_px: tuple[int, int],
        lot: tuple[int, int],
        *,
        aim_mm: tuple[float, float] | None = None,
    ) -> None:
        self._level = level
        self._size = size_px
        self._focal_px = size_px[0] / 2 / math.tan(math.radians(35))
        self._fine = size_px[0] / 1920
        self._rng = rng = np.random.default_rng(lot)
        self._distance_mm = rng.uniform(*DISTANCE_MM)
        self._turn_deg = 180.0 * (rng.random() < UPSIDE_DOWN) + self._normal(level.roll_deg / 1.5)
        self._tilt_deg = self._normal(level.tilt_deg / 1.5), self._normal(level.tilt_deg / 1.5)
        self._offset_mm = np.array([self._normal(offset / 1.5) for offset in _OFFSET_MM])
        self._blur_px = rng.uniform(*level.blur_px)
        self._light = rng.uniform(*level.light)
        self._falls_off = rng.uniform(0, 0.35), rng.uniform(0, 2 * math.pi)
        self._quality = int(rng.integers(level.jpeg[0], level.jpeg[1] + 1))
        self._sharpening = rng.uniform(*_SHARPENING)
        self._room = _room(rng, size_px)
        glaring, held = rng.random() < level.glare, rng.random() < level.finger
        reflection, hand = rng.random(5), rng.random(4)  # drawn in any case, so that levels differ in what they say
        height_mm, width_mm = (side / sheet.px_per_mm for side in sheet.mask.shape)
        self._aim_mm = aim_mm or (width_mm / 2, height_mm / 2)
        self._glare = _Glare.of(reflection, (width_mm, height_mm)) if glaring else None
        self._px_per_mm = min(sheet.px_per_mm, _OVERSAMPLED * self._focal_px / self._distance_mm)
        shrunk = self._px_per_mm / sheet.px_per_mm
        gray = cv2.cvtColor(sheet.pixels, cv2.COLOR_BGR2GRAY)
        self._gray, self._mask = (
            cv2.resize(each, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA) for each in (gray, sheet.mask)
        )
        self._margin_px = 0
        if held:
            self._margin_px = round(thumb.MARGIN_MM * self._px_per_mm)
            self._gray, self._mask = thumb.laid_on(self._gray, self._mask, self._px_per_mm, hand)

    def frames(self) -> Iterator[Image]:
        """A session's, in order."""
        for _ in range(FRAMES):
            yield self.frame()

    def _normal(self, sigma: float) -> float:
        return sigma * float(np.clip(self._rng.standard_normal(), -_MOST_SIGMAS, _MOST_SIGMAS))

    def frame(self) -> Image:
        """The next picture, gray, height x width. 50 ms of CPU at 1080p."""
        matrix = self._projection()
        picture = self._blurred(self._held_up(matrix))
        lit = cv2.multiply(picture, self._light_on(), dtype=cv2.CV_32F)
        if self._glare:
            cv2.add(lit, cv2.resize(self._mirrored(self._glare, matrix), self._size), dst=lit)
        return self._developed(lit)

    def _mirrored(self, glare: _Glare, matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """Gray levels that the lamp adds, at an eighth of the picture's size; beside the sheet nothing mirrors."""
        scale, margin = self._px_per_mm, self._margin_px
        to_sheet = np.array([[scale, 0, margin], [0, scale, margin], [0, 0, 1]])
        small = np.diag([1 / _GLARE_SHRUNK, 1 / _GLARE_SHRUNK, 1.0]) @ matrix
        size = self._size[0] // _GLARE_SHRUNK, self._size[1] // _GLARE_SHRUNK
        shape = cv2.warpPerspective(self._mask, small, size)
        blob = glare.seen(self._rng, small @ to_sheet, size)
        return blob * (shape.astype(np.float32) / np.float32(255))

    def _projection(self) -> npt.NDArray[np.float64]:
        """The drawing's pixels to the picture's, with this frame's tremor."""
        shake, sway = self._rng.normal(0, _TREMOR_DEG), self._rng.normal(0, _TREMOR_MM)
        roll, pitch, yaw = np.radians(np.array([self._turn_deg, *self._tilt_deg]) + shake)
        about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
        about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
        about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
        turned = about_x @ about_y @ about_z
        place = np.append(self._offset_mm, self._distance_mm) + sway
        plane = np.column_stack([turned[:, 0], turned[:, 1], place])
        width, height = self._size
        lens = np.array([[self._focal_px, 0, width / 2], [0, self._focal_px, height / 2], [0, 0, 1]])
        scale, (x, y) = 1 / self._px_per_mm, self._aim_mm
        middle = (0.5 - self._margin_px) * scale
        to_mm = np.array([[scale, 0, middle - x], [0, scale, middle - y], [0, 0, 1]])
        matrix: npt.NDArray[np.float64] = lens @ plane @ to_mm
        return matrix

    def _held_up(self, matrix: npt.NDArray[np.float64]) -> Image:
        picture = cv2.resize(self._room, self._size, interpolation=cv2.INTER_LINEAR)
        left, top, right, bottom = self._bounds(matrix)
        local = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ matrix
        size = (right - left, bottom - top)
        seen = cv2.warpPerspective(self._gray, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        shape = cv2.warpPerspective(self._mask, local, size, flags=cv2.INTER_NEAREST)
        _, shape = cv2.threshold(shape, 127, 255, cv2.THRESH_BINARY)
        cv2.copyTo(seen, shape, picture[top:bottom, left:right])
        return picture

    def _bounds(self, matrix: npt.NDArray[np.float64]) -> tuple[int, int, int, int]:
        """The part of the picture that the sheet covers: left, top, right, bottom."""
        (height, width), size = self._gray.shape, np.array(self._size)
        corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
        seen = cv2.perspectiveTransform(corners, matrix)[0]
        left, top = np.clip(np.floor(seen.min(axis=0)).astype(int), 0, size - 1)
        right, bottom = np.clip(np.ceil(seen.max(axis=0)).astype(int), (left + 1, top + 1), size)
        return int(left), int(top), int(right), int(bottom)

    def _blurred(self, picture: Image) -> Image:
        length = self._rng.uniform(*self._level.motion_px) * self._fine
        way = self._rng.uniform(0, math.pi)
        return cv2.filter2D(picture, -1, _spread(self._blur_px * self._fine, length, way))

    def _light_on(self) -> npt.NDArray[np.float32]:
        width, height = self._size
        strength, way = self._falls_off
        across = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(strength * math.cos(way))
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(strength * math.sin(way))
        lit: npt.NDArray[np.float32] = np.float32(self._light) * (1 + across + down)
        return lit

    def _developed(self, lit: npt.NDArray[Any]) -> Image:
        """What the camera's electronics make of the light: noise, gain, sharpening, JPEG."""
        gain = float(np.clip(_BRIGHT_ENOUGH / self._light, 1.0, _MOST_GAIN))
        variance = cv2.convertScaleAbs(lit)  # within a gray level is near enough for the noise
        sigmas = cv2.LUT(variance, _sigmas(self._level.noise))
        y, x = self._rng.integers(0, _NOISE_MARGIN, 2)
        width, height = self._size
        grain = cv2.multiply(sigmas, _grain()[y : y + height, x : x + width])
        raw = cv2.addWeighted(lit, gain, grain, gain, 0, dtype=cv2.CV_8U)
        soft = cv2.GaussianBlur(raw, (5, 5), 1.0)
        sharp = cv2.addWeighted(raw, 1 + self._sharpening, soft, -self._sharpening, 0)
        _, packed = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        seen: Image = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)  # type: ignore[assignment]  # it was a JPEG just now
        return seen


@dataclass(frozen=True, slots=True)
class _Glare:
    """A lamp mirrored in the plastic: an ellipse somewhere on the sheet, that wanders as the hand trembles."""

    at_mm: tuple[float, float]
    radius_mm: tuple[float, float]
    strength: float

    @staticmethod
    def of(lot: npt.NDArray[np.float64], size_mm: tuple[float, float]) -> _Glare:
        at = (lot[0] * size_mm[0], lot[1] * size_mm[1])
        return _Glare(at, (4 + 6 * lot[2], 3 + 4 * lot[3]), 60 + 180 * lot[4])

    def seen(
        self, rng: np.random.Generator, matrix: npt.NDArray[np.float64], size: tuple[int, int]
    ) -> npt.NDArray[np.float32]:
        """Gray levels to add to a picture of ``size``; ``matrix`` maps millimetres to its pixels."""
        x_mm, y_mm = np.array(self.at_mm) + rng.normal(0, _GLARE_WANDERS_MM, 2)
        axes = np.array([(x_mm, y_mm), (x_mm + self.radius_mm[0], y_mm), (x_mm, y_mm + self.radius_mm[1])])
        middle, right, below = cv2.perspectiveTransform(axes[None], matrix)[0]
        inverse = np.linalg.inv(np.column_stack([right - middle, below - middle]))
        y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
        u = inverse[0, 0] * (x - middle[0]) + inverse[0, 1] * (y - middle[1])
        v = inverse[1, 0] * (x - middle[0]) + inverse[1, 1] * (y - middle[1])
        blob: npt.NDArray[np.float32] = (self.strength * np.exp(-0.5 * (u * u + v * v) ** 1.5)).astype(np.float32)
        return blob


def _room(rng: np.random.Generator, size_px: tuple[int, int]) -> Image:
    """What is behind the document, out of focus: walls, clothes, lamps, now and then a window."""
    shape = (size_px[1] // _ROOM_SHRUNK // 4 * 4, size_px[0] // _ROOM_SHRUNK // 4 * 4)
    room = np.full(shape, rng.uniform(25, 150), np.float32)
    for _ in range(int(rng.integers(4, 10))):
        middle = rng.uniform(0, 1, 2) * shape[::-1]
        axes = rng.uniform(0.08, 0.5, 2) * shape[0]
        spot = tuple(int(value) for value in middle), tuple(int(value) for value in axes)
        cv2.ellipse(room, *spot, rng.uniform(0, 180), 0, 360, float(rng.uniform(10, 235)), -1)
    return cv2.GaussianBlur(room, (0, 0), float(rng.uniform(1.5, 5))).clip(0, 255).astype(np.uint8)


@cache
def _grain() -> npt.NDArray[np.float32]:
    """Noise of standard deviation one, larger than any picture, cut anew for every frame."""
    size = (1080 + _NOISE_MARGIN, 1920 + _NOISE_MARGIN)
    return np.random.default_rng(1).standard_normal(size, np.float32)


@cache
def _sigmas(at_mid_gray: float) -> npt.NDArray[np.float32]:
    """The noise's standard deviation for each gray level: what the sensor reads badly, and the light's own grain."""
    light = np.arange(256, dtype=np.float32) / 128
    sigmas: npt.NDArray[np.float32] = np.float32(at_mid_gray) * np.sqrt(_READ_NOISE + (1 - _READ_NOISE) * light)
    return sigmas


def _spread(sigma_px: float, length_px: float, way: float) -> npt.NDArray[np.float32]:
    """Where the light of one point goes: a disc (its standard deviation ``sigma_px``) drawn along a line."""
    radius = 2 * sigma_px
    reach = math.ceil(radius + length_px / 2 + 0.5)
    fine = 4
    side = (2 * reach + 1) * fine
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / fine - (reach + 0.5)
    along = np.clip(x * math.cos(way) + y * math.sin(way), -length_px / 2, length_px / 2)
    apart = np.hypot(x - along * math.cos(way), y - along * math.sin(way))
    inside = (apart <= radius).astype(np.float32)
    kernel = cv2.resize(inside, (2 * reach + 1, 2 * reach + 1), interpolation=cv2.INTER_AREA)
    spread: npt.NDArray[np.float32] = kernel / kernel.sum()
    return spread
