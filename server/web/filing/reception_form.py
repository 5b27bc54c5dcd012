"""The form of reception: filled in with what the kiosk took, and read so that only nonsense keeps anybody out."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from domain.clock import in_lima
from domain.messages import Applicant, FilingPersonal
from server.filing.reception import MOST_ANNEXES, MOST_FOLIOS, Presented
from server.web.admin.forms import Typed, mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.clock import Micros
    from domain.filings import FilingRules
    from domain.messages import Personal
    from domain.office import Office
    from server.store.tickets import Turn

KINDS = ("dni", "ce", "passport", "ruc", "")
LANGUAGES = ("es", "qu", "ay", "en")
LONGEST_NAME = 120
LONGEST_SUBJECT = 300
LONGEST_ANNEX = 160
LONGEST_WORDS = 500
LONGEST_GROUNDS = 4000
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_REFERENCE = re.compile(r"[A-Z0-9 /.:-]{1,64}")


def clean(text: str) -> str:
    """What a database keeps and paper shows of something typed or pasted; lines stay lines."""
    kept = "".join(
        one for one in text.replace("\r\n", "\n") if one in "\n\t" or unicodedata.category(one) not in _UNSEEN
    )
    return unicodedata.normalize("NFC", kept)


def field_of(requirement: str) -> str:
    """The name of the box of a requirement: another one for other words, so that an old page ticks nothing new."""
    return f"has_{hashlib.sha256(requirement.encode()).hexdigest()[:12]}"


def mark_of_requirements(requirements: tuple[str, ...]) -> str:
    """By which a form knows which requirements it showed."""
    return mark_of({field_of(one): one for one in requirements})


def requirements_of(office: Office, service: str) -> tuple[str, ...]:
    """What that service asks people to bring; nothing for none that is known."""
    found = office.service(service)
    return () if found is None else found.requirements


def blank(office: Office, rules: FilingRules) -> dict[str, str]:
    """The form of something that came without a turn."""
    filings = [service.code for service in office.services if service.is_filing]
    service = filings[0] if len(filings) == 1 else ""
    return {
        "form": str(uuid4()),
        "applicant_kind": "dni",
        "presenter_kind": "dni",
        "document_type": rules.types[0].code if rules.types else "",
        "service": service,
        "asked": mark_of_requirements(requirements_of(office, service)),
        "language": "es",
    }


def filled(turn: Turn, person: Personal | None, media: Mapping[str, str], *, is_first: bool) -> dict[str, str]:
    """What is known of a turn at the counter. What the visitor did not say they lack counts as brought.

    ``media`` are the words for what is no paper. Of a second filing only who it is for and how to reach them is known.
    """
    known = {"ticket": str(turn.ticket), "turn_number": str(turn.number), "service": turn.service}
    known |= {"language": turn.language if turn.language in LANGUAGES else "es"}
    if person is None:
        return known
    visitor = {"kind": person.document_kind, "number": person.document_number, "name": person.name}
    principal = {"kind": person.principal_kind, "number": person.principal_number, "name": ""}
    applicant, presenter = (principal, visitor) if person.for_another else (visitor, None)
    known |= _person("applicant", applicant) | (
        _person("presenter", presenter) | {"by_other": "on"} if presenter else {}
    )
    contact = person.contact.strip()
    known |= {"email": contact} if "@" in contact else {"phone": contact}
    known |= {"notices": "on"} if person.notices and "@" in contact else {}
    if not is_first:
        return known
    subject, description = (" ".join(text.split()) for text in (person.subject, person.description))
    known["subject"] = (subject or description)[:LONGEST_SUBJECT]
    known["grounds"] = (
        person.description.strip()[:LONGEST_GROUNDS] if subject or len(description) > LONGEST_SUBJECT else ""
    )
    known["media"] = "\n".join(media.get(one, one) for one in person.media)
    known["declared"] = "" if person.folios is None else str(person.folios)
    return known


def _person(who: str, values: Mapping[str, str]) -> dict[str, str]:
    kind = values["kind"] if values["kind"] in KINDS else ""
    return {f"{who}_kind": kind, f"{who}_number": values["number"], f"{who}_name": values["name"]}


def ticked(requirements: tuple[str, ...], missing: tuple[str, ...] = ()) -> dict[str, str]:
    """Every box of those requirements but of what is missing."""
    return {field_of(one): "on" for one in requirements if one not in missing}


@dataclass(frozen=True, slots=True)
class Read:
    """A form as it was read. ``reference`` is the expediente to which it says that it belongs, in capitals."""

    presented: Presented
    reference: str
    declared: int | None
    asked_otherwise: bool
    """Its page showed other requirements than those of the service now."""


class Sent(Typed):
    """A form of reception that was sent. What nobody can see is left out, not refused: it came with pasted text."""

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__({clean(name)[:64]: clean(text) for name, text in data.items()})

    def _clean(self, name: str, text: str) -> str:
        del name
        return text.strip()

    @property
    def ticket(self) -> UUID | None:
        """The turn that it says brought it."""
        return uuid_of(self._data.get("ticket", ""))

    @property
    def id(self) -> UUID | None:
        """The form's own name."""
        return uuid_of(self._data.get("form", ""))

    def read(self, office: Office, rules: FilingRules, turn: Turn | None) -> Read:
        """Everything; what cannot be used is noted (`Typed.faults`)."""
        service = self.choice("service", ["", *(one.code for one in office.services)])
        requirements = requirements_of(office, service)
        declared = self._data.get("declared", "")
        reference = self.line("about", most=64).upper()
        presented = Presented(
            id=self.id or uuid4(),
            ticket=None if turn is None else turn.ticket,
            came_at=came_at(turn),
            document_type=self.choice("document_type", [one.code for one in rules.types] or [""]),
            service=service,
            unit=self.choice("unit", ["", *(one.code for one in rules.units)]),
            folios=self.folios(),
            personal=self.personal(requirements),
            missing=tuple(one for one in requirements if not self.ticked(field_of(one))),
            words=self.line("words", most=LONGEST_WORDS),
        )
        is_odd = bool(reference) and not _REFERENCE.fullmatch(reference)
        return Read(
            presented,
            "" if is_odd else reference,
            int(declared) if re.fullmatch(r"[0-9]{1,6}", declared) else None,
            self._data.get("asked", "") != mark_of_requirements(requirements),
        )

    def personal(self, requirements: tuple[str, ...]) -> FilingPersonal:
        """Who presents what, and where they are reached."""
        return FilingPersonal(
            applicant=self.applicant("applicant"),
            presenter=self.applicant("presenter") if self.ticked("by_other") else None,
            subject=self.line("subject", most=LONGEST_SUBJECT),
            email=self.line("email", most=LONGEST_NAME),
            phone=self.line("phone", most=40),
            domicile=self.line("domicile", most=200),
            notices=self.ticked("notices"),
            notices_sms=self.ticked("notices_sms"),
            annexes=self.lines("annexes", most=LONGEST_ANNEX, most_lines=MOST_ANNEXES),
            media=self.lines("media", most=LONGEST_ANNEX, most_lines=20),
            fulfilled=tuple(one for one in requirements if self.ticked(field_of(one))),
            grounds=self.several("grounds", most=LONGEST_GROUNDS),
            language=self.choice("language", LANGUAGES),
        )

    def folios(self) -> int:
        """The sheets, counted: they stand on the cargo (art. 124.2)."""
        text = self._data.get("folios", "").strip()
        if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= MOST_FOLIOS:
            return int(text)
        self.refuse("folios", "folios")
        return 1

    def applicant(self, who: str) -> Applicant:
        """Somebody: ``who`` begins the names of their fields."""
        kind = self.choice(f"{who}_kind", KINDS)
        number = self.line(f"{who}_number", most=20).upper()
        return Applicant(kind, number, self.line(f"{who}_name", most=LONGEST_NAME))

    def several(self, name: str, *, most: int) -> str:
        """Several lines, as they were typed."""
        text = self._data.get(name, "").strip()
        if len(text) > most:
            self.refuse(name, "too_long", str(most))
        return text


def came_at(turn: Turn | None) -> Micros | None:
    """When whoever brings it came to the office: who took a turn within hours has presented that day (art. 138.4)."""
    return None if turn is None else turn.issued_at


def is_of_today(turn: Turn, now: Micros) -> bool:
    """Whether the turn was taken today."""
    return turn.business_day == in_lima(now).date()


def uuid_of(text: str) -> UUID | None:
    """The UUID that was sent, None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
