"""What the centre asks of an office: done once there, by the office's own rules, and its answer seen at the centre."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import text

from domain.asked import AccountAsked, Asked
from domain.clock import in_lima
from domain.messages import Pull, from_json
from server.store.accounts import Role
from server.store.node import open_life
from tests.server.conftest import ELSEWHERE, OFFICE, PASSWORD
from tests.server.upstream.chain import Chain, enrol_node

if TYPE_CHECKING:
    from tests.server.conftest import ChiefTwin, Site

one_kind = pytest.mark.parametrize("building", ["sqlite"], indirect=True)
"""The rules are the same on both kinds of database."""
AT = "/admin/of/tacna"
OPEN, DONE = "Pedido a la oficina, aún no confirmado", "La oficina hizo lo pedido"


@pytest.fixture
def chief(chain: Chain) -> ChiefTwin:
    """Eva at the centre; the office has an administrator of its own, and has told of itself."""
    chain.office.account("rosa", Role.ADMINISTRATOR)
    chain.drain()
    return chain.centre.chief()


def in_days(chain: Chain, n: int) -> str:
    return (in_lima(chain.clock.now()).date() + timedelta(n)).isoformat()


def shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def look_again(chain: Chain) -> None:
    """The office's exchange hears that something was changed beside it."""
    assert chain.office.composed.above is not None
    assert chain.office.composed.above._book is not None
    chain.office.composed.above._book.set_up_changed = True


def close(chief: ChiefTwin, day: str, reason: str = "Decreto") -> None:
    answer = chief.send(
        f"{AT}/hours/closures", {"closure_day": day, "closure_reason": reason, "closure_attention": "closed"}
    )
    assert answer.headers["location"] == f"{AT}/hours?done=closed"


def closed(site: Site) -> list[str]:
    office = site.composed.offices.of("tacna")
    assert office is not None
    return [closure.day.isoformat() for closure in office.hours.special_days]


def audited(chain: Chain) -> list[tuple[str, str, str, str, str]]:
    query = "SELECT actor, address, action, subject, detail FROM audit WHERE action LIKE 'asked%' ORDER BY id"
    return chain.office.rows(query)


