"""Trains the reader of machine readable zones, and writes its weights into the package.

    python -m scripts.train_mrz [--out drivers/scanner/mrz/weights.npz]

Draws lines of random characters in the free OCR-B (drivers/scanner/virtual/ocr_b.otf), photographs them as a webcam
would (small, skewed, out of focus, moved, dim, noisy, compressed) and cuts them with the reader's own knife. Some
cells show nothing that can be read, under a reflection, a finger or a grid that lies askew: of them the network learns
to be unsure, for a wrong number is worse than none. Same seed, same weights. Takes two minutes on one core.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from drivers.scanner.mrz import cells
from drivers.scanner.mrz.network import LABELS, Network, pack

ROOT: Final = Path(__file__).parent.parent
FONT: Final = ROOT / "drivers/scanner/virtual/ocr_b.otf"
OUT: Final = ROOT / "drivers/scanner/mrz/weights.npz"

SEED: Final = 9303
LINES: Final = 3
COLUMNS: Final = 20
SHEETS: Final = 6200
CHECKED_SHEETS: Final = 300

HIDDEN: Final = (128, 96)
EPOCHS: Final = 16
BATCH: Final = 256
RATE: Final = 2.0e-3
DECAY: Final = 1e-5

PITCH: Final = 32
"""Pixels a character on the drawing."""
EM: Final = 0.7229
"""OCR-B's advance: a pitch is this share of its size."""
_TILE: Final = (64, 48)

VEILED: Final = 0.25
ASKEW: Final = 0.08
READABLE: Final = 60.0
UNREADABLE: Final = 190.0
"""Gray levels that a reflection adds: below the one a character can be read, above the other it cannot."""
_STYLES: Final = 24

Floats = npt.NDArray[Any]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Entrena el lector de la zona de lectura mecánica.")
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    cv2.setNumThreads(1)
    began_s = time.process_time()
    rng = np.random.default_rng(SEED)
    styles = [_tiles(rng) for _ in range(_STYLES)]
    seen, targets = examples(rng, styles, SHEETS)
    print(f"{len(seen)} cells drawn, {time.process_time() - began_s:.0f} s")
    network = train(rng, seen, targets)
    checked, right = examples(np.random.default_rng(SEED + 1), styles, CHECKED_SHEETS)
    certain = right.max(axis=1) == 1
    share = float((network.scores(checked).argmax(axis=1) == right.argmax(axis=1))[certain].mean())
    arrays: dict[str, Any] = {**pack(network)}
    np.savez(out, **arrays)
    print(f"{share:.2%} of unseen cells right, {out.stat().st_size} bytes, {time.process_time() - began_s:.0f} s")


def examples(rng: np.random.Generator, styles: list[Floats], sheets: int) -> tuple[Floats, Floats]:
    """Cells and what should be said of them (n x 37, each row sums to one) from so many photographed sheets."""
    drawn = [_sheet(rng, styles[int(rng.integers(len(styles)))]) for _ in range(sheets)]
    return np.concatenate([cut for cut, _ in drawn]), np.concatenate([target for _, target in drawn])


def train(rng: np.random.Generator, seen: Floats, targets: Floats) -> Network:
    """Adam on softmax cross entropy, the rate falling along a cosine."""
    sizes = (seen.shape[1], *HIDDEN, len(LABELS))
    layers = [
        (rng.normal(0, np.sqrt(2 / into), (into, out)).astype(np.float32), np.zeros(out, np.float32))
        for into, out in itertools.pairwise(sizes)
    ]
    adam = _Adam([array for layer in layers for array in layer])
    steps = EPOCHS * (len(seen) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(seen))
        for start in range(0, len(seen) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            adam.step(_gradients(layers, seen[chosen], targets[chosen]), rate)
            step += 1
    return Network(tuple(layers))


@dataclass
class _Adam:
    arrays: list[Floats]
    count: int = 0

    def __post_init__(self) -> None:
        self.means = [np.zeros_like(array) for array in self.arrays]
        self.squares = [np.zeros_like(array) for array in self.arrays]

    def step(self, gradients: list[Floats], rate: float) -> None:
        self.count += 1
        rate *= np.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count)
        for array, gradient, mean, square in zip(self.arrays, gradients, self.means, self.squares, strict=True):
            mean[:] = 0.9 * mean + 0.1 * gradient
            square[:] = 0.999 * square + 0.001 * gradient * gradient
            array[:] = (1 - DECAY * rate / RATE) * array - rate * mean / (np.sqrt(square) + 1e-8)


