"""A cargo drawn as PDF: on A4 sheets, or on one strip of 80 mm, as long as it is.

The same words give the same bytes: every date in the file is the cargo's own, so that two prints of one cargo can be
compared, and nothing of the machine that drew it is told.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import qrcode
from fontTools.ttLib import TTFont
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import MethodReturnValue, WrapMode
from fpdf.fonts import TTFFont
from qrcode.constants import ERROR_CORRECT_M

import assets
from domain.clock import in_lima

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.clock import Micros
    from domain.messages import CargoCopy, CargoList

_FONT = "atkinson"
_INK, _SOFT, _LINE = 0, 80, 170
"""Shades of grey: what is read, what is read after it, what only divides."""
_POINT_MM = 25.4 / 72
_PAGES = "{nb}"
"""Stands for the number of pages until it is known."""
_WITHOUT_MARKS = str.maketrans(
    {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "\u2010": "-", "\u2011": "-"}
)
"""Letters that do not come apart into a letter of the font and its mark."""


class CargoPaper(Enum):
    """What it is drawn for."""

    A4 = "a4"
    STRIP = "80"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that travels inside the PDF."""

    name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What only the PDF says.

    ``page`` is the sheet's foot, with ``{page}`` and ``{pages}``; ``qr`` tells those who cannot see it what it is.
    """

    page: str
    qr: str
    signed: str


@dataclass(frozen=True, slots=True)
class _Look:
    """Sizes: millimetres for places, points for letters."""

    width: float
    height: float
    margin: float
    label: float
    """The column of labels; 0 where a label stands above its text."""
    body: float
    small: float
    title: float
    number: float
    qr: float


_LOOKS = {
    CargoPaper.A4: _Look(210, 297, 20, 42, 10.5, 9, 15, 21, 36),
    CargoPaper.STRIP: _Look(80, 0, 5, 0, 9.5, 8, 12, 15, 34),
}
_LONGEST_MM = 5_000
"""Of a strip: PDF knows no longer page. What does not fit, 200 annexes of many words, goes on several."""
_PIECE_MM = 1_000


def drawn(
    cargo: CargoCopy, paper: CargoPaper, spoken: Spoken, *, dated: Micros, enclosed: Sequence[Enclosed] = ()
) -> bytes:
    """The cargo as an unsigned PDF, dated in its properties by ``dated``."""
    look = _LOOKS[paper]
    height = look.height or _length(look, cargo, spoken)
    sheet = _Sheet(look, height if height <= _LONGEST_MM else _PIECE_MM, cargo, spoken)
    sheet.set_auto_page_break(bool(look.height) or height > _LONGEST_MM, sheet.b_margin)
    sheet.filled()
    for file in enclosed:
        sheet.embed_file(
            bytes=file.content,
            basename=file.name,
            mime_type=file.mime_type,
            creation_date=in_lima(dated),
            modification_date=in_lima(dated),
            associated_file_relationship="Data",
        )
    sheet.set_creation_date(in_lima(dated))
    content = bytes(sheet.output())
    sheet.put_fonts_away()
    return content


def _length(look: _Look, cargo: CargoCopy, spoken: Spoken) -> float:
    """How long a strip has to be, in millimetres."""
    sheet = _Sheet(look, _LONGEST_MM, cargo, spoken)
    sheet.set_auto_page_break(False)
    length = sheet.filled()
    sheet.put_fonts_away()
    return length


class _Sheet(FPDF):
    """Draws one cargo from top to bottom."""

    def __init__(self, look: _Look, height: float, cargo: CargoCopy, spoken: Spoken) -> None:
        super().__init__(unit="mm", format=(look.width, height))
        self._look, self._cargo, self._spoken = look, cargo, spoken
        self._is_strip = not look.height
        for weight, style in ((400, ""), (700, "B")):
            self.add_font(_FONT, style, assets.font(weight))
        self.set_margin(look.margin)
        self.c_margin = 0.0
        self.alias_nb_pages(_PAGES)
        self.set_auto_page_break(True, look.margin + (0 if self._is_strip else 6))
        self.set_lang("es-PE")
        self.set_title(f"{cargo.title} {cargo.number}")
        self.set_author(cargo.entity)
        self.set_creator("kiosk")
        self.set_producer("kiosk")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_display_mode("fullwidth" if self._is_strip else "fullpage")

    def filled(self) -> float:
        """Draws everything; returns where it ends, in millimetres from the top."""
        self.add_page()
        self._head()
        self._numbers()
        self._rows()
        for listed in self._cargo.lists:
            self._list(listed)
        if self._cargo.warning:
            self._warning()
        self._end()
        return float(self.get_y()) + self._look.margin

    def put_fonts_away(self) -> None:
        """Closes the fonts' files, which the library leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def footer(self) -> None:
        """The page's number and whose page it is, on sheets; a strip has one page only."""
        if self._is_strip:
            return
        self.set_y(-self._look.margin + 2)
        self._pen(self._look.small, shade=_SOFT)
        self.cell(self.epw / 2, 4, self._cargo.number)
        page = self._spoken.page.format(page=self.page_no(), pages=_PAGES)
        self.set_x(self.w - self.r_margin - self.get_string_width(page.replace(_PAGES, "0" * len(str(self.page_no())))))
        self.cell(0, 4, page)

    # --- parts ----------------------------------------------------------------------------------------------------

    def _head(self) -> None:
        cargo, align = self._cargo, "C" if self._is_strip else "L"
        size, left = (12.0, (self.w - 12) / 2) if self._is_strip else (17.0, self.l_margin)
        top = self.get_y()
        self.image(assets.sample_logo(), x=left, y=top, w=size, h=size, alt_text=cargo.entity)
        if self._is_strip:
            self.set_y(top + size + 1.5)
        indent = 0.0 if self._is_strip else size + 5
        self._say(cargo.entity, 12.5 if indent else 11, bold=True, align=align, indent=indent)
        self._say(cargo.office, self._look.body, align=align, indent=indent)
        self._say(cargo.place, self._look.small, align=align, indent=indent, shade=_SOFT)
        self.set_y(max(self.get_y(), top + size) + 3)
        self._rule()

    def _numbers(self) -> None:
        look, cargo, align = self._look, self._cargo, "C" if self._is_strip else "L"
        self.ln(3)
        self._say(cargo.title, look.title, bold=True, align=align)
        self._say(cargo.number, look.number, bold=True, align=align)
        self.ln(3)

    def _rows(self) -> None:
        for row in self._cargo.rows:
            self._keep_together(2)
            if not self._look.label:
                self._say(row.label, self._look.small, shade=_SOFT)
                self._say(row.text, self._look.body)
                self.ln(1)
                continue
            top, page = self.get_y(), self.page_no()
            self._say(row.label, self._look.body, shade=_SOFT, width=self._look.label - 3)
            below = self.get_y() if self.page_no() == page else 0
            self.set_y(top)
            self._say(row.text, self._look.body, indent=self._look.label)
            self.set_y(max(self.get_y(), below if self.page_no() == page else 0) + 1.4)

    def _list(self, listed: CargoList) -> None:
        self.ln(2)
        self._keep_together(3)
        self._say(listed.heading, self._look.body, bold=True)
        indent = 7.0 if self._look.label else 5.5
        for place, item in enumerate(listed.items, 1):
            self._keep_together(2)
            top = self.get_y()
            self._say(f"{place}.", self._look.body, width=indent, shade=_SOFT)
            self.set_y(top)
            self._say(item, self._look.body, indent=indent)
            self.ln(0.5)

    def _warning(self) -> None:
        """In a frame, which is one piece where it fits on a page."""
        inner = 3.0
        self.ln(3)
        height = sum(
            self._height(words, self._look.body, inner=inner, bold=not place)
            for place, words in enumerate(self._cargo.warning)
        )
        if height + 2 * inner < self.eph and self.will_page_break(height + 2 * inner):
            self.add_page()
        top, page = self.get_y(), self.page_no()
        self.ln(inner)
        for place, words in enumerate(self._cargo.warning):
            self._say(words, self._look.body, bold=not place, indent=inner, inset=inner)
        self.ln(inner)
        if self.page_no() == page:
            self.set_draw_color(_INK)
            self.set_line_width(0.5)
            self.rect(self.l_margin, top, self.epw, self.get_y() - top)
        self.ln(1)

    def _end(self) -> None:
        """Who received, the codes, and that it is to be kept; one piece."""
        look, cargo, spoken = self._look, self._cargo, self._spoken
        beside = 0.0 if self._is_strip else look.qr + 6
        told = [(words, look.small, False) for words in cargo.follow]
        told += [(cargo.check[0], look.small, False), (cargo.code, look.title - 1, True)]
        told += [(words, look.small, False) for words in cargo.check[1:]]
        told += [(spoken.signed, look.small, False)] if spoken.signed else []
        height = sum(self._height(words, size, inner=beside / 2, bold=bold) + 0.8 for words, size, bold in told)
        whole = 22 + max(height, look.qr) + 12
        self.ln(2)
        if self.will_page_break(whole):
            self.add_page()
        self._receiver()
        self._rule()
        self.ln(3)
        top = self.get_y()
        left = (self.w - look.qr) / 2 if self._is_strip else self.l_margin
        self.image(_qr(cargo.url), x=left, y=top, w=look.qr, h=look.qr, alt_text=spoken.qr)
        if self._is_strip:
            self.set_y(top + look.qr + 1)
        for words, size, bold in told:
            self._say(words, size, bold=bold, indent=beside, align="C" if self._is_strip else "L")
            self.ln(0.8)
        self.set_y(max(self.get_y(), top + (0 if self._is_strip else look.qr)) + 2)
        self._rule()
        self.ln(2)
        self._say(cargo.foot, look.body, bold=True, align="C")

    def _receiver(self) -> None:
        look, cargo = self._look, self._cargo
        wide = 0.0 if self._is_strip else self.epw / 2
        top = self.get_y()
        self._say(cargo.receiver.label, look.small, shade=_SOFT, width=wide)
        self._say(cargo.receiver.text, look.body, bold=True, width=wide)
        if not self._is_strip:
            self.set_y(top)
        self.ln(11)
        left = self.l_margin + (wide + 8 if wide else 6)
        self.set_draw_color(_SOFT)
        self.set_line_width(0.2)
        self.line(left, self.get_y(), self.w - self.r_margin - (0 if wide else 6), self.get_y())
        self.ln(0.8)
        self._say(cargo.by_hand, look.small, shade=_SOFT, indent=wide + 8 if wide else 0, align="C")
        self.ln(3)

    # --- tools ----------------------------------------------------------------------------------------------------

    def _pen(self, size: float, *, bold: bool = False, shade: int = _INK) -> float:
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_text_color(shade)
        return size * _POINT_MM * 1.28

    def _say(
        self,
        words: str,
        size: float,
        *,
        bold: bool = False,
        shade: int = _INK,
        align: Any = "L",
        indent: float = 0.0,
        inset: float = 0.0,
        width: float = 0.0,
    ) -> None:
        """A paragraph, and the pen below it; ``width`` 0 goes to the right margin less ``inset``."""
        if not words:
            return
        line = self._pen(size, bold=bold, shade=shade)
        self.set_x(self.l_margin + indent)
        self.multi_cell(
            width or self.epw - indent - inset, line, printable(words), align=align, new_x="LMARGIN", new_y="NEXT",
            wrapmode=WrapMode.WORD,
        )  # fmt: skip

    def _height(self, words: str, size: float, *, inner: float, bold: bool = False) -> float:
        line = self._pen(size, bold=bold)
        self.set_x(self.l_margin)
        found: Any = self.multi_cell(
            self.epw - 2 * inner, line, printable(words), dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(found)

    def _keep_together(self, lines: int) -> None:
        """Goes on at the next page where so many lines do not fit on this one."""
        height = lines * self._look.body * _POINT_MM * 1.28
        if self.will_page_break(height):
            self.add_page()

    def _rule(self) -> None:
        self.set_draw_color(_LINE)
        self.set_line_width(0.3)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())


def _qr(address: str) -> Any:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=8, border=2)
    code.add_data(address)
    return code.make_image().get_image()


def printable(words: str) -> str:
    """The words in letters that the font has: a letter of another alphabet loses its mark, or becomes a question."""
    known = _letters()
    return "".join(letter if letter in known or letter == "\n" else _nearest(letter) for letter in _plain(words))


def _plain(words: str) -> str:
    composed = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\t", " ")).translate(_WITHOUT_MARKS)
    return "".join(letter for letter in composed if letter == "\n" or unicodedata.category(letter)[0] != "C")


def _nearest(letter: str) -> str:
    if unicodedata.combining(letter):
        return ""
    base = unicodedata.normalize("NFKD", letter)
    kept = "".join(part for part in base if part in _letters() and not unicodedata.combining(part))
    return kept or "?"


@cache
def _letters() -> frozenset[str]:
    with TTFont(assets.font(400), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap())) - {"\u0300", "\u0301", "\u0302", "\u0303", "\u0304", "\u0308"}
