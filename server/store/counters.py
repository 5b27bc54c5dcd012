"""The counters that an office has; none set up means that any number from 1 to 99 is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from server.store.schema import counter

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """A counter: its number, and what people call it (empty: nothing beside its number)."""

    number: str
    label: str = ""


def counters(connection: Connection, office: str) -> tuple[Place, ...]:
    """The counters of ``office`` by their numbers."""
    rows = connection.execute(select(counter).where(counter.c.office == office))
    return tuple(sorted((Place(row.counter, row.label) for row in rows), key=lambda place: int(place.number)))


def add_counter(connection: Connection, office: str, place: Place) -> None:
    """Adds a counter.

    Raises:
        IntegrityError: there is one of that number.
    """
    connection.execute(insert(counter).values(office=office, counter=place.number, label=place.label))


def label_counter(connection: Connection, office: str, place: Place) -> None:
    """Calls a counter otherwise."""
    mine = (counter.c.office == office) & (counter.c.counter == place.number)
    connection.execute(update(counter).where(mine).values(label=place.label))


def remove_counter(connection: Connection, office: str, number: str) -> None:
    """Takes a counter away."""
    connection.execute(delete(counter).where(counter.c.office == office, counter.c.counter == number))
