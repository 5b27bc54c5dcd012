"""What the units do with the filings that are handed to them, and how reception hands them over the same day.

Whoever works for a unit sees that unit's filings, whoever supervises those of all. A page names what it shows by when
that last changed, so that an old page, or the second of two people, changes nothing and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.deadlines import Alert, Horizon
from domain.filings import FilingMove, FilingStatus
from domain.messages import FilingWords
from server.faults import Refusal
from server.store import filings
from server.store.accounts import Role

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from domain.clock import Micros
    from server.filing.office import Filings, FilingView
    from server.filing.reception import Reception
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.filings import Filing

MOST_SHOWN = 200
"""Of a list; the others come up as these are worked off."""
MOST_AT_ONCE = 500
LONGEST_WORDS = 500

WITH_RECEPTION = (FilingStatus.RECEIVED, FilingStatus.CORRECTED)
DONE_BY_UNITS = frozenset(
    {FilingMove.TAKE, FilingMove.FORWARD, FilingMove.OBSERVE, FilingMove.RESOLVE, FilingMove.ARCHIVE}
)
_URGENT = {alert: place for place, alert in enumerate(Alert)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A filing in a list. ``alert`` is the worst that there is to say of it; ``today`` whether it came there today."""

    filing: Filing
    alert: Alert | None
    today: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """The filings of one unit, or of all for ``unit`` empty; each list the most urgent first.

    ``until`` is the instant up to which it is true: what is done to all of them is done to nothing that came later.
    """

    unit: str
    until: Micros
    to_forward: list[Waiting]
    """With reception still; told to whoever supervises only, as ``observed``."""
    observed: list[Waiting]
    to_take: list[Waiting]
    in_process: list[Waiting]
    resolved: list[Waiting]
    more: int
    """How many are in the lists beyond those shown."""


