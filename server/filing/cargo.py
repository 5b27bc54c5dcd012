"""The facts of a cargo: what the citizen takes home of a reception (Ley 27444 art. 124.2).

Hour, date and place, folios, documents, numbers, who received, what is missing. What was sealed to another key is left
out: such a cargo says what can still be said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.filings import FilingMove
from domain.tracking import filing_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from domain.clock import Micros
    from domain.filings import FilingRules
    from domain.messages import Applicant, FilingPersonal
    from domain.office import Office
    from server.filing.office import FilingView, StepRead
    from server.store.filings import Filing, Step

GROUP = 4
"""Characters of a code that stand together where people read it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was missing, and until when it can be brought; after that the filing counts as not presented (art. 125)."""

    at: Micros
    until: date
    missing: tuple[str, ...] = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """What was brought later."""

    at: Micros
    folios: int
    annexes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cargo:
    """What one cargo tells. ``folios`` and ``annexes`` (their number) are those of the reception itself.

    ``presented_on`` is None where it is the day of reception. ``applicant`` is None where the personal part cannot be
    read: then there is no subject, list, address or key either. ``presenter`` is who came, where that is another.
    ``page`` is the address of the filing's page, empty where unknown, ``key`` what opens it together with the number.
    ``code`` has its `GROUP` hyphens nowhere; ``check`` is the address at which it is checked.
    """

    filing: UUID
    office: str
    entity: str
    office_name: str
    address: str
    counter: str
    register: str
    expediente: str
    about: str
    received_at: Micros
    presented_on: date | None
    document_type: str
    unit: str
    folios: int
    annexes: int
    receiver: str
    code: str
    check: str
    applicant: Applicant | None = field(repr=False)
    presenter: Applicant | None = field(repr=False)
    subject: str = field(repr=False)
    documents: tuple[str, ...] = field(repr=False)
    media: tuple[str, ...] = field(repr=False)
    page: str = field(repr=False)
    key: str = field(repr=False)
    observation: Observation | None = None
    correction: Correction | None = None

    @property
    def last_word_at(self) -> Micros:
        """When the last of what it tells happened."""
        told = (self.observation, self.correction)
        return max(self.received_at, *(word.at for word in told if word is not None), self.received_at)


def cargo_of(view: FilingView, office: Office, rules: FilingRules, names: Mapping[str, str]) -> Cargo:
    """The cargo of a filing; ``names`` are the accounts' full names."""
    filing, personal = view.filing, view.personal
    base = office.tracking_base_url.rstrip("/")
    first = received(filing, [read.step for read in view.steps])
    unit = rules.unit(first.unit)
    return Cargo(
        filing=filing.id,
        office=filing.office,
        entity=office.entity,
        office_name=office.name,
        address=office.address,
        counter=filing.counter,
        register=str(filing.register),
        expediente=filing.expediente,
        about=filing.about,
        received_at=filing.received_at,
        presented_on=None if filing.presented_on == in_lima(filing.received_at).date() else filing.presented_on,
        document_type=rules.type_name(filing.document_type),
        unit=first.unit if unit is None else unit.name,
        folios=first.folios,
        annexes=first.annexes,
        receiver=names.get(filing.clerk, filing.clerk),
        code=filing.code,
        check=f"{base}/verify/{grouped(filing.code)}",
        applicant=None if personal is None else personal.applicant,
        presenter=None if personal is None else personal.presenter,
        subject="" if personal is None else personal.subject,
        documents=() if personal is None else personal.annexes,
        media=() if personal is None else personal.media,
        page=_page(base, personal),
        key="" if personal is None else personal.key,
        observation=_observation(view.steps),
        correction=_correction(view.steps),
    )


@dataclass(frozen=True, slots=True)
class Received:
    """What the reception took in, whatever was brought later; ``unit`` is to whom it was addressed."""

    folios: int
    annexes: int
    unit: str


def received(filing: Filing, steps: Sequence[Step]) -> Received:
    """What came with the reception; of a filing whose first step is not known here, what is known of it now."""
    first = next((step for step in steps if step.move == "received"), None)
    if first is None:
        return Received(filing.folios, filing.annexes, filing.unit)
    return Received(first.folios, first.annexes, first.unit)


def grouped(code: str) -> str:
    """A code as people read and type it: ``K7QM-2XTP-R4VZ``."""
    return "-".join(code[place : place + GROUP] for place in range(0, len(code), GROUP))


def _page(base: str, personal: FilingPersonal | None) -> str:
    if personal is None or not personal.token:
        return ""
    return filing_url(base, bytes.fromhex(personal.token))


def _observation(steps: Sequence[StepRead]) -> Observation | None:
    for read in steps:
        if read.step.move == FilingMove.OBSERVE.value and read.step.correct_until is not None:
            missing, words = ((), "") if read.words is None else (read.words.missing, read.words.text)
            return Observation(read.step.at, read.step.correct_until, missing, words)
    return None


def _correction(steps: Sequence[StepRead]) -> Correction | None:
    for read in steps:
        if read.step.move == FilingMove.CORRECT.value:
            return Correction(read.step.at, read.step.folios, () if read.words is None else read.words.annexes)
    return None
