"""What people hold up that is none of ours, as sheets for the virtual camera. Nobody's data is in any of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat

from drivers.scanner.frames import Image
from drivers.scanner.virtual import drawing, faces, samples, zone
from drivers.scanner.virtual.drawing import px
from drivers.scanner.virtual.ground import ground
from drivers.scanner.virtual.people import JOSE, MARIA
from drivers.scanner.virtual.samples import ticket_url
from drivers.scanner.virtual.scene import Sheet

OURS: Final = MARIA.pdf417_payload()
TOKEN: Final = ticket_url(MARIA).rsplit("/", 1)[1]


@dataclass(frozen=True)
class Code:
    """A code printed large on a slip: so large that it is the content that is refused, not the print."""

    format: BarcodeFormat
    content: str | bytes
    columns: int = 0

    @property
    def sheet(self) -> Sheet:
        options: dict[str, Any] = {"columns": self.columns} if self.columns else {}
        made = zxingcpp.create_barcode(self.content, self.format, **options).to_image(scale=1, add_quiet_zones=False)
        modules = np.array(made)
        slip = np.full((px(74), px(120), 3), 244, np.uint8)
        height, width = modules.shape
        if self.format == BarcodeFormat.PDF417:
            size = (104.0, min(60.0, 104.0 * height / width))
        elif height == width:
            size = (42.0, 42.0)
        else:
            modules, size = modules[:1], (min(92.0, 0.55 * width), 18.0)
        drawing.symbol(slip, (60 - size[0] / 2, 37 - size[1] / 2), size, modules, (40, 40, 40))
        return samples.paper_sheet(slip)


def _pdf417(payload: bytes) -> Code:
    return Code(BarcodeFormat.PDF417, payload, columns=17)


OUR_MUTATED: Final = {
    "471 bytes": _pdf417(OURS[:-1]),
    "473 bytes": _pdf417(OURS + b" "),
    "half of it": _pdf417(OURS[:236]),
    "its head": _pdf417(OURS[:128]),
    "head 02": _pdf417(b"02" + OURS[2:]),
    "letters in the number": _pdf417(OURS[:2] + b"1234O67B" + OURS[10:]),
    "blank number": _pdf417(OURS[:2] + b" " * 8 + OURS[10:]),
    "superscript digits": _pdf417(OURS[:2] + b"1234\xb9\xb2\xb38" + OURS[10:]),
    "unequal register numbers": _pdf417(OURS[:-1] + b"2"),
    "register number of letters": _pdf417(OURS[:456] + b"ABCDEFGH" * 2),
    "shifted by one": _pdf417(b"0" + OURS[:-1]),
    "as UTF-8": _pdf417(JOSE.pdf417_payload().decode("latin-1").encode()),
    "472 bytes of noise": _pdf417(hashlib.shake_256(b"noise").digest(472)),
}
OTHER_PDF417: Final = {
    "argentine": Code(
        BarcodeFormat.PDF417, b"00123456789@PRUEBA@MARIA ELENA@F@12345678@B@15/01/1990@01/01/2020@209", columns=8
    ),
    "argentine of old": Code(
        BarcodeFormat.PDF417,
        b"@12345678    @A@1@PRUEBA@MARIA@ARGENTINA@15/01/1990@F@01/01/2010@00012345678@",
        columns=8,
    ),
    "united states": Code(
        BarcodeFormat.PDF417,
        b"@\n\x1e\rANSI 636000090002DL00410278ZV03190008DLDAQ12345678\nDCSPRUEBA\nDACMARIA\nDBB01151990\r",
        columns=8,
    ),
    "chilean": Code(BarcodeFormat.PDF417, b"12345678512345678PRUEBA".ljust(420, b"\0"), columns=12),
    "colombian": Code(
        BarcodeFormat.PDF417, (b"PubDSK_1" + b"\0" * 16 + b"0012345678PRUEBA").ljust(531, b"\0"), columns=12
    ),
    "boarding pass": Code(
        BarcodeFormat.PDF417, b"M1PRUEBA/MARIA ELENA  EABC123 LIMCUZLA 2017 335Y012A0042 100", columns=6
    ),
    "eight digits": Code(BarcodeFormat.PDF417, b"12345678", columns=4),
}
OTHER_QR: Final = {
    "payment": "00020101021139320A1B2C3D4E5F00000000005204561153036045802PE5906YAPERO6004Lima6304ABCD",
    "payment of another": "00020101021230500016com.plin.ejemplo0126123456785204000053036045802PE6304BEEF",
    "address": "https://www.gob.pe/inst/mesa-de-partes?dni=12345678",
    "dni 3.0": "https://ejemplo.invalid/v?d=0000000100000001000000010000000100000001",
    "eight digits": "12345678",
    "wifi": "WIFI:S:sala;T:WPA;P:12345678;;",
    "card": "BEGIN:VCARD\nFN:MARIA PRUEBA\nTEL:+51912345678\nEND:VCARD",
    "queue of another": "A-017",
    "token alone": TOKEN,
    "token cut": ticket_url(MARIA)[:-1],
    "token longer": ticket_url(MARIA) + "A",
    "token and more": ticket_url(MARIA) + "/",
    "token of version 7": f"HTTPS://EJEMPLO.PE/T/D{TOKEN[1:]}",
    "token in another path": f"HTTPS://EJEMPLO.PE/X/{TOKEN}",
    "token in a script": f"javascript:location='/T/{TOKEN}'",
    "pdf417's bytes": OURS.decode("latin-1"),
    "zone": "\n".join(zone.dni_lines(MARIA)),
}
LINEAR: Final = {
    "ean-13": Code(BarcodeFormat.EAN13, "7751234567892"),
    "ean-8": Code(BarcodeFormat.EAN8, "12345670"),
    "upc": Code(BarcodeFormat.UPCA, "123456789012"),
    "itf of 8": Code(BarcodeFormat.ITF, "12345678"),
    "itf of 14": Code(BarcodeFormat.ITF, "17751234567894"),
    "codabar": Code(BarcodeFormat.Codabar, "A12345678B"),
    "code 93": Code(BarcodeFormat.Code93, "12345678"),
    "code 39 of 7": Code(BarcodeFormat.Code39Std, "1234567"),
    "code 39 of 9": Code(BarcodeFormat.Code39Std, "123456789"),
    "code 39 with letters": Code(BarcodeFormat.Code39Std, "1234S678"),
    "code 39 with a hyphen": Code(BarcodeFormat.Code39Std, "12345678-1"),
    "queue ticket of another": Code(BarcodeFormat.Code39Std, "A-017"),
    "code 128 of a parcel": Code(BarcodeFormat.Code128, "PE123456785PE"),
    "data matrix": Code(BarcodeFormat.DataMatrix, "12345678"),
    "aztec": Code(BarcodeFormat.Aztec, "12345678"),
}
CODES: Final = (
    {f"PDF417 {name}": code for name, code in (OUR_MUTATED | OTHER_PDF417).items()}
    | {f"QR {name}": Code(BarcodeFormat.QRCode, text) for name, text in OTHER_QR.items()}
    | LINEAR
)


def card_with(lines: tuple[str, ...]) -> Sheet:
    """A card of somebody's, with these lines in its machine-readable zone."""
    card = ground(85.6, 53.98, faces.ROSE)
    drawing.text(card, (4, 8), "SPECIMEN", 4.0, (90, 60, 60), weight=700)
    zone.zone(card, (4.7, 49.0), lines, (38, 32, 30))
    return samples.card_sheet(card)


