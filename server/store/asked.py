"""What a centre asks of an office's home node, one row a thing; at the home node, what it last decided of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update

from domain.asked import AskAnswered, Asked, Kept, OfficeRoster
from domain.messages import Stream, from_json, to_json
from server.store.dialect import upsert
from server.store.homes import home_of
from server.store.log import stored_as, streams_of
from server.store.moves import life_of
from server.store.schema import asked, office_roster

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros

MOST_AT_ONCE = 8
"""How many requests one exchange brings down: with the largest of them an answer stays within its bounds."""
_VERSIONS_OF_A_LIFE = 2**24
"""A centre that was put back asks under higher versions than before, whatever it forgot."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is asked, since when, and what came of it: ``answered_at`` None while the home node has not decided."""

    asked: Asked
    asked_at: Micros
    answered_at: Micros | None
    answered_life: int
    is_done: bool
    kept: tuple[Kept, ...]

    @property
    def is_open(self) -> bool:
        """Whether the home node has still to decide."""
        return self.answered_at is None


def _standing(row: Any) -> Standing:
    told = Asked(row.kind, row.subject, row.version, row.after, row.asked_by, msgspec.Raw(row.body))
    kept = msgspec.json.decode(row.kept, type=tuple[Kept, ...])
    return Standing(told, row.asked_at, row.answered_at, row.answered_life, row.is_done, kept)


def standing(connection: Connection, office: str, kind: str, subject: str = "") -> Standing | None:
    """What was last asked of one thing of ``office``; None for nothing."""
    mine = (asked.c.office == office) & (asked.c.kind == kind) & (asked.c.subject == subject)
    row = connection.execute(select(asked).where(mine)).one_or_none()
    return None if row is None else _standing(row)


def standings(connection: Connection, office: str, kind: str) -> dict[str, Standing]:
    """What was last asked of each thing of a kind, by its subject."""
    mine = (asked.c.office == office) & (asked.c.kind == kind)
    rows = connection.execute(select(asked).where(mine).order_by(asked.c.subject))
    return {row.subject: _standing(row) for row in rows}


def ask(
    connection: Connection, office: str, thing: tuple[str, str], body: msgspec.Raw, *, by: str, epoch: int, now: Micros
) -> None:
    """Asks the home node of ``office``, in the place of what was asked of that ``thing`` (kind, subject) before.

    ``epoch`` is the life of this node.
    """
    former = standing(connection, office, *thing)
    version, after = epoch * _VERSIONS_OF_A_LIFE + 1, 0
    if former is not None:
        version = max(version, former.asked.version + 1)
        after = (former.asked.after or former.asked.version) if former.is_open else 0
    _put(connection, office, Asked(*thing, version, after, by, body), {"asked_at": now})


def _put(connection: Connection, office: str, told: Asked, values: dict[str, Any]) -> None:
    row = {
        "office": office, "kind": told.kind, "subject": told.subject, "version": told.version, "after": told.after,
        "body": bytes(told.body), "asked_by": told.by, "answered_at": None, "answered_life": 0, "is_done": False,
        "kept": "[]",
    }  # fmt: skip
    upsert(connection, asked, [row | values])


def unanswered(connection: Connection, office: str) -> list[Asked]:
    """What the home node of ``office`` has still to decide, the oldest first.

    That is also what a former life of it decided: a copy that was put back may not know of that. Who does know answers
    again.
    """
    mine = (asked.c.office == office) & (asked.c.answered_life < _life(connection, office))
    rows = connection.execute(select(asked).where(mine).order_by(asked.c.asked_at).limit(MOST_AT_ONCE))
    return [_standing(row).asked for row in rows]


def _life(connection: Connection, office: str) -> int:
    """The place of the home node's present life among all of the office's; 1 before it has said anything."""
    home = home_of(connection, office)
    if home is None:
        return 1
    epochs = [of.epoch for of in streams_of(connection, stored_as(Stream(home.node, 0), office).origin)]
    return max(life_of(home.nth, max(epochs, default=0)), 1)


def answer(connection: Connection, office: str, told: AskAnswered, life: int, now: Micros) -> None:
    """The home node has decided, in that life; of a version that was asked again meanwhile it counts no more.

    A higher version than this node knows of was asked by one that lost its data: what is open is asked above that one.
    """
    mine = (asked.c.office == office) & (asked.c.kind == told.kind) & (asked.c.subject == told.subject)
    here = mine & (asked.c.version == told.version) & (asked.c.answered_life <= life)
    values = {"answered_at": now, "answered_life": life, "is_done": told.is_done, "kept": to_json(told.kept).decode()}
    connection.execute(update(asked).where(here).values(**values))
    forgotten = mine & (asked.c.version < told.version) & asked.c.answered_at.is_(None)
    connection.execute(update(asked).where(forgotten).values(version=told.version + 1, after=0))


def decide(connection: Connection, office: str, told: Asked, answered: AskAnswered, *, epoch: int, now: Micros) -> None:
    """At the home node: keeps what was decided, so that it is done once."""
    kept = to_json(answered.kept).decode()
    values = {
        "asked_at": now, "answered_at": now, "answered_life": epoch, "is_done": answered.is_done, "kept": kept,
    }  # fmt: skip
    _put(connection, office, told, values)


# --- what an office tells of itself -----------------------------------------------------------------------------


def take_roster(connection: Connection, office: str, told: OfficeRoster, now: Micros) -> None:
    """Keeps which accounts and machines an office has that is called elsewhere."""
    upsert(connection, office_roster, [{"office": office, "body": to_json(told), "heard_at": now}])


def roster_of(connection: Connection, office: str) -> OfficeRoster | None:
    """The accounts and machines of such an office; None before it told them."""
    mine = office_roster.c.office == office
    body = connection.execute(select(office_roster.c.body).where(mine)).scalar()
    return None if body is None else from_json(body, OfficeRoster)
