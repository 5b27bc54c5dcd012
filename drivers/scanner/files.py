"""Reads picture files by the same rules as the kiosk reads a camera: for benchmarks, bug reports and curiosity.

A single picture is shown again and again, as a still hand would hold it, for rules that want two frames and for a
reader that looks with other eyes at every other frame. That makes two equal frames of one: fine for finding out what
can be read, and no proof against misreading.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from domain.documents import DocumentKind
from drivers.scanner import accept
from drivers.scanner.decode import look
from drivers.scanner.sightings import Looked, MrzSighting
from drivers.scanner.symbols import symbols
from drivers.scanner.words import CargoReading, DocumentReading, Hint, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from drivers.scanner.frames import Image

REPEATS: Final = 8
"""How often a single picture is shown at most: what eight frames do not read needs another pose."""
FRAME_S: Final = 0.1

_MRZ_CHARACTERS: Final = {DocumentKind.PASSPORT: 88}
_CARD_MRZ_CHARACTERS: Final = 90


class UnreadableError(Exception):
    """A file is missing or no picture; the message says so in Spanish."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What came of showing pictures: the reading, after how many frames, for how much CPU time of reading alone."""

    reading: Reading | None
    frames: int
    cpu_ms: float
    symbols: tuple[tuple[str, int], ...]
    """Format and length of every code in those frames, each once."""


def load(path: Path) -> Image:
    """The picture in a file, blue, green, red.

    Raises:
        UnreadableError: there is none.
    """
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise UnreadableError(f"{path}: no se puede abrir ({error.strerror})") from error
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if pixels is None:
        raise UnreadableError(f"{path}: no es una imagen")
    return pixels


def present(frames: Iterable[Image]) -> Presented:
    """Shows ``frames`` (blue, green, red), one every tenth of a second, until a document is accepted."""
    state = accept.Acceptance(0.0)
    shown, cpu_s, reading = 0, 0.0, None
    seen: dict[tuple[str, int], None] = {}
    last: Image | None = None
    for pixels in frames:
        gray = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        began_s = time.process_time()
        looked = look(gray, turn=shown)
        state, told = accept.step(state, looked, shown * FRAME_S)
        cpu_s += time.process_time() - began_s
        shown += 1
        if pixels is not last:
            seen |= dict.fromkeys((symbol.format, symbol.length) for symbol in symbols(gray))
        seen |= dict.fromkeys(_zones(looked))
        last = pixels
        if told is not None and not isinstance(told, Hint):
            reading = told
            break
    return Presented(reading, shown, round(1000 * cpu_s, 1), tuple(seen))


def decode_file(path: Path) -> str:
    """One line of JSON for one file, which is shown up to `REPEATS` times.

    Raises:
        UnreadableError: it is no picture.
    """
    pixels = load(path)
    return json.dumps(_told(path, present([pixels] * REPEATS)), ensure_ascii=False)


def decode_session(paths: Sequence[Path]) -> str:
    """One line of JSON for all files, taken as one presentation; ``file`` is the one that decided it, or the last.

    Raises:
        UnreadableError: one of them is no picture.
    """
    result = present(load(path) for path in paths)
    told = _told(paths[result.frames - 1], result) | {"frames": result.frames}
    return json.dumps(told, ensure_ascii=False)


def _told(path: Path, result: Presented) -> dict[str, Any]:
    return {
        "file": str(path),
        "symbols": [{"format": format_, "length": length} for format_, length in result.symbols],
        "accepted": _accepted(result.reading) if result.reading else None,
        "cpu_ms": result.cpu_ms,
    }


def _accepted(reading: Reading) -> dict[str, str]:
    if isinstance(reading, DocumentReading):
        document = reading.document
        return {"kind": document.kind.value, "number": document.number, "rule": reading.rule.value}
    if isinstance(reading, CargoReading):
        return {"kind": "cargo", "number": reading.code, "rule": reading.rule.value}
    return {"kind": "ticket", "number": reading.token.text, "rule": reading.rule.value}


def _zones(looked: Looked) -> list[tuple[str, int]]:
    zones = [seen for seen in looked.sightings if isinstance(seen, MrzSighting)]
    return [("MRZ", _MRZ_CHARACTERS.get(zone.document.kind, _CARD_MRZ_CHARACTERS)) for zone in zones]
