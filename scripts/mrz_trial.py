"""Tries the reader of machine readable zones on drawn documents before a drawn camera, and says how it did.

    python -m scripts.mrz_trial [--level typical] [--height 1080] [--sessions 40] [--seed 10000]

Each session shows one document, eight frames of it, at 12 to 22 cm; one in six is upside down. Seeds below 10000 are
for development, those from 10000 on for measuring. A session counts as read when rule R1 (one whole zone) or R2 (the
same number in two frames) is met; two different numbers within one session start it anew (R5).
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from domain.documents import Document, DocumentKind
from domain.mrz import check_digit
from drivers.scanner.mrz import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.scanner.sightings import MrzSighting

Array = npt.NDArray[Any]

FONT: Final = Path(__file__).parent.parent / "drivers/scanner/virtual/ocr_b.otf"
PX_PER_MM: Final = 20
PITCH_MM: Final = 2.54
EM_MM: Final = PITCH_MM / 0.7229
FRAMES: Final = 8
TEST_SEEDS: Final = 10_000

_GIVEN: Final = (
    "MARIA ELENA",
    "JUAN",
    "JOSE LUIS",
    "ROSA",
    "LUZ MARINA DEL PILAR",
    "CARLOS ALBERTO",
    "NIDIA",
    "WILBER",
)
_SURNAMES: Final = ("PRUEBA", "QUINXXONES", "DE LA CRUZ", "VILLANUEVA", "HUAMAN", "EJEMPLO", "ZX", "MAMANI")
_NATIONS: Final = ("VEN", "COL", "ECU", "CHL", "D<<", "USA", "CHN")


@dataclass(frozen=True, slots=True)
class Level:
    """How badly a document is held and seen. Roll and tilt are one and a half deviations, in degrees."""

    roll: float
    tilt: float
    blur: tuple[float, float]
    motion: tuple[float, float]
    light: tuple[float, float]
    noise: float
    glare: float
    finger: float
    jpeg: tuple[int, int]


LEVELS: Final = {
    "good": Level(4, 4, (0.45, 0.7), (0, 1), (0.8, 1.0), 2, 0.05, 0.1, (85, 95)),
    "typical": Level(8, 9, (0.5, 1.1), (0, 3), (0.5, 1.0), 3.5, 0.20, 0.2, (75, 92)),
    "hard": Level(20, 16, (0.7, 2.0), (0, 7), (0.22, 0.8), 6, 0.50, 0.35, (55, 85)),
}


def zone(rng: np.random.Generator, kind: DocumentKind) -> tuple[Document, tuple[str, ...]]:
    """A random document of nobody's, and its lines."""

    def digits(count: int) -> str:
        return "".join(str(digit) for digit in rng.integers(0, 10, count))

    def day(first: int, last: int) -> str:
        return f"{rng.integers(first, last) % 100:02}{rng.integers(1, 13):02}{rng.integers(1, 29):02}"

    given, surname = (str(rng.choice(names)).replace(" ", "<") for names in (_GIVEN, _SURNAMES))
    birth = day(1940, 2020)
    expiry = "000101" if kind is DocumentKind.DNI and rng.random() < 0.2 else day(2024, 2036)  # noqa: PLR2004
    birth, expiry = birth + check_digit(birth), expiry + check_digit(expiry)
    sex, nation = str(rng.choice(["M", "F"])), str(rng.choice(_NATIONS))
    if kind is DocumentKind.PASSPORT:
        number = str(rng.choice(list("ABCDEFGHJKLMNPRTXYZ"))) + digits(8) if rng.random() < 0.5 else digits(9)  # noqa: PLR2004
        optional = "<" * 15 if rng.random() < 0.6 else (digits(8).ljust(14, "<") + check_digit(digits(0)))  # noqa: PLR2004
        if optional[0] != "<":
            optional = optional[:14] + check_digit(optional[:14])
        body = number + check_digit(number), nation, birth, sex, expiry, optional
        whole = body[0] + birth + expiry + optional
        lines = f"P<{nation}{surname}<<{given}".ljust(44, "<")[:44], "".join(body) + check_digit(whole)
        return Document(kind, number), lines
    number = digits(8) if kind is DocumentKind.DNI else "00" + digits(7)
    first = f"I<PER{number.ljust(9, '<')}{check_digit(number.ljust(9, '<'))}".ljust(30, "<")
    second = f"{birth}{sex}{expiry}{'PER' if kind is DocumentKind.DNI else nation}<<<<<<<<<<<"
    second += check_digit(first[5:] + birth + expiry + second[18:29])
    return Document(kind, number), (first, second, f"{surname}<<{given}".ljust(30, "<")[:30])


@cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def card(rng: np.random.Generator, lines: tuple[str, ...]) -> Any:
    """The document's page, gray, 20 pixels a millimetre, its zone at the foot."""
    passport = len(lines) == 2  # noqa: PLR2004
    width_mm, height_mm = (125.0, 88.0) if passport else (85.6, 53.98)
    spacing_mm, left_mm = (6.35, 6.5) if passport else (float(rng.choice([4.23, 6.35])), 4.7)
    page = Image.new("L", (round(width_mm * PX_PER_MM), round(height_mm * PX_PER_MM)), int(rng.integers(215, 245)))
    pen = ImageDraw.Draw(page)
    for n in range(46):
        phase = rng.uniform(0, 6)
        xs = np.arange(-2, width_mm + 2, 0.5)
        ys = n * 2.0 + 2.6 * np.sin(xs / 7 + n * 0.2) + 1.1 * np.sin(xs / 2.7 + phase * 0.1)
        pen.line([(x * PX_PER_MM, y * PX_PER_MM) for x, y in zip(xs, ys, strict=True)], int(rng.integers(195, 215)), 2)
    small = _font(2.2 * PX_PER_MM)
    for row in range(4 if not passport else 8):
        y = (5 + row * 6.0) * PX_PER_MM
        words = "".join(chr(65 + n) for n in rng.integers(0, 26, int(rng.integers(6, 16))))
        pen.text((34 * PX_PER_MM, y), words, int(rng.integers(30, 110)), small)
    pen.rectangle([4 * PX_PER_MM, 6 * PX_PER_MM, 27 * PX_PER_MM, 28 * PX_PER_MM], int(rng.integers(90, 180)))
    if rng.random() < 0.4:  # noqa: PLR2004 a linear code, as on the back of a DNIe
        x = (width_mm - 13) * PX_PER_MM
        for bar in np.cumsum(rng.integers(5, 14, 48)):
            pen.line([x, 60 + bar, x + 8 * PX_PER_MM, 60 + bar], 40, 5)
    font, ink = _font(EM_MM * PX_PER_MM), int(rng.integers(25, 75))
    foot_mm = height_mm - (9.0 if passport else 6.4)
    for n, line in enumerate(reversed(lines)):
        for column, character in enumerate(line):
            at = (left_mm + (column + 0.5) * PITCH_MM) * PX_PER_MM, (foot_mm - n * spacing_mm) * PX_PER_MM
            pen.text(at, character, ink, font, anchor="mm")
    return np.asarray(page)


def session(seed: int, level: Level, height: int) -> tuple[Document, Iterator[Any]]:
    """What is shown, and the frames of it."""
    rng = np.random.default_rng(seed)
    kind = (DocumentKind.DNI, DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT)[int(rng.integers(4))]
    document, lines = zone(rng, kind)
    return document, _frames(rng, card(rng, lines), level, height)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What stays the same over a session: the room, the share of light at each pixel, the focus, the level."""

    level: Level
    room: Array
    light: Array
    blur_px: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame."""
        return self.room.shape[1], self.room.shape[0]


def _frames(rng: np.random.Generator, page: Any, level: Level, height: int) -> Iterator[Any]:
    width = height * 16 // 9
    distance, (roll, pitch, yaw), at = _held(rng, page.shape, level, (width, height))
    light, slope = rng.uniform(*level.light), rng.normal(0, 0.2, 2)
    across, down = np.linspace(-0.5, 0.5, width)[None, :], np.linspace(-0.5, 0.5, height)[:, None]
    lit = (light * (1 + slope[0] * across + slope[1] * down)).astype(np.float32)
    glare = rng.uniform(0.1, 0.9, 2) if rng.random() < level.glare else None
    finger = _finger(rng) if rng.random() < level.finger else None
    scene = _Scene(level, _room(rng, width, height), lit, rng.uniform(*level.blur))
    for _ in range(FRAMES):
        sheet = _shone(rng, page, glare, finger)
        angles = roll + rng.normal(0, 1), pitch + rng.normal(0, 1), yaw + rng.normal(0, 1)
        place = (*(at + rng.normal(0, 1.5, 2)), distance + rng.normal(0, 2))
        yield _photograph(rng, sheet, _lens(angles, place, page.shape, scene.size), scene)