def _gradients(layers: list[tuple[Floats, Floats]], seen: Floats, targets: Floats) -> list[Floats]:
    activities = [seen]
    for weights, offsets in layers[:-1]:
        activities.append(np.maximum(activities[-1] @ weights + offsets, 0))
    scores = activities[-1] @ layers[-1][0] + layers[-1][1]
    scores -= scores.max(axis=1, keepdims=True)
    error = np.exp(scores)
    error /= error.sum(axis=1, keepdims=True)
    error -= targets
    error /= len(targets)
    gradients: list[Floats] = []
    for (weights, _), activity in zip(reversed(layers), reversed(activities), strict=True):
        gradients[:0] = [activity.T @ error, error.sum(axis=0)]
        error = (error @ weights.T) * (activity > 0)
    return gradients


def _tiles(rng: np.random.Generator) -> Floats:
    """One style of the typeface: ink 0 to 1 for each label, a little larger or smaller, bolder or lighter."""
    height, width = _TILE
    scale = 2
    font = ImageFont.truetype(str(FONT), scale * PITCH / EM * rng.uniform(0.94, 1.06))
    wider, level, soft = rng.uniform(0.94, 1.06), rng.uniform(0.3, 0.7), rng.uniform(1.5, 4.0)
    tiles = np.empty((len(LABELS), height, width), np.float32)
    for n, label in enumerate(LABELS):
        page = Image.new("L", (scale * width, scale * height), 0)
        pen = ImageDraw.Draw(page)
        x = (scale * width - pen.textlength(label, font)) / 2
        top, bottom = (pen.textbbox((0, 0), "H", font)[edge] for edge in (1, 3))
        pen.text((x, (scale * height - top - bottom) / 2), label, 255, font)
        ink = cv2.GaussianBlur(np.asarray(page, np.float32) / 255, (0, 0), soft)
        ink = np.clip((ink - level) / 0.2 + 0.5, 0, 1)
        middle = scale * width / 2
        ink = cv2.warpAffine(ink, np.array([[wider, 0, middle * (1 - wider)], [0, 1, 0]]), (ink.shape[1], ink.shape[0]))
        tiles[n] = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    return tiles


def _sheet(rng: np.random.Generator, tiles: Floats) -> tuple[Floats, Floats]:
    """A few lines, drawn and photographed: their cells, and what should be said of each."""
    spacing = rng.choice([1.667, 2.5]) * rng.uniform(0.97, 1.03)
    kinds = rng.choice(3, (LINES, COLUMNS), p=[0.45, 0.37, 0.18])
    labels = np.choose(
        kinds, [rng.integers(0, 10, kinds.shape), rng.integers(10, 36, kinds.shape), np.full(kinds.shape, 36)]
    )
    ink, middles = _drawing(tiles, labels, spacing)
    veil, kept, gone = _veil(rng, ink.shape, middles)
    page = np.dstack([_paper(rng, ink), veil])
    scale = float(np.exp(rng.uniform(np.log(8.5), np.log(31)))) / PITCH
    lens = _view(rng, ink.shape, scale)
    size = tuple(int(n) for n in np.ceil(_extent(lens, ink.shape)))
    picture = _photograph(rng, page, lens, size, scale * PITCH)
    to_page = np.array([[PITCH, 0, PITCH - 0.5], [0, PITCH, middles[0] - 0.5], [0, 0, 1.0]])
    smooth = cells.smoothed(picture, scale * PITCH)
    askew = rng.random() < ASKEW
    cut = []
    for line in range(LINES):
        to_line = np.array([[1, 0, 0], [0, 1, line * spacing], [0, 0, 1.0]])
        missed = _far_missed(rng) if askew else _missed(rng)
        cut.append(cells.cut(smooth, lens @ to_page @ to_line @ missed, (0.0,), COLUMNS))
    targets = np.eye(len(LABELS), dtype=np.float32)[labels.ravel()]
    targets[gone if not askew else slice(None)] = 1 / len(LABELS)
    wanted = kept | gone | askew
    return np.concatenate(cut)[wanted], targets[wanted]


