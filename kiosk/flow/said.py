"""Sentences for the voice, before they are in any language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Said:
    """Something to say, by its text's key or ``plain`` as it is. A value may be another of these, or a day."""

    key: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    plain: str = ""


class Wording(Protocol):
    """The texts of one language; `kiosk.texts.Texts` are."""

    def t(self, key: str, **values: object) -> str:
        """The text of ``key`` with ``values`` put in."""
        ...

    def day(self, moment: date) -> str:
        """A day as it is said."""
        ...


def in_words(said: Iterable[Said], texts: Wording) -> tuple[str, ...]:
    """``said`` in a language, sentence by sentence."""
    return tuple(words for one in said if (words := _worded(one, texts)))


def _worded(said: Said, texts: Wording) -> str:
    def worded(value: object) -> object:
        if isinstance(value, Said):
            return _worded(value, texts)
        return texts.day(value) if isinstance(value, date) else value

    if not said.key:
        return said.plain
    return texts.t(said.key, **{name: worded(value) for name, value in said.values.items()})


def spelled(number: str) -> str:
    """A turn's number as a voice reads it well in every language: ``A, 0 17`` for A-017."""
    series, _, digits = number.partition("-")
    zeros = len(digits) - len(digits.lstrip("0"))
    return f"{series}, {' '.join((*'0' * zeros, digits[zeros:]))}".rstrip()
