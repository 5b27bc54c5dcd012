"""The machine-readable zone of a sample document: its lines, and how they are printed.

ICAO Doc 9303: OCR-B at ten characters to the inch (2.54 mm), lines a quarter of an inch (6.35 mm) apart. The Peruvian
fields are those of published samples: the first surname only, Ñ as NXX, the optional fields empty. That the carnet de
extranjería has the same layout is assumed.
"""

from __future__ import annotations

import io
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from drivers.scanner.virtual.drawing import PX_PER_MM, px

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.virtual.drawing import Colour
    from drivers.scanner.virtual.people import SamplePerson

PITCH_MM: Final = 2.54
LINE_MM: Final = 6.35
_EM_MM: Final = PITCH_MM / 0.723  # OCR-B's letters are all 723 thousandths of its em wide
_VALUES: Final = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def check(field: str) -> str:
    """ICAO's check digit: weights 7, 3, 1, modulo 10. It is not the one that a DNI shows after its hyphen."""
    return str(sum(_VALUES[character] * (7, 3, 1)[n % 3] for n, character in enumerate(field)) % 10)


def dni_lines(person: SamplePerson) -> tuple[str, ...]:
    """Three lines of 30, as on the front of the blue card and the back of the electronic one."""
    return td1(person, person.number, "PER")


def ce_lines(person: SamplePerson) -> tuple[str, ...]:
    """Three lines of 30 for a carnet de extranjería: nine digits, issued by Peru, another nationality."""
    return td1(person, person.foreigner, "VEN" if person.nation == "PER" else person.nation)


def td1(person: SamplePerson, number: str, nation: str, issuer: str = "PER") -> tuple[str, ...]:
    """Three lines of 30 (Doc 9303 part 5)."""
    field = number.ljust(9, "<")
    first = f"I<{issuer}{field}{check(field)}".ljust(30, "<")
    dates = f"{_dated(person.birth)}{_sex(person)}{_dated(person.expiry)}"
    whole = first[5:30] + dates[:7] + dates[8:15]
    return first, f"{dates}{nation}".ljust(29, "<") + check(whole), _names(person).ljust(30, "<")[:30]


def passport_lines(person: SamplePerson) -> tuple[str, ...]:
    """Two lines of 44 (Doc 9303 part 4)."""
    number = person.passport.ljust(9, "<")
    tail = f"{_dated(person.birth)}{_sex(person)}{_dated(person.expiry)}{'<' * 15}"
    whole = number + check(number) + tail[:7] + tail[8:15] + tail[15:30]
    second = f"{number}{check(number)}{person.nation}{tail}{check(whole)}"
    return f"P<{person.nation}{_names(person)}".ljust(44, "<")[:44], second


def zone(image: Image, at_mm: tuple[float, float], lines: tuple[str, ...], ink: Colour) -> None:
    """Prints ``lines``; ``at_mm`` is where the first letter of the last line stands, left end of the baseline."""
    left, lowest = at_mm
    top = px(lowest - LINE_MM * len(lines))
    place = image[top : px(lowest) + 1, px(left) : px(left + PITCH_MM * len(lines[0])) + 1]
    mask = Pictures.new("L", (place.shape[1], place.shape[0]), 0)
    draw = ImageDraw.Draw(mask)
    for row, line in enumerate(lines):
        baseline = px(lowest - LINE_MM * (len(lines) - 1 - row)) - top
        for column, letter in enumerate(line):
            draw.text((column * PITCH_MM * PX_PER_MM, baseline), letter, 255, _face(), anchor="ls")
    cover = np.asarray(mask)[:, :, None] / np.float32(255)
    place[:] = (place * (1 - cover) + np.array(ink, np.float32) * cover).astype(np.uint8)


@cache
def _face() -> ImageFont.FreeTypeFont:
    data = (files("drivers.scanner.virtual") / "ocr_b.otf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), _EM_MM * PX_PER_MM)


def _dated(day: str) -> str:
    """YYMMDD of YYYYMMDD, with its check digit. A card that does not expire gives 000101."""
    return day[2:] + check(day[2:])


def _sex(person: SamplePerson) -> str:
    return {"1": "M", "2": "F"}[person.sex]


def _names(person: SamplePerson) -> str:
    surname, given = (_latin(part).replace(" ", "<") for part in (person.paternal, person.given))
    return f"{surname}<<{given}"


def _latin(name: str) -> str:
    """Ñ as NXX, as RENIEC writes it; other letters lose their accents."""
    plain = unicodedata.normalize("NFD", name.replace("Ñ", "NXX"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
