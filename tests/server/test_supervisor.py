"""The office at a glance: what a supervisor is shown of it, and who may look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from domain.clock import in_lima
from server.store import accounts
from server.store.accounts import Role
from server.store.node import open_life
from server.store.schema import account, board, counter, node, session
from tests.server.conftest import OFFICE
from tests.server.test_desk import shown
from tests.server.twin import fully_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tests.server.conftest import ClerkTwin, Site

PAGES = ("/admin", "/admin/history", "/admin/history.csv", "/admin/history.xlsx", "/admin/audit", "/admin/audit.csv")


@pytest.fixture(autouse=True)
def a_working_morning(site: Site) -> None:
    """About nine on a day on which the office is open, whatever time the tests before left it at."""
    while in_lima(site.clock.now()).hour != 9 or not OFFICE.hours.is_open(site.clock.now()):
        site.clock.pass_s(600)


@pytest.fixture
def chief(site: Site) -> ClerkTwin:
    site.account("jefa", Role.SUPERVISOR)
    return site.clerk("jefa", counter="")


def look(chief: ClerkTwin) -> str:
    """The page as it is fetched at every change."""
    answer = chief.client.get("/admin", headers={"X-Fragment": "1"})
    assert answer.status_code == 200
    return answer.text


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def alerts(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<li [^>]*data-alert="([^"]+)">(.*?)</li>', page, re.DOTALL)
    return [(kind, words(said)) for kind, said in found]


def tiles(page: str) -> list[str]:
    return [words(one) for one in re.findall(r'<div class="tile.*?</div>', page, re.DOTALL)]


def row(page: str, mark: str) -> str:
    found = re.search(rf"<tr {re.escape(mark)}.*?</tr>", page, re.DOTALL)
    assert found, mark
    return words(found[0])


def test_who_may_look_at_what(site: Site) -> None:
    site.account()
    site.account("jefa", Role.SUPERVISOR)
    site.account("root", Role.ADMINISTRATOR)
    clerk, chief, root, nobody = site.clerk(), site.clerk("jefa", ""), site.clerk("root", ""), site.browser()
    for path in PAGES:
        wanted = {"clerk": 403, "chief": 403 if "audit" in path else 200, "root": 200, "nobody": 401}
        found = {
            name: twin.client.get(path).status_code
            for name, twin in (("clerk", clerk), ("chief", chief), ("root", root), ("nobody", nobody))
        }
        assert found == wanted, path
        assert 'id="password"' in nobody.client.get(path).text


def test_a_page_left_alone_keeps_nobody_signed_in_and_whoever_works_stays(site: Site, chief: ClerkTwin) -> None:
    for _ in range(3):
        site.clock.pass_s(15 * 60)
        assert chief.client.get("/admin").status_code == 200
    for status in (200, 401):
        site.clock.pass_s(20 * 60)
        assert chief.client.get("/admin", headers={"X-Fragment": "1"}).status_code == status


def test_an_office_where_nothing_happens_is_calm(chief: ClerkTwin) -> None:
    page = look(chief)
    assert alerts(page) == []
    assert "Todo en orden" in page
    assert "Abierta hasta las 16:15" in page
    assert tiles(page) == [
        "En espera 0 0 preferentes",
        "La espera más larga \N{EN DASH} Nadie espera", "En ventanilla 0 0 ventanillas trabajando",
        "Atendidos hoy 0 de 0 turnos sacados hoy",
    ]  # fmt: skip


def test_who_waits_and_for_what(site: Site, chief: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue(service="consulta")
    site.clock.pass_s(600)
    kiosk.issue(preferential=True)
    kiosk.issue()
    site.clock.pass_s(60)
    kiosk.sync(site.client)
    page = look(chief)
    assert tiles(page)[:2] == ["En espera 3 1 preferente", "La espera más larga 11 min Turno A-001"]
    assert row(page, 'data-service="tramite"') == "Presentar un documento 2 1 preferente 1 min"
    assert row(page, 'data-service="consulta"') == "Consultar un trámite 1 11 min"
    assert alerts(page) == [("nobody", "Hay personas en espera y ninguna ventanilla abierta.")]


def test_what_the_counters_do(site: Site, chief: ClerkTwin) -> None:
    with site.engines.write.begin() as connection:
        connection.execute(insert(counter), [
            {"office": "lima", "counter": "10", "label": "Copias"}, {"office": "lima", "counter": "3", "label": ""},
            {"office": "tacna", "counter": "77", "label": ""},
        ])  # fmt: skip
    site.account()
    kiosk, clerk = site.enrol(), site.clerk(counter="3")
    assert row(look(chief), 'data-counter="3"') == "3 ana Libre 0 \N{EN DASH}"
    assert row(look(chief), 'data-counter="10"') == "10 \N{EN DASH} Copias Cerrada 0 \N{EN DASH}"
    assert 'data-counter="77"' not in look(chief)
    turn = kiosk.issue()
    kiosk.sync(site.client)
    assert shown(clerk.call_next().text) == "A-001"
    called = in_lima(site.clock.now()).strftime("%H:%M")
    site.clock.pass_s(120)
    assert row(look(chief), 'data-counter="3"') == f"3 ana Llamando a A-001 desde las {called} · 2 min 0 \N{EN DASH}"
    clerk.move(turn.id, "serving")
    assert "Atiende a A-001" in row(look(chief), 'data-counter="3"')
    page = look(chief)
    assert page.index('data-counter="3"') < page.index('data-counter="10"')
    assert tiles(page)[2] == "En ventanilla 1 1 ventanilla trabajando"


def test_a_pause_is_told_and_a_paused_counter_does_not_work(site: Site, chief: ClerkTwin) -> None:
    site.account()
    site.clerk(counter="3")
    with site.engines.write.begin() as connection:
        [(token_hash,)] = connection.execute(select(session.c.token_hash).where(session.c.counter == "3"))
        accounts.set_pause(connection, token_hash, site.clock.now(), "meal")
    since = in_lima(site.clock.now()).strftime("%H:%M")
    page = look(chief)
    assert row(page, 'data-counter="3"') == f"3 ana En pausa desde las {since} · 0 min · Refrigerio 0 \N{EN DASH}"
    assert tiles(page)[2] == "En ventanilla 0 0 ventanillas trabajando"


def test_every_ordinary_wait_over_the_limit_is_told_with_the_longest(site: Site, chief: ClerkTwin) -> None:
    kiosk = site.enrol()
    site.account()
    kiosk.issue(preferential=True)
    kiosk.issue()
    site.clock.pass_s(60)
    kiosk.issue()
    site.clock.pass_s(39 * 60 - 10)
    kiosk.sync(site.client)
    site.clerk(counter="3")
    chief = site.clerk("jefa", counter="")  # half an hour without a click had ended the session
    assert alerts(look(chief)) == []
    site.clock.pass_s(15)
    assert alerts(look(chief)) == [("wait", "El turno A-002 espera 40 min; lo previsto son menos de 40.")]
    site.clock.pass_s(60)
    assert alerts(look(chief)) == [("wait", "2 personas esperan 40 min o más. La que más, 41 min: turno A-002.")]


def test_a_service_that_no_open_counter_calls_is_told(site: Site, chief: ClerkTwin) -> None:
    kiosk = site.enrol()
    site.account()
    with site.engines.write.begin() as connection:
        connection.execute(update(account).where(account.c.name == "ana").values(first_list='["tramite"]'))
    site.clerk(counter="3")
    kiosk.issue()
    kiosk.issue(service="consulta")
    kiosk.sync(site.client)
    said = "Ninguna ventanilla abierta atiende «Consultar un trámite»: hay 1 persona en espera."
    assert alerts(look(chief)) == [("unserved", said)]


def test_a_turn_left_at_a_counter_is_told(site: Site, chief: ClerkTwin) -> None:
    kiosk = site.enrol()
    site.account()
    clerk = site.clerk(counter="3")
    kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    with site.engines.write.begin() as connection:
        connection.execute(delete(session).where(session.c.counter == "3"))
    page = look(chief)
    assert [kind for kind, _ in alerts(page)] == ["left"]
    assert "La ventanilla 3 quedó con el turno A-001" in alerts(page)[0][1]
    assert "Sin nadie, con A-001" in row(page, 'data-counter="3"')


def test_what_is_wrong_with_a_machine_is_told(site: Site, chief: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.healthy("blocked", "paper")
    kiosk.sync(site.client)
    [(kind, said)] = alerts(look(chief))
    assert kind == "no_paper"
    assert re.fullmatch(r"sala-1: sin papel desde las \d\d:\d\d. Coloque un rollo nuevo.", said)


@pytest.fixture
def reborn_at(site: Site) -> Iterator[Callable[[], datetime]]:
    """Begins the node's next life and tells when, in Lima; it is undone, for the building is there for other tests."""
    with site.engines.read.connect() as connection:
        epoch = connection.execute(select(node.c.epoch)).scalar()

    def begin() -> datetime:
        now = site.clock.now()
        with site.engines.write.begin() as connection:
            open_life(connection, now)
        return in_lima(now)

    yield begin
    with site.engines.write.begin() as connection:
        connection.execute(update(node).values(epoch=epoch, reborn_at=None))


