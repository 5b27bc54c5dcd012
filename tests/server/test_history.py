"""The history: what the figures are made of, who may take it along, and what a spreadsheet finds in it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, update

from domain.clock import LIMA, Micros, in_lima, micros
from domain.statistics import Days, Spread, Turnout
from server import history as history_room
from server.history import History
from server.store.accounts import Role
from server.store.schema import account, attention, ticket
from tests.server.test_exports import read_csv, read_xlsx
from tests.server.test_supervisor import tiles, words

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site

MIN = 60 * 1_000_000


@pytest.fixture
def today(site: Site) -> date:
    return in_lima(site.clock.now()).date()


@pytest.fixture
def chief(site: Site) -> ClerkTwin:
    site.account("jefa", Role.SUPERVISOR)
    return site.clerk("jefa", counter="")


def at(day: date, hour: int, minute: int = 0) -> Micros:
    return micros(datetime(day.year, day.month, day.day, hour, minute, tzinfo=LIMA))


def visit(
    site: Site, issued: Micros, n: int, *, state: str = "done", service: str = "tramite", office: str = "lima"
) -> UUID:
    """A ticket that was taken then."""
    values = {
        "id": uuid4(), "office": office, "business_day": in_lima(issued).date(), "series": "A", "n": n,
        "service": service, "preferential": n % 2 == 0, "language": "es", "issued_at": issued,
        "nonce_hash": uuid4().bytes, "origin": "sala-1", "epoch": 1, "seq": n, "state": state, "calls": 1,
        "changed_at": issued, "lined_up_at": issued, "announced": 1, "let_pass": 0, "moved_life": 0,
        "moved_seq": 0,
    }  # fmt: skip
    with site.engines.write.begin() as connection:
        connection.execute(insert(ticket).values(**values))
    return values["id"]  # type: ignore[return-value] # the UUID above


def stay(site: Site, of: UUID, since: Micros, waited: int, attended: int | None, **changes: Any) -> None:
    """A stay at a counter: so many minutes after ``since`` it was called, and a minute later it was there."""
    called = Micros(since + waited * MIN)
    came = None if attended is None else Micros(called + MIN)
    values: dict[str, Any] = {
        "ticket": of, "office": "lima", "business_day": in_lima(since).date(), "service": "tramite",
        "preferential": False, "counter": "1", "clerk": "ana", "waiting_since": since, "called_at": called, "calls": 1,
        "serving_at": came, "ended_at": Micros((came or called) + (attended or 2) * MIN),
        "outcome": "absent" if attended is None else "done",
    }  # fmt: skip
    with site.engines.write.begin() as connection:
        connection.execute(insert(attention).values(**(values | changes)))


def ten_visits(site: Site, day: date) -> None:
    """Ten people came at nine, one a minute, waited 1, 2 … 10 minutes and were attended for 5; one was gone."""
    for n in range(1, 11):
        issued = at(day, 9, n)
        stay(site, visit(site, issued, n), issued, n, 5, counter=str(n % 2 + 1))
    issued = at(day, 10)
    stay(site, visit(site, issued, 11, state="absent", service="consulta"), issued, 30, None, service="consulta")
    visit(site, at(day, 10, 5), 12, state="cancelled")
    visit(site, at(day, 11), 13, state="waiting")


def report(site: Site, first: date, last: date) -> history_room.Report:
    return History(clock=site.clock, read=site.engines.read).report("lima", Days(first, last))


def test_the_figures_of_a_day(site: Site, today: date) -> None:
    ten_visits(site, today)
    visit(site, at(today, 9), 1, office="tacna")
    visit(site, at(today - timedelta(1), 9), 1)
    found = report(site, today, today)
    assert found.turnout == Turnout(13, 10, 1, 1)
    assert found.turnout.open == 1
    assert found.figures.wait == Spread(11, 6 * MIN, 10 * MIN)
    assert found.figures.attention == Spread(10, 5 * MIN, 5 * MIN)
    assert [(one.name, one.turnout and one.turnout.taken, one.figures.stays) for one in found.hours] == [
        ("9", 10, 10), ("10", 2, 1), ("11", 1, 0)
    ]  # fmt: skip
    assert [(one.name, one.figures.done, one.figures.absent) for one in found.services] == [
        ("tramite", 10, 0), ("consulta", 0, 1)
    ]  # fmt: skip
    assert [(one.name, one.figures.stays, one.figures.wait.middle) for one in found.counters] == [
        ("1", 6, round(7 * MIN)), ("2", 5, 5 * MIN)
    ]  # fmt: skip
    assert [(one.name, one.figures.stays) for one in found.clerks] == [("ana", 11)]
    assert found.periods == []


def test_many_days_are_told_day_by_day_and_more_of_them_by_month(site: Site, today: date) -> None:
    before = today - timedelta(2)
    ten_visits(site, today)
    ten_visits(site, before)
    found = report(site, before, today)
    assert [(one.name, one.figures.stays) for one in found.periods] == [(str(before), 11), (str(today), 11)]
    assert found.turnout.taken == 26
    year = report(site, today - timedelta(365), today)
    assert year.by_month
    assert sum(one.figures.stays for one in year.periods) == 22
    assert {len(one.name) for one in year.periods} == {len("2026-11")}


def test_who_went_on_to_another_counter_waited_twice_and_is_served_once(site: Site, today: date) -> None:
    turn = visit(site, at(today, 9), 1)
    stay(site, turn, at(today, 9), 4, 3, outcome="transferred")
    stay(site, turn, at(today, 9, 8), 6, 9, counter="2", clerk="luis")
    found = report(site, today, today)
    assert (found.turnout.taken, found.turnout.served) == (1, 1)
    assert (found.figures.stays, found.figures.done, found.figures.wait.count) == (2, 1, 2)


def test_the_page_says_it_in_words(site: Site, chief: ClerkTwin, today: date) -> None:
    ten_visits(site, today)
    page = chief.client.get("/admin/history").text
    assert tiles(page) == [
        "Turnos sacados 13", "Atendidos 10", "Ausentes 1", "Cancelados 1", "Por atender 1",
        "La mitad esperó hasta 6 min", "9 de cada 10 esperaron hasta 10 min",
        "La mitad de las atenciones duró hasta 5 min", "9 de cada 10 atenciones duraron hasta 5 min",
    ]  # fmt: skip
    rows = {words(row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)}
    few = "\N{EN DASH} Muy pocos para decirlo"
    assert f"Consultar un trámite 1 0 1 {few} {few} {few}" in rows
    assert f"Ventanilla 1 6 5 1 7 min {few} 5 min" in rows
    assert "style=" not in page


def test_a_day_without_anybody_says_so(chief: ClerkTwin) -> None:
    page = chief.client.get("/admin/history?from=2026-01-01&to=2026-01-01").text
    assert "En estos días nadie sacó un turno." in page
    assert "<svg role=" not in page


BAD_DAYS = (
    "from=ayer", "to=2026-02-30", "from=2026-11-02&to=2026-11-01", "from=2019-12-31&to=2020-01-01",
    "from=2024-01-01&to=2026-01-01", "from=0001-01-01&to=9999-12-31", "from=%00",
)  # fmt: skip


def test_days_that_are_none_are_refused_in_words(site: Site, chief: ClerkTwin) -> None:
    for page, queries in {"history": BAD_DAYS, "history.csv": BAD_DAYS[:1], "history.xlsx": BAD_DAYS[:1]}.items():
        for query in queries:
            answer = chief.client.get(f"/admin/{page}?{query}")
            assert answer.status_code == 400, query
            assert "Elija días que existan" in answer.text
    assert site.rows("SELECT count(*) FROM audit WHERE action = 'history.exported'") == [(0,)]


def test_days_to_come_are_today(chief: ClerkTwin, today: date) -> None:
    page = chief.client.get(f"/admin/history?from={today}&to={today + timedelta(30)}").text
    assert f'name="to" value="{today}"' in page


def hostile(site: Site) -> None:
    """A clerk's name and a service that a spreadsheet would calculate."""
    site.account()
    with site.engines.write.begin() as connection:
        connection.execute(
            update(account).where(account.c.name == "ana").values(full_name='=HYPERLINK("http://x";"y")')
        )


