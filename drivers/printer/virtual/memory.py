"""The printer's own memory for logos: it outlives a loss of power, and a restart of the program if it has a file."""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from drivers.printer.virtual.picture import Named

FILE: Final = "memory.json"
WRITES_A_DAY: Final = 10
"""More wear the memory out, says its maker."""

_DAY_S: Final = 86400.0


class Memory:
    """Logos by name: a number for those of FS q, two letters for those of GS ( L. The two kinds exclude each other."""

    def __init__(self, file: Path | None = None) -> None:
        """Reads what ``file`` holds; one that cannot be read is an empty memory. None keeps nothing."""
        self._file = file
        self._logos = _load(file) if file and file.exists() else {}
        self._writes: deque[float] = deque()

    def get(self, name: str) -> Image.Image | None:
        """The logo of that name."""
        return self._logos.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """What is installed."""
        return tuple(self._logos)

    def write(self, logos: Iterable[Named], now: float) -> int:
        """Keeps ``logos``: numbered ones in place of all others. Returns how many writes there were in a day."""
        fresh = {logo.name: logo.picture for logo in logos}
        by_letters = {name: picture for name, picture in self._logos.items() if not name.isdecimal()}
        self._logos = fresh if all(name.isdecimal() for name in fresh) else by_letters | fresh
        self._save()
        while self._writes and self._writes[0] <= now - _DAY_S:
            self._writes.popleft()
        self._writes.append(now)
        return len(self._writes)

    def erase(self) -> None:
        """Nothing is left: power went while it was being written."""
        self._logos = {}
        self._save()

    def _save(self) -> None:
        if not self._file:
            return
        kept = {
            name: {"size": picture.size, "rows": base64.b64encode(picture.tobytes()).decode("ascii")}
            for name, picture in self._logos.items()
        }
        fresh = self._file.with_name(f".{self._file.name}.new")
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(self._file)


def _load(file: Path) -> dict[str, Image.Image]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return {
            name: Image.frombytes("1", tuple(logo["size"]), base64.b64decode(logo["rows"]))
            for name, logo in kept.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OSError, binascii.Error):
        return {}
