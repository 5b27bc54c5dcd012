"""The faces of sample documents that carry a machine-readable zone. Their codes are as on real ones, their look is not.

Sizes: ISO/IEC 7810 ID-1 (cards) and ID-3 (passport, 125 x 88 mm). Assumed, because no norm that we know gives them:
where exactly the zone stands (4.7 mm from the left, its last baseline 5 mm above the lower edge), and the DNIe's Code
39 of 27 mm, which is what the zone leaves room for. The QR of 16 mm is the DNI 3.0's (2025), whose content is not
published: here it is somebody's web address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import zxingcpp

from domain.documents import check_digit
from drivers.scanner.virtual import drawing, zone
from drivers.scanner.virtual.card import BLUE, HEIGHT_MM, WIDTH_MM
from drivers.scanner.virtual.ground import SOFT, Palette, ground, portrait, rosette, stamp_boxes

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.virtual.drawing import Colour
    from drivers.scanner.virtual.people import SamplePerson

PASSPORT_WIDTH_MM: Final = 125.0
PASSPORT_HEIGHT_MM: Final = 88.0

TURQUOISE: Final = Palette((244, 244, 236), (238, 240, 214), (240, 236, 226), (226, 222, 186), (216, 226, 206))
SAND: Final = Palette((238, 243, 246), (216, 232, 242), (224, 240, 232), (190, 214, 232), (206, 226, 208))
ROSE: Final = Palette((243, 240, 246), (226, 222, 244), (240, 232, 234), (206, 200, 236), (226, 214, 222))

_INK: Final = (52, 34, 20)
_BLACK: Final = (38, 32, 30)
_TITLE: Final = (128, 74, 22)
_WARNING: Final = (58, 52, 190)

_ZONE_AT_MM: Final = ((WIDTH_MM - 30 * zone.PITCH_MM) / 2, HEIGHT_MM - 5.0)
_SEXES: Final = {"1": "M", "2": "F"}
_SAMPLE: Final = "DOCUMENTO DE EJEMPLO · SIN VALOR"


def dni_front(person: SamplePerson) -> Image:
    """The blue DNI's front: face on the left, zone at the bottom. Blue, green, red; so are all of these."""
    card = ground(WIDTH_MM, HEIGHT_MM, BLUE)
    _heading(card, "DNI", person)
    portrait(card, (3.8, 8.6), (19.0, 24.0))
    portrait(card, (70.8, 17.2), (11.0, 14.0))
    drawing.text(card, (61.5, 13.4), f"{person.number} - {check_digit(person.number)}", 2.7, _WARNING, weight=700)
    _fields(card, (25.4, 13.2), _about(person))
    zone.zone(card, _ZONE_AT_MM, zone.dni_lines(person), _BLACK)
    return card


def dnie_back(person: SamplePerson, *, qr: bool = False) -> Image:
    """The electronic DNI's back: zone at the bottom, Code 39 upright at the right edge; with ``qr`` the DNI 3.0's."""
    card = ground(WIDTH_MM, HEIGHT_MM, TURQUOISE)
    drawing.text(card, (3.6, 5.4), _SAMPLE, 2.4, _WARNING, weight=750)
    if qr:
        link = f"https://ejemplo.invalid/v?d={person.register * 5}"
        modules = drawing.modules_of(link, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        drawing.box(card, (3.2, 8.2), (19.6, 19.6), (250, 250, 248))
        drawing.symbol(card, (5.0, 10.0), (16.0, 16.0), modules, _INK)
    else:
        rosette(card, (12.6, 18.4), 8.4)
    stamp_boxes(card, (25.4, 9.0))
    drawing.text(card, (3.6, 31.4), "Persona imaginaria · para probar el lector", 1.7, SOFT, weight=500)
    drawing.box(card, (73.0, 2.4), (9.6, 29.4), (248, 246, 240))
    code = drawing.modules_of(person.number, zxingcpp.BarcodeFormat.Code39Std)
    drawing.symbol(card, (74.4, 3.6), (6.8, 27.0), np.ascontiguousarray(code.T[::-1]), _INK)
    zone.zone(card, _ZONE_AT_MM, zone.dni_lines(person), _BLACK)
    return card


def ce(person: SamplePerson) -> Image:
    """A carnet de extranjería, the side with the zone; its layout is assumed."""
    card = ground(WIDTH_MM, HEIGHT_MM, SAND)
    _heading(card, "CARNÉ DE EXTRANJERÍA", person)
    portrait(card, (63.0, 8.2), (18.6, 23.4))
    drawing.text(card, (4.4, 13.2), f"N° {person.foreigner}", 2.9, _WARNING, weight=700)
    _fields(card, (4.4, 16.4), _about(person), step_mm=4.2)
    zone.zone(card, _ZONE_AT_MM, zone.ce_lines(person), _BLACK)
    return card


def passport(person: SamplePerson) -> Image:
    """A passport's data page."""
    page = ground(PASSPORT_WIDTH_MM, PASSPORT_HEIGHT_MM, ROSE)
    _heading(page, f"PASAPORTE · {person.nation}", person)
    portrait(page, (5.4, 13.0), (35.0, 45.0))
    drawing.text(page, (84.0, 15.6), person.passport, 3.6, _WARNING, weight=700)
    _fields(page, (44.0, 20.0), _about(person), step_mm=7.6, size_mm=3.1)
    at_mm = ((PASSPORT_WIDTH_MM - 44 * zone.PITCH_MM) / 2, PASSPORT_HEIGHT_MM - 8.0)
    zone.zone(page, at_mm, zone.passport_lines(person), _BLACK)
    return page


def _heading(sheet: Image, title: str, person: SamplePerson) -> None:
    drawing.text(sheet, (3.8, 5.8), f"{title} · {_SAMPLE}", 2.1, _WARNING, weight=750)
    middle = sheet.shape[1] / drawing.PX_PER_MM / 2
    pale: Colour = (222, 202, 182) if person.nation == "PER" else (206, 206, 206)
    drawing.centred(sheet, (middle, 30.6), "EJEMPLO", 7.5, pale, weight=800)


def _about(person: SamplePerson) -> tuple[tuple[str, str], ...]:
    return (
        ("Apellidos", f"{person.paternal} {person.maternal}".strip()),
        ("Prenombres", person.given),
        ("Nacimiento · Sexo", f"{_day(person.birth)}   {_SEXES[person.sex]}"),
        ("Caduca", "NO CADUCA" if person.expiry == "30000101" else _day(person.expiry)),
    )


def _fields(
    sheet: Image,
    at_mm: tuple[float, float],
    fields: tuple[tuple[str, str], ...],
    *,
    step_mm: float = 4.6,
    size_mm: float = 2.0,
) -> None:
    x, y = at_mm
    for n, (what, value) in enumerate(fields):
        drawing.text(sheet, (x, y + n * step_mm), what, size_mm * 0.62, _TITLE, weight=500)
        drawing.text(sheet, (x, y + n * step_mm + size_mm * 1.05), value, size_mm, _INK, weight=650)


def _day(day: str) -> str:
    return f"{day[6:]} {day[4:6]} {day[:4]}"
