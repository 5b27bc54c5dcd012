"""Where things happen in an office: its counters and its boards, as they are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from server.store.schema import board, counter

if TYPE_CHECKING:
    from sqlalchemy import Connection


def counter_labels(connection: Connection, office: str) -> dict[str, str]:
    """The counters that are set up, and what they are called beside their number; none means any number is one."""
    rows = connection.execute(select(counter.c.counter, counter.c.label).where(counter.c.office == office))
    return {row.counter: row.label for row in rows}


def board_titles(connection: Connection, office: str) -> dict[str, str]:
    """The boards that are set up beside the main one, by the name in their address."""
    rows = connection.execute(
        select(board.c.name, board.c.title).where(board.c.office == office).order_by(board.c.name)
    )
    return {row.name: row.title for row in rows}