def _held(
    rng: np.random.Generator, shape: tuple[int, ...], level: Level, size: tuple[int, int]
) -> tuple[float, Array, Array]:
    """Distance, turn and place of a document whose zone is in the picture, as the guide on the screen asks."""
    high, wide = shape
    zone_corners = np.array([[[x, y] for x in (0, wide) for y in (0.65 * high, high)]], np.float64)
    while True:
        distance = rng.uniform(120, 220)
        turn = rng.normal(0, 1, 3) * (level.roll, level.tilt, level.tilt) / 1.5
        turn[0] += 180 if rng.random() < 1 / 6 else 0
        at = rng.normal(0, 5, 2)
        seen = cv2.perspectiveTransform(zone_corners, _lens(tuple(turn), (*at, distance), shape, size))[0]
        if (seen > 0).all() and (seen < size).all():
            return distance, turn, at


def _finger(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Side, height along it, reach and width, as shares of the page."""
    return float(rng.integers(2)), rng.uniform(0.1, 0.75), rng.uniform(0.05, 0.14), rng.uniform(0.12, 0.17)


def _shone(rng: np.random.Generator, page: Any, glare: Any, finger: Any) -> Array:
    sheet: Array = page.astype(np.float32)
    height, width = page.shape
    if finger is not None:
        side, along, reach, wide = finger
        middle = (round(side * width), round((along + rng.normal(0, 0.01)) * height))
        cv2.ellipse(sheet, middle, (round(reach * width), round(wide * height)), 0, 0, 360, 120.0, -1)
    if glare is not None:
        x, y = (glare + rng.normal(0, 0.06, 2)) * (width, height)
        size = rng.uniform(4, 9) * PX_PER_MM
        across = np.exp(-(((np.arange(width) - x) / size) ** 2)).astype(np.float32)
        down = np.exp(-(((np.arange(height) - y) / (size * 0.7)) ** 2)).astype(np.float32)
        sheet += 420 * down[:, None] * across[None, :]
    return sheet


def _lens(angles: tuple[float, ...], at: tuple[float, ...], shape: tuple[int, ...], size: tuple[int, int]) -> Array:
    """From the page to the frame: a pinhole with a horizontal field of view of 70 degrees."""
    width, height = size
    focal = width / 2 / math.tan(math.radians(35))
    roll, pitch, yaw = (math.radians(angle) for angle in angles)
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    turned = about_z @ about_x @ about_y
    plane = np.column_stack([turned[:, 0], turned[:, 1], at])
    scale = 1 / PX_PER_MM
    to_mm = np.array([[scale, 0, -shape[1] * scale / 2], [0, scale, -shape[0] * scale / 2], [0, 0, 1]])
    lens: Array = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    return np.asarray(lens @ plane @ to_mm)


def _room(rng: np.random.Generator, width: int, height: int) -> Any:
    room = cv2.resize(rng.uniform(20, 150, (5, 8)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        corner, size = rng.uniform(0, 1, 2) * (width, height), rng.uniform(0.03, 0.3, 2) * (width, height)
        ends = [tuple(int(n) for n in place) for place in (corner, corner + size)]
        cv2.rectangle(room, ends[0], ends[1], float(rng.uniform(10, 210)), -1)
    return cv2.GaussianBlur(room, (0, 0), height / 250)


def _photograph(rng: np.random.Generator, sheet: Array, lens: Array, scene: _Scene) -> Any:
    level, share = scene.level, scene.size[1] / 1080
    blur = scene.blur_px * rng.uniform(0.85, 1.15)
    middle = np.array([[[sheet.shape[1] / 2 + n, sheet.shape[0] / 2] for n in (-50, 50)]])
    ends = cv2.perspectiveTransform(middle, lens)[0]
    shrink = 100 / float(np.hypot(*(ends[1] - ends[0])))
    softer = cv2.GaussianBlur(sheet, (0, 0), 0.5 * math.sqrt(max(shrink**2 - 1, 0.01)))
    seen: Any = scene.room.copy()
    there = cv2.warpPerspective(np.full(sheet.shape, 255, np.uint8), lens, scene.size)
    cv2.copyTo(cv2.warpPerspective(softer, lens, scene.size, borderMode=cv2.BORDER_REPLICATE), there, seen)
    seen = cv2.GaussianBlur(seen * scene.light, (0, 0), max(blur * share, 0.25))
    moved = rng.uniform(*level.motion) * share
    if moved > 1:
        seen = cv2.filter2D(seen, -1, _streak(moved, rng.uniform(0, math.pi)))
    seen += rng.standard_normal(seen.shape, np.float32) * (level.noise * np.sqrt(np.clip(seen, 8, 255) / 160))
    seen += 0.4 * (seen - cv2.GaussianBlur(seen, (0, 0), 1.2))
    pixels = np.clip(seen, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*level.jpeg))])[1]
    return cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)


def _streak(length: float, angle: float) -> Array:
    side = math.ceil(length) | 1
    fine = np.zeros((8 * side, 8 * side), np.float32)
    reach = 4 * length
    ends = [
        (round(4 * side + way * reach * math.cos(angle)), round(4 * side + way * reach * math.sin(angle)))
        for way in (-1, 1)
    ]
    cv2.line(fine, ends[0], ends[1], 1.0, 8)
    kernel: Array = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum())


@dataclass
class Tally:
    """What came of the sessions so far."""

    needed: list[int | None]
    cpu_ms: list[float]
    frames: int = 0
    whole: int = 0
    number: int = 0
    wrong_sightings: int = 0
    wrong_accepts: int = 0


def tried(tally: Tally, seed: int, level: Level, height: int) -> None:
    """Adds one session."""
    document, frames = session(seed, level, height)
    numbers: dict[Document, int] = {}
    needed: int | None = None
    for n, frame in enumerate(frames, 1):
        began_s = time.thread_time()
        seen = read(frame)
        tally.cpu_ms.append(1000 * (time.thread_time() - began_s))
        tally.frames += 1
        tally.number += any(sighting.document == document for sighting in seen)
        tally.whole += any(sighting.whole and sighting.document == document for sighting in seen)
        tally.wrong_sightings += any(sighting.document != document for sighting in seen)
        accepted = _accepted(numbers, seen)
        if accepted is not None and needed is None:
            needed = n
            tally.wrong_accepts += accepted != document
    tally.needed.append(needed)


def _accepted(numbers: dict[Document, int], seen: tuple[MrzSighting, ...]) -> Document | None:
    found = {sighting.document for sighting in seen}
    if len(found | set(numbers)) > 1:
        numbers.clear()
        return None
    for document in found:
        numbers[document] = numbers.get(document, 0) + 1
        if numbers[document] > 1 or any(sighting.whole for sighting in seen):
            return document
    return None


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Prueba el lector de la zona de lectura mecánica.")
    parser.add_argument("--level", choices=LEVELS, default="typical")
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--seed", type=int, default=TEST_SEEDS)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    tally = Tally([], [])
    for seed in range(asked.seed, asked.seed + asked.sessions):
        tried(tally, seed, LEVELS[asked.level], asked.height)
    count = len(tally.needed)
    read_within = {n: sum(needed is not None and needed <= n for needed in tally.needed) for n in (1, 2, 3, 5, 8)}
    print(f"{asked.level} {asked.height}p, {count} sessions from seed {asked.seed}")
    print("  read within " + ", ".join(f"{n}: {100 * read_within[n] / count:.1f} %" for n in read_within))
    print(
        f"  of {tally.frames} frames: number {100 * tally.number / tally.frames:.1f} %, whole"
        f" {100 * tally.whole / tally.frames:.1f} %, another number {tally.wrong_sightings}"
    )
    print(f"  wrong accepts {tally.wrong_accepts}")
    p50, p99 = np.percentile(tally.cpu_ms, [50, 99])
    print(f"  CPU ms p50 {p50:.0f}, mean {np.mean(tally.cpu_ms):.0f}, p99 {p99:.0f}")


if __name__ == "__main__":
    main()
