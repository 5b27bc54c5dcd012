"""What an office sets up in the browser: it takes effect at once, everywhere, and nothing that was typed is lost."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from domain.calendar import SpecialDay
from domain.clock import in_lima
from domain.office import Office, QueueRules, VirtualDesk
from server.store.accounts import Role
from server.store.settings import FromFile, take_from_file
from tests.server.conftest import OFFICE, coming_friday

if TYPE_CHECKING:
    from tests.server.conftest import ChiefTwin, Site

WEEK = {"opens": "08:00", "closes": "16:15"} | dict.fromkeys(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "holidays_closed"), "on"
)
EVERY_DAY = WEEK | {"saturday": "on", "sunday": "on", "holidays_closed": ""}
RULES = {"ordinary_alert_min": "40", "let_pass": "2", "language_en": "on"}
NAMED = {
    "entity": OFFICE.entity, "office_name": OFFICE.name, "complaints_url": OFFICE.complaints_url, "days_kept": "30",
    "filing_day": "business_days",
}  # fmt: skip
SERVICE = {"service_name": "Pagar una tasa", "service_hint": "Caja", "service_requirements": "DNI\r\n\r\nRecibo "}


@pytest.fixture
def chief(site: Site) -> ChiefTwin:
    return site.chief(role=Role.SUPERVISOR)


def office(site: Site) -> Office:
    return site.composed.offices.main


def audited(site: Site) -> list[tuple[str, str, str, str]]:
    return site.rows("SELECT actor, action, subject, detail FROM audit WHERE action <> 'session.opened' ORDER BY id")


PLACES = [
    "/admin/hours", "/admin/rules", "/admin/services", "/admin/services/tramite", "/admin/counters", "/admin/users",
    "/admin/users/ana",
]  # fmt: skip
ACTIONS = [
    "/admin/hours", "/admin/hours/closures", "/admin/hours/decreed", "/admin/hours/today",
    "/admin/hours/closures/2026-12-24/remove",
    "/admin/rules", "/admin/rules/office", "/admin/services", "/admin/services/tramite", "/admin/services/tramite/up",
    "/admin/services/tramite/remove", "/admin/counters", "/admin/counters/1", "/admin/counters/1/remove",
    "/admin/users", "/admin/users/reviewed", "/admin/users/ana/person", "/admin/users/ana/lists",
    "/admin/users/ana/password", "/admin/users/ana/disable",
]  # fmt: skip


def test_a_clerk_sees_and_changes_nothing(site: Site) -> None:
    site.account()
    clerk = site.clerk().client
    assert {clerk.get(path).status_code for path in PLACES} == {403}
    token = next(value for name, value in clerk.cookies.items() if "form-" in name)
    answers = {clerk.post(path, data={"_csrf_token": token}).status_code for path in ACTIONS}
    assert answers == {403}
    assert audited(site) == []


def test_whoever_is_not_signed_in_is_led_to_the_door(site: Site) -> None:
    stranger = site.browser().client
    stranger.get("/desk")
    token = next(value for name, value in stranger.cookies.items() if "form-" in name)
    answers = [stranger.get(path) for path in (*PLACES, "/password")]
    answers += [stranger.post(path, data={"_csrf_token": token}) for path in (*ACTIONS, "/password")]
    assert {answer.status_code for answer in answers} == {401}
    assert all("Ingreso de ventanilla" in answer.text for answer in answers)


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(site: Site, chief: ChiefTwin) -> None:
    assert {chief.client.post(path, data=WEEK).status_code for path in ACTIONS} == {403}
    token = next(value for name, value in chief.client.cookies.items() if "form-" in name)
    foreign = {"Origin": "https://ejemplo.invalid"}
    answers = {chief.client.post(path, data={"_csrf_token": token}, headers=foreign).status_code for path in ACTIONS}
    assert answers == {403}
    assert audited(site) == []


# --- hours ------------------------------------------------------------------------------------------------------


def test_new_hours_hold_at_once_and_go_to_the_kiosks(site: Site, chief: ChiefTwin) -> None:
    kiosk = site.enrol()
    known = kiosk.hear(site.client, "office").next
    topics = "SELECT topic, version FROM topic_version WHERE topic IN ('office.lima', 'desk.lima', 'board.lima')"
    before = dict(site.rows(topics))
    assert kiosk.hear(site.client, "office", after=known).items == ()
    answer = chief.fill("/admin/hours", "/admin/hours", WEEK | {"opens": "07:30", "saturday": "on"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/hours?done=hours")
    assert "Se guardó el horario." in chief.page(answer.headers["location"])
    assert (office(site).hours.opens, office(site).hours.weekdays) == (time(7, 30), (1, 2, 3, 4, 5, 6))
    heard = kiosk.hear(site.client, "office", after=known)
    assert b'"opens":"07:30:00"' in bytes(heard.items[0])
    assert audited(site) == [("eva", "office.hours", "", "Abre: 08:00 → 07:30; Sábado: no → sí")]
    moved = {topic: version - before.get(topic, 0) for topic, version in site.rows(topics)}
    assert moved == {"office.lima": 1, "desk.lima": 1, "board.lima": 1}  # every screen was told


def test_the_same_again_is_no_change(site: Site, chief: ChiefTwin) -> None:
    assert chief.fill("/admin/hours", "/admin/hours", WEEK).status_code == 303
    seen = chief.seen("/admin/hours", "/admin/hours")
    twice = [chief.send("/admin/hours", WEEK | {"closes": "17:00"}, seen=seen).status_code for _ in range(2)]
    assert twice == [303, 303]  # a double click
    assert len(audited(site)) == 1


def test_fewer_than_eight_hours_are_pointed_out_and_allowed(chief: ChiefTwin) -> None:
    assert "ocho horas seguidas" not in chief.page("/admin/hours")
    assert chief.fill("/admin/hours", "/admin/hours", WEEK | {"closes": "15:59"}).status_code == 303
    assert "7 h 59 min" in chief.page("/admin/hours")


def test_impossible_hours_are_refused_beside_their_field(site: Site, chief: ChiefTwin) -> None:
    answer = chief.fill("/admin/hours", "/admin/hours", {"opens": "18:45", "closes": "08:00", "saturday": ""})
    assert answer.status_code == 400
    assert "La hora de cierre va después" in answer.text
    assert "Marque al menos un día" in answer.text
    assert 'value="18:45"' in answer.text  # what was typed stays
    assert office(site) == OFFICE


def test_the_second_of_two_is_told_and_loses_nothing(site: Site, chief: ChiefTwin) -> None:
    other = site.chief("luz", Role.SUPERVISOR)
    seen = other.seen("/admin/hours", "/admin/hours")
    chief.fill("/admin/hours", "/admin/hours", WEEK | {"opens": "07:00"})
    answer = other.send("/admin/hours", WEEK | {"opens": "07:45", "closes": "17:00"}, seen=seen)
    assert answer.status_code == 409
    assert "otra persona cambió esto" in answer.text
    assert 'value="07:45"' in answer.text
    assert 'value="17:00"' in answer.text
    assert "Guardado ahora: 07:00" in answer.text
    assert office(site).hours.opens == time(7)
    form = answer.text.split('action="/admin/hours"', 1)[1]
    again = other.send("/admin/hours", WEEK | {"opens": "07:45"}, seen=form.split('name="seen" value="')[1][:16])
    assert again.status_code == 303
    assert office(site).hours.opens == time(7, 45)


def test_two_who_change_different_things_do_not_disturb_each_other(site: Site, chief: ChiefTwin) -> None:
    seen = chief.seen("/admin/rules", "/admin/rules")
    site.chief("luz", Role.SUPERVISOR).fill("/admin/hours", "/admin/hours", WEEK | {"opens": "07:00"})
    assert chief.send("/admin/rules", RULES | {"let_pass": "0"}, seen=seen).status_code == 303
    assert (office(site).hours.opens, site.composed.offices.rules.let_pass) == (time(7), 0)


def test_a_day_is_closed_and_opened_again(site: Site, chief: ChiefTwin) -> None:
    when = coming_friday(site) + timedelta(1)
    day = {"closure_day": when.isoformat(), "closure_reason": "Fumigación", "closure_attention": "closed"}
    assert [chief.send("/admin/hours/closures", day).status_code for _ in range(2)] == [303, 303]
    assert office(site).hours.special_days == (SpecialDay(when, "Fumigación"),)
    assert f"sáb {when.day} " in chief.page("/admin/hours")
    otherwise = chief.send("/admin/hours/closures", day | {"closure_reason": "Mudanza"})
    assert otherwise.status_code == 400
    assert "Ese día ya está en la lista" in otherwise.text
    assert 'value="Mudanza"' in otherwise.text
    removed = [chief.send(f"/admin/hours/closures/{when}/remove").status_code for _ in range(2)]
    assert removed == [303, 303]
    assert office(site).hours.special_days == ()
    assert [row[1:] for row in audited(site)] == [
        ("office.closed", when.isoformat(), "Fumigación"),
        ("office.closure_removed", when.isoformat(), ""),
    ]


def test_a_day_that_cannot_be_closed(site: Site, chief: ChiefTwin) -> None:
    for day in ("2020-01-01", "9999-12-31", "mañana"):
        form = {"closure_day": day, "closure_reason": "Fumigación", "closure_attention": "closed"}
        answer = chief.send("/admin/hours/closures", form)
        assert answer.status_code == 400
        assert 'value="Fumigación"' in answer.text
    assert office(site).hours.special_days == ()


def test_closing_today_stops_the_tickets_until_it_is_taken_back(site: Site, chief: ChiefTwin) -> None:
    kiosk, now = site.enrol(), site.clock.now()
    chief.fill("/admin/hours", "/admin/hours", EVERY_DAY)
    assert office(site).hours.is_open(now)
    assert "art. 138.4" in chief.page("/admin/hours")
    assert chief.send("/admin/hours/today", {"today_reason": " "}).status_code == 400
    assert chief.send("/admin/hours/today", {"today_reason": "Corte de luz"}).status_code == 303
    assert not office(site).hours.is_open(now)
    assert b"Corte de luz" in bytes(kiosk.hear(site.client, "office").items[0])
    today = in_lima(now).date().isoformat()
    assert chief.send(f"/admin/hours/closures/{today}/remove").status_code == 303
    assert office(site).hours.is_open(now)


def test_the_year_shows_its_holidays(chief: ChiefTwin) -> None:
    assert "Navidad" in chief.page("/admin/hours")


# --- rules and names --------------------------------------------------------------------------------------------


def test_rules_hold_at_once(site: Site, chief: ChiefTwin) -> None:
    changed = {"ordinary_alert_min": "25", "let_pass": "5", "language_qu": "on"}
    assert chief.fill("/admin/rules", "/admin/rules", changed).status_code == 303
    assert site.composed.offices.rules == QueueRules(25, 5, ("es", "qu"))
    assert "ningún hablante nativo" in chief.page("/admin/rules")


def test_the_offices_names_stand_on_every_page(site: Site, chief: ChiefTwin) -> None:
    names = NAMED | {"office_name": "Recepción «Áncash» & <b>", "virtual_url": "https://virtual.ejemplo.pe/mesa?a=1"}
    assert chief.fill("/admin/rules", "/admin/rules/office", names).status_code == 303
    board = site.client.get("/board/principal").text
    assert "Recepción «Áncash» &amp; &lt;b&gt;" in board
    assert office(site).virtual_desk == VirtualDesk("https://virtual.ejemplo.pe/mesa?a=1")
    assert office(site).services == OFFICE.services


def test_hostile_words_are_refused_beside_their_field(site: Site, chief: ChiefTwin) -> None:
    hostile = NAMED | {
        "entity": "x" * 101, "office_name": "Mesa\0de partes", "complaints_url": "javascript:alert(1)",
        "filing_day": "never", "office_address": '"><script>alert(1)</script>',
    }  # fmt: skip
    answer = chief.fill("/admin/rules", "/admin/rules/office", hostile)
    assert answer.status_code == 400
    assert answer.text.count('class="fault"') == 4
    assert "No puede pasar de 100 caracteres." in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert(1)" not in answer.text
    assert office(site) == OFFICE
    assert chief.fill("/admin/rules", "/admin/rules", RULES | {"let_pass": "6"}).status_code == 400
    assert site.composed.offices.rules == QueueRules()


# --- services ---------------------------------------------------------------------------------------------------


def test_a_service_is_added_changed_moved_and_taken_away(site: Site, chief: ChiefTwin) -> None:
    assert chief.send("/admin/services", SERVICE).status_code == 303
    assert chief.send("/admin/services", SERVICE).status_code == 303  # a double click
    added = office(site).services[-1]
    assert (added.code, added.requirements, added.is_filing) == ("pagar-una-tasa", ("DNI", "Recibo"), False)
    assert len(office(site).services) == 3
    kiosk = site.enrol()
    assert b"pagar-una-tasa" in bytes(kiosk.hear(site.client, "office").items[0])
    one = "/admin/services/pagar-una-tasa"
    assert chief.fill(one, one, SERVICE | {"service_name": "Pagar"}).status_code == 303
    assert chief.fill("/admin/services", f"{one}/up", {}).status_code == 303
    assert [service.name for service in office(site).services] == [
        "Presentar un documento", "Pagar", "Consultar un trámite"
    ]  # fmt: skip
    assert chief.fill(one, f"{one}/remove", {}).status_code == 303
    assert office(site).services == OFFICE.services
    assert [row[1] for row in audited(site)] == [
        "service.added", "service.changed", "service.ordered", "service.removed"
    ]  # fmt: skip
    assert audited(site)[1][3] == "Nombre: Pagar una tasa → Pagar"


def test_an_unfit_service_is_refused_beside_its_field(site: Site, chief: ChiefTwin) -> None:
    for changes, fault in (
        ({"service_name": "", "service_code": "nuevo"}, "Falta este dato."),
        ({"service_name": "¿?"}, "Use minúsculas sin tilde"),
        ({"service_code": "Con Espacio"}, "Use minúsculas sin tilde"),
        ({"service_code": "tramite"}, "Ya hay un servicio con ese código."),
    ):
        answer = chief.send("/admin/services", SERVICE | changes)
        assert answer.status_code == 400
        assert fault in answer.text
        assert 'value="Caja"' in answer.text
    assert office(site).services == OFFICE.services


def test_a_service_stays_while_somebody_needs_it(site: Site, chief: ChiefTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue(service="consulta")
    kiosk.sync(site.client)
    one = "/admin/services/consulta"
    awaited = chief.fill(one, f"{one}/remove", {})
    assert awaited.status_code == 409
    assert "Hay personas de hoy que esperan ese servicio" in awaited.text
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE ticket SET state = 'done'"))
        connection.execute(text("""UPDATE account SET second_list = '["consulta"]' WHERE name = 'eva'"""))
    listed = chief.fill(one, f"{one}/remove", {})
    assert listed.status_code == 409
    assert "está en la lista de: eva" in listed.text
    last = "/admin/services/tramite"
    assert chief.fill(last, f"{last}/remove", {}).status_code == 303
    assert "Es el único servicio" in chief.fill(one, f"{one}/remove", {}).text
    assert [service.code for service in office(site).services] == ["consulta"]


def test_what_was_typed_for_a_service_that_is_gone_can_be_added_anew(chief: ChiefTwin) -> None:
    one = "/admin/services/consulta"
    seen = chief.seen(one, one)
    assert chief.fill(one, f"{one}/remove", {}).status_code == 303
    late = chief.send(one, SERVICE, seen=seen)
    assert late.status_code == 409
    assert "Ese servicio ya no está" in late.text
    assert 'value="Pagar una tasa"' in late.text
    assert 'value="consulta"' in late.text
    assert chief.client.get(one).status_code == 404


def test_an_order_that_somebody_changed_is_not_changed_blindly(site: Site, chief: ChiefTwin) -> None:
    seen = chief.seen("/admin/services", "/admin/services/consulta/up")
    chief.send("/admin/services", SERVICE)
    assert chief.send("/admin/services/consulta/up", seen=seen).status_code == 409
    assert [service.code for service in office(site).services] == ["tramite", "consulta", "pagar-una-tasa"]


# --- counters ---------------------------------------------------------------------------------------------------


def test_only_the_counters_that_are_set_up_can_be_sat_at(site: Site, chief: ChiefTwin) -> None:
    site.account()
    assert site.browser().sign_in("ana", "7").status_code == 303
    assert chief.send("/admin/counters", {"counter": "03", "counter_label": "Informes"}).status_code == 303
    assert "Hay personas en ventanillas que no están en la lista: 7" in chief.page("/admin/counters")
    refused = site.browser().sign_in("ana", "8")
    assert refused.status_code == 400
    assert "La ventanilla 8 no es de esta oficina." in refused.text
    assert '<option value="3">Informes</option>' in refused.text
    assert site.browser().sign_in("ana", "3").status_code == 303
    assert "ana" in chief.page("/admin/counters")
    busy = chief.send("/admin/counters/3/remove")
    assert busy.status_code == 409
    assert "En la ventanilla 3 está ana." in busy.text
    assert site.rows("SELECT office, counter, label FROM counter") == [("lima", "3", "Informes")]


def test_a_counter_stays_while_a_turn_was_sent_to_it(site: Site, chief: ChiefTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    chief.send("/admin/counters", {"counter": "3"})
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE ticket SET for_counter = '3'"))
    assert "Hay turnos que esperan a la ventanilla 3" in chief.send("/admin/counters/3/remove").text
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE ticket SET state = 'cancelled'"))
    assert [chief.send("/admin/counters/3/remove").status_code for _ in range(2)] == [303, 303]
    assert site.rows("SELECT * FROM counter") == []


def test_a_counter_is_called_otherwise_and_the_second_is_told(site: Site, chief: ChiefTwin) -> None:
    chief.send("/admin/counters", {"counter": "3", "counter_label": "Informes"})
    one = "/admin/counters/3"
    seen = chief.seen("/admin/counters", one)
    assert chief.send(one, {"counter_label": "Caja"}, seen=seen).status_code == 303
    late = chief.send(one, {"counter_label": "Piso 2"}, seen=seen)
    assert late.status_code == 409
    assert 'value="Piso 2"' in late.text
    assert "Guardado ahora: Caja" in late.text
    assert chief.send("/admin/counters/4", {"counter_label": "x"}).status_code == 404
    assert [row[1:] for row in audited(site)] == [
        ("counter.added", "3", "Informes"),
        ("counter.renamed", "3", "Nombre: Informes → Caja"),
    ]


def test_a_counter_that_cannot_be_added(chief: ChiefTwin) -> None:
    chief.send("/admin/counters", {"counter": "3"})
    for number, fault in (("0", "un número del 1 al 99"), ("3", "Ya existe"), ("¹", "un número del 1 al 99")):
        answer = chief.send("/admin/counters", {"counter": number, "counter_label": "Piso 2"})
        assert answer.status_code == 400
        assert fault in answer.text
        assert 'value="Piso 2"' in answer.text


def test_another_offices_counters_and_settings_stay_untouched(site: Site, chief: ChiefTwin) -> None:
    with site.engines.write.begin() as connection:
        connection.execute(text("INSERT INTO counter (office, counter, label) VALUES ('tacna', '3', 'Tacna')"))
        columns = "office, body, rules, file_digest, changed_at, changed_by"
        values = "'tacna', body, rules, file_digest, 1, 'otra'"
        copy = f"INSERT INTO office_settings ({columns}) SELECT {values} FROM office_settings"  # noqa: S608
        connection.execute(text(copy))
    site.account()
    assert site.browser().sign_in("ana", "9").status_code == 303  # here none is set up
    assert "Tacna" not in chief.page("/admin/counters")
    assert chief.send("/admin/counters/3", {"counter_label": "Lima"}).status_code == 404
    chief.send("/admin/counters/3/remove")
    chief.fill("/admin/hours", "/admin/hours", WEEK | {"opens": "07:00"})
    assert site.rows("SELECT office, label FROM counter") == [("tacna", "Tacna")]
    assert site.rows("SELECT changed_by FROM office_settings WHERE office = 'tacna'") == [("otra",)]


# --- the file ---------------------------------------------------------------------------------------------------


def test_whoever_changed_last_is_followed_the_file_or_the_browser(site: Site, chief: ChiefTwin) -> None:
    chief.fill("/admin/hours", "/admin/hours", WEEK | {"opens": "07:00"})
    chief.fill("/admin/rules", "/admin/rules", RULES | {"let_pass": "1"})
    with site.engines.write.begin() as connection:
        assert take_from_file(connection, OFFICE, site.clock.now()) is FromFile.PASSED_OVER
    site.composed.offices.forget()
    assert office(site).hours.opens == time(7)
    edited = Office(**{name: getattr(OFFICE, name) for name in OFFICE.__struct_fields__} | {"name": "Otra"})
    with site.engines.write.begin() as connection:
        assert take_from_file(connection, edited, site.clock.now()) is FromFile.TAKEN
    site.composed.offices.forget()
    assert office(site) == edited
    assert site.composed.offices.rules.let_pass == 1  # the file does not speak of these


def test_get_changes_nothing(site: Site, chief: ChiefTwin) -> None:
    before = site.rows("SELECT * FROM topic_version"), site.rows("SELECT * FROM office_settings")
    for path in ("/admin/hours/today", "/admin/hours/closures", "/admin/services/tramite/remove"):
        assert chief.client.get(path).status_code in {404, 405}
    assert (site.rows("SELECT * FROM topic_version"), site.rows("SELECT * FROM office_settings")) == before
