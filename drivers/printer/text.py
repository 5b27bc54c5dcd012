"""Text as the printer can take it: no control byte, no letter outside its page, no line wider than the paper."""

from __future__ import annotations

import textwrap
import unicodedata

CODE_PAGE = "cp850"
"""Holds all of Spanish, Quechua and Aymara, and has the number 2 on nearly every printer."""

_PLAIN = str.maketrans(
    {
        "\u2019": "'",  # the apostrophe of a Quechua keyboard, and its relatives
        "\u02bc": "'",
        "\u2018": "'",
        "\u2032": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u2022": "\u00b7",
        "\u20ac": "EUR",
        "\t": " ",
    }
)


def clean(text: str) -> str:
    """One paragraph, composed, in the plainest form of each sign; without control and format characters.

    Those would be commands inside a name. What is left is on the code page or a Latin letter that can be drawn; any
    other letter becomes its base letter, or a question mark where it has none, so that a loss can be seen.
    """
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN)
    kept = "".join(letter for letter in composed if unicodedata.category(letter)[0] != "C")
    while (plain := unicodedata.normalize("NFC", "".join(map(_plain, kept)))) != kept:
        kept = plain  # what was apart stands together now, and may be a letter that cannot be drawn
    return kept


def printable(text: str) -> str:
    """One paragraph in letters of code page 850: ``ẽ`` becomes ``e``."""
    return "".join(letter if is_on_page(letter) else _base(letter) for letter in clean(text))


def is_on_page(text: str) -> bool:
    """Whether the printer's own letters can write all of ``text``."""
    try:
        text.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True


def wrap(text: str, columns: int) -> list[str]:
    """The paragraphs of ``text`` broken at words into clean lines of at most ``columns`` letters.

    An empty paragraph is an empty line; a word longer than a line is broken.
    """
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines += textwrap.wrap(clean(paragraph), columns, break_on_hyphens=False) or [""]
    return lines


def _plain(letter: str) -> str:
    if letter.isspace():
        return " "
    return letter if is_on_page(letter) or letter in _DRAWABLE else _base(letter)


_DRAWABLE = frozenset(
    map(chr, [*range(0x100, 0x1C4), *range(0x1CD, 0x1E4), *range(0x250, 0x2B0), *range(0x300, 0x340)])
)
_DRAWABLE |= frozenset("ẼẽỸỹ")
"""Outside the page and in font_a.ttf: the letters and marks of Guaraní and of the Amazon's languages, and more."""


def _base(letter: str) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    if not base:  # a mark that stood alone
        return ""
    return base if all(" " <= part <= "~" for part in base) else "?"
