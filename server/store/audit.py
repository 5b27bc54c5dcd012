"""The audit log as it is read: who did or looked at what, when and from where (D.S. 016-2024-JUS art. 46.3).

Nothing is ever taken out of it; the law wants it kept for two years at least, at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, select, tuple_, type_coerce

from domain.tickets import QueueNumber
from server.store.schema import account, audit, ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

    from domain.clock import Micros


Place = tuple[int, int]
"""Where a line stands in the log: its instant, and its id among those of one instant."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the log. ``number`` is that of the turn it concerns, None where ``subject`` is no turn's id."""

    id: int
    at: Micros
    actor: str
    action: str
    subject: str
    number: QueueNumber | None
    address: str
    detail: str

    @property
    def place(self) -> Place:
        """Where it stands in the log."""
        return self.at, self.id


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines somebody wants: from ``since`` on, before ``until``, of an actor, of an action (None for all)."""

    office: str
    since: Micros
    until: Micros
    actor: str | None = None
    action: str | None = None


def deeds(connection: Connection, sought: Sought, *, before: Place | None, limit: int) -> list[Deed]:
    """The newest such lines before that place in the log, the newest first."""
    return [_deed(row) for row in connection.execute(_older(sought, before).limit(limit))]


def _older(sought: Sought, before: Place | None) -> Select[Any]:
    found = (
        select(audit, ticket.c.series, ticket.c.n)
        .outerjoin(ticket, (type_coerce(ticket.c.id, String) == audit.c.subject) & (ticket.c.office == audit.c.office))
        .where(audit.c.office == sought.office, audit.c.at >= sought.since, audit.c.at < sought.until)
        .order_by(audit.c.at.desc(), audit.c.id.desc())
    )
    if sought.actor is not None:
        found = found.where(audit.c.actor == sought.actor)
    if sought.action is not None:
        found = found.where(audit.c.action == sought.action)
    return found if before is None else found.where(tuple_(audit.c.at, audit.c.id) < before)


def _deed(row: Any) -> Deed:
    number = None if row.series is None else QueueNumber(row.series, row.n)
    return Deed(row.id, row.at, row.actor, row.action, row.subject, number, row.address, row.detail)


def actors(connection: Connection) -> Sequence[str]:
    """Every account, disabled ones too: whoever can have done something."""
    return connection.execute(select(account.c.name).order_by(account.c.name)).scalars().all()
