"""The ticket on paper: what it says, in what order, in how few bytes.

It carries no name and no whole document number: paper is dropped on floors. It says that it is not the *cargo*,
which only the clerk can give (Ley 27444 art. 124.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.clock import in_lima
from drivers.printer.words import Align, Cut, Feed, Logo, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from domain.clock import Micros
    from domain.office import Office
    from domain.tickets import QueueNumber
    from kiosk.texts import Texts


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What one ticket's paper tells. ``document`` is masked, or empty where none was shown."""

    number: QueueNumber
    service: str
    document: str
    issued_at: Micros
    url: str = field(repr=False)


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
            Text(texts.t("slip.not_cargo"), align=centre),
            Feed(3),
            Cut(),
        )
    )
