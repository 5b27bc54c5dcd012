"""The ticket on paper: what it says, in what order, in how few bytes; and the cargo, which is no ticket.

The ticket carries no name and no whole document number: paper is dropped on floors. It says that it is not the *cargo*,
which only the clerk can give (Ley 27444 art. 124.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.tickets import QueueNumber  # noqa: TC001 - read when facts are kept as JSON
from drivers.printer.words import Align, Cut, Feed, Logo, Number, Qr, Slip, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.calendar import Hours
    from domain.messages import CargoCopy, CargoList
    from domain.office import Office
    from kiosk.texts import Texts

_BRING_CHARS = 84
"""Of what to bring, in all: two lines of 42 characters."""
_LEAST_CHARS = 18
_LARGE_CHARS = 16
"""Of a number in letters of double width, on paper of 58 mm."""
_CARGO_LETTERS = 2_300
"""Of a whole cargo: with a QR that is drawn dot by dot it fits a printer's buffer of 3,900 bytes."""
_CARGO_CHARS = (240, 120, 60, 30)
"""Of each thing that a cargo tells, in turn until it fits."""
_NAME_CHARS, _ITEM_CHARS = 96, 64
_LIST_SHARE = 4
_LINE_CHARS = 28
"""On which whoever received may sign."""


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


def cargo_slip(cargo: CargoCopy, texts: Texts) -> Slip:
    """The cargo, in the server's own words (`server.filing.cargo_words`), as far as a printer's buffer holds them.

    What is too long is shortened and says so: the PDF, and the register, have the whole.
    """
    slips = (_cargo_slip(cargo, texts, chars) for chars in _CARGO_CHARS)
    return next(
        (slip for slip in slips if _letters(slip) <= _CARGO_LETTERS), _cargo_slip(cargo, texts, _CARGO_CHARS[-1])
    )


def _cargo_slip(cargo: CargoCopy, texts: Texts, chars: int) -> Slip:
    """The cargo with at most so many letters of each thing that it tells, and a few times as many of its lists."""
    centre = Align.CENTRE
    return Slip(
        (
            *((Text(texts.t("slip.copy", copy=cargo.copy - 1), align=centre, bold=True),) if cargo.copy > 1 else ()),
            Logo(),
            Text(_cut(cargo.entity, _NAME_CHARS), align=centre, bold=True),
            Text(_cut(cargo.office, _NAME_CHARS), align=centre),
            Feed(2),
            Text(cargo.title.upper(), align=centre, bold=True),
            Text(cargo.number, size=2 if len(cargo.number) <= _LARGE_CHARS else 1, align=centre, bold=True),
            Feed(2),
            *(Text(f"{row.label}: {_cut(row.text, chars)}") for row in cargo.rows),
            *_listed(cargo.lists, chars),
            *((Feed(2),) if cargo.warning else ()),
            *_warned(cargo.warning, chars),
            Feed(2),
            Text(f"{cargo.receiver.label}: {_cut(cargo.receiver.text, _NAME_CHARS)}"),
            Feed(11),
            Text("_" * _LINE_CHARS, align=centre),
            Text(cargo.by_hand, align=centre),
            Qr(cargo.url),
            *(Text(words, align=centre) for words in cargo.follow),
            Feed(1),
            *(Text(words, align=centre) for words in cargo.check[:1]),
            Text(cargo.code, align=centre, bold=True),
            *(Text(words, align=centre) for words in cargo.check[1:]),
            Feed(1),
            Text(cargo.foot, align=centre, bold=True),
            Feed(1),
            Cut(),
        )
    )


def _letters(slip: Slip) -> int:
    return sum(len(element.text) + 1 for element in slip.elements if isinstance(element, Text))


def _warned(warning: tuple[str, ...], chars: int) -> Iterator[Text]:
    """What is missing; the last paragraph, which says until when and what happens else, is never shortened."""
    for place, words in enumerate(warning):
        is_last = place == len(warning) - 1
        yield Text(words if is_last else _cut(words, chars), bold=is_last or not place)


def _listed(lists: tuple[CargoList, ...], chars: int) -> Iterator[Text | Feed]:
    """Each list, of which the first things stand there, and how many more there are."""
    for listed in lists:
        yield Feed(1)
        yield Text(listed.heading, bold=True)
        room = _LIST_SHARE * chars // len(lists)
        for place, item in enumerate(listed.items):
            words = _cut(item, _ITEM_CHARS)
            room -= len(words) + 4
            if room < 0:
                yield Text(f"+ {len(listed.items) - place}")
                break
            yield Text(f"{place + 1}. {words}")


def _cut(words: str, chars: int) -> str:
    return words if len(words) <= chars else words[: chars - 3].rstrip(" ,;.") + "..."


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
    return "; ".join(_cut(text, chars) for text in requirements)


def _hours(hours: Hours, texts: Texts) -> dict[str, str]:
    names = [texts.weekday(day) for day in sorted(hours.weekdays)]
    in_a_row = max(hours.weekdays) - min(hours.weekdays) == len(hours.weekdays) - 1 > 1
    days = texts.t("slip.days", first=names[0], last=names[-1]) if in_a_row else ", ".join(names)
    return {"days": days, "opens": texts.time(hours.opens), "closes": texts.time(hours.closes)}
