"""The strip of paper: what the head burns into it, and the ticket that the blade cuts off, as a picture at 203 dpi.

The blade sits 12 mm after the head. So a ticket begins with 12 mm of blank paper, a cut without a feed leaves the last
12 mm for the next one, and what was printed before a loss of power hangs together with what is printed after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

from drivers.printer.virtual.letters import CELL, Style, glyph

if TYPE_CHECKING:
    from drivers.printer.virtual.models import Model

DOTS_A_MM: Final = 8
CUTTER_DOTS: Final = 96
"""12 mm from head to blade: the blank head of every ticket."""
LINE_DOTS: Final = 30

LEFT, CENTRE, RIGHT = 0, 1, 2

_PAPER, _INK = (254, 253, 250), (33, 31, 36)
_TOOTH: Final = 6
_TEETH: Final = (226, 224, 219)
_QR_LEVELS: Final = {48: ERROR_CORRECT_L, 49: ERROR_CORRECT_M, 50: ERROR_CORRECT_Q, 51: ERROR_CORRECT_H}
_NO_QR_MODULES: Final = 1000

Run = tuple[str, Style] | Image.Image
"""A stretch of a line: letters of one style, or a picture of ESC *."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a line stands: dots from the head's left end, dots of width, and the alignment between them."""

    left: int
    width: int
    align: int = LEFT

    def place(self, width: int) -> int:
        """The left end of something ``width`` dots wide."""
        return self.left + {LEFT: 0, CENTRE: (self.width - width) // 2, RIGHT: self.width - width}[self.align]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one job left on a ticket. It is not ``whole`` where printing was broken off or bytes were lost."""

    text: str
    qr: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """A piece of paper that was cut off. ``text`` has a line for a line; ``length_mm`` is from cut to cut.

    ``drawn`` is what stands on it besides, from the top: ``qr`` and what it holds, ``image`` and its size in dots.
    """

    text: str
    qr: tuple[str, ...]
    length_mm: float
    picture: Image.Image
    pieces: tuple[Piece, ...] = ()
    drawn: tuple[tuple[str, str], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it is one whole job and nothing else."""
        return len(self.pieces) == 1 and self.pieces[0].whole


@dataclass(frozen=True, slots=True)
class _Band:
    picture: Image.Image
    text: str | None = None
    qr: str | None = None
    drawn: tuple[str, str] | None = None
    inked: bool = False
    breaks: bool = False


class Strip:
    """The paper between head and blade, and what was printed since the last cut."""

    def __init__(self, model: Model) -> None:
        self._head_dots, self._paper_dots = model.head_dots, model.paper_dots
        self._bands: list[_Band] = []
        self._spoilt = False
        self.feed(CUTTER_DOTS)

    # --- printing: each returns the dots that the paper moved --------------------------------------------------

    def feed(self, dots: int) -> int:
        """Blank paper."""
        self._bands.append(_Band(self._blank(dots)))
        return dots

    def line(self, runs: list[Run], area: Area, spacing: int = LINE_DOTS, *, upside_down: bool = False) -> int:
        """A line of letters and pictures; runs of different heights stand on its foot."""
        drawn = [part for run in runs for part in _drawn(run)]
        width, tallest = sum(part.width for part in drawn), max([0, *(part.height for part in drawn)])
        height = max(spacing, tallest)
        band = self._blank(height)
        x, foot = area.place(width), max(tallest, min(CELL[1], height))
        for part in drawn:
            band.paste(0, (x, foot - part.height), part)
            x += part.width
        if upside_down:
            band = band.rotate(180)
        text = "".join(run[0] for run in runs if isinstance(run, tuple))
        self._bands.append(_Band(band, text=text, inked=bool(drawn)))
        return height

    def image(self, picture: Image.Image, area: Area) -> int:
        """A picture; what the head does not reach is missing."""
        band = self._blank(picture.height)
        band.paste(picture, (max(0, area.place(picture.width)), 0))
        self._bands.append(_Band(band, drawn=("image", f"{picture.width}x{picture.height}"), inked=True))
        return picture.height

    def qr_code(self, data: str, module_dots: int, level: int, area: Area) -> int:
        """A QR code without a quiet zone, as printers draw it."""
        modules = _qr(data, level).get_matrix()
        picture = Image.new("1", (len(modules), len(modules)))
        picture.putdata([not dark for row in modules for dark in row])
        side = len(modules) * module_dots
        band = self._blank(side)
        band.paste(picture.resize((side, side), Image.Resampling.NEAREST), (area.place(side), 0))
        self._bands.append(_Band(band, qr=data, drawn=("qr", data), inked=True))
        return side

    # --- breaking off and cutting ------------------------------------------------------------------------------

    @property
    def is_inked(self) -> bool:
        """Whether something was printed since the last cut or break."""
        for band in reversed(self._bands):
            if band.breaks:
                return False
            if band.inked:
                return True
        return False

    def break_off(self) -> None:
        """What was printed so far will not be continued; it stays on the paper."""
        if self.is_inked:
            self._bands.append(_Band(self._blank(0), breaks=True))

    def spoil(self) -> None:
        """Bytes of the present job were lost."""
        self._spoilt = True

    def cut(self, feed_dots: int = 0) -> tuple[Ticket | None, bool]:
        """The ticket that falls after a feed, None if there is no paper beyond the blade; and whether print was cut.

        What is still between head and blade begins the next ticket.
        """
        self.feed(feed_dots)
        height = sum(band.picture.height for band in self._bands) - CUTTER_DOTS
        whole, at = self._whole_picture(), 0
        fallen: list[_Band] = []
        hanging: list[_Band] = []
        for band in self._bands:
            at += band.picture.height
            (hanging if at > height and band.inked else fallen).append(band)
        ticket = _ticket(whole.crop((0, 0, self._head_dots, height)), fallen, self) if height > 0 else None
        rest = whole.crop((0, max(0, height), self._head_dots, whole.height))
        self._bands = [
            _Band(rest),
            *(_Band(self._blank(0), band.text, band.qr, band.drawn, inked=True) for band in hanging),
        ]
        self._spoilt = False
        return ticket, bool(hanging)

    @property
    def is_spoilt(self) -> bool:
        """Whether bytes of the present job were lost."""
        return self._spoilt

    def on_paper(self, burnt: Image.Image) -> Image.Image:
        """A cut-off piece as it looks: margins, the blade's teeth, ink on paper."""
        paper = Image.new("RGB", (self._paper_dots, burnt.height), _PAPER)
        margin = (self._paper_dots - self._head_dots) // 2
        paper.paste(_INK, (margin, 0), burnt.convert("L").point(lambda value: 255 - value))
        draw = ImageDraw.Draw(paper)
        for x in range(0, self._paper_dots, 2 * _TOOTH):  # the blade's teeth
            for y, tip in ((0, _TOOTH), (burnt.height - 1, burnt.height - 1 - _TOOTH)):
                draw.polygon([(x, y), (x + _TOOTH, tip), (x + 2 * _TOOTH, y)], fill=_TEETH)
        return paper

    def _whole_picture(self) -> Image.Image:
        burnt = self._blank(sum(band.picture.height for band in self._bands))
        y = 0
        for band in self._bands:
            burnt.paste(band.picture, (0, y))
            y += band.picture.height
        return burnt

    def _blank(self, dots: int) -> Image.Image:
        return Image.new("1", (self._head_dots, dots), 1)


def qr_side(data: str, level: int) -> int:
    """Modules of one side; more than any QR code has for data that fit none."""
    try:
        return int(_qr(data, level).modules_count)
    except (DataOverflowError, ValueError):
        return _NO_QR_MODULES


def _qr(data: str, level: int) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=_QR_LEVELS[level], box_size=1, border=0)
    code.add_data(data)
    code.make(fit=True)
    return code


def _drawn(run: Run) -> list[Image.Image]:
    """The masks of the dots that burn."""
    if isinstance(run, tuple):
        return [glyph(letter, run[1]) for letter in run[0]]
    return [run.point(lambda value: 255 - value)]


def _ticket(burnt: Image.Image, bands: list[_Band], strip: Strip) -> Ticket:
    groups: list[list[_Band]] = [[]]
    for band in bands:
        if band.breaks:
            groups.append([])
        else:
            groups[-1].append(band)
    pieces = [
        Piece(_text(group), _codes(group), whole=number == len(groups) and not strip.is_spoilt)
        for number, group in enumerate(groups, 1)
        if number == 1 or any(band.inked for band in group)
    ]
    drawn = tuple(band.drawn for band in bands if band.drawn)
    picture = strip.on_paper(burnt)
    return Ticket(_text(bands), _codes(bands), burnt.height / DOTS_A_MM, picture, tuple(pieces), drawn)


def _text(bands: list[_Band]) -> str:
    return "\n".join(band.text for band in bands if band.text is not None)


def _codes(bands: list[_Band]) -> tuple[str, ...]:
    return tuple(band.qr for band in bands if band.qr is not None)
