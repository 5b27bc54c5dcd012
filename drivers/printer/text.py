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


def printable(text: str) -> str:
    """One paragraph in letters of code page 850, composed.

    Control and format characters vanish: inside a name they would be commands. A letter outside the page becomes
    its base letter (``ẽ`` to ``e``), and a question mark where it has none, so that a loss can be seen.
    """
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return "".join(_fitting(letter) for letter in composed if unicodedata.category(letter)[0] != "C")


def wrap(text: str, columns: int) -> list[str]:
    """The paragraphs of ``text`` broken at words into printable lines of at most ``columns`` letters.

    An empty paragraph is an empty line; a word longer than a line is broken.
    """
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines += textwrap.wrap(printable(paragraph), columns, break_on_hyphens=False) or [""]
    return lines


def _fitting(letter: str) -> str:
    if letter.isspace():
        return " "
    if _on_page(letter):
        return letter
    base = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return base if base and all(" " <= part <= "~" for part in base) else "?"


def _on_page(letter: str) -> bool:
    try:
        letter.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return True
