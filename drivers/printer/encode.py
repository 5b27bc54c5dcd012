"""A slip as the bytes of an ESC/POS printer.

python-escpos makes what it makes well (text, styles, the printer's own QR, the cut); `commands` holds the rest. The
port is not its business. Small is fast and safe: a ticket of 500 bytes fits any receive buffer and is half a second
on the wire at 9600 baud, the same ticket as an image is a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never

from drivers.printer import commands
from drivers.printer.profile import EPSON_80, Profile
from drivers.printer.raster import CELL_HEIGHT_DOTS, qr_code, qr_modules, text_line
from drivers.printer.text import CODE_PAGE, is_on_page, printable, wrap
from drivers.printer.words import Align, Cut, Feed, Logo, LogoMemory, Number, Qr, Slip, Text, Tier

if TYPE_CHECKING:
    from drivers.printer.raster import Raster
    from drivers.printer.words import Element

MAX_BYTES: Final = 3900
"""What surely fits the 4 KB receive buffer of a printer that stops."""

LARGEST: Final = 8
"""GS ! multiplies up to eight times."""

QR_MODULE_DOTS: Final = 6
QR_QUIET_DOTS: Final = 4 * QR_MODULE_DOTS
QR_MAX_BYTES: Final = 504
"""Version 17 at level M: 85 modules and the quiet zone are the most that 576 dots hold."""

_CUTTER_MM: Final = 15
_TEAR_BAR_MM: Final = 20
"""From head to blade, and to the tear bar of a printer without one."""
_LOGO_MM_AT_MOST: Final = 16
_LINE_DOTS: Final = 30
_SHORT: Final = 16
"""Bytes of a command without its data, and more."""


class SlipError(ValueError):
    """A slip that no printer could print as it is meant: a mistake of whoever made it."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A job for the wire. ``paper_mm`` is an upper estimate, for deadlines and the odometer.

    A printer that is left inside one of its commands waits for at most ``longest_command`` more bytes.
    """

    data: bytes
    paper_mm: float
    longest_command: int = MAX_BYTES


def encode(slip: Slip, process_id: str, profile: Profile = EPSON_80) -> Encoded:
    """The whole job: reset, content, cut, and the question whose answer proves that all that is on paper.

    Where a printer repeats process ids, another one stands before the cut (`before_cut`): a printer that stops before
    it answered that one has cut nothing off, and its ticket is surely incomplete.

    Letters that the printer lacks are drawn as a picture of their line; where that would make the job too long, they
    lose their marks instead. The first call of a process takes about 0.5 s, for python-escpos reads its models then;
    the next take 1 ms.

    Raises:
        SlipError: no cut at the end, a size outside 1 to 8, a QR that cannot be printed, or more than MAX_BYTES.
    """
    if not slip.elements or not isinstance(slip.elements[-1], Cut):
        raise SlipError("a slip ends with a cut")
    whole = _drawn(slip, process_id, profile, pictures=True)
    if len(whole.data) > MAX_BYTES:
        whole = _drawn(slip, process_id, profile, pictures=False)
    if len(whole.data) > MAX_BYTES:
        raise SlipError(f"{len(whole.data)} bytes do not surely fit a printer's buffer of {MAX_BYTES}")
    return whole


def before_cut(process_id: str) -> str:
    """The process id that tells that everything above the cut is burnt."""
    return "+" + process_id[1:]


def _drawn(slip: Slip, process_id: str, profile: Profile, *, pictures: bool) -> Encoded:
    page = _Page(profile, pictures=pictures)
    *content, cut = slip.elements
    for element in content:
        page.draw(element)
    if profile.tier is Tier.PROCESS_ID:
        page.raw(commands.ask_process_id(before_cut(process_id)))
    page.draw(cut)
    if profile.tier is Tier.PROCESS_ID:
        page.raw(commands.ask_process_id(process_id))
    elif profile.tier is Tier.SENSOR:
        page.raw(commands.ASK_SENSOR * SENSOR_ANSWERS)
    return Encoded(page.data, page.dots / profile.dots_per_mm, page.longest_command)


SENSOR_ANSWERS: Final = 2
"""A single byte of noise may look like the sensor's answer; two in a row behind the last byte do not come by chance."""


