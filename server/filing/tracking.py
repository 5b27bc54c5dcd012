"""What a citizen may know of a filing: where it stands and what comes next, and nothing more (art. 160).

No name, no document, no subject, and of those who work on it only their unit. It is the same at the home node and at
the centre, which follows the office's events and says how old they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.deadlines import Next, next_step
from domain.filings import KEY_CHARS, key_hash, plain_number, token_hash, typed
from domain.messages import FilingStanding
from domain.tracking import parse_filing_code
from server.brake import WrongTries
from server.faults import Refusal
from server.filing.reception import last_day_to_correct
from server.store import filings

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock, Micros
    from domain.filings import FilingStatus
    from server.offices import Offices
    from server.store.filings import Filing

WRONG_TRIES = 5
LONGEST_TYPED = 96
"""So many letters of a number or a key are looked at; both are far shorter."""
_NO_KEY = "?" * KEY_CHARS


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One thing that happened: ``move`` is ``received`` or a `FilingMove`'s value, ``unit`` a name, empty for none."""

    day: date
    move: str
    unit: str
    correct_until: date | None


@dataclass(frozen=True, slots=True)
class FollowedFiling:
    """A filing as its citizen sees it. ``unit`` is the name of where it is, or goes; empty for no unit.

    ``since`` is the day since which it stands so. ``as_of`` is as of when its office says so, where nothing was heard
    of that for a while; None where it is as now.
    """

    office: str
    expediente: str
    register: str
    status: FilingStatus
    next: Next
    unit: str
    since: date
    presented_on: date
    due_on: date
    correct_until: date | None
    steps: tuple[PublicStep, ...]
    as_of: Micros | None

    def standing(self) -> FilingStanding:
        """The same for a kiosk."""
        return FilingStanding(
            expediente=self.expediente,
            register=self.register,
            status=self.status.value,
            next=self.next.value,
            unit=self.unit,
            since=self.since,
            presented_on=self.presented_on,
            due_on=self.due_on,
            correct_until=self.correct_until,
            as_of=self.as_of,
        )


class FilingTracking:
    """The pages behind the cargo's QR, and behind an expediente's number and key."""

    def __init__(self, *, offices: Offices, clock: Clock, read: Engine) -> None:
        self._offices = offices
        self._clock = clock
        self._read = read
        self._tries = WrongTries(clock, most=WRONG_TRIES)

    def by_code(self, text: str) -> FollowedFiling:
        """The filing that a cargo's QR opens.

        Raises:
            Refusal: 404, none here has that token; it may be on its way.
        """
        token = parse_filing_code(text)
        with self._read.connect() as connection:
            found = None if token is None else filings.filing_by_token(connection, token_hash(token))
            if found is None:
                raise Refusal(404, "unknown_cargo")
            return self._followed(connection, found)

    def by_number(self, number: str, key: str, asker: str) -> FollowedFiling:
        """The filing of an expediente's number together with the key on its cargo; ``asker`` is where it comes from.

        A wrong number and a wrong key take the same looks, and are answered alike.

        Raises:
            Refusal: 404 not these two, 429 too many wrong ones of this number or from this asker.
        """
        plain = plain_number(number[:LONGEST_TYPED])
        tried = (f"number {plain}", f"asker {asker}")
        self._tries.begin(*tried)
        hashed = key_hash(plain, typed(key[:LONGEST_TYPED], KEY_CHARS) or _NO_KEY)
        with self._read.connect() as connection:
            found = filings.filing_by_key(connection, hashed)
            if found is None:
                raise Refusal(404, "wrong_number_or_key")
            self._tries.was_right(*tried)
            return self._followed(connection, found)

    def of_ticket(self, ticket: UUID) -> list[FollowedFiling]:
        """What was received from that turn, in the order of the register."""
        with self._read.connect() as connection:
            return [self._followed(connection, found) for found in filings.filings_of_ticket(connection, ticket)]

    def _followed(self, connection: Connection, found: Filing) -> FollowedFiling:
        now, rules = self._clock.now(), self._offices.filing_rules_of(found.office)

        def name(code: str) -> str:
            unit = rules.unit(code)
            return code if unit is None else unit.name

        steps = tuple(
            PublicStep(step.day, step.move, name(step.unit), step.correct_until)
            for step in filings.steps_of(connection, found.id)
        )
        today, office = in_lima(now).date(), self._offices.of(found.office) or self._offices.main
        until = last_day_to_correct(found, office.calendar, rules) or found.correct_until
        return FollowedFiling(
            office=found.office,
            expediente=found.expediente,
            register=str(found.register),
            status=found.status,
            next=next_step(found.status, today, due_on=found.due_on, correct_until=until),
            unit=name(found.unit),
            since=in_lima(found.changed_at).date(),
            presented_on=found.presented_on,
            due_on=found.due_on,
            correct_until=until,
            steps=steps,
            as_of=self._offices.stale_since(found.office, now),
        )
