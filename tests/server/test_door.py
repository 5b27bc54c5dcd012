"""Who gets in: passwords, counters, cookies, and requests that are not our own page's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.door import FREE_TRIES, wait_after
from server.passwords import hash_password, is_right, new_password, password_fault
from server.store.accounts import Failures
from tests.server.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.server.conftest import Site


@pytest.fixture(autouse=True)
def _account(site: Site) -> None:
    site.account()


def test_the_desk_asks_who_one_is(site: Site) -> None:
    page = site.client.get("/desk")
    assert page.status_code == 200
    assert "Ingreso de ventanilla" in page.text
    assert site.client.get("/desk/waiting").status_code == 401


def test_a_right_password_opens_a_session_that_scripts_cannot_read(site: Site) -> None:
    browser = site.browser()
    answer = browser.sign_in("Ana ", "07")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("session="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Ventanilla" in browser.page()
    assert site.rows("SELECT account, counter FROM session") == [("ana", "7")]


@pytest.mark.parametrize(
    ("name", "password"), [("ana", "otra cosa larga"), ("nadie", PASSWORD), ("\0' OR 1=1", "x"), ("", "")]
)
def test_wrong_is_wrong_without_saying_what(site: Site, name: str, password: str) -> None:
    answer = site.browser().sign_in(name, "1", password)
    assert answer.status_code == 401
    assert "El usuario o la contraseña no son correctos." in answer.text
    assert site.rows("SELECT account FROM session") == []


@pytest.mark.parametrize("counter", ["", "0", "100", "-1", "uno", "1; DROP", "¹"])
def test_a_counter_is_a_number(site: Site, counter: str) -> None:
    answer = site.browser().sign_in("ana", counter)
    assert answer.status_code == 400
    assert "La ventanilla es un número del 1 al 99." in answer.text


def test_the_typed_password_is_never_sent_back(site: Site) -> None:
    assert "contraseña equivocada" not in site.browser().sign_in("ana", "1", "contraseña equivocada").text


def test_guessing_is_slowed_down_then_forgiven(site: Site) -> None:
    browser = site.browser()
    for _ in range(FREE_TRIES):
        assert browser.sign_in("ana", "1", "equivocada siempre").status_code == 401
    locked = browser.sign_in("ana", "1")  # the right one, too late
    assert locked.status_code == 429
    assert "Espere 5 segundos" in locked.text
    site.clock.pass_s(6)
    assert browser.sign_in("ana", "1", "equivocada siempre").status_code == 401
    assert browser.sign_in("ana", "1").status_code == 429
    site.clock.pass_s(11)
    assert browser.sign_in("ana", "1").status_code == 303
    assert site.rows("SELECT account FROM sign_in_failure") == []


def test_waiting_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    waits = [wait_after(Failures(count)) / 1e6 for count in (0, 4, 5, 6, 7, 12, 13, 1000)]
    assert waits == [0, 0, 5, 10, 20, 640, 900, 900]


def test_guesses_of_one_account_do_not_lock_another(site: Site) -> None:
    site.account("luis")
    for _ in range(FREE_TRIES):
        site.browser().sign_in("ana", "1", "equivocada siempre")
    assert site.browser().sign_in("luis", "1").status_code == 303


def test_two_people_cannot_sit_at_one_counter(site: Site) -> None:
    site.account("luis")
    site.clerk("ana", "1")
    answer = site.browser().sign_in("luis", "1")
    assert answer.status_code == 409
    assert "Otra persona está en la ventanilla 1" in answer.text
    assert site.browser().sign_in("luis", "2").status_code == 303


def test_the_same_person_may_come_back_to_their_counter_from_another_browser(site: Site) -> None:
    first = site.clerk("ana", "1")
    site.clerk("ana", "1")
    assert "Ingreso de ventanilla" in first.page()


def test_a_session_ends_after_half_an_hour_of_nothing_and_frees_its_counter(site: Site) -> None:
    site.account("luis")
    clerk = site.clerk("ana", "1")
    site.clock.pass_s(29 * 60)
    assert clerk.call_next().status_code == 200
    site.clock.pass_s(29 * 60)
    clerk.client.get("/desk/waiting")  # the page by itself is not the clerk
    assert clerk.call_next().status_code == 200
    site.clock.pass_s(31 * 60)
    ended = clerk.call_next()
    assert ended.status_code == 401
    assert "Su sesión terminó" in ended.text
    assert site.browser().sign_in("luis", "1").status_code == 303


def test_a_session_ends_after_twelve_hours_of_work(site: Site) -> None:
    clerk = site.clerk()
    for _ in range(26):
        site.clock.pass_s(28 * 60)
        clerk.call_next()
    assert clerk.call_next().status_code == 401


def test_a_disabled_account_is_out_at_once(site: Site) -> None:
    clerk = site.clerk()
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET disabled_at = 1")
    assert clerk.call_next().status_code == 401
    assert site.browser().sign_in("ana", "2").status_code == 401


def test_signing_out_ends_the_session_and_both_are_audited(site: Site) -> None:
    clerk = site.clerk()
    assert clerk.post("sign-out").status_code == 303
    assert "Ingreso de ventanilla" in clerk.page()
    assert site.rows("SELECT action, actor FROM audit ORDER BY id") == [
        ("session.opened", "ana"),
        ("session.closed", "ana"),
    ]


def test_nobody_leaves_a_citizen_standing(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    clerk = site.clerk()
    clerk.call_next()
    answer = clerk.post("sign-out")
    assert answer.status_code == 409
    assert "Antes de salir, termine con el turno A-001." in answer.text


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    clerk = site.clerk()
    for form in ({}, {"_csrf_token": "x" * 128}):
        answer = clerk.client.post("/desk/call-next", data=form)
        assert answer.status_code == 403
        assert "Vuelva a cargarla" in answer.text


@pytest.mark.parametrize("origin", ["https://otro.sitio", "null", "http://testserver.local.otro.sitio"])
def test_a_form_from_another_site_is_refused(site: Site, origin: str) -> None:
    clerk = site.clerk()
    answer = clerk.post("call-next", Origin=origin)
    assert answer.status_code == 403
    assert "El envío viene de otro sitio" in answer.text
    assert clerk.post("call-next", Origin="http://testserver.local").status_code == 303


def test_passwords() -> None:
    hashed = hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert is_right(PASSWORD, hashed)
    assert not is_right(PASSWORD + " ", hashed)
    assert not is_right(PASSWORD, None)
    assert not is_right(PASSWORD, "not a hash")
    assert len({new_password() for _ in range(50)}) == 50
    assert password_fault(new_password()) is None
    assert password_fault("once letras") is not None
    assert password_fault("x" * 201) is not None