class _Page:
    """The bytes so far, and the styles that the printer is in: a style is sent when it changes."""

    def __init__(self, profile: Profile, *, pictures: bool) -> None:
        self._profile = profile
        self._pictures = pictures
        self._escpos = _escpos(profile.escpos_name)
        self.raw = self._escpos._raw  # noqa: SLF001 - the library's documented door for commands it lacks
        self.dots = 0
        self.longest_command = _SHORT
        self._align = Align.LEFT
        self._size = 1
        self._bold = False
        self.raw(commands.RESET)
        self._escpos.charcode(CODE_PAGE.upper())
        if profile.auto_status:
            self.raw(commands.AUTO_STATUS)

    @property
    def data(self) -> bytes:
        return bytes(self._escpos.output)

    def draw(self, element: Element) -> None:
        match element:
            case Text(text, size, align, bold):
                self._text(text, size, align, bold=bold)
            case Number(text):
                self._number(text)
            case Qr(data):
                self._qr(data)
            case Logo():
                self._logo()
            case Feed(mm):
                self._feed(round(mm * self._profile.dots_per_mm))
            case Cut():
                self._cut()
            case _:
                assert_never(element)

    def _text(self, text: str, size: int, align: Align, *, bold: bool) -> None:
        if not 1 <= size <= LARGEST:
            raise SlipError(f"size {size} is not 1 to {LARGEST}")
        self._style(align=align, size=size, bold=bold)
        for line in wrap(text if self._pictures else printable(text), self._profile.columns // size):
            if is_on_page(line):
                self._escpos.text(line + "\n")
                self.dots += max(_LINE_DOTS, CELL_HEIGHT_DOTS * size if line else 0)
                continue
            self._picture(text_line(line, size, bold=bold))
            if size == 1:  # the space that a line of letters has below it
                self._feed(_LINE_DOTS - CELL_HEIGHT_DOTS)

    def _number(self, text: str) -> None:
        fits = self._profile.columns // max(1, len(printable(text)))
        self._escpos.set(smooth=True)
        self._text(text, max(1, min(LARGEST, fits)), Align.CENTRE, bold=False)

    def _qr(self, data: str) -> None:
        if not 0 < len(data) <= QR_MAX_BYTES or not all(" " <= letter <= "~" for letter in data):
            raise SlipError(f"a QR holds 1 to {QR_MAX_BYTES} printable ASCII characters")
        side = qr_modules(data)
        if (side + 8) * QR_MODULE_DOTS > self._profile.head_dots:
            raise SlipError(f"a QR of {side} modules is wider than the paper")
        self._style(align=Align.CENTRE, size=1)
        self._feed(QR_QUIET_DOTS)
        if self._profile.native_qr:
            self._escpos.qr(data, ec=1, size=QR_MODULE_DOTS, native=True)  # ec 1 = level M
            self.longest_command = max(self.longest_command, len(data) + _SHORT)
            self.dots += side * QR_MODULE_DOTS
        else:
            self._picture(qr_code(data, QR_MODULE_DOTS // 2), commands.DOUBLED)
        self._feed(QR_QUIET_DOTS)

    def _logo(self) -> None:
        if self._profile.logo is LogoMemory.NV:
            self._style(align=Align.CENTRE)
            self.raw(commands.LOGO)
            self.dots += _LOGO_MM_AT_MOST * self._profile.dots_per_mm

    def _cut(self) -> None:
        if self._profile.has_cutter:
            self._escpos.cut(feed=False)  # GS V 66 0: to the blade and cut; with feed=True six lines of paper more
            self.dots += _CUTTER_MM * self._profile.dots_per_mm
        else:
            self._feed(_TEAR_BAR_MM * self._profile.dots_per_mm)

    def _picture(self, picture: Raster, mode: int = commands.UNSCALED) -> None:
        self.raw(commands.raster(picture, mode))
        self.longest_command = max(self.longest_command, len(picture.data) + _SHORT)
        self.dots += picture.rows * (2 if mode == commands.DOUBLED else 1)

    def _feed(self, dots: int) -> None:
        self.raw(commands.feed(dots))
        self.dots += dots

    def _style(self, *, align: Align, size: int | None = None, bold: bool | None = None) -> None:
        if align != self._align:
            self._escpos.set(align="center" if align is Align.CENTRE else "left")
            self._align = align
        if size is not None and size != self._size:
            self._escpos.set(custom_size=True, width=size, height=size)
            self._size = size
        if bold is not None and bold != self._bold:
            self._escpos.set(bold=bold)
            self._bold = bold


def _escpos(profile_name: str) -> Any:
    from escpos.printer import Dummy  # noqa: PLC0415 - half a second at first import: not before the first frame

    return Dummy(profile=profile_name)
