"""What the keys of the on-screen keyboard say: plain data and two pure functions, no Kivy."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize

ACUTE, DIAERESIS = "\u00b4", "\u00a8"
ACCENTS = {ACUTE: "\u0301", DIAERESIS: "\u0308"}
"""The dead keys, and the mark that each puts on the next vowel (á for Spanish, ä for Aymara)."""

ERASE, SHIFT, SPACE, LAYER = "erase", "shift", "space", "layer"
"""The keys that are not characters. LAYER changes between letters and signs."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A key: a character, a dead key or one of the four above; ``width`` in ordinary keys."""

    name: str
    width: float = 1.0


def _row(characters: str) -> tuple[Cap, ...]:
    return tuple(Cap(character) for character in characters)


_BOTTOM_WORDS = (Cap(LAYER, 1.6), Cap(ACUTE), Cap(DIAERESIS), Cap(","), Cap(SPACE, 3.4), Cap("."), Cap("'"))
_BOTTOM_MAIL = (Cap(LAYER, 1.6), Cap("@", 1.6), Cap("-"), Cap("_"), Cap(SPACE, 2.4), Cap("."), Cap("+", 1.4))

LETTERS = (
    _row("qwertyuiop"),
    _row("asdfghjklñ"),
    (Cap(SHIFT, 1.5), *_row("zxcvbnm"), Cap(ERASE, 1.5)),
    _BOTTOM_WORDS,
)
SIGNS = (
    _row("1234567890"),
    _row('-/:;()$&@"'),
    (*_row("._#%+*=¿?"), Cap(ERASE, 1.0)),
    (Cap(LAYER, 1.6), Cap("¡"), Cap("!"), Cap(","), Cap(SPACE, 3.4), Cap("º"), Cap("'")),
)
CONTACT = (
    _row("1234567890"),
    _row("qwertyuiop"),
    _row("asdfghjklñ"),
    (Cap(SHIFT, 1.5), *_row("zxcvbnm"), Cap(ERASE, 1.5)),
    _BOTTOM_MAIL,
)
"""For an address or a number: digits always in sight."""
CODE = (
    _row("1234567890"),
    _row("QWERTYUIOP"),
    _row("ASDFGHJKL-"),
    (*_row("ZXCVBNM"), Cap(ERASE, 3)),
)
"""For what stands on a document or a ticket: capitals and digits."""


def cap_text(name: str, *, shifted: bool, accent: str) -> str:
    """What a character key shows and types: with an accent waiting, its vowels already carry it."""
    marked = normalize("NFC", name + ACCENTS[accent]) if accent and name in "aeiou" else name
    return marked.upper() if shifted else marked
