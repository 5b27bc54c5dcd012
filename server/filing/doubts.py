"""What may be wrong with something presented. It is told to whoever receives it, and keeps nobody from receiving it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from domain.documents import Document, DocumentKind, parse_number

if TYPE_CHECKING:
    from domain.messages import Applicant
    from server.filing.reception import Presented

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")


class Doubt(Enum):
    """Something to look at once more. A page words each of them."""

    NO_NAME = "no_name"
    NO_NUMBER = "no_number"
    ODD_NUMBER = "odd_number"
    NO_PRESENTER = "no_presenter"
    ODD_PRESENTER = "odd_presenter"
    NO_SUBJECT = "no_subject"
    NO_UNIT = "no_unit"
    ODD_EMAIL = "odd_email"
    NO_ADDRESS = "no_address"
    """Neither e-mail nor domicile: nothing could ever be notified."""
    NO_EMAIL = "no_email"
    """They consent to be told by e-mail, and gave none."""
    OTHER_FOLIOS = "other_folios"
    """The visitor counted another number of folios."""
    UNKNOWN_EXPEDIENTE = "unknown_expediente"


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What the form itself does not say: the visitor's own count (None for none), the office's, the number sought."""

    declared: int | None = None
    has_units: bool = False
    is_expediente_unknown: bool = False


def doubts(presented: Presented, known: Circumstance) -> tuple[Doubt, ...]:
    """Everything that may be wrong, in the order of the form."""
    personal = presented.personal
    email = personal.email
    found = {
        Doubt.NO_NAME: not personal.applicant.name,
        Doubt.NO_NUMBER: not personal.applicant.number,
        Doubt.ODD_NUMBER: is_odd(personal.applicant),
        Doubt.NO_PRESENTER: personal.presenter is not None
        and not (personal.presenter.name or personal.presenter.number),
        Doubt.ODD_PRESENTER: personal.presenter is not None and is_odd(personal.presenter),
        Doubt.NO_SUBJECT: not personal.subject,
        Doubt.NO_UNIT: known.has_units and not presented.unit,
        Doubt.OTHER_FOLIOS: known.declared is not None and known.declared != presented.folios,
        Doubt.UNKNOWN_EXPEDIENTE: known.is_expediente_unknown,
        Doubt.ODD_EMAIL: bool(email) and not _EMAIL.fullmatch(email),
        Doubt.NO_EMAIL: personal.notices and not email,
        Doubt.NO_ADDRESS: not email and not personal.domicile,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def is_odd(person: Applicant) -> bool:
    """Whether that number cannot be of that kind; no number is not odd."""
    kinds = {kind.value: kind for kind in DocumentKind if kind is not DocumentKind.NONE}
    kind = kinds.get(person.kind)
    return bool(person.number) and kind is not None and not isinstance(parse_number(kind, person.number), Document)
