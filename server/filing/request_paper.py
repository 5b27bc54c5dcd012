"""The written request (*solicitud*) on a sheet, ready to be signed: what art. 113 of Ley 27444 wants it to say.

Whatever is not known is a line to write on by hand. Nothing of it is kept.
"""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align

import assets

if TYPE_CHECKING:
    import gettext
    from datetime import date

    from domain.messages import Applicant

_FONT = "Atkinson"
_LEFT_MM, _RIGHT_MM, _TOP_MM, _BOTTOM_MM = 25, 20, 18, 16
_LINE_MM = 5.4
_SIGNING_MM = 52
"""Date, signature and fingerprint stay together on one sheet."""
_WIDE, _SHORT = "_" * 46, "_" * 20
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says. Empty texts are left to be written by hand.

    ``unit`` is the organ to which it goes, empty for the head of the entity. ``presenter`` acts for the applicant, in
    the quality of ``quality``. ``notices`` is the consent to be notified by e-mail (art. 20.4).
    """

    entity: str
    unit: str
    day: date
    applicant: Applicant = field(repr=False)
    presenter: Applicant | None = field(repr=False)
    quality: str = ""
    subject: str = field(default="", repr=False)
    grounds: str = field(default="", repr=False)
    domicile: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    notices: bool = False
    annexes: tuple[str, ...] = field(default=(), repr=False)
    expediente: str = ""


def request_pdf(request: Request, texts: gettext.NullTranslations) -> bytes:
    """The sheet as a PDF, A4; about 100 ms of one core."""
    return _Sheet(request, texts).drawn()


class _Sheet:
    """One request while it is drawn."""

    def __init__(self, request: Request, texts: gettext.NullTranslations) -> None:
        self._request = request
        self._texts = texts
        self._pdf = FPDF(format="A4")
        self._pdf.set_margins(_LEFT_MM, _TOP_MM, _RIGHT_MM)
        self._pdf.set_auto_page_break(auto=True, margin=_BOTTOM_MM)
        self._pdf.add_font(_FONT, fname=assets.font(400))
        self._pdf.add_font(_FONT, style="B", fname=assets.font(700))
        self._pdf.set_title(self.text("paper.title"))
        self._pdf.set_lang("es-PE")
        self._pdf.add_page()

    def drawn(self) -> bytes:
        """Everything in its order."""
        self._sumilla()
        self._addressee()
        self._who()
        self._petition()
        self._annexes()
        self._notices()
        self._signature()
        return bytes(self._pdf.output())

    def text(self, key: str, **details: str) -> str:
        """Our words, filled in."""
        words = self._texts.gettext(key)
        return words % details if details else words

    # --- from above to below ------------------------------------------------------------------------------------

    def _sumilla(self) -> None:
        self._pdf.set_x(_LEFT_MM + 70)
        sumilla = self.text("paper.sumilla")
        self._write(f"{sumilla} {self._request.subject or _SHORT * 2}", style="B", width=95)
        if self._request.expediente:
            self._pdf.set_x(_LEFT_MM + 70)
            self._write(self.text("paper.expediente", number=self._request.expediente), width=95)
        self._gap(5)

    def _addressee(self) -> None:
        self._write(self.text("paper.to_unit") if self._request.unit else self.text("paper.to_head"), style="B")
        self._write(self._request.unit.upper(), style="B")
        self._write(self._request.entity.upper(), style="B")
        self._write(self.text("paper.present"))
        self._gap(3)

    def _who(self) -> None:
        one, other = self._request.applicant, self._request.presenter
        words = self._person(one, self.text("paper.i_am") if one.kind != "ruc" else self.text("paper.it_is"))
        if other is not None or one.kind == "ruc":
            from_other = (
                self._person(other, self.text("paper.represented")) if other else self.text("paper.represented_blank")
            )
            words += ", " + from_other + self.text("paper.quality", quality=self._request.quality or _SHORT)
        words += self.text("paper.lives", domicile=self._request.domicile or _WIDE)
        words += self.text("paper.says")
        self._write(words, align=Align.J)
        self._gap(2)

    def _person(self, who: Applicant, words: str) -> str:
        kinds = {
            "dni": self.text("paper.dni"), "ce": self.text("paper.ce"), "passport": self.text("paper.passport"),
            "ruc": self.text("paper.ruc"),
        }  # fmt: skip
        no_kind = self.text("paper.no_kind")
        name, number = who.name.upper() or _WIDE, who.number or _SHORT
        return words % {"name": name, "document": f"{kinds.get(who.kind, no_kind)} {number}"}

    def _petition(self) -> None:
        self._head(self.text("paper.petition"))
        subject = self._request.subject
        asks_already = subject.casefold().startswith("solicit")  # as most people begin
        self._write(self.text("paper.i_ask", subject=subject) if subject and not asks_already else subject, lines=2)
        self._head(self.text("paper.grounds"))
        self._write(self._request.grounds, align=Align.J, lines=7)

    def _annexes(self) -> None:
        self._head(self.text("paper.annexes"))
        listed = self._request.annexes
        if not listed:
            self._write("", lines=2)
        for place, annex in enumerate(listed):
            self._write(f"{_place(place)}  {annex}")

    def _notices(self) -> None:
        self._head(self.text("paper.notices"))
        self._write(self.text("paper.address", domicile=self._request.domicile or _WIDE))
        reach = {"email": self._request.email or _WIDE, "phone": self._request.phone or _SHORT}
        self._write(self.text("paper.reach", **reach))
        self._gap(1)
        self._box(is_ticked=self._request.notices)
        self._write(self.text("paper.consent"), indent=7)
        self._gap(2)
        self._write(self.text("paper.therefore"), align=Align.J)

    def _signature(self) -> None:
        pdf = self._pdf
        if pdf.get_y() + _SIGNING_MM > pdf.h - _BOTTOM_MM:
            pdf.add_page()
        self._gap(3)
        day = self._request.day
        self._write(
            self.text("paper.place", day=f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"), align=Align.R
        )  # fmt: skip
        top = pdf.get_y() + 4
        signs = self._request.presenter or self._request.applicant
        pdf.line(_LEFT_MM + 8, top + 24, _LEFT_MM + 88, top + 24)
        pdf.set_xy(_LEFT_MM + 8, top + 25)
        self._write(signs.name.upper(), width=80, align=Align.C)
        pdf.set_x(_LEFT_MM + 8)
        self._write(self.text("paper.signature_of", number=signs.number or _SHORT), width=80, align=Align.C, size=9)
        pdf.rect(_LEFT_MM + 112, top, 26, 32)
        pdf.set_xy(_LEFT_MM + 100, top + 33)
        self._write(self.text("paper.fingerprint"), width=50, align=Align.C, size=7.5)
        pdf.set_y(max(pdf.get_y(), top + 40))

    # --- the pen ------------------------------------------------------------------------------------------------

    def _head(self, words: str) -> None:
        self._gap(1.6)
        self._write(words, style="B")

    def _write(
        self, text: str, *, style: str = "", size: float = 10.5, width: float = 0, indent: float = 0,
        align: Align = Align.L, lines: int = 0,
    ) -> None:  # fmt: skip
        """A paragraph; without text ``lines`` to write on."""
        pdf = self._pdf
        if not text:
            for _ in range(lines):
                pdf.ln(_LINE_MM + 1.6)
                pdf.set_line_width(0.15)
                pdf.line(_LEFT_MM, pdf.get_y(), pdf.w - _RIGHT_MM, pdf.get_y())
            return
        pdf.set_font(_FONT, style=style, size=size)
        text = self._drawable(text)
        if indent:
            pdf.set_x(_LEFT_MM + indent)
        pdf.multi_cell(
            width, _LINE_MM * size / 10.5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )  # fmt: skip

    def _drawable(self, text: str) -> str:
        """The text in letters that the font has: an accent that it lacks is left out, anything else is a point."""
        has = self._pdf.fonts[_FONT.lower()].cmap  # type: ignore[union-attr] # ours are no core fonts

        def letter(one: str) -> str:
            if one == "\n" or ord(one) in has:
                return one
            return next((base for base in unicodedata.normalize("NFKD", one) if ord(base) in has), "·")

        return "".join(map(letter, text))

    def _box(self, *, is_ticked: bool) -> None:
        pdf, x, y = self._pdf, _LEFT_MM + 1, self._pdf.get_y() + 0.7
        pdf.set_line_width(0.3)
        pdf.rect(x, y, 4, 4)
        if is_ticked:
            pdf.line(x + 0.8, y + 0.8, x + 3.2, y + 3.2)
            pdf.line(x + 3.2, y + 0.8, x + 0.8, y + 3.2)

    def _gap(self, mm: float) -> None:
        self._pdf.ln(mm)


def _place(n: int) -> str:
    """As annexes are numbered here: 1-A, 1-B …; behind 1-Z by numbers."""
    return f"1-{string.ascii_uppercase[n]}." if n < len(string.ascii_uppercase) else f"{n + 1}."
