"""The ticket on paper: what it says, in what order, in how few bytes.

It carries no name and no whole document number: paper is dropped on floors. It says that it is not the *cargo*,
which only the clerk can give (Ley 27444 art. 124.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from domain.clock import Micros, in_lima
from domain.tickets import QueueNumber
from drivers.printer.words import Align, Cut, Feed, Logo, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from domain.office import Office
    from kiosk.texts import Texts


class SlipFacts(msgspec.Struct, frozen=True):
    """What one ticket's paper tells; kept with the print job so that it can be printed again after a crash."""

    series: str
    n: int
    service: str
    document: str
    issued_at: Micros
    short_code: str
    url: str

    @property
    def number(self) -> QueueNumber:
        """The queue number."""
        return QueueNumber(self.series, self.n)


def ticket_slip(facts: SlipFacts, office: Office, texts: Texts) -> Slip:
    """The slip for ``facts``, in the language of ``texts``."""
    when = in_lima(facts.issued_at)
    centre = Align.CENTRE
    document = (Text(texts.t("slip.document", document=facts.document), align=centre),) if facts.document else ()
    return Slip(
        (
            Logo(),
            Text(office.entity_short or office.entity, align=centre, bold=True),
            Text(office.name, align=centre),
            Feed(2),
            Number(str(facts.number)),
            Feed(2),
            Text(facts.service, align=centre, bold=True),
            Text(f"{when:%d/%m/%Y %H:%M}", align=centre),
            *document,
            Qr(facts.url),
            Text(texts.t("slip.code", code=f"{facts.number}-{facts.short_code}"), align=centre),
            Text(texts.t("slip.not_cargo"), align=centre),
            Feed(3),
            Cut(),
        )
    )