def _veil(rng: np.random.Generator, shape: tuple[int, ...], middles: Floats) -> tuple[Floats, Floats, Floats]:
    """What lies over the page, as gray levels to be added: a reflection, a finger, or nothing.

    With it, for each cell, whether it can be read, and whether it cannot; a cell in between is neither.
    """
    height, width = shape
    veil = np.zeros(shape, np.float32)
    if rng.random() < VEILED:
        x, y = rng.uniform(0, 1, 2) * (width, height)
        across, down = rng.uniform(1.0, 3.5, 2) * PITCH
        far = ((np.arange(width) - x) / across) ** 2 + (((np.arange(height) - y) / down) ** 2)[:, None]
        power = rng.choice([1.0, 1.5, 8.0])
        veil = (rng.uniform(200, 450) * np.exp(-(far**power))).astype(np.float32)
        veil *= rng.choice([1, -1]) if power > 2 else 1  # noqa: PLR2004 a sharp edge may be a finger's
    columns = np.round((np.arange(COLUMNS) + 1.5) * PITCH).astype(int)
    at = np.abs(veil[np.round(middles).astype(int)][:, columns]).ravel()
    return veil, at < READABLE, at > UNREADABLE


def _drawing(tiles: Floats, labels: Floats, spacing: float) -> tuple[Floats, Floats]:
    height, width = _TILE
    step = spacing * PITCH
    middles = step * np.arange(LINES) + height
    ink = np.zeros((round(step * (LINES - 1)) + 2 * height, (COLUMNS + 2) * PITCH), np.float32)
    for line, middle in enumerate(middles):
        top = round(middle - height / 2)
        for column, label in enumerate(labels[line]):
            left = (column + 1) * PITCH + (PITCH - width) // 2
            place = ink[top : top + height, left : left + width]
            np.maximum(place, tiles[label], out=place)
        middles[line] = top + height / 2
    return ink, middles


def _paper(rng: np.random.Generator, ink: Floats) -> Floats:
    """The lines printed on a card: gray levels of 0 to 255, with an ornament behind them."""
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn, wave = rng.uniform(0, np.pi), rng.uniform(6, 40)
    ornament = np.sin((x * np.cos(turn) + y * np.sin(turn)) / wave + 2 * np.sin(x / rng.uniform(30, 120)))
    paper = rng.uniform(190, 245) + rng.uniform(0, 18) * np.clip(ornament * 3 - 2, -1, 1)
    dark = rng.uniform(15, 90)
    page: Floats = (paper * (1 - ink) + dark * ink).astype(np.float32)
    return page