def _foreign(issuer: str, number: str) -> tuple[str, ...]:
    return zone.td1(MARIA, number, issuer, issuer=issuer)


def _spoilt(line: int, column: int, letter: str, *, lines: tuple[str, ...] = zone.dni_lines(MARIA)) -> tuple[str, ...]:
    changed = lines[line][:column] + letter + lines[line][column + 1 :]
    return (*lines[:line], changed, *lines[line + 1 :])


ZONES: Final = {
    "argentine": _foreign("ARG", "12345678"),
    "chilean": _foreign("CHL", "123456789"),
    "spanish": _foreign("ESP", "ABC123456"),
    "german": ("I<D<<" + zone.dni_lines(MARIA)[0][5:], *zone.dni_lines(MARIA)[1:]),
    "utopian": _foreign("UTO", "D23145890"),
    "number's digit wrong": _spoilt(0, 14, "9"),
    "another number under the digit": _spoilt(0, 12, "1"),
    "letter in the number": _spoilt(0, 7, "B"),
    "two letters that pass": ("I<PER" + "LL" + zone.dni_lines(MARIA)[0][7:], *zone.dni_lines(MARIA)[1:]),
    "fillers": ("<" * 30,) * 3,
    "visa-like": ("V<PERPRUEBA<<MARIA<<<<<<<<<<<<", *zone.dni_lines(MARIA)[1:]),
}


