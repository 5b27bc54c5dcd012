"""A figure and the one line that tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Something measured. ``limit`` is the peer's figure or the physical limit, from the same run; None for neither."""

    name: str
    value: float
    unit: str
    how: str
    limit: float | None = None

    @property
    def line(self) -> str:
        """One JSON object."""
        ratio = None if not self.limit else round(self.value / self.limit, 4)
        limit = None if self.limit is None else _short(self.limit)
        told = {"name": self.name, "value": _short(self.value), "unit": self.unit, "limit": limit, "ratio": ratio}
        return json.dumps(told | {"how": self.how}, ensure_ascii=False)


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _short(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 4)
