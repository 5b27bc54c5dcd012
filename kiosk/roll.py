"""What is left of the paper, by counting what went out: most kiosk printers have no other way to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll of ``length_mm`` (0 where nobody knows it), ``used_mm`` of it gone; the last ticket took ``ticket_mm``."""

    length_mm: float
    used_mm: float
    ticket_mm: float

    @property
    def left_pct(self) -> int | None:
        """0 to 100; None while the roll's length is not known."""
        if not self.length_mm:
            return None
        return max(0, min(100, int(100 * (1 - self.used_mm / self.length_mm))))

    @property
    def tickets_left(self) -> int | None:
        """How many more like the last; None while that cannot be said."""
        if not self.length_mm or not self.ticket_mm:
            return None
        return max(0, int((self.length_mm - self.used_mm) / self.ticket_mm))
