"""A slip as the bytes of an ESC/POS printer.

python-escpos makes what it makes well (text, styles, the printer's own QR, the cut); `commands` holds the rest. The
port is not its business. Small is fast and safe: a ticket of 500 bytes fits any receive buffer and is half a second
on the wire at 9600 baud, the same ticket as an image is a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never

from drivers.printer import commands
from drivers.printer.text import CODE_PAGE, printable, wrap
from drivers.printer.words import Align, Cut, Feed, Logo, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from drivers.printer.words import Element

MAX_BYTES: Final = 3900
"""What surely fits the 4 KB receive buffer of a printer that stops."""

LARGEST: Final = 8
"""GS ! multiplies up to eight times."""

QR_MODULE_DOTS: Final = 6
QR_QUIET_DOTS: Final = 4 * QR_MODULE_DOTS
QR_MAX_BYTES: Final = 504
"""Version 17 at level M: 85 modules and the quiet zone are the most that 576 dots hold."""

_QR_MM_AT_MOST: Final = 64
_CUTTER_MM: Final = 15
_LINE_DOTS: Final = 30
_CELL_DOTS: Final = 24


class SlipError(ValueError):
    """A slip that no printer could print as it is meant: a mistake of whoever made it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model of printer can do; the default is Epson's 80 mm class (TM-T20III).

    ``columns`` counts letters of font A in a line. ``acknowledges`` says that it repeats process ids; one that does
    not can at best leave a job PROBABLE.
    """

    name: str = "TM-T20III"
    escpos_name: str = "TM-T20II"
    columns: int = 48
    dots_per_mm: int = 8
    has_logo: bool = False
    acknowledges: bool = True


EPSON_80: Final = Profile()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A job for the wire. ``paper_mm`` is an upper estimate, for deadlines."""

    data: bytes
    paper_mm: float


def encode(slip: Slip, process_id: str, profile: Profile = EPSON_80) -> Encoded:
    """The whole job: reset, content, cut, and the request to repeat ``process_id`` once all that is on paper.

    The first call of a process takes about 0.5 s, for python-escpos reads its models then; the next take 1 ms.

    Raises:
        SlipError: no cut at the end, a size outside 1 to 8, a QR that cannot be printed, or more than MAX_BYTES.
    """
    if not slip.elements or not isinstance(slip.elements[-1], Cut):
        raise SlipError("a slip ends with a cut")
    page = _Page(profile)
    for element in slip.elements:
        page.draw(element)
    if profile.acknowledges:
        page.raw(commands.ask_process_id(process_id))
    if len(page.data) > MAX_BYTES:
        raise SlipError(f"{len(page.data)} bytes do not surely fit a printer's buffer of {MAX_BYTES}")
    return Encoded(page.data, page.dots / profile.dots_per_mm)


class _Page:
    """The bytes so far, and the styles that the printer is in: a style is sent when it changes."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._escpos = _escpos(profile.escpos_name)
        self.raw = self._escpos._raw  # noqa: SLF001 - the library's documented door for commands it lacks
        self.dots = 0
        self._align = Align.LEFT
        self._size = 1
        self._bold = False
        self.raw(commands.RESET)
        self._escpos.charcode(CODE_PAGE.upper())
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
                if self._profile.has_logo:
                    self._style(align=Align.CENTRE)
                    self.raw(commands.LOGO)
            case Feed(mm):
                self._feed(round(mm * self._profile.dots_per_mm))
            case Cut():
                self._escpos.cut(feed=False)  # GS V 66 0: to the blade and cut; with feed=True six lines of paper more
                self.dots += _CUTTER_MM * self._profile.dots_per_mm
            case _:
                assert_never(element)

    def _text(self, text: str, size: int, align: Align, *, bold: bool) -> None:
        if not 1 <= size <= LARGEST:
            raise SlipError(f"size {size} is not 1 to {LARGEST}")
        self._style(align=align, size=size, bold=bold)
        for line in wrap(text, self._profile.columns // size):
            self._escpos.text(line + "\n")
            self.dots += max(_LINE_DOTS, _CELL_DOTS * size)

    def _number(self, text: str) -> None:
        fits = self._profile.columns // max(1, len(printable(text)))
        self._escpos.set(smooth=True)
        self._text(text, max(1, min(LARGEST, fits)), Align.CENTRE, bold=False)

    def _qr(self, data: str) -> None:
        if not 0 < len(data) <= QR_MAX_BYTES or not all(" " <= letter <= "~" for letter in data):
            raise SlipError(f"a QR holds 1 to {QR_MAX_BYTES} printable ASCII characters")
        self._style(align=Align.CENTRE, size=1)
        self._feed(QR_QUIET_DOTS)
        self._escpos.qr(data, ec=1, size=QR_MODULE_DOTS, native=True)  # ec 1 = level M
        self._feed(QR_QUIET_DOTS)
        self.dots += _QR_MM_AT_MOST * self._profile.dots_per_mm

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
