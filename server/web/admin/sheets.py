"""The rows of the exports, in the words of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from server.exports import Cell, Column

if TYPE_CHECKING:
    import gettext
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from server.store.audit import Deed
    from server.store.history import Line

_MINUTE_US = 60 * 1_000_000


def download(name: str) -> dict[str, str]:
    """The headers that make a browser keep an answer as a file of that name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def stay_columns(texts: gettext.NullTranslations) -> list[Column]:
    """The columns of `stay_rows`."""
    return [
        Column(texts.gettext("export.day"), 12),
        Column(texts.gettext("export.number"), 10),
        Column(texts.gettext("export.service"), 32),
        Column(texts.gettext("export.class"), 12),
        Column(texts.gettext("export.counter"), 11),
        Column(texts.gettext("export.clerk"), 28),
        Column(texts.gettext("export.issued"), 19),
        Column(texts.gettext("export.waiting_since"), 19),
        Column(texts.gettext("export.called"), 19),
        Column(texts.gettext("export.served"), 19),
        Column(texts.gettext("export.ended"), 19),
        Column(texts.gettext("export.calls"), 10),
        Column(texts.gettext("export.outcome"), 16),
        Column(texts.gettext("export.waited"), 13),
        Column(texts.gettext("export.attended"), 13),
    ]


def stay_rows(
    lines: Iterable[Line], services: Mapping[str, str], names: Mapping[str, str], texts: gettext.NullTranslations
) -> Iterator[list[Cell]]:
    """A row a stay, as the lines come. Nothing of the visitor but the number on the paper."""
    outcomes = {
        None: texts.gettext("outcome.open"),
        "done": texts.gettext("outcome.done"),
        "absent": texts.gettext("outcome.absent"),
        "parked": texts.gettext("outcome.parked"),
        "transferred": texts.gettext("outcome.transferred"),
    }
    preferential, ordinary = texts.gettext("outcome.preferential"), texts.gettext("outcome.ordinary")
    for line in lines:
        stay = line.stay
        yield [
            stay.day,
            str(line.number),
            services.get(stay.service, stay.service),
            preferential if stay.preferential else ordinary,
            int(stay.counter) if stay.counter.isdecimal() else stay.counter,
            names.get(stay.clerk, stay.clerk),
            wall(line.issued_at),
            wall(stay.waiting_since),
            wall(stay.called_at),
            wall(stay.serving_at),
            wall(stay.ended_at),
            stay.calls,
            outcomes.get(stay.outcome, stay.outcome),
            minutes(stay.waited),
            minutes(stay.attended),
        ]


def deed_columns(texts: gettext.NullTranslations) -> list[Column]:
    """The columns of `deed_row`."""
    return [
        Column(texts.gettext("export.when"), 19),
        Column(texts.gettext("export.who"), 20),
        Column(texts.gettext("export.what"), 32),
        Column(texts.gettext("export.action"), 20),
        Column(texts.gettext("export.subject"), 38),
        Column(texts.gettext("export.detail"), 40),
        Column(texts.gettext("export.address"), 18),
    ]


def deed_row(deed: Deed, words: Mapping[str, str]) -> list[Cell]:
    """A line of the audit log; ``words`` say in Spanish what was done."""
    subject = deed.subject if deed.number is None else str(deed.number)
    what = words.get(deed.action, deed.action)
    return [wall(deed.at), deed.actor, what, deed.action, subject, deed.detail, deed.address]


def wall(instant: Micros | None) -> datetime | None:
    """An instant as Lima's clock on the wall shows it, to the second; a spreadsheet knows no zones."""
    return None if instant is None else in_lima(instant).replace(microsecond=0, tzinfo=None)


def minutes(duration: int | None) -> float | None:
    """Microseconds as minutes, to the tenth."""
    return None if duration is None else round(duration / _MINUTE_US, 1)