def test_after_a_restore_it_is_told_who_has_not_yet_given_back_what_they_know(
    site: Site, chief: ClerkTwin, reborn_at: Callable[[], datetime]
) -> None:
    kiosk, busy = site.enrol("sala-1"), site.enrol("sala-2")
    site.enrol("sala-3")  # it never came, so it knows nothing
    for one in (kiosk, busy):
        one.healthy()
        one.sync(site.client)
    said = f"La base se restauró el {reborn_at():%d/%m a las %H:%M}. Todavía no devuelven todos sus turnos: "
    assert alerts(look(chief)) == [("refilling", said + "sala-1, sala-2.")]
    kiosk.sync(site.client)
    busy.sync(site.client, backlog=7)
    assert alerts(look(chief)) == [("refilling", said + "sala-2.")]
    busy.sync(site.client)
    assert "Todo en orden" in look(chief)


def test_after_closing_whoever_has_a_ticket_is_still_to_be_served(site: Site, chief: ClerkTwin) -> None:
    del chief
    kiosk = site.enrol()
    site.account()
    while OFFICE.hours.is_open(site.clock.now()):
        site.clock.pass_s(600)
    evening, clerk = site.clerk("jefa", counter=""), site.clerk(counter="3")
    door = re.compile(r'<p id="now-door".*?</p>', re.DOTALL)

    def said() -> str:
        return words("".join(door.findall(look(evening))))

    assert said() == "La oficina está cerrada."
    turn = kiosk.issue()
    kiosk.issue()
    kiosk.sync(site.client)
    assert said().startswith("La oficina está cerrada y falta atender a 2 personas")
    clerk.call_next()
    clerk.move(turn.id, "serving")
    assert said().startswith("La oficina está cerrada y falta atender a 2 personas")
    clerk.move(turn.id, "done")
    assert said().startswith("La oficina está cerrada y falta atender a 1 persona")


def test_nothing_of_the_visitor_is_shown(site: Site, chief: ClerkTwin) -> None:
    person, secrets = fully_told()
    kiosk = site.enrol()
    site.account()
    kiosk.issue(person=person)
    kiosk.sync(site.client)
    site.clerk(counter="3").call_next()
    for path in ("/admin", "/admin/history", "/admin/history.csv"):
        page = chief.client.get(path).text
        assert not any(secret in page for secret in secrets)
    assert site.rows("SELECT count(*) FROM audit WHERE actor = 'jefa' AND action LIKE 'ticket%'") == [(0,)]


def test_boards_are_linked(site: Site, chief: ClerkTwin) -> None:
    with site.engines.write.begin() as connection:
        values = {"office": "lima", "name": "piso-2", "title": "Segundo piso", "counters": "[]"}
        connection.execute(insert(board).values(**values))
    page = chief.client.get("/admin").text
    links = re.findall(r'<li><a href="(/[^"]+)"><svg', page)
    assert links == ["/fleet", "/board/principal", "/board/piso-2", "/office"]
