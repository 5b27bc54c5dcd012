"""The ticket on paper: what it says, in what order, in how few bytes.

It carries no name and no whole document number: paper is dropped on floors. It says that it is not the *cargo*,
which only the clerk can give (Ley 27444 art. 124.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.tickets import QueueNumber  # noqa: TC001 - read when facts are kept as JSON
from drivers.printer.words import Align, Cut, Feed, Logo, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from domain.calendar import Hours
    from domain.office import Office
    from kiosk.texts import Texts

_BRING_CHARS = 84
"""Of what to bring, in all: two lines of 42 characters."""
_LEAST_CHARS = 18


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What one ticket's paper tells.

    ``document`` is masked, or empty where none was shown; ``folios`` are the sheets that the visitor says they bring,
    None where nobody asked. ``bring`` are the requirements that they lack. ``code`` is what a person types who cannot
    scan, ``url`` what the QR says.
    """

    number: QueueNumber
    service: str
    document: str
    issued_at: Micros
    code: str = field(repr=False)
    url: str = field(repr=False)
    folios: int | None = None
    bring: tuple[str, ...] = ()


def ticket_slip(facts: SlipFacts, office: Office, texts: Texts, *, copy: int = 0) -> Slip:
    """The slip for ``facts``, in the language of ``texts``; a ``copy`` says so, for the first may turn up later."""
    when = f"{in_lima(facts.issued_at):%d/%m/%Y %H:%M}"
    said = (facts.document, "" if facts.folios is None else texts.t("slip.folios", count=facts.folios))
    centre = Align.CENTRE
    return Slip(
        (
            *((Text(texts.t("slip.copy", copy=copy), align=centre, bold=True),) if copy else ()),
            Logo(),
            Text(office.entity, align=centre, bold=True),
            Text(office.name, align=centre),
            Feed(2),
            Number(str(facts.number)),
            Feed(2),
            Text(facts.service, align=centre, bold=True),
            Text("  ".join(filter(None, (when, *said))), align=centre),
            *((Text(texts.t("slip.bring", what=_shortened(facts.bring)), align=centre),) if facts.bring else ()),
            Text(texts.t("slip.wait"), align=centre),
            Qr(facts.url),
            Text(texts.t("slip.code", code=facts.code), align=centre, bold=True),
            Feed(1),
            Text(texts.t("slip.not_cargo"), align=centre),
            Text(texts.t("slip.hours", **_hours(office.hours, texts)), align=centre),
            Feed(1),
            Cut(),
        )
    )


def staff_slip(office: Office, now: Micros, texts: Texts) -> Slip:
    """A short slip by which staff see that the printer prints and cuts; it says that it is no ticket."""
    lines = (texts.t("slip.test"), f"{office.entity} - {office.name}", f"{in_lima(now):%d/%m/%Y %H:%M}")
    return Slip((*(Text(line, align=Align.CENTRE, bold=not place) for place, line in enumerate(lines)), Feed(2), Cut()))


def void_slip(texts: Texts) -> Slip:
    """What goes out behind a ticket that was left unfinished, on the same strip or alone."""
    return Slip((Text(texts.t("slip.void"), align=Align.CENTRE, bold=True), Feed(2), Cut()))


def _shortened(requirements: tuple[str, ...]) -> str:
    """What to bring in about two lines: every requirement by its beginning, for the screen had the whole."""
    chars = max(_LEAST_CHARS, _BRING_CHARS // len(requirements))
    told = (text if len(text) <= chars else text[: chars - 3].rstrip(" ,;.") + "..." for text in requirements)
    return "; ".join(told)


def _hours(hours: Hours, texts: Texts) -> dict[str, str]:
    names = [texts.weekday(day) for day in sorted(hours.weekdays)]
    in_a_row = max(hours.weekdays) - min(hours.weekdays) == len(hours.weekdays) - 1 > 1
    days = texts.t("slip.days", first=names[0], last=names[-1]) if in_a_row else ", ".join(names)
    return {"days": days, "opens": texts.time(hours.opens), "closes": texts.time(hours.closes)}
