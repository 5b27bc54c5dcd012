"""The machine readable zone of DNI, carné de extranjería and passport: its lines taken apart and checked.

    I<PERNNNNNNNN<C<<<<<<<<<<<<<<<     TD1, 3 x 30: document code, issuer, number, its check digit, optional data
    YYMMDDcSYYMMDDcPER<<<<<<<<<<<K     birth, sex, expiry, nationality, optional data, composite check digit
    SURNAME<<GIVEN<NAMES<<<<<<<<<<     of a DNI the first surname only
    P<ISSSURNAME<<GIVEN<NAMES<<<<…     TD3, 2 x 44: document code, issuer, name
    NNNNNNNNNCISSYYMMDDcSYYMMDDc…CK    number, check, nationality, birth, sex, expiry, optional data, check, composite

Sources: ICAO 9303 parts 3 (check digits), 4 (TD3) and 5 (TD1); what a DNI prints was seen on nine published samples.
The layout of the carné de extranjería is assumed: no sample of it was at hand.

A DNI and a carné are told apart by the ninth character of the number: a filler after eight digits, or a ninth digit.
That character needs an eye of its own, for a filler counts as zero: "12345678<" and "123456780" have the same check
digits, all of them. So a zone is whole only if the holder's nationality says the same: a DNI belongs to a Peruvian,
a carné to somebody else. The check digit in here (7-3-1, modulo 10) is not the one printed after the hyphen of a DNI
(`domain.documents.check_digit`, modulo 11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from domain.documents import Document, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Sequence

FILLER: Final = "<"
DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PERU: Final = "PER"

OLDEST_YEARS: Final = 120
NO_EXPIRY: Final = "000101"
"""What a DNI that does not expire (Ley 26497 art. 39) carries in place of its last day."""

_VALUES: Final = {character: value for value, character in enumerate(DIGITS + LETTERS)} | {FILLER: 0}
_ANY: Final = DIGITS + LETTERS + FILLER
_NAME: Final = LETTERS + FILLER
_SEX: Final = "MFX" + FILLER

Place = tuple[int, int]
"""Line and column, both from 0."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A size of zone: what may stand where, and what every reader has to be sure of.

    Args:
        alphabets: For each line, for each column, the characters that may stand there.
        number: Places of issuer, number and the number's check digit: what the weaker sighting rests on.
        checked: Places of everything that a whole zone rests on, those of ``number`` among them.
    """

    alphabets: tuple[tuple[str, ...], ...]
    number: tuple[Place, ...]
    checked: tuple[Place, ...]

    @property
    def lines(self) -> int:
        """How many lines."""
        return len(self.alphabets)

    @property
    def columns(self) -> int:
        """How many characters a line has."""
        return len(self.alphabets[0])


def _spread(*runs: tuple[int, str]) -> tuple[str, ...]:
    return tuple(alphabet for count, alphabet in runs for _ in range(count))


def _places(*runs: tuple[int, int, int]) -> tuple[Place, ...]:
    return tuple((line, column) for line, start, end in runs for column in range(start, end))


_TD1_NUMBER: Final = ((0, 2, 5), (0, 5, 15))
TD1: Final = Layout(
    (
        # The number of a DNI and of a carné has no letters. Where they were allowed, "66" read as "LL" passed both
        # the number's and the composite check digit.
        _spread((1, "I"), (1, _NAME), (3, _NAME), (8, DIGITS), (1, DIGITS + FILLER), (1, DIGITS), (15, _ANY)),
        _spread((7, DIGITS), (1, _SEX), (7, DIGITS), (3, _NAME), (11, _ANY), (1, DIGITS)),
        _spread((30, _NAME)),
    ),
    _places(*_TD1_NUMBER),
    _places(*_TD1_NUMBER, (1, 0, 7), (1, 8, 18), (1, 29, 30)),
)
_TD3_NUMBER: Final = ((1, 0, 10),)
TD3: Final = Layout(
    (
        _spread((1, "P"), (1, _NAME), (3, _NAME), (39, _NAME)),
        _spread(
            (9, _ANY),
            (1, DIGITS),
            (3, _NAME),
            (7, DIGITS),
            (1, _SEX),
            (7, DIGITS),
            (14, _ANY),
            (1, DIGITS + FILLER),
            (1, DIGITS),
        ),
    ),
    _places(*_TD3_NUMBER),
    _places(*_TD3_NUMBER, (1, 13, 20), (1, 21, 44)),
)

_ISSUER: Final = re.compile(r"[A-Z]{3}|[A-Z]<<")
_PASSPORT_NUMBER: Final = re.compile(r"([A-Z0-9]{6,9})<*")


@dataclass(frozen=True, slots=True)
class Zone:
    """What a machine readable zone says of a document; the rest of its content ends here.

    Args:
        document: Kind and number; the number agrees with its own check digit.
        whole: Every check digit is right, the dates are possible, and the nationality fits the kind.
        name: In reading order, or None. It may be cut short, and a DNI's has no second surname; no check digit
            covers it. So it is something to show and correct, never to overwrite what is known.
        expires: The last day of validity; None for a DNI that does not expire, or where the date cannot be read.
    """

    document: Document
    whole: bool
    name: str | None = field(default=None, repr=False)
    expires: date | None = field(default=None, repr=False)


def check_digit(characters: str) -> str:
    """The ICAO 9303 check digit: weights 7 3 1, letters from 10, fillers 0, modulo 10.

    Raises:
        KeyError: there is a character that no zone may hold.
    """
    return str(sum(_VALUES[character] * (7, 3, 1)[n % 3] for n, character in enumerate(characters)) % 10)


def parse(lines: Sequence[str], today: date) -> Zone | None:
    """The document in a zone's lines, top first; None for what is no DNI, carné or passport with a sound number.

    A line that is one short is taken to have lost a filler at its end. Cards of other countries are no document
    here: what they may be used for is not ours to say (Ley 27444 art. 40.1.5 names carné and passport).
    """
    layout = {TD1.lines: TD1, TD3.lines: TD3}.get(len(lines))
    if layout is None:
        return None
    padded = tuple(_padded(line, layout.columns) for line in lines)
    if not all(_fits(line, alphabets) for line, alphabets in zip(padded, layout.alphabets, strict=True)):
        return None
    return _card(*padded, today=today) if layout is TD1 else _passport(*padded, today=today)


def _padded(line: str, columns: int) -> str:
    return line + FILLER if len(line) == columns - 1 else line


def _fits(line: str, alphabets: tuple[str, ...]) -> bool:
    return len(line) == len(alphabets) and all(
        character in alphabet for character, alphabet in zip(line, alphabets, strict=True)
    )


def _card(first: str, second: str, third: str, *, today: date) -> Zone | None:
    number, check, nationality = first[5:14], first[14], second[15:18]
    if first[2:5] != PERU or check_digit(number) != check:
        return None
    dni = number.endswith(FILLER)
    kind = DocumentKind.DNI if dni else DocumentKind.CE
    sound = (
        _birth(second[:7], today) is not None
        and _is_expiry(second[8:15])
        and check_digit(first[5:] + second[:7] + second[8:15] + second[18:29]) == second[29]
        and _ISSUER.fullmatch(nationality) is not None
        and (nationality == PERU) is dni
    )
    return Zone(Document(kind, number.rstrip(FILLER)), sound, _name(third, PERU), _expiry(second[8:15]))


def _passport(first: str, second: str, *, today: date) -> Zone | None:
    issuer, number = first[2:5], _PASSPORT_NUMBER.fullmatch(second[:9])
    if _ISSUER.fullmatch(issuer) is None or number is None or check_digit(second[:9]) != second[9]:
        return None
    optional, its_check = second[28:42], second[42]
    unused = its_check == FILLER and not optional.strip(FILLER)
    sound = (
        _birth(second[13:20], today) is not None
        and _is_expiry(second[21:28])
        and (unused or check_digit(optional) == its_check)
        and check_digit(second[:10] + second[13:20] + second[21:43]) == second[43]
        and _ISSUER.fullmatch(second[10:13]) is not None
    )
    return Zone(Document(DocumentKind.PASSPORT, number[1]), sound, _name(first[5:], issuer), _expiry(second[21:28]))


def _birth(field_: str, today: date) -> date | None:
    """The day of birth in seven characters; the newest year that is not in the future."""
    if check_digit(field_[:6]) != field_[6]:
        return None
    for century in (today.year // 100, today.year // 100 - 1):
        day = _day(century, field_)
        if day is not None and day <= today:
            return day if today.year - day.year <= OLDEST_YEARS else None
    return None


def _is_expiry(field_: str) -> bool:
    return check_digit(field_[:6]) == field_[6] and (field_.startswith(NO_EXPIRY) or _expiry(field_) is not None)


def _expiry(field_: str) -> date | None:
    """The last day of validity; this century's, for no document that carries a zone ended in the last one's."""
    return None if field_.startswith(NO_EXPIRY) else _day(20, field_)


def _day(century: int, field_: str) -> date | None:
    try:
        return date(100 * century + int(field_[:2]), int(field_[2:4]), int(field_[4:6]))
    except ValueError:
        return None


def _name(field_: str, issuer: str) -> str | None:
    surname, _, given = field_.partition(FILLER * 2)
    words = [word for part in (given, surname) for word in part.split(FILLER) if word]
    # ICAO 9303-3 writes an Ñ as N or as NXX; the cards of Peru do the latter.
    name = " ".join(words).replace("NXX", "Ñ") if issuer == PERU else " ".join(words)
    return name or None
