"""The audit log as an administrator reads it; whoever reads it stands in it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import assets
import server
from domain.clock import in_lima
from server.audit import PAGE_LINES
from server.store import accounts
from server.store.accounts import Role
from server.web.admin.deeds import deed_words
from tests.server.test_exports import read_csv
from tests.server.test_supervisor import words

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site


@pytest.fixture
def today(site: Site) -> date:
    return in_lima(site.clock.now()).date()


@pytest.fixture
def root(site: Site) -> ClerkTwin:
    site.account("root", Role.ADMINISTRATOR)
    return site.clerk("root", counter="")


def did(
    site: Site, action: str, *, actor: str = "ana", subject: str = "", detail: str = "", office: str = "lima"
) -> None:
    values = {
        "at": site.clock.now(), "office": office, "actor": actor, "action": action, "subject": subject,
        "address": "10.0.0.7", "detail": detail,
    }  # fmt: skip
    with site.engines.write.begin() as connection:
        accounts.note_action(connection, values)


def rows(page: str) -> list[tuple[str, str]]:
    """Who did what, as the page says it."""
    found = re.findall(r'<tr data-action="([^"]*)">.*?<th scope="row">(.*?)</th>', page, re.DOTALL)
    return [(actor, action) for action, actor in found]


def test_it_says_who_did_what_to_which_turn(site: Site, root: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    did(site, "ticket.viewed", subject=str(turn.id))
    did(site, "strange.deed", actor="luis", subject="<b>", detail="<script>")
    did(site, "ticket.viewed", office="tacna", actor="otra")
    page = root.client.get("/admin/audit").text
    assert rows(page) == [("luis", "strange.deed"), ("ana", "ticket.viewed"), ("root", "session.opened")]
    text = words(page)
    assert "ana Vio los datos de un visitante Turno A-001 10.0.0.7" in text
    assert "luis strange.deed &lt;script&gt; &lt;b&gt; 10.0.0.7" in text


def test_every_deed_has_its_words() -> None:
    code = "\n".join(module.read_text("utf-8") for module in Path(server.__file__).parent.rglob("*.py"))
    noted = re.findall(r'(?:note\(\s*transaction,|audit\(|"action":)\s*"([a-z]+\.[a-z_]+)"', code)
    assert "ticket.viewed" in noted
    assert set(noted) - deed_words(assets.translations("server", "es")).keys() == set()


def test_reading_it_and_taking_it_along_is_noted(site: Site, root: ClerkTwin, today: date) -> None:
    root.client.get(f"/admin/audit?from={today}&to={today}&actor=ANA&action=ticket.viewed")
    root.client.get(f"/admin/audit.csv?from={today}&to={today}")
    day = today.strftime("%d/%m/%Y")
    found = site.rows("SELECT actor, action, detail FROM audit WHERE action LIKE 'audit%' ORDER BY id")
    assert found == [
        ("root", "audit.viewed", f"{day} - {day} ana ticket.viewed"), ("root", "audit.exported", f"{day} - {day}")
    ]  # fmt: skip


def test_whoever_may_not_read_it_leaves_no_line(site: Site) -> None:
    site.account("jefa", Role.SUPERVISOR)
    chief = site.clerk("jefa", counter="")
    assert chief.client.get("/admin/audit").status_code == 403
    assert chief.client.get("/admin/audit.csv").status_code == 403
    assert site.rows("SELECT count(*) FROM audit WHERE action LIKE 'audit%'") == [(0,)]


def test_it_is_found_by_day_by_actor_and_by_action(site: Site, root: ClerkTwin, today: date) -> None:
    did(site, "help.answered")
    did(site, "ticket.viewed", actor="luis")
    site.clock.pass_s(24 * 3600)
    did(site, "help.answered", actor="luis")
    fresh = site.clerk("root", counter="")
    after = today + timedelta(1)

    def found(query: str) -> list[tuple[str, str]]:
        return [row for row in rows(fresh.client.get(f"/admin/audit?{query}").text) if row[0] != "root"]

    assert found(f"from={today}&to={today}") == [("luis", "ticket.viewed"), ("ana", "help.answered")]
    assert found(f"from={after}&to={after}") == [("luis", "help.answered")]
    assert found("actor=luis") == [("luis", "help.answered"), ("luis", "ticket.viewed")]
    assert found("actor=luis&action=help.answered") == [("luis", "help.answered")]
    assert found("actor=nadie") == []
    assert root.client.get("/admin/audit").status_code == 401  # that session is over


HOSTILE = (
    "actor=%00",
    "action=%00",
    "actor='--",
    "action=x'y",
    "before=x",
    "before=1.2.3",
    "before=99999999999999999.1",
    "actor=%ff",
)


def test_hostile_questions_find_nothing_and_break_nothing(root: ClerkTwin) -> None:
    for query in HOSTILE:
        assert root.client.get(f"/admin/audit?{query}").status_code == 200, query
        assert root.client.get(f"/admin/audit.csv?{query}").status_code == 200, query


def test_it_is_turned_page_by_page_and_no_line_is_lost(site: Site, root: ClerkTwin) -> None:
    moment = site.clock.now()
    values = {
        "at": moment, "office": "lima", "actor": "ana", "action": "help.answered", "address": "", "detail": ""
    }  # fmt: skip
    many = 2 * PAGE_LINES + 5
    with site.engines.write.begin() as connection:
        for n in range(many):  # all of one instant
            accounts.note_action(connection, values | {"subject": f"kiosco-{n}"})
    seen: list[str] = []
    address, pages = "/admin/audit?actor=ana", 0
    while address:
        page, pages = root.client.get(address).text, pages + 1
        seen += re.findall(r"kiosco-\d+", page)
        older = re.search(r'<a class="second button" href="([^"]*)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert pages == 3
    assert seen == [f"kiosco-{n}" for n in reversed(range(many))]


def test_the_file_holds_all_of_it_and_calculates_nothing(
    site: Site, root: ClerkTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.audit._READ_AT_ONCE", 2)
    did(site, "ticket.viewed", subject="+1", detail="=1+1")
    for _ in range(3):
        did(site, "help.answered", actor="luis", subject="sala-1")
    answer = root.client.get("/admin/audit.csv?actor=ana")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, row = read_csv(answer.content)
    assert head == ["Cuándo", "Quién", "Qué hizo", "Código", "Sobre qué", "Detalle", "Desde qué equipo"]
    assert row[1:] == ["ana", "Vio los datos de un visitante", "ticket.viewed", "'+1", "'=1+1", "10.0.0.7"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[0])
    assert len(read_csv(root.client.get("/admin/audit.csv").content)) == 1 + 4 + 1 + 2  # a sign-in, both exports
