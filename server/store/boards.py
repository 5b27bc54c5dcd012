"""What hangs in the waiting room: the boards and whose calls each shows, the notices, and the slides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from server.store.dialect import upsert
from server.store.schema import board, notice, slide

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from sqlalchemy import Connection

MAIN_BOARD = "principal"
"""The board that every office has: it shows the calls of all counters."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A board: ``name`` stands in its address, ``title`` on it. No ``counters`` are all of them."""

    name: str
    title: str = ""
    counters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Words for everybody who waits, from and up to a day, both included; None for no limit."""

    id: int
    words: str
    from_day: date | None
    to_day: date | None

    def is_on(self, day: date) -> bool:
        """Whether it is shown that day."""
        return (self.from_day is None or self.from_day <= day) and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True, slots=True)
class Slide:
    """A picture of the entity's own. ``words`` say what it shows; ``digest`` stands in its address."""

    id: int
    words: str
    digest: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What a browser is given to draw."""

    media_type: str
    content: bytes


# --- boards -----------------------------------------------------------------------------------------------------


def zones(connection: Connection, office: str) -> list[Zone]:
    """Every board of ``office``, the one of all counters first."""
    rows = connection.execute(select(board).where(board.c.office == office).order_by(board.c.name))
    return [Zone(MAIN_BOARD), *(Zone(row.name, row.title, tuple(json.loads(row.counters))) for row in rows)]


def zone(connection: Connection, office: str, name: str) -> Zone | None:
    """The board of that name; None for none."""
    return next((one for one in zones(connection, office) if one.name == name), None)


def save_zone(connection: Connection, office: str, one: Zone) -> None:
    """Hangs a board, or changes the one of that name."""
    row = {"office": office, "name": one.name, "title": one.title, "counters": json.dumps(one.counters)}
    upsert(connection, board, [row])


def drop_zone(connection: Connection, office: str, name: str) -> bool:
    """Takes a board down; returns whether there was one."""
    return connection.execute(delete(board).where(board.c.office == office, board.c.name == name)).rowcount > 0


# --- notices ----------------------------------------------------------------------------------------------------


def notices(connection: Connection, office: str) -> list[Notice]:
    """Every notice, of other days too, the oldest first."""
    rows = connection.execute(select(notice).where(notice.c.office == office).order_by(notice.c.id))
    return [Notice(row.id, row.words, row.from_day, row.to_day) for row in rows]


def save_notice(connection: Connection, office: str, one: Notice) -> bool:
    """Changes the notice of that id, or adds it if its id is 0; returns whether there is one of that id."""
    values = {"words": one.words, "from_day": one.from_day, "to_day": one.to_day}
    if not one.id:
        connection.execute(insert(notice).values(office=office, **values))
        return True
    mine = (notice.c.office == office) & (notice.c.id == one.id)
    return connection.execute(update(notice).where(mine).values(**values)).rowcount > 0


def drop_notice(connection: Connection, office: str, id_: int) -> bool:
    """Takes a notice away; returns whether there was one."""
    return connection.execute(delete(notice).where(notice.c.office == office, notice.c.id == id_)).rowcount > 0


# --- slides -----------------------------------------------------------------------------------------------------


def slides(connection: Connection, office: str) -> list[Slide]:
    """Every slide in the order in which they are shown, without its picture."""
    columns = (slide.c.id, slide.c.words, slide.c.digest)
    rows = connection.execute(select(*columns).where(slide.c.office == office).order_by(slide.c.position, slide.c.id))
    return [Slide(row.id, row.words, row.digest.hex()) for row in rows]


def slide_picture(connection: Connection, offices: Collection[str], digest: bytes) -> Picture | None:
    """The picture of that digest among the slides of ``offices``; None for none."""
    mine = select(slide.c.media_type, slide.c.picture).where(slide.c.digest == digest, slide.c.office.in_(offices))
    row = connection.execute(mine.limit(1)).one_or_none()
    return None if row is None else Picture(row.media_type, row.picture)


def add_slide(connection: Connection, office: str, words: str, picture: Picture, digest: bytes) -> None:
    """Adds a slide behind all others."""
    last = connection.execute(select(func.max(slide.c.position)).where(slide.c.office == office)).scalar() or 0
    connection.execute(
        insert(slide).values(
            office=office,
            position=last + 1,
            words=words,
            media_type=picture.media_type,
            digest=digest,
            picture=picture.content,
        )
    )


def describe_slide(connection: Connection, office: str, id_: int, words: str) -> bool:
    """Changes what is said of a slide; returns whether there was one."""
    mine = (slide.c.office == office) & (slide.c.id == id_)
    return connection.execute(update(slide).where(mine).values(words=words)).rowcount > 0


def order_slides(connection: Connection, office: str, ids: Iterable[int]) -> None:
    """Shows the slides in that order from now on."""
    for position, id_ in enumerate(ids, 1):
        mine = (slide.c.office == office) & (slide.c.id == id_)
        connection.execute(update(slide).where(mine).values(position=position))


def drop_slide(connection: Connection, office: str, id_: int) -> bool:
    """Takes a slide away; returns whether there was one."""
    return connection.execute(delete(slide).where(slide.c.office == office, slide.c.id == id_)).rowcount > 0
