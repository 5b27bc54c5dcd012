"""The line as the desk shows it: whose it is, why a turn stands there, who waits too long, who is left at closing."""

from __future__ import annotations

import html
import random
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from domain.clock import Micros, in_lima
from domain.queue import Duty, next_to_call
from server.store import tickets
from server.store.schema import account, ticket
from tests.server.conftest import OFFICE
from tests.server.test_desk import clerk, turns, waiting_numbers

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued

__all__ = ["clerk", "turns"]  # fixtures


def test_the_database_calls_whom_the_rule_calls(site: Site) -> None:
    """Counters with lists of services and turns sent to one counter, called one by one until nobody waits."""
    chance = random.Random(11)
    kiosk = site.enrol()
    for _ in range(40):
        kiosk.issue(service=chance.choice(["tramite", "consulta", "pago"]), preferential=chance.random() < 0.3)
    kiosk.sync(site.client)
    services = [frozenset(chosen) for chosen in ([], ["tramite"], ["consulta"], ["pago", "tramite"])]
    with site.engines.write.connect() as connection:
        for (n,) in connection.execute(select(ticket.c.n)).all():
            values = {
                "for_counter": chance.choice([None, None, None, "1", "2"]),
                "lined_up_at": ticket.c.issued_at // 1_000_000 + chance.randrange(20),
            }
            connection.execute(ticket.update().where(ticket.c.n == n).values(values))
        called = 0
        for _ in range(400):
            duty = Duty(chance.choice("123"), chance.choice(services), chance.choice(services))
            line = tickets.waiting(connection, "lima", since=Micros(0))
            found = tickets.claim_next(connection, "lima", Micros(0), duty)
            assert found == next_to_call(line, duty), duty
            if found is not None:
                tickets.change_turn(connection, found.ticket, {"state": "done"})
                called += 1
        assert (called, tickets.waiting(connection, "lima", since=Micros(0))) == (40, [])
        connection.rollback()


def strips(page: str) -> list[str]:
    """What the line warns of."""
    return [html.unescape(words) for words in re.findall(r'class="strip[^>]*>.*?<span>([^<]+)</span>', page, re.DOTALL)]


def test_ordinary_visitors_who_wait_too_long_are_told_of(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    site.clock.pass_s(39 * 60)
    assert strips(clerk.page()) == []
    site.clock.pass_s(60)
    clerk = site.clerk()  # the session ended meanwhile
    assert strips(clerk.page()) == ["2 turnos sin preferencia esperan más de 40 min. El primero: A-001."]
    clerk.move(turns[1].id, "class", preferential="yes")
    page = clerk.page()
    assert strips(page) == ["El turno A-001, sin preferencia, espera más de 40 min."]
    assert page.count('<time class="late">') == 1
    assert page.count("espera 40 min") == 3


@pytest.mark.usefixtures("turns")
def test_after_closing_the_desk_says_who_is_left(site: Site, clerk: ClerkTwin) -> None:
    """Everybody with a ticket is served (Ley 27444 art. 138.4); it is a Monday, or another day."""
    opens = in_lima(site.clock.now())
    closing = opens.replace(hour=16, minute=15, second=0, microsecond=0)
    site.clock.pass_s((closing - opens).total_seconds() - 5)
    clerk = site.clerk()
    assert not any("cerró" in strip for strip in strips(clerk.page()))
    site.clock.pass_s(5)
    works = OFFICE.hours.closed_today_at(site.clock.now()) is not None
    told = [strip for strip in strips(clerk.page()) if "cerró" in strip]
    assert told == (["La oficina cerró a las 16:15: faltan atender 3."] if works else [])
    for _ in range(3):
        clerk.call_next()
        [(turn,)] = site.rows("SELECT id FROM ticket WHERE state = 'called'")
        clerk.move(turn, "serving")
        clerk.move(turn, "done")
    assert strips(clerk.page()) == (["La oficina cerró a las 16:15. Ya no falta atender a nadie."] if works else [])


def test_a_clerk_sees_their_own_line_first_and_why(site: Site, clerk: ClerkTwin) -> None:
    with site.engines.write.begin() as connection:
        connection.execute(account.update().values(first_list='["tramite"]', second_list='["consulta"]'))
    kiosk = site.enrol()
    for service in ("pago", "consulta", "tramite"):
        kiosk.issue(service=service, preferential=service == "consulta")
    kiosk.sync(site.client)
    page = clerk.page()
    mine, others = page.split('<details id="others"')
    assert (waiting_numbers(mine), waiting_numbers(others)) == (["A-003", "A-002"], ["A-001"])
    second = mine.split("<b>A-002</b>")[1]
    assert second.count("Preferente") == 1
    assert "Segunda lista" in second
    assert "Segunda lista" not in others
