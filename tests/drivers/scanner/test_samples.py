"""The sample documents carry exactly what real ones would, and nobody's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from zxingcpp import BarcodeFormat

from domain.documents import read_dni_pdf417
from domain.tracking import read_ticket_qr
from drivers.scanner.virtual import camera, samples, zone
from drivers.scanner.virtual.people import JOSE, JUAN, MARIA, PEOPLE, SamplePerson, invented

if TYPE_CHECKING:
    from drivers.scanner.frames import Image


def codes_on(pixels: Image, *formats: BarcodeFormat) -> list[zxingcpp.Barcode]:
    half = np.ascontiguousarray(pixels[::2, ::2, 1])
    return zxingcpp.read_barcodes(half, formats=formats, text_mode=zxingcpp.TextMode.Plain)


@pytest.mark.parametrize("sign", ["", "12", "123456789", "<<<<<<<<<"])
def test_the_check_digit_of_icao_is_not_the_dnis(sign: str) -> None:
    assert zone.check(sign) == str(sum(int(c) * (7, 3, 1)[n % 3] for n, c in enumerate(sign.replace("<", "0"))) % 10)
    assert zone.check("12345678<") == "8"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            zone.dni_lines(MARIA),
            ("I<PER12345678<8<<<<<<<<<<<<<<<", "9001158F2912316PER<<<<<<<<<<<4", "PRUEBA<<MARIA<ELENA<<<<<<<<<<<"),
        ),
        (
            zone.dni_lines(replace(JUAN, expiry="30000101")),
            ("I<PER00000009<7<<<<<<<<<<<<<<<", "5002032M0001018PER<<<<<<<<<<<6", "PRUEBA<<JUAN<<<<<<<<<<<<<<<<<<"),
        ),
        (
            zone.dni_lines(replace(JOSE, expiry="20300101")),
            ("I<PER87654321<0<<<<<<<<<<<<<<<", "8507206M3001019PER<<<<<<<<<<<6", "QUINXXONES<<JOSE<LUIS<<<<<<<<<"),
        ),
        (
            zone.passport_lines(replace(MARIA, paternal="PRUEBA EJEMPLO", expiry="20300115")),
            ("P<PERPRUEBA<EJEMPLO<<MARIA<ELENA<<<<<<<<<<<<", "1234567897PER9001158F3001156<<<<<<<<<<<<<<<8"),
        ),
        (
            zone.td1(
                SamplePerson("", "", "", "", "2", "", "20120415", "", birth="19740812"),
                "D23145890",
                "UTO",
                issuer="UTO",
            )[:2],
            ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6"),
        ),
    ],
)
def test_the_lines_are_those_of_the_published_vectors(lines: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert lines == expected


@pytest.mark.parametrize("person", [*PEOPLE.values(), *map(invented, range(40))])
def test_every_zone_has_its_full_length(person: SamplePerson) -> None:
    assert [len(line) for line in zone.dni_lines(person) + zone.ce_lines(person)] == [30] * 6
    assert [len(line) for line in zone.passport_lines(person)] == [44, 44]


def test_an_invented_person_is_the_same_every_time_and_another_for_another_seed() -> None:
    assert invented(7) == invented(7)
    assert len({invented(seed).number for seed in range(200)}) == 200
    card = read_dni_pdf417(invented(7).pdf417_payload())
    assert card is not None
    assert card.document.number == invented(7).number


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_sample_is_drawn_the_same_every_time_and_differs_by_person(kind: str) -> None:
    def drawn(person: SamplePerson) -> str:
        return hashlib.sha256(samples.sheet(kind, person).pixels.tobytes()).hexdigest()

    assert drawn(MARIA) == drawn(MARIA)
    assert drawn(MARIA) != drawn(JOSE)


@pytest.mark.parametrize(
    ("kind", "size_mm"), [("dni", (85.6, 54.0)), ("ce", (85.6, 54.0)), ("passport", (125.0, 88.0))]
)
def test_the_samples_have_their_true_sizes(kind: str, size_mm: tuple[float, float]) -> None:
    shape = samples.sheet(kind).pixels.shape
    assert (shape[1] / 20, shape[0] / 20) == pytest.approx(size_mm, abs=0.05)


def test_the_backs_carry_the_true_codes() -> None:
    assert [code.text for code in codes_on(samples.sheet("dnie").pixels, BarcodeFormat.Code39Std)] == [MARIA.number]
    (stacked,) = codes_on(samples.sheet("dni-pdf417").pixels, BarcodeFormat.PDF417)
    assert stacked.bytes == MARIA.pdf417_payload()
    assert codes_on(samples.sheet("dni-pdf417").pixels, BarcodeFormat.Code39Std) == []
    (opaque,) = codes_on(samples.sheet("dnie3").pixels, BarcodeFormat.QRCode)
    assert read_ticket_qr(opaque.text) is None
    (ours,) = codes_on(samples.sheet("ticket").pixels, BarcodeFormat.QRCode)
    assert read_ticket_qr(ours.text) == samples.ticket_token(MARIA)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_sample_is_held_up_whole(kind: str) -> None:
    """No sheet is cut off by the edge of the picture once it is held."""
    still = camera.EMPTY_FRAMES + camera.FOCUSING_FRAMES
    shown = camera.showing(kind).frame(still)
    apart = difference(shown, camera.showing_nothing().frame(still))
    edges = np.concatenate([apart[0], apart[-1], apart[:, 0], apart[:, -1]])
    assert np.mean(apart > 40) > 0.3
    assert np.mean(edges > 40) == 0


def difference(first: Image, second: Image) -> Image:
    return np.abs(first.astype(np.int16) - second).max(axis=2)