class Units:
    """The bench of each unit. What is changed is changed at the office's home node only."""

    def __init__(self, *, filings: Filings, offices: Offices, read: Engine) -> None:
        self._filings = filings
        self._offices = offices
        self._read = read

    # --- who sees what ------------------------------------------------------------------------------------------

    @staticmethod
    def may_work(clerk: Clerk) -> bool:
        """Whether somebody has any business here."""
        return bool(clerk.unit) or clerk.role.covers(Role.SUPERVISOR)

    def unit_of(self, clerk: Clerk, asked: str = "") -> str:
        """Whose filings somebody looks at: those of their unit; who supervises chooses, empty for all.

        Raises:
            Refusal: 403 no business here; 404 there is no such unit.
        """
        if not self.may_work(clerk):
            raise Refusal(403, "not_allowed")
        if not clerk.role.covers(Role.SUPERVISOR):
            return clerk.unit
        if asked and self._filings.rules(clerk.office).unit(asked) is None:
            raise Refusal(404, "unknown_unit")
        return asked

    def bench(self, clerk: Clerk, unit: str) -> Bench:
        """The filings of a unit as they stand, without anything personal."""
        now = self._filings.now()
        horizon = Horizon.on(in_lima(now).date(), self._filings.calendar(clerk.office))
        supervises = clerk.role.covers(Role.SUPERVISOR)
        of_one = unit or None
        with self._read.connect() as connection:
            awaited = filings.filings_standing(
                connection,
                clerk.office,
                (*WITH_RECEPTION, FilingStatus.OBSERVED, FilingStatus.FORWARDED, FilingStatus.IN_PROCESS),
                unit=of_one,
            )
            resolved = filings.last_standing(connection, clerk.office, FilingStatus.RESOLVED, unit=of_one)
        rows = sorted((self._waiting(one, horizon) for one in awaited), key=_urgency)

        def standing(*statuses: FilingStatus) -> list[Waiting]:
            return [row for row in rows if row.filing.status in statuses]

        lists = [standing(FilingStatus.FORWARDED), standing(FilingStatus.IN_PROCESS)]
        reception = [standing(*WITH_RECEPTION), standing(FilingStatus.OBSERVED)] if supervises else [[], []]
        more = sum(max(0, len(one) - MOST_SHOWN) for one in (*lists, *reception))
        to_take, in_process, to_forward, observed = (one[:MOST_SHOWN] for one in (*lists, *reception))
        done = [self._waiting(one, horizon) for one in resolved]
        return Bench(unit, now, to_forward, observed, to_take, in_process, done, more)

    @staticmethod
    def _waiting(filing: Filing, horizon: Horizon) -> Waiting:
        changed_on = in_lima(filing.changed_at).date()
        alert = horizon.alert(
            filing.status, due_on=filing.due_on, correct_until=filing.correct_until, changed_on=changed_on
        )
        return Waiting(filing, alert, changed_on == horizon.today)

    def view(self, clerk: Clerk, id_: UUID, address: str) -> FilingView:
        """A filing with what is personal of it; the look is audited. Of another unit's there is nothing to see.

        Raises:
            Refusal: 403 no business here, 404 there is none, or it is another unit's.
        """
        unit = self.unit_of(clerk)
        with self._read.connect() as connection:
            known = filings.filing_by_id(connection, clerk.office, id_)
        if known is None or not _is_theirs(known, clerk, unit):
            raise Refusal(404, "unknown_filing")
        return self._filings.view(clerk, id_, address)

    # --- what is done -------------------------------------------------------------------------------------------

    def act(self, clerk: Clerk, id_: UUID, move: FilingMove, seen: Micros, *, unit: str = "", words: str = "") -> None:
        """Moves a filing that the page showed as it stood since ``seen``; ``unit`` is where to, of a hand-over.

        The same form again finds it done.

        Raises:
            Refusal: 400 nothing is said of what is missing; 403, 404 as `view`; 409 somebody was quicker, the move is
                not legal, or it is called elsewhere.
        """
        own = self.unit_of(clerk)
        told = FilingWords(words.strip()[:LONGEST_WORDS])

        def work(reception: Reception) -> None:
            known = reception.filing(id_, to_change=True)
            if known.changed_at != seen:
                self._was_done(reception, known, clerk, move, unit)
                return
            if not _is_theirs(known, clerk, own):
                raise Refusal(404, "unknown_filing")
            if move is FilingMove.FORWARD:
                reception.forward(id_, unit, told)
            elif move is FilingMove.OBSERVE:
                reception.observe(id_, told)
            else:
                reception.move(id_, move, told)

        if move is FilingMove.OBSERVE and not told.text:
            raise Refusal(400, "nothing_missing")
        if move not in DONE_BY_UNITS:
            raise Refusal(409, "illegal_filing_move", number="")
        self._filings.do(clerk, work)

    @staticmethod
    def _was_done(reception: Reception, known: Filing, clerk: Clerk, move: FilingMove, unit: str) -> None:
        """Lets pass who did just this before; tells everybody else who was quicker."""
        last = filings.steps_of(reception.transaction.connection, known.id)[-1]
        is_same = (last.move, last.actor) == (move.value, clerk.name)
        if is_same and (move is not FilingMove.FORWARD or last.unit == unit):
            return
        raise Refusal(409, "filing_changed", number=known.expediente, who=last.actor, time=f"{in_lima(last.at):%H:%M}")

    def take_all(self, clerk: Clerk, unit: str, until: Micros) -> int:
        """Takes over all that had been handed to the unit by ``until``; returns how many.

        Raises:
            Refusal: 403, 404 as `unit_of`; 409 it is called elsewhere.
        """
        mine = self.unit_of(clerk, unit)
        if not mine:
            raise Refusal(404, "unknown_unit")

        def work(reception: Reception) -> int:
            waiting = self._standing(reception, (FilingStatus.FORWARDED,), until, mine)
            for one in waiting:
                reception.move(one.id, FilingMove.TAKE, FilingWords())
            return len(waiting)

        return self._filings.do(clerk, work)

    def forward_all(self, clerk: Clerk, until: Micros) -> int:
        """Hands each filing that reception had by ``until`` to the unit to which it is addressed; returns how many.

        What is addressed to no unit stays with reception, who chooses one.

        Raises:
            Refusal: 403, neither at a counter nor one who supervises; 409, it is called elsewhere.
        """
        if not clerk.counter and not clerk.role.covers(Role.SUPERVISOR):
            raise Refusal(403, "not_allowed")
        rules = self._filings.rules(clerk.office)

        def work(reception: Reception) -> int:
            standing = self._standing(reception, WITH_RECEPTION, until, None)
            addressed = [one for one in standing if rules.unit(one.unit) is not None]
            for one in addressed:
                reception.forward(one.id, one.unit, FilingWords())
            return len(addressed)

        return self._filings.do(clerk, work)

    @staticmethod
    def _standing(
        reception: Reception, statuses: tuple[FilingStatus, ...], until: Micros, unit: str | None
    ) -> list[Filing]:
        connection = reception.transaction.connection
        found = filings.filings_standing(connection, reception.hand.office, statuses, unit=unit, to_change=True)
        return [one for one in found if one.changed_at <= until][:MOST_AT_ONCE]


def _is_theirs(filing: Filing, clerk: Clerk, unit: str) -> bool:
    """Whether somebody may see it: of their unit, once it was handed over; who supervises sees all."""
    if clerk.role.covers(Role.SUPERVISOR):
        return True
    return filing.unit == unit and filing.status not in {*WITH_RECEPTION, FilingStatus.OBSERVED}


def _urgency(row: Waiting) -> tuple[int, object, object]:
    worst = len(_URGENT) if row.alert is None else _URGENT[row.alert]
    return worst, row.filing.due_on, row.filing.register