def _view(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> cells.Matrix:
    height, width = shape
    turn, lean = rng.normal(0, np.radians(13)), np.tan(rng.normal(0, np.radians(3.5)))
    about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    sheared = np.array([[scale, lean * scale, 0], [0, scale * rng.uniform(0.92, 1.08), 0], [0, 0, 1]])
    tilted = np.array([[1, 0, 0], [0, 1, 0], [rng.normal(0, 0.06) / width, rng.normal(0, 0.02) / height, 1]])
    lens: cells.Matrix = about @ sheared @ tilted
    corners = cv2.perspectiveTransform(np.array([[[0, 0], [width, 0], [width, height], [0, height]]], float), lens)
    left, top = corners[0].min(axis=0)
    moved: cells.Matrix = np.array([[1, 0, 2 - left], [0, 1, 2 - top], [0, 0, 1]]) @ lens
    return moved


def _extent(lens: cells.Matrix, shape: tuple[int, ...]) -> Any:
    height, width = shape
    corners = cv2.perspectiveTransform(np.array([[[0, 0], [width, 0], [width, height], [0, height]]], float), lens)
    return corners[0].max(axis=0) + 2


def _photograph(rng: np.random.Generator, page: Floats, lens: cells.Matrix, size: tuple[int, ...], pitch: float) -> Any:
    fine = 2 if pitch < 16 else 1  # noqa: PLR2004 a small picture is drawn larger and shrunk
    larger = np.diag([fine, fine, 1.0]) @ lens
    seen: Any = cv2.warpPerspective(
        page, larger, (size[0] * fine, size[1] * fine), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    if fine > 1:
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    seen, over = np.ascontiguousarray(seen[:, :, 0]), seen[:, :, 1]
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    light = 1 + rng.normal(0, 0.15) * (x / size[0] - 0.5) + rng.normal(0, 0.1) * (y / size[1] - 0.5)
    seen *= light * rng.uniform(0.2, 1.05)
    if over.any():
        seen = np.where(over < 0, np.maximum(seen + over, rng.uniform(20, 120)), seen + over)
    seen = seen.clip(0, 400)
    seen = cv2.GaussianBlur(seen, (0, 0), max(0.3, pitch * rng.uniform(0.015, 0.135)))
    moved = pitch * rng.uniform(0, 0.5) * (rng.random() < 0.7)  # noqa: PLR2004 three of ten are still
    if moved > 1:
        seen = cv2.filter2D(seen, -1, _motion(moved, rng.uniform(0, np.pi)))
    seen += rng.normal(0, rng.uniform(1, 7), seen.shape).astype(np.float32)
    if rng.random() < 0.6:  # noqa: PLR2004
        seen += rng.uniform(0.2, 0.8) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.2))
    pixels = np.clip(seen, 0, 255).astype(np.uint8)
    quality = int(rng.integers(50, 96))
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def _motion(length: float, angle: float) -> Floats:
    """A streak that sums to one."""
    side = int(np.ceil(length)) | 1
    streak = np.zeros((4 * side, 4 * side), np.float32)
    middle, reach = 2 * side, 2 * length
    ends = [
        (round(middle + way * reach * np.cos(angle)), round(middle + way * reach * np.sin(angle))) for way in (-1, 1)
    ]
    cv2.line(streak, ends[0], ends[1], 1.0, 4)
    kernel: Floats = cv2.resize(streak, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum())


def _far_missed(rng: np.random.Generator) -> cells.Matrix:
    """A grid that lies beside the characters, or whose cells are much too high or too low for them."""
    way = rng.integers(3)
    taller = float(rng.choice([rng.uniform(0.5, 0.7), rng.uniform(1.4, 1.8)])) if way == 0 else 1.0
    x = rng.uniform(0.35, 0.65) if way == 1 else 0.0
    y = rng.choice([-1, 1]) * rng.uniform(0.45, 0.9) if way == 2 else 0.0  # noqa: PLR2004 the third way
    return np.array([[1, 0, x], [0, taller, y], [0, 0, 1.0]])


def _missed(rng: np.random.Generator) -> cells.Matrix:
    """By how much the reader's grid may miss the characters of a line."""
    wider, taller = rng.normal(1, 0.006), rng.normal(1, 0.05)
    turn, lean = rng.normal(0, 0.006), rng.normal(0, 0.06)
    x, y = rng.normal(0, 0.06), rng.normal(0, 0.07)
    return np.array([[wider, lean, x - 10 * (wider - 1)], [turn, taller, y - 10 * turn], [0, 0, 1.0]])


if __name__ == "__main__":
    main()
