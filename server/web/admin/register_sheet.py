"""The rows of the register's exports, in the words of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.exports import Cell, Column
from server.web.admin.sheets import wall

if TYPE_CHECKING:
    import gettext
    from collections.abc import Iterable, Iterator, Mapping

    from domain.filings import FilingRules
    from domain.messages import Applicant
    from server.filing.register import Entry


def columns(texts: gettext.NullTranslations) -> list[Column]:
    """The columns of `rows`."""
    return [
        Column(texts.gettext("register.number"), 20),
        Column(texts.gettext("register.expediente"), 24),
        Column(texts.gettext("register.received"), 19),
        Column(texts.gettext("register.nature"), 20),
        Column(texts.gettext("register.sender"), 36),
        Column(texts.gettext("register.sender_document"), 20),
        Column(texts.gettext("register.presenter"), 36),
        Column(texts.gettext("register.addressee"), 32),
        Column(texts.gettext("register.folios"), 8),
        Column(texts.gettext("register.annexes"), 8),
        Column(texts.gettext("register.about"), 24),
        Column(texts.gettext("register.presented"), 12),
        Column(texts.gettext("register.due"), 12),
        Column(texts.gettext("register.status"), 18),
        Column(texts.gettext("register.clerk"), 28),
    ]


def rows(
    entries: Iterable[Entry], rules: FilingRules, names: Mapping[str, str], texts: gettext.NullTranslations
) -> Iterator[list[Cell]]:
    """A row an entry, and a row a gap with its reason in the place of the nature."""
    statuses, reasons, units = status_words(texts), gap_words(texts), unit_names(rules)
    unreadable = texts.gettext("register.unreadable")
    width = len(columns(texts))
    for one in entries:
        if one.gap is not None:
            numbers = f"{one.year}: {one.gap.first} - {one.gap.last}"
            told: list[Cell] = [numbers, None, None, reasons.get(one.gap.reason, one.gap.reason)]
            yield told + [None] * (width - len(told))
        if one.filing is None:
            continue
        filing, personal = one.filing, one.personal
        yield [
            str(filing.register),
            filing.expediente,
            wall(filing.received_at),
            rules.type_name(filing.document_type),
            unreadable if personal is None else personal.applicant.name,
            "" if personal is None else document(personal.applicant),
            "" if personal is None or personal.presenter is None else _named(personal.presenter),
            units.get(filing.unit, filing.unit),
            filing.folios,
            filing.annexes,
            filing.about,
            filing.presented_on,
            filing.due_on,
            statuses[filing.status.value],
            names.get(filing.clerk, filing.clerk),
        ]


def document(person: Applicant) -> str:
    """A person's document: its kind in capitals and its number."""
    return f"{person.kind.upper()} {person.number}".strip() if person.number else ""


def _named(person: Applicant) -> str:
    return ", ".join(word for word in (person.name, document(person)) if word)


def unit_names(rules: FilingRules) -> dict[str, str]:
    """What the units are called, by code."""
    return {unit.code: unit.name for unit in rules.units}


def gap_words(texts: gettext.NullTranslations) -> dict[str, str]:
    """Why numbers are missing."""
    return {
        "restored": texts.gettext("register.gap_restored"),
        "year_over": texts.gettext("register.gap_year_over"),
        "": texts.gettext("register.gap_unexplained"),
    }


def status_words(texts: gettext.NullTranslations) -> dict[str, str]:
    """Where a filing stands."""
    return {
        "received": texts.gettext("register.status_received"),
        "observed": texts.gettext("register.status_observed"),
        "corrected": texts.gettext("register.status_corrected"),
        "forwarded": texts.gettext("register.status_forwarded"),
        "in_process": texts.gettext("register.status_in_process"),
        "resolved": texts.gettext("register.status_resolved"),
        "archived": texts.gettext("register.status_archived"),
        "lapsed": texts.gettext("register.status_lapsed"),
    }