def test_a_day_closed_at_the_centre_is_closed_in_the_office_once(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    close(chief, day)
    page = chief.page(f"{AT}/hours")
    assert OPEN in page
    assert f"cierre del {shown(day)}" in page
    assert closed(chain.centre) == closed(chain.office) == []  # what citizens see is what the office says
    chain.line.loses_answers = True
    chain.step(2)
    assert closed(chain.office) == []
    chain.line.loses_answers = False
    chain.step(2)
    chain.drain()
    chain.step(2)
    assert closed(chain.office) == closed(chain.centre) == [day]
    page = chief.page(f"{AT}/hours")
    assert DONE in page
    assert OPEN not in page
    assert audited(chain) == [("eva", "sede central", "asked.set_up", "", f"cierre del {shown(day)}")]
    assert chain.office.rows("SELECT count(*) FROM event WHERE type = 'asked.answered'") == [(1,)]
    assert chain.centre.rows("SELECT actor, action, detail FROM audit WHERE action = 'office.closed'") == [
        ("eva", "office.closed", "tacna: Decreto")
    ]


@one_kind
def test_an_item_delivered_twice_is_done_once(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    close(chief, day)
    chain.step()
    [down] = [one for answer in chain.line.answers for one in answer.down if one.scope == "asked" and one.items]
    local = chain.office.chief("pia", Role.SUPERVISOR)
    local.send(f"/admin/hours/closures/{day}/remove")
    assert chain.office.composed.above is not None
    assert chain.office.composed.above._book is not None
    for _ in range(2):
        chain.office.composed.above._book.heard("asked", down.items[0])
    assert closed(chain.office) == []
    assert len(audited(chain)) == 1


@one_kind
def test_while_an_office_is_away_the_last_of_several_changes_is_what_it_is_asked(
    chain: Chain, chief: ChiefTwin
) -> None:
    day, later = in_days(chain, 30), in_days(chain, 37)
    chain.line.is_cut = True
    close(chief, day)
    chain.clock.pass_s(3 * 24 * 3600)
    chief.client.cookies.clear()
    chain.centre.account("otra", Role.ADMINISTRATOR)
    chief.client = chain.centre.clerk("otra", "").client
    assert "No se sabe de esta oficina desde" in chief.page(f"{AT}/hours")
    chief.send(f"{AT}/hours/closures/{day}/remove")
    close(chief, later)
    chief.send(f"{AT}/notices", {"words": "Vuelva el lunes", "from": "", "to": ""})
    chain.line.is_cut = False
    chain.drain()
    chain.step(2)
    assert closed(chain.office) == [later]
    assert chain.office.rows("SELECT words FROM notice") == [("Vuelva el lunes",)]
    assert len(audited(chain)) == 1
    assert DONE in chief.page(f"{AT}/notices")


@one_kind
def test_a_change_on_top_of_one_whose_answer_is_not_heard_yet_takes_its_place(chain: Chain, chief: ChiefTwin) -> None:
    named = {"ordinary_alert_min": "50", "let_pass": "2", "language_en": "on"}
    chief.fill(f"{AT}/rules", f"{AT}/rules", named)
    chain.step()  # it is done there, and the word of it is not sent yet
    assert chain.office.composed.offices.rules.ordinary_alert_min == 50
    chief.fill(f"{AT}/rules", f"{AT}/rules", named | {"ordinary_alert_min": "60"})
    chain.drain()
    chain.step(2)
    assert chain.office.composed.offices.rules.ordinary_alert_min == 60
    assert DONE in chief.page(f"{AT}/rules")


@one_kind
def test_what_the_office_changed_meanwhile_stays_and_the_rest_is_done(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    chain.line.is_cut = True
    form = {"service_name": "De la central", "is_filing": "on"}
    chief.fill(f"{AT}/services/tramite", f"{AT}/services/tramite", form)
    close(chief, day)
    local = chain.office.chief("pia", Role.SUPERVISOR)
    local.fill("/admin/services/tramite", "/admin/services/tramite", form | {"service_name": "De la oficina"})
    chain.line.is_cut = False
    chain.drain()
    chain.step(2)
    service = chain.office.composed.offices.main.service("tramite")
    assert service is not None
    assert service.name == "De la oficina"
    assert closed(chain.office) == [day]
    page = chief.page(f"{AT}/services")
    assert "La oficina no hizo todo lo pedido" in page
    assert "servicio «Presentar un documento»: la oficina lo cambió entretanto y quedó lo suyo" in page
    assert "De la oficina" in page


@one_kind
def test_a_service_that_somebody_waits_for_stays(chain: Chain, chief: ChiefTwin) -> None:
    kiosk = chain.kiosk()
    kiosk.issue()
    kiosk.sync(chain.office.client)
    seen = chief.seen(f"{AT}/services/tramite", f"{AT}/services/tramite/remove")
    assert chief.send(f"{AT}/services/tramite/remove", seen=seen).status_code == 303
    chain.step(2)
    chain.drain()
    assert chain.office.composed.offices.main.service("tramite") is not None
    assert "hay personas que esperan ese servicio" in chief.page(f"{AT}/services")


@one_kind
def test_only_administrators_ask_and_only_of_offices_that_are_elsewhere(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    sonia = chain.centre.chief("sonia", Role.SUPERVISOR)
    assert sonia.client.get(f"{AT}/hours").status_code == 403
    refused = sonia.send(
        f"{AT}/hours/closures", {"closure_day": day, "closure_reason": "x", "closure_attention": "closed"}
    )
    assert refused.status_code == 403
    for office in ("lima", "nowhere"):
        assert chief.client.get(f"/admin/of/{office}/hours").status_code == 404
    for page in ("counters", "boards", "slides", "audit", "history"):
        assert chief.client.get(f"{AT}/{page}").status_code == 404
    assert f'href="{AT}/services"' in chief.page("/admin?office=tacna")
    assert chain.centre.rows("SELECT 1 FROM asked") == []


# --- accounts ---------------------------------------------------------------------------------------------------


def settle(chain: Chain) -> None:
    chain.step(2)
    chain.drain()
    chain.step()


def account(site: Site, name: str) -> list[tuple[str, str, str, bool]]:
    rows = site.rows("SELECT role, full_name, first_list, disabled_at FROM account WHERE name = :name", name=name)
    return [(*row[:3], row[3] is not None) for row in rows]


def test_an_account_is_made_changed_and_closed_from_the_centre(chain: Chain, chief: ChiefTwin) -> None:
    form = {"user_name": "ana", "full_name": "ANA PRUEBA EJEMPLO", "role": "clerk", "password": PASSWORD}
    assert chief.send(f"{AT}/users", form).status_code == 303
    assert "sin confirmar" in chief.page(f"{AT}/users")
    assert chain.centre.browser().sign_in("ana", "", PASSWORD).status_code == 401  # it is no account of the centre
    settle(chain)
    assert account(chain.office, "ana") == [("clerk", "ANA PRUEBA EJEMPLO", "[]", False)]
    clerk = chain.office.clerk("ana")
    page = f"{AT}/users/ana"
    chief.fill(page, f"{page}/lists", {"list_tramite": "first", "list_consulta": "none"})
    chief.fill(page, f"{page}/role", {"role": "supervisor"})
    settle(chain)
    assert account(chain.office, "ana") == [("supervisor", "ANA PRUEBA EJEMPLO", '["tramite"]', False)]
    chief.fill(page, f"{page}/password", {"password": "otra contraseña larga"})
    settle(chain)
    assert clerk.client.get("/desk/waiting").status_code == 401  # signed out
    assert chain.office.browser().sign_in("ana", "1", PASSWORD).status_code == 401
    chain.office.clerk("ana", "1", "otra contraseña larga")
    chief.send(f"{page}/disable")
    settle(chain)
    assert account(chain.office, "ana")[0][3]
    assert 'class="tag bad">' in chief.page(f"{AT}/users")
    assert [row[2] for row in audited(chain)] == ["asked.account"] * 4


@one_kind
def test_neither_password_nor_hash_nor_name_can_be_read_on_the_way(chain: Chain, chief: ChiefTwin) -> None:
    shown = chief.send(f"{AT}/users", {"user_name": "ana", "full_name": "ANA PRUEBA EJEMPLO", "role": "clerk"})
    assert shown.status_code == 200
    secret = shown.text.split('class="secret">', 1)[1].split("<", 1)[0]
    settle(chain)
    chain.office.clerk("ana", "1", secret)
    [(hashed,)] = chain.office.rows("SELECT password_hash FROM account WHERE name = 'ana'")
    told = [
        bytes(row[0]) for row in chain.centre.rows("SELECT body FROM asked UNION ALL SELECT body FROM office_roster")
    ]
    told += [item for answer in chain.line.answers for down in answer.down for item in map(bytes, down.items)]
    told += [bytes(row[0]) for row in chain.centre.rows("SELECT body FROM event")]
    assert not any(word in one for one in told for word in (secret.encode(), hashed.encode(), b"PRUEBA EJEMPLO"))


def test_the_last_administrator_stays(chain: Chain, chief: ChiefTwin) -> None:
    chief.send(f"{AT}/users/rosa/disable")
    settle(chain)
    assert account(chain.office, "rosa") == [("administrator", "", "[]", False)]
    assert "Acceso: la oficina se quedaría sin nadie que administre" in chief.page(f"{AT}/users/rosa")
    chief.fill(f"{AT}/users/rosa", f"{AT}/users/rosa/role", {"role": "clerk"})
    settle(chain)
    assert account(chain.office, "rosa")[0][0] == "administrator"


@one_kind
def test_a_password_that_the_office_gave_meanwhile_is_not_undone(chain: Chain, chief: ChiefTwin) -> None:
    chain.office.account("ana")
    look_again(chain)
    settle(chain)
    chain.line.is_cut = True
    chief.fill(f"{AT}/users/ana", f"{AT}/users/ana/password", {"password": "la de la central"})
    local = chain.office.chief("pia")
    local.fill("/admin/users/ana", "/admin/users/ana/password", {"password": "la de la oficina"})
    chain.line.is_cut = False
    settle(chain)
    chain.office.clerk("ana", "1", "la de la oficina")
    assert "Contraseña: la oficina lo cambió entretanto" in chief.page(f"{AT}/users/ana")


@one_kind
def test_two_requests_about_an_account_that_is_not_there_yet_make_it_as_the_last_says(
    chain: Chain, chief: ChiefTwin
) -> None:
    chain.line.is_cut = True
    chief.send(f"{AT}/users", {"user_name": "ana", "full_name": "ANA PRUEBA", "role": "clerk", "password": PASSWORD})
    chief.fill(f"{AT}/users/ana", f"{AT}/users/ana/role", {"role": "supervisor"})
    again = chief.send(f"{AT}/users", {"user_name": "ana", "role": "clerk", "password": PASSWORD})
    assert (again.status_code, "name_taken" in again.text) == (400, False)
    chain.line.is_cut = False
    settle(chain)
    assert account(chain.office, "ana") == [("supervisor", "ANA PRUEBA", "[]", False)]
    chain.office.clerk("ana")


@one_kind
def test_a_name_that_the_office_has_by_now_is_refused(chain: Chain, chief: ChiefTwin) -> None:
    chain.line.is_cut = True
    chief.send(f"{AT}/users", {"user_name": "ana", "role": "administrator", "password": "la de la central"})
    chain.office.account("ana")
    chain.line.is_cut = False
    settle(chain)
    assert account(chain.office, "ana")[0][0] == "clerk"
    chain.office.clerk("ana")
    assert "la oficina ya tiene una cuenta con ese nombre" in chief.page(f"{AT}/users")


# --- machines ---------------------------------------------------------------------------------------------------


def test_a_machine_revoked_at_the_centre_is_refused_in_its_office(chain: Chain, chief: ChiefTwin) -> None:
    kiosk = chain.kiosk()
    look_again(chain)
    settle(chain)
    assert 'data-machine="sala-1"' in chief.page(f"{AT}/machines")
    for _ in range(2):  # a doubled click
        assert chief.send(f"{AT}/machines/sala-1/revoke").status_code == 303
    assert "Anulación pedida" in chief.page(f"{AT}/machines")
    kiosk.sync(chain.office.client)
    settle(chain)
    refused = kiosk.post(chain.office.client)
    assert (refused.status_code, refused.json()["code"]) == (401, "revoked")
    page = chief.page(f"{AT}/machines")
    assert "La oficina anuló sala-1" in page
    assert 'data-machine="sala-1"' not in page
    assert chain.centre.rows("SELECT count(*) FROM event WHERE type = 'kiosk.revoked'") == [(1,)]


@one_kind
def test_another_machine_in_its_place_goes_on(chain: Chain, chief: ChiefTwin) -> None:
    chain.kiosk()
    look_again(chain)
    settle(chain)
    chain.line.is_cut = True
    chief.send(f"{AT}/machines/sala-1/revoke")
    new = chain.office.enrol("sala-1", office=ELSEWHERE, replace=True)
    chain.line.is_cut = False
    settle(chain)
    new.sync(chain.office.client)
    assert "sala-1:</b> ahora hay otro equipo con ese nombre" in chief.page(f"{AT}/machines")


# --- faults -----------------------------------------------------------------------------------------------------


def tamper(chain: Chain, body: bytes) -> None:
    with chain.centre.engines.write.begin() as connection:
        connection.execute(text("UPDATE asked SET body = :body"), {"body": body})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"base": 1}', "no entiende este pedido"),
        (b'{"device_key": "AAAA", "x": "' + b"x" * 300_000 + b'"}', "más de lo que cabe"),
        (None, "no entiende este pedido"),
    ],
)
@one_kind
def test_what_nobody_understands_is_refused_and_holds_nothing_up(
    chain: Chain, chief: ChiefTwin, body: bytes | None, why: str
) -> None:
    day, later = in_days(chain, 30), in_days(chain, 37)
    close(chief, day)
    [(sent,)] = chain.centre.rows("SELECT body FROM asked")
    tamper(chain, bytes(sent)[:-1] + b', "more": 1}' if body is None else body)
    settle(chain)
    assert closed(chain.office) == []
    assert [row[2] for row in audited(chain)] == ["asked.refused"]
    tamper(chain, bytes(sent))  # the page shows what was asked, too
    assert why in chief.page(f"{AT}/hours")
    close(chief, later)
    settle(chain)
    assert closed(chain.office) == [later]


@one_kind
def test_a_hash_that_would_stop_every_sign_in_is_not_taken(chain: Chain, chief: ChiefTwin) -> None:
    chief.send(f"{AT}/users", {"user_name": "ana", "role": "clerk", "password": PASSWORD})
    [(sent,)] = chain.centre.rows("SELECT body FROM asked")
    body = from_json(bytes(sent), AccountAsked)
    tamper(chain, msgspec.json.encode(msgspec.structs.replace(body, password=b"x" * 80)))
    settle(chain)
    assert account(chain.office, "ana") == []
    assert "no pudo abrir la contraseña" in chief.page(f"{AT}/users")


def test_nobody_else_hears_what_an_office_is_asked(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    close(chief, day)
    arequipa = msgspec.structs.replace(OFFICE, id="arequipa")
    stranger = enrol_node(chain.centre, arequipa, "servidor-arequipa")
    assert stranger.hear(chain.centre.client, "asked").items == ()
    kiosk = chain.centre.enrol("lima-1")
    assert kiosk.sync(chain.centre.client, pull=(Pull("asked", 1, 0),)).down == ()
    [down] = [chain.line.machine.hear(chain.centre.client, "asked")]  # type: ignore[union-attr] # there is one
    assert from_json(bytes(down.items[0]), Asked).kind == "set_up"
    with chain.centre.engines.write.begin() as connection:
        chain.centre.registry.revoke(connection, "servidor-tacna", chain.clock.now())
    chain.step()
    assert chain.line.refused == ["revoked"]
    assert closed(chain.office) == []


def test_an_office_put_back_to_before_a_request_is_asked_again(chain: Chain, chief: ChiefTwin) -> None:
    day = in_days(chain, 30)
    [(before,)] = chain.office.rows("SELECT body FROM office_settings")
    close(chief, day)
    chief.send(f"{AT}/users", {"user_name": "luz", "role": "clerk", "password": PASSWORD})
    settle(chain)
    assert closed(chain.office) == [day]
    with chain.office.engines.write.begin() as connection:  # what a copy of before has, in the life that it begins
        connection.execute(text("DELETE FROM asked"))
        connection.execute(text("DELETE FROM account WHERE name = 'luz'"))
        connection.execute(text("UPDATE office_settings SET body = :body"), {"body": before})
        open_life(connection, chain.clock.now())
    chain.office.composed.offices.forget()
    look_again(chain)
    settle(chain)
    assert closed(chain.office) == closed(chain.centre) == [day]
    assert account(chain.office, "luz") == [("clerk", "", "[]", False)]
    with chain.office.engines.write.begin() as connection:  # and once more from a copy that knows of it
        open_life(connection, chain.clock.now())
    look_again(chain)
    settle(chain)
    settle(chain)
    answers = "SELECT epoch, count(*) FROM event WHERE type = 'asked.answered' GROUP BY epoch ORDER BY epoch"
    assert chain.centre.rows(answers) == [(1, 2), (2, 2), (3, 2)]
    assert len(audited(chain)) == 4


@one_kind
def test_a_centre_that_forgot_under_which_version_it_asked_asks_again(chain: Chain, chief: ChiefTwin) -> None:
    day, later = in_days(chain, 30), in_days(chain, 37)
    close(chief, day)
    settle(chain)
    with chain.centre.engines.write.begin() as connection:
        connection.execute(text("DELETE FROM asked"))
    with chain.office.engines.write.begin() as connection:
        connection.execute(text("UPDATE asked SET version = version + 5"))
    close(chief, later)
    settle(chain)
    settle(chain)
    assert closed(chain.office) == [day, later]
    assert DONE in chief.page(f"{AT}/hours")


@one_kind
def test_of_an_account_that_the_office_has_not_nothing_is_asked(chain: Chain, chief: ChiefTwin) -> None:
    assert chief.client.get(f"{AT}/users/nobody").status_code == 404
    assert chief.send(f"{AT}/users/nobody/disable").status_code == 404
    assert chain.centre.rows("SELECT 1 FROM asked") == []