def test_csv_has_a_line_a_stay_and_nothing_of_the_visitor(site: Site, chief: ClerkTwin, today: date) -> None:
    hostile(site)
    issued = at(today, 9)
    turn = visit(site, issued, 7, service="-1+2")
    stay(site, turn, issued, 12, None, service="-1+2", calls=3)
    stay(site, turn, at(today, 9, 30), 5, 8, service="-1+2", preferential=True)
    answer = chief.client.get(f"/admin/history.csv?from={today}&to={today}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="turnos-lima-{today}-{today}.csv"'
    assert answer.headers["content-disposition"] == name
    head, *rows = read_csv(answer.content)
    assert head == [
        "Día", "Turno", "Servicio", "Atención", "Ventanilla", "Operador", "Sacó ticket", "Espera desde", "Llamado",
        "Empezó la atención", "Terminó", "Llamadas", "Cómo terminó", "Espera (min)", "Atención (min)",
    ]  # fmt: skip
    clerk, day = '\'=HYPERLINK("http://x";"y")', str(today)
    assert rows == [
        [
            day, "A-007", "'-1+2", "Normal", "1", clerk, f"{day} 09:00:00", f"{day} 09:00:00", f"{day} 09:12:00", "",
            f"{day} 09:14:00", "3", "Ausente", "12.0", "",
        ],
        [
            day, "A-007", "'-1+2", "Preferente", "1", clerk, f"{day} 09:00:00", f"{day} 09:30:00", f"{day} 09:35:00",
            f"{day} 09:36:00", f"{day} 09:44:00", "1", "Atendido", "5.0", "8.0",
        ],
    ]  # fmt: skip


def test_xlsx_has_the_same_with_real_times(site: Site, chief: ClerkTwin, today: date) -> None:
    hostile(site)
    turn = visit(site, at(today, 12), 7, service="@SUM(1)")
    stay(site, turn, at(today, 12), 0, 6, service="@SUM(1)")
    answer = chief.client.get(f"/admin/history.xlsx?from={today}&to={today}")
    assert answer.status_code == 200
    _, row = read_xlsx(answer.content)
    serial = (today - date(1899, 12, 30)).days
    assert row[:7] == [
        ("n", str(serial)), ("s", "A-007"), ("s", "@SUM(1)"), ("s", "Normal"), ("n", "1"),
        ("s", '=HYPERLINK("http://x";"y")'), ("n", f"{serial}.5"),
    ]  # fmt: skip
    assert row[-3:] == [("s", "Atendido"), ("n", "0"), ("n", "6")]
    assert {kind for kind, _ in row} == {"s", "n"}


def test_an_export_comes_day_by_day_in_the_order_of_the_calls(site: Site, chief: ClerkTwin, today: date) -> None:
    before = today - timedelta(3)
    ten_visits(site, today)
    ten_visits(site, before)
    rows = read_csv(chief.client.get(f"/admin/history.csv?from={before}&to={today}").content)[1:]
    assert [row[0] for row in rows] == [str(before)] * 11 + [str(today)] * 11
    assert [row[8] for row in rows] == sorted(row[8] for row in rows)


def test_taking_it_along_is_in_the_audit_log_and_looking_is_not(site: Site, chief: ClerkTwin, today: date) -> None:
    for page in ("history", "history.csv", "history.xlsx"):
        chief.client.get(f"/admin/{page}?from={today}&to={today}")
    day = today.strftime("%d/%m/%Y")
    found = site.rows("SELECT actor, action, detail FROM audit WHERE action NOT LIKE 'session%' ORDER BY id")
    assert found == [("jefa", "history.exported", f"{day} - {day} {kind}") for kind in ("csv", "xlsx")]


def test_a_workbook_that_would_hold_up_the_office_is_refused(
    site: Site, chief: ClerkTwin, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_room, "MOST_SHEET_LINES", 10)
    ten_visits(site, today)
    answer = chief.client.get("/admin/history.xlsx")
    assert answer.status_code == 400
    assert "descargue el CSV" in answer.text
    assert len(read_csv(chief.client.get("/admin/history.csv").content)) == 12
