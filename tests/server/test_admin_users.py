"""Accounts: who may do what, set in the browser; nobody locks everybody out, and no password is seen twice."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from server.store.accounts import Role
from server.store.staff import REVIEW_US, administrators, change_account
from tests.server.conftest import PASSWORD, ChiefTwin
from tests.server.test_admin_settings import audited

if TYPE_CHECKING:
    from tests.server.conftest import Site

USERS = "/admin/users"
ANA = f"{USERS}/ana"
SECRET = re.compile(r'class="secret">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<')
BOTH_FIRST = {"list_tramite": "first", "list_consulta": "first"}


@pytest.fixture
def chief(site: Site) -> ChiefTwin:
    return site.chief()


def lists(site: Site) -> tuple[str, str]:
    [row] = site.rows("SELECT first_list, second_list FROM account WHERE name = 'ana'")
    return row  # type: ignore[no-any-return] # a row of two


def test_a_supervisor_sees_accounts_and_sets_lists_but_nothing_else(site: Site) -> None:
    site.account()
    supervisor = site.chief("sol", Role.SUPERVISOR)
    assert "ana" in supervisor.page(USERS)
    assert "Agregar cuenta" not in supervisor.page(USERS)
    assert "Dar una contraseña" not in supervisor.page(ANA)
    for action in (USERS, f"{USERS}/reviewed", f"{ANA}/person", f"{ANA}/password", f"{ANA}/disable", f"{ANA}/enable"):
        answer = supervisor.send(action, {"user_name": "x", "role": "administrator", "full_name": "X"})
        assert answer.status_code == 403
    assert supervisor.fill(ANA, f"{ANA}/lists", BOTH_FIRST | {"list_consulta": "none"}).status_code == 303
    assert lists(site) == ('["tramite"]', "[]")
    assert [row[1] for row in audited(site)] == ["account.lists"]


def test_an_account_is_made_and_its_password_seen_once(site: Site, chief: ChiefTwin) -> None:
    answer = chief.send(USERS, {"user_name": " Luis.P ", "full_name": "LUIS PRUEBA EJEMPLO", "role": "clerk"})
    found = SECRET.search(answer.text)
    assert answer.status_code == 200
    assert found is not None
    assert found[1] not in chief.page(USERS)
    assert site.browser().sign_in("luis.p", "5", found[1]).status_code == 303
    page = chief.page(USERS)
    assert "Ventanilla 5" in page
    assert "LUIS PRUEBA EJEMPLO" in page
    assert audited(site) == [("eva", "account.added", "luis.p", "Operador")]
    again = chief.send(USERS, {"user_name": "luis.p", "full_name": "Otro", "role": "clerk"})  # a double click
    assert again.status_code == 400
    assert "Ya hay una cuenta con ese usuario." in again.text
    assert 'value="Otro"' in again.text
    assert SECRET.search(again.text) is None


def test_an_unfit_account_is_refused_beside_its_field(site: Site, chief: ChiefTwin) -> None:
    for changes, fault in (
        ({"user_name": "josé"}, "Use letras sin tilde"),
        ({"user_name": "a b"}, "Use letras sin tilde"),
        ({"user_name": "lu\0is"}, "Tiene caracteres que no"),
        ({"role": "root"}, "Elija una de las opciones."),
        ({"full_name": "x" * 81}, "No puede pasar de 80"),
        ({"password": "corta"}, "Use al menos 12 caracteres."),
        ({"password": "x" * 201}, "No puede pasar de 200"),
    ):
        answer = chief.send(USERS, {"user_name": "luis", "full_name": "", "role": "supervisor"} | changes)
        assert answer.status_code == 400
        assert fault in answer.text
        assert "corta" not in answer.text
    assert site.rows("SELECT name FROM account") == [("eva",)]


def test_a_typed_password_is_taken_and_never_shown(site: Site, chief: ChiefTwin) -> None:
    answer = chief.send(USERS, {"user_name": "luis", "role": "clerk", "password": "elegida por alguien"})
    assert answer.status_code == 303
    assert site.browser().sign_in("luis", "1", "elegida por alguien").status_code == 303


def test_a_new_password_ends_the_old_one_and_its_sessions(site: Site, chief: ChiefTwin) -> None:
    site.account()
    clerk = site.clerk()
    seen = chief.seen(ANA, f"{ANA}/password")
    answer = chief.send(f"{ANA}/password", seen=seen)
    found = SECRET.search(answer.text)
    assert found is not None
    assert "Ingreso de ventanilla" in clerk.page()
    assert site.browser().sign_in("ana", "1").status_code == 401
    assert chief.send(f"{ANA}/password", seen=seen).status_code == 409  # the one that was shown stays
    assert site.browser().sign_in("ana", "1", found[1]).status_code == 303
    assert chief.fill(ANA, f"{ANA}/password", {"password": "corta"}).status_code == 400
    assert [row[1:3] for row in audited(site)] == [("account.password", "ana")]


def test_a_disabled_account_is_out_at_once_and_may_come_back(site: Site, chief: ChiefTwin) -> None:
    site.account()
    clerk = site.clerk()
    assert [chief.send(f"{ANA}/disable").status_code for _ in range(2)] == [303, 303]
    assert clerk.call_next().status_code == 401
    assert site.rows("SELECT account FROM session") == [("eva",)]
    assert "Deshabilitada" in chief.page(USERS)
    assert chief.send(f"{ANA}/enable").status_code == 303
    assert site.browser().sign_in("ana", "1").status_code == 303
    assert [row[1] for row in audited(site)] == ["account.disabled", "account.enabled"]


def test_somebody_always_remains_who_administers(site: Site, chief: ChiefTwin) -> None:
    me = f"{USERS}/eva"
    down = {"full_name": "", "role": "clerk"}
    last = chief.fill(me, f"{me}/person", down)
    assert last.status_code == 409
    assert "Es la única cuenta de administrador." in last.text
    assert "No puede deshabilitar su propia cuenta." in chief.send(f"{me}/disable").text
    other = site.chief("luz")
    assert chief.send(f"{USERS}/luz/disable").status_code == 303
    assert other.client.get(USERS).status_code == 401
    assert chief.fill(me, f"{me}/person", down).status_code == 409  # a disabled one does not count
    chief.send(f"{USERS}/luz/enable")
    assert chief.fill(me, f"{me}/person", down).status_code == 303
    assert chief.client.get(USERS).status_code == 403  # at once
    assert site.rows("SELECT role FROM account WHERE name = 'eva'") == [("clerk",)]


def test_two_administrators_who_remove_each_other_do_not_both_succeed(site: Site) -> None:
    for name in ("eva", "luz"):
        site.account(name, Role.ADMINISTRATOR)
    found: list[list[str]] = []

    def second() -> None:
        with site.engines.write.begin() as connection:
            found.append(administrators(connection))

    thread = threading.Thread(target=second)
    with site.engines.write.begin() as connection:
        assert administrators(connection) == ["eva", "luz"]
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()  # the other waits for this transaction's end
        change_account(connection, "luz", disabled_at=1)
    thread.join()
    assert found == [["eva"]]


def test_a_role_holds_from_the_next_request_and_says_since_when(site: Site, chief: ChiefTwin) -> None:
    site.account()
    clerk = ChiefTwin(site.clerk().client)
    assert clerk.client.get("/admin").status_code == 403
    new = {"full_name": "ANA PRUEBA EJEMPLO", "role": "supervisor"}
    assert chief.fill(ANA, f"{ANA}/person", new).status_code == 303
    assert clerk.client.get("/admin").status_code == 200
    assert audited(site) == [
        (
            "eva",
            "account.changed",
            "ana",
            "Nombres y apellidos: (vacío) → ANA PRUEBA EJEMPLO; Papel: Operador → Supervisor",
        )
    ]
    [since] = site.rows("SELECT role_since - created_at FROM account WHERE name = 'ana'")[0]
    chief.fill(ANA, f"{ANA}/person", new | {"full_name": "ANA"})
    assert site.rows("SELECT role_since - created_at FROM account WHERE name = 'ana'") == [(since,)]


def test_the_second_of_two_is_told_what_the_first_one_saved(site: Site, chief: ChiefTwin) -> None:
    site.account()
    seen = chief.seen(ANA, f"{ANA}/person")
    chief.send(f"{ANA}/person", {"full_name": "UNO", "role": "clerk"}, seen=seen)
    late = chief.send(f"{ANA}/person", {"full_name": "DOS", "role": "supervisor"}, seen=seen)
    assert late.status_code == 409
    assert 'value="DOS"' in late.text
    assert "Guardado ahora: UNO" in late.text
    seen = chief.seen(ANA, f"{ANA}/lists")
    chief.send(f"{ANA}/lists", BOTH_FIRST | {"list_consulta": "none"}, seen=seen)
    late = chief.send(f"{ANA}/lists", BOTH_FIRST | {"list_consulta": "second"}, seen=seen)
    assert late.status_code == 409
    assert "Guardado ahora: No atiende" in late.text


def test_lists_decide_the_next_call(site: Site, chief: ChiefTwin) -> None:
    site.account()
    kiosk = site.enrol()
    turns = [kiosk.issue(service="tramite"), kiosk.issue(service="consulta")]
    kiosk.sync(site.client)
    assert chief.fill(ANA, f"{ANA}/lists", {"list_tramite": "second", "list_consulta": "first"}).status_code == 303
    clerk = site.clerk()
    clerk.call_next()
    assert site.rows("SELECT n FROM ticket WHERE state = 'called'") == [(turns[1].number.n,)]
    assert lists(site) == ('["consulta"]', '["tramite"]')
    none = chief.fill(ANA, f"{ANA}/lists", {"list_tramite": "second", "list_consulta": "none"})
    assert none.status_code == 400
    assert "al menos un servicio en «Primero»" in none.text
    assert chief.fill(ANA, f"{ANA}/lists", BOTH_FIRST | {"list_consulta": "x"}).status_code == 400
    assert chief.fill(ANA, f"{ANA}/lists", BOTH_FIRST).status_code == 303
    assert lists(site) == ("[]", "[]")  # everything, what is added later too


def test_a_service_that_nobody_would_call_is_pointed_out(site: Site, chief: ChiefTwin) -> None:
    site.account()
    assert "Nadie tiene en su lista" not in chief.page(USERS)
    chief.fill(ANA, f"{ANA}/lists", BOTH_FIRST | {"list_consulta": "none"})
    assert "Nadie tiene en su lista: Consultar un trámite." in chief.page(USERS)


def test_the_review_of_every_six_months(site: Site, chief: ChiefTwin) -> None:
    site.account()
    assert "más de seis meses" not in chief.page(USERS)
    site.clock.pass_s(REVIEW_US / 1e6 + 60)
    chief = ChiefTwin(site.clerk("eva", "").client)
    assert "más de seis meses: ana, eva." in chief.page(USERS)
    seen = chief.seen(USERS, f"{USERS}/reviewed")
    site.account("nuevo")
    assert chief.send(f"{USERS}/reviewed", seen=seen).status_code == 409  # not what was looked at
    assert chief.fill(USERS, f"{USERS}/reviewed", {}).status_code == 303
    assert "más de seis meses" not in chief.page(USERS)
    assert audited(site) == [("eva", "account.reviewed", "", "ana, eva, nuevo")]


def test_an_account_that_is_not_there(site: Site, chief: ChiefTwin) -> None:
    for name in ("nadie", "%00", "..%2F", "x" * 300):
        assert chief.client.get(f"{USERS}/{name}").status_code in {400, 404}
    for action in ("person", "lists", "password", "disable", "enable", "destroy"):
        answer = chief.send(f"{USERS}/nadie/{action}", {"full_name": "", "role": "clerk"} | BOTH_FIRST, seen="")
        assert answer.status_code == 404
    assert audited(site) == []


# --- one's own password -----------------------------------------------------------------------------------------


def own(old: str, new: str, again: str | None = None) -> dict[str, str]:
    return {"old_password": old, "new_password": new, "new_password_again": new if again is None else again}


def test_everybody_changes_their_own_password_and_stays(site: Site) -> None:
    site.account()
    elsewhere, clerk = site.clerk("ana", "2"), ChiefTwin(site.clerk("ana", "1").client)
    assert "Mi contraseña" in clerk.page("/password")
    answer = clerk.send("/password", own(PASSWORD, "otra frase larga"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/password?done=changed")
    assert "Su contraseña cambió." in clerk.page("/password?done=changed")
    assert "Ingreso de ventanilla" in elsewhere.page()
    assert site.browser().sign_in("ana", "3").status_code == 401
    assert site.browser().sign_in("ana", "3", "otra frase larga").status_code == 303
    assert audited(site) == [("ana", "account.own_password", "ana", "")]


def test_a_new_password_of_ones_own_must_be_right(site: Site) -> None:
    site.account()
    clerk = ChiefTwin(site.clerk().client)
    for form, fault in (
        (own("equivocada", "otra frase larga"), "No es su contraseña actual."),
        (own(PASSWORD, "corta"), "Use al menos 12 caracteres."),
        (own(PASSWORD, "otra frase larga", "otra frase largo"), "No es igual a la de arriba."),
        (own(PASSWORD, PASSWORD), "Es la misma que la actual."),
        (own(PASSWORD, ""), "Falta este dato."),
    ):
        answer = clerk.send("/password", form)
        assert answer.status_code == 400
        assert fault in answer.text
        assert "frase" not in answer.text.replace("Una frase que recuerde", "")
    assert audited(site) == []


def test_whoever_found_an_open_desk_cannot_guess_the_password(site: Site) -> None:
    site.account()
    clerk = ChiefTwin(site.clerk().client)
    answers = [clerk.send("/password", own("equivocada", "otra frase larga")).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]
    assert clerk.send("/password", own(PASSWORD, "otra frase larga")).status_code == 429