def scene(name: str) -> Image:
    """A frame without any code, 1080 x 1920, gray: what a camera looks at all day."""
    rng = np.random.default_rng(abs(hash_of(name)))
    return _SCENES[name](rng)


def hash_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _clouds(rng: np.random.Generator) -> Image:
    total = np.zeros((1080, 1920), np.float32)
    for octave in range(2, 9):
        grain = rng.standard_normal((9 * 2 ** (octave - 2), 16 * 2 ** (octave - 2))).astype(np.float32)
        total += cv2.resize(grain, (1920, 1080), interpolation=cv2.INTER_CUBIC) / 1.7**octave
    return cv2.normalize(total, None, 10, 245, cv2.NORM_MINMAX).astype(np.uint8)


def _foliage(rng: np.random.Generator) -> Image:
    picture = np.full((1080, 1920), 60, np.uint8)
    for _ in range(2500):
        at = int(rng.integers(0, 1920)), int(rng.integers(0, 1080))
        axes = int(rng.integers(4, 40)), int(rng.integers(2, 10))
        cv2.ellipse(picture, at, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(20, 235)), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def _writing(rng: np.random.Generator, letters: str, size_px: int) -> Image:
    picture = np.full((1080, 1920, 3), 232, np.uint8)
    for y in range(60, 1080, round(size_px * 1.7)):
        words = "".join(rng.choice(list(letters), 90))
        cv2.putText(picture, words, (40, y), (40, 40, 40), cv2.FontFace("sans"), size_px, 500)
    return cv2.GaussianBlur(picture[:, :, 0], (0, 0), 0.8)


def _page(rng: np.random.Generator) -> Image:
    return _writing(rng, "abcdefghijlmnopqrstuv     ", 26)


def _figures(rng: np.random.Generator) -> Image:
    return _writing(rng, "0123456789  ", 44)


def _capitals(rng: np.random.Generator) -> Image:
    return _writing(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<<<<0123456789", 30)


def _bars(rng: np.random.Generator) -> Image:
    """Railings, blinds, books on a shelf: bars of every width, no code."""
    widths = rng.integers(2, 14, 600)
    row = np.repeat(np.tile(np.array([30, 220], np.uint8), 300), widths)[:1920]
    picture = np.tile(np.resize(row, 1920), (1080, 1))
    picture[:300], picture[780:] = 120, 120
    return cv2.GaussianBlur(picture, (0, 0), 0.9)


def _bricks(rng: np.random.Generator) -> Image:
    picture = np.full((1080, 1920), 180, np.uint8)
    for row, y in enumerate(range(0, 1080, 36)):
        for x in range(-60 * (row % 2), 1920, 120):
            cv2.rectangle(picture, (x + 3, y + 3), (x + 117, y + 33), int(rng.integers(60, 130)), -1)
    return cv2.GaussianBlur(picture, (0, 0), 0.9)


def _tweed(rng: np.random.Generator) -> Image:
    y, x = np.mgrid[0:1080, 0:1920]
    weave = 50 * np.sign(np.sin(x / 2.1 + np.abs((y % 40) - 20))) + rng.normal(0, 18, (1080, 1920))
    return (128 + weave).clip(0, 255).astype(np.uint8)


def _checks(rng: np.random.Generator) -> Image:
    """A shirt, a keyboard, a crossword: squares, black and white by lot."""
    squares = rng.integers(0, 2, (54, 96)).astype(np.uint8) * 200 + 25
    return cv2.resize(squares, (1920, 1080), interpolation=cv2.INTER_NEAREST)


_SCENES: Final = {
    "clouds": _clouds,
    "foliage": _foliage,
    "page": _page,
    "figures": _figures,
    "capitals": _capitals,
    "bars": _bars,
    "bricks": _bricks,
    "tweed": _tweed,
    "checks": _checks,
    "black": lambda _: np.zeros((1080, 1920), np.uint8),
    "white": lambda _: np.full((1080, 1920), 255, np.uint8),
    "noise": lambda rng: rng.integers(0, 256, (1080, 1920), np.uint8),
}
SCENES: Final = tuple(_SCENES)
