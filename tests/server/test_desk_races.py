"""Many clerks who reach for one turn at once, over two servers: one gets it, the others are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from domain.tickets import Move
from server.faults import Refusal
from server.store.schema import ticket
from tests.server.test_races import clerk, desks, line_up

if TYPE_CHECKING:
    from uuid import UUID

    from server.desk import Desk
    from tests.server.conftest import Site

__all__ = ["desks"]  # a fixture


def reach(desk: Desk, act: str, counter: int, turn: UUID) -> int:
    """What one clerk is answered; 200 for done."""
    try:
        match act:
            case "choose":
                desk.call_this(clerk(counter), turn, "emergency")
            case "resume":
                desk.move(clerk(counter), turn, Move.RESUME)
            case _:
                desk.move(clerk(counter), turn, Move.RETURN)
    except Refusal as refusal:
        return refusal.status
    return 200


@pytest.mark.parametrize(
    ("act", "before", "event"),
    [
        ("choose", "waiting", "ticket.called"),
        ("resume", "parked", "ticket.resumed"),
        ("return", "absent", "ticket.returned"),
    ],
)
def test_one_turn_goes_to_one_of_many_who_reach_for_it(
    site: Site, desks: list[Desk], act: str, before: str, event: str
) -> None:
    line_up(site, 3)
    with site.engines.write.begin() as connection:
        turn = connection.execute(select(ticket.c.id).where(ticket.c.n == 2)).scalar_one()
        connection.execute(ticket.update().where(ticket.c.n == 2).values(state=before))
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(reach, desks[n % 2], act, n + 1, turn) for n in range(8)]
        answers = sorted(job.result(60) for job in jobs)
    assert answers == [200] + [409] * 7
    assert site.rows("SELECT count(*) FROM event WHERE type = :kind", kind=event) == [(1,)]
    assert site.rows("SELECT count(*) FROM attention") == [(0 if act == "return" else 1,)]
