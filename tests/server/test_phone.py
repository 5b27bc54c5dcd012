"""What a turn's holder does from the phone, once and honestly; and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from nacl.public import PrivateKey, SealedBox
from sqlalchemy import text

from domain.messages import Note, from_json
from domain.office import QueueRules
from server.phone import ACTS_OF_A_TURN, LONGEST_WORDS, MOST_ADDITIONS, tidy
from server.store.settings import save_settings, take_from_file
from server.web.headers import _DEFAULTS
from tests.server.conftest import ELSEWHERE, OFFICE
from tests.server.twin import PERSON

if TYPE_CHECKING:
    import httpx

    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued, KioskTwin


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk(counter="4")


@pytest.fixture
def kiosk(site: Site) -> KioskTwin:
    return site.enrol()


def in_line(site: Site, kiosk: KioskTwin, count: int) -> list[Issued]:
    turns = [kiosk.issue() for _ in range(count)]
    kiosk.sync(site.client)
    return turns


def at(turn: Issued, act: str = "") -> str:
    return f"/T/{turn.token.text}/{act}".rstrip("/")


def page(site: Site, turn: Issued, act: str = "") -> str:
    answer = site.client.get(at(turn, act))
    assert answer.status_code == 200, answer.text
    return answer.text


def post(site: Site, turn: Issued, act: str, **form: str) -> httpx.Response:
    return site.client.post(at(turn, act), data=form, follow_redirects=False)


def kinds(site: Site) -> list[str]:
    return [
        kind for (kind,) in site.rows("SELECT type FROM event ORDER BY received_at, seq") if kind != "ticket.issued"
    ]


def order(site: Site) -> list[int]:
    wait = "SELECT n FROM ticket WHERE state = 'waiting' ORDER BY preferential DESC, lined_up_at, n"
    return [n for (n,) in site.rows(wait)]


def set_up(site: Site, rules: QueueRules) -> None:
    with site.engines.write.begin() as connection:
        take_from_file(connection, OFFICE, site.clock.now())
        save_settings(connection, OFFICE, rules, by="ana", now=site.clock.now())
    site.composed.offices.forget()


# --- the line in which one stands -----------------------------------------------------------------------------------


def test_ahead_are_only_those_who_are_called_at_the_same_counters(site: Site, kiosk: KioskTwin) -> None:
    for name, counter in (("ana", "4"), ("eva", "5")):
        site.account(name)
        site.clerk(name, counter)
    for name, service in (("ana", "tramite"), ("eva", "consulta")):
        with site.engines.write.begin() as connection:
            connection.execute(
                text("UPDATE account SET first_list = :list WHERE name = :name"),
                {"list": f'["{service}"]', "name": name},
            )
    asks = [kiosk.issue(service="consulta") for _ in range(3)]
    hands_in = kiosk.issue(service="tramite")
    last = kiosk.issue(service="consulta")
    kiosk.sync(site.client)
    assert "Usted es el siguiente" in page(site, hands_in)
    assert "Faltan 3 turnos antes del suyo" in page(site, last)
    whole = site.client.get("/q/lima.json").json()["waiting"]
    of_asks = site.client.get("/q/lima.consulta.json").json()["waiting"]
    of_handing_in = site.client.get("/q/lima.tramite.json").json()["waiting"]
    assert [whole.index(key) for key in of_asks] == [0, 1, 2, 4]
    assert [whole.index(key) for key in of_handing_in] == [3]
    assert kiosk.ask(site.client, last.token.text).json()["ahead"] == 3
    assert len(asks) == 3


def test_a_turn_sent_to_one_counter_stands_in_that_counters_line(site: Site, kiosk: KioskTwin) -> None:
    first, second = in_line(site, kiosk, 2)
    with site.engines.write.begin() as connection:
        connection.execute(
            text("UPDATE ticket SET for_counter = '4', called_at = issued_at WHERE id = :id"), {"id": str(second.id)}
        )
    site.clock.pass_s(2)
    sent = page(site, second)
    assert "Lo llamará la ventanilla 4, con el mismo número." in sent
    assert 'data-queue="/q/lima.@4.json"' in sent
    assert len(site.client.get("/q/lima.@4.json").json()["waiting"]) == 2
    assert 'data-queue="/q/lima.tramite.json"' in page(site, first)


def test_views_that_nobody_waits_in_are_empty_and_strange_names_are_not_found(site: Site, kiosk: KioskTwin) -> None:
    in_line(site, kiosk, 1)
    assert site.client.get("/q/lima.nada.json").json()["waiting"] == []
    for name in ("lima..json", "lima", f"lima.{'x' * 33}.json", "tacna.tramite.json"):
        assert site.client.get(f"/q/{name}").status_code == 404, name


def test_nobodys_class_shows_in_a_view(site: Site, kiosk: KioskTwin) -> None:
    kiosk.issue()
    kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    answer = site.client.get("/q/lima.tramite.json")
    assert answer.headers["cache-control"] == "public, max-age=2"
    assert set(answer.json()) == {"at", "calling", "waiting"}


# --- let two pass ---------------------------------------------------------------------------------------------------


def test_two_pass_and_no_more(site: Site, kiosk: KioskTwin) -> None:
    turns = in_line(site, kiosk, 5)
    asked = page(site, turns[0], "let-pass")
    assert "Las dos personas siguientes pasarán antes que usted." in asked
    assert "Puede hacerlo 2 veces más." in asked
    done = post(site, turns[0], "let-pass", times="0")
    assert (done.status_code, done.headers["location"]) == (303, f"{at(turns[0])}?ok=let-pass")
    assert order(site) == [2, 3, 1, 4, 5]
    assert "Listo: pasan antes que usted" in site.client.get(done.headers["location"]).text
    assert "Faltan 2 turnos antes del suyo" in page(site, turns[0])
    assert kinds(site) == ["ticket.let_pass"]
    [(body,)] = site.rows("SELECT body FROM event WHERE type = 'ticket.let_pass'")
    [(place,)] = site.rows("SELECT lined_up_at FROM ticket WHERE n = 1")
    assert msgspec.json.decode(body)["lined_up_at"] == place


def test_a_second_tap_lets_nobody_else_pass(site: Site, kiosk: KioskTwin) -> None:
    turns = in_line(site, kiosk, 5)
    for _ in range(2):
        assert post(site, turns[0], "let-pass", times="0").status_code == 303
    assert order(site) == [2, 3, 1, 4, 5]
    assert kinds(site) == ["ticket.let_pass"]


def test_it_lets_pass_as_often_as_the_office_allows(site: Site, kiosk: KioskTwin) -> None:
    set_up(site, QueueRules(let_pass=1))
    turns = in_line(site, kiosk, 5)
    assert "Es la última vez que puede hacerlo." in page(site, turns[0], "let-pass")
    post(site, turns[0], "let-pass", times="0")
    again = post(site, turns[0], "let-pass", times="1")
    assert again.status_code == 409
    assert "Ya dejó pasar a otros todas las veces que se puede." in again.text
    assert "Dejar pasar a dos" not in page(site, turns[0])
    assert order(site) == [2, 3, 1, 4, 5]


def test_who_is_last_of_their_class_lets_nobody_pass(site: Site, kiosk: KioskTwin) -> None:
    ordinary, preferential = kiosk.issue(), kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    for turn in (ordinary, preferential):  # the ordinary one stands behind, and is not of its class
        assert "Dejar pasar a dos" not in page(site, turn)
        assert "Ahora no hay nadie detrás de usted" in page(site, turn, "let-pass")
        refused = post(site, turn, "let-pass", times="0")
        assert (refused.status_code, "Ahora no hay nadie detrás" in refused.text) == (409, True)
    assert order(site) == [2, 1]


def test_one_behind_is_one_that_passes(site: Site, kiosk: KioskTwin) -> None:
    turns = in_line(site, kiosk, 2)
    assert "La siguiente persona pasará antes que usted." in page(site, turns[0], "let-pass")
    post(site, turns[0], "let-pass", times="0")
    assert order(site) == [2, 1]


@pytest.mark.parametrize("times", ["", "-1", "x", "99", "²"])
def test_a_form_that_is_not_ours_is_a_bad_request(site: Site, kiosk: KioskTwin, times: str) -> None:
    turns = in_line(site, kiosk, 2)
    assert post(site, turns[0], "let-pass", times=times).status_code == 400
    assert order(site) == [1, 2]


# --- cancel ---------------------------------------------------------------------------------------------------------


def test_cancelling_takes_two_steps_and_tells_everybody(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    turns = in_line(site, kiosk, 2)
    assert 'action="' not in page(site, turns[0])  # nothing on the turn's page changes anything
    assert "Perderá su lugar en la fila." in page(site, turns[0], "cancel")
    hub = site.composed.hub
    before = {topic: hub.version(f"{topic}.lima") for topic in ("queue", "desk", "board")}
    for _ in range(2):  # the second tap finds it done
        assert post(site, turns[0], "cancel").status_code == 303
    assert 'data-state="cancelled"' in page(site, turns[0])
    assert kinds(site) == ["ticket.cancelled"]
    site.client.get("/healthz")  # the loop has had its turn: what was published has arrived
    assert {topic: hub.version(f"{topic}.lima") - version for topic, version in before.items()} == {
        "queue": 1, "desk": 1, "board": 1,
    }  # fmt: skip
    clerk.call_next()
    assert order(site) == []


def test_who_is_called_does_not_cancel(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    turns = in_line(site, kiosk, 2)
    clerk.call_next()
    refused = post(site, turns[0], "cancel")
    assert refused.status_code == 409
    assert "Su turno ya no está en espera" in refused.text
    assert "Pase a la ventanilla 4" in refused.text  # and what is to be done instead
    assert post(site, turns[0], "let-pass", times="0").status_code == 409
    assert kinds(site) == ["ticket.called"]


# --- describe -------------------------------------------------------------------------------------------------------


def written(site: Site) -> list[str]:
    box = SealedBox(PrivateKey(site.keys.seal))
    rows = site.rows("SELECT sealed FROM note WHERE author = '' ORDER BY id")
    return [from_json(box.decrypt(bytes(sealed)), Note).text for (sealed,) in rows]


def test_what_is_written_is_sealed_and_never_shown(site: Site, kiosk: KioskTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    assert "Ley 29733" in page(site, turn, "describe")
    done = post(site, turn, "describe", words=" Soy MARIA PRUEBA EJEMPLO.\r\nTraigo dos copias.\0 ")
    assert (done.status_code, done.headers["location"]) == (303, f"{at(turn, 'describe')}?ok=describe")
    after = site.client.get(done.headers["location"]).text
    assert "Ya está en la ventanilla" in after
    assert "Ya envió 1 texto. Puede enviar hasta 5." in after
    assert "PRUEBA" not in after + page(site, turn)
    assert written(site) == ["Soy MARIA PRUEBA EJEMPLO.\nTraigo dos copias."]
    [(body, sealed)] = site.rows("SELECT body, sealed FROM event WHERE type = 'ticket.noted'")
    assert msgspec.json.decode(body) == {"ticket": str(turn.id), "author": ""}
    assert from_json(SealedBox(PrivateKey(site.keys.seal)).decrypt(bytes(sealed)), Note).text.startswith("Soy MARIA")
    everything = str(site.rows("SELECT * FROM note")) + str(site.rows("SELECT body FROM event"))
    assert "PRUEBA" not in everything


def test_the_same_words_twice_are_one_addition(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    for _ in range(2):
        assert post(site, turn, "describe", words="Es urgente").status_code == 303
    clerk.call_next()
    assert post(site, turn, "describe", words="Y otra cosa").status_code == 303  # called is not too late
    clerk.move(turn.id, "serving")
    assert post(site, turn, "describe", words="Es urgente").status_code == 303  # it is there
    assert post(site, turn, "describe", words="Más").status_code == 409
    assert written(site) == ["Es urgente", "Y otra cosa"]


def test_five_additions_are_enough(site: Site, kiosk: KioskTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    for n in range(MOST_ADDITIONS):
        assert post(site, turn, "describe", words=f"Texto {n}").status_code == 303
    assert "<textarea" not in page(site, turn, "describe")
    refused = post(site, turn, "describe", words="Uno más")
    assert (refused.status_code, "Ya envió 5 textos." in refused.text) == (409, True)
    assert len(written(site)) == MOST_ADDITIONS


@pytest.mark.parametrize(
    ("words", "told"), [("  \r\n\0\u202e ", "Escriba algo"), ("ñ" * (LONGEST_WORDS + 1), "hasta 1000 letras")]
)
def test_words_that_cannot_be_sent_stay_in_the_field(site: Site, kiosk: KioskTwin, words: str, told: str) -> None:
    [turn] = in_line(site, kiosk, 1)
    refused = post(site, turn, "describe", words=words)
    assert (refused.status_code, told in refused.text) == (400, True)
    assert words.strip("\0 \r\n\u202e") in refused.text
    assert written(site) == []
    assert post(site, turn, "describe", words="ñ" * LONGEST_WORDS).status_code == 303


def test_written_markup_is_text(site: Site, kiosk: KioskTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    refused = post(site, turn, "describe", words="</textarea><script>alert(1)</script>" + "x" * LONGEST_WORDS)
    assert "<script>alert" not in refused.text
    assert tidy("uno\r\ndos\rtres\t\u0000cuatro\u202e") == "uno\ndos\ntres cuatro"


# --- who may not ----------------------------------------------------------------------------------------------------

ACTS = (("let-pass", {"times": "0"}), ("cancel", {}), ("describe", {"words": "hola"}))


@pytest.mark.parametrize(("act", "form"), ACTS)
def test_only_the_token_opens_and_only_for_our_own_pages(
    site: Site, kiosk: KioskTwin, act: str, form: dict[str, str]
) -> None:
    turn, _ = in_line(site, kiosk, 2)
    stranger = site.client.post(f"/T/{'A' * 52}/{act}", data=form)
    assert (stranger.status_code, "No conocemos este turno" in stranger.text) == (404, True)
    foreign = site.client.post(at(turn, act), data=form, headers={"Origin": "https://otra.example"})
    assert (foreign.status_code, "La página venía de otro sitio" in foreign.text) == (403, True)
    unsent = site.client.post(at(turn, act), data=form, headers={"Origin": "null"})
    assert unsent.status_code == 403
    assert kinds(site) == []
    ours = {"Origin": "http://testserver.local"}
    done = site.client.post(at(turn, act), data=form, headers=ours, follow_redirects=False)
    assert done.status_code == 303
    assert "set-cookie" not in done.headers
    assert len(kinds(site)) == 1


@pytest.mark.parametrize(("act", "form"), ACTS)
def test_a_turn_is_not_acted_upon_elsewhere_nor_later_nor_before_it_arrives(
    site: Site, kiosk: KioskTwin, act: str, form: dict[str, str]
) -> None:
    there = site.enrol("tacna-1", office=ELSEWHERE)
    elsewhere = there.issue()
    there.sync(site.client)
    old = kiosk.issue()
    kiosk.sync(site.client)
    site.clock.pass_s(24 * 3600)
    coming, elsewhere_today = kiosk.issue(), there.issue()
    there.sync(site.client)
    for turn, why in ((coming, "aún no llega"), (elsewhere_today, "otra oficina"), (old, "otro día")):
        assert f"/{act}" not in page(site, turn).split("<main")[1].split("</main")[0]
        refused = post(site, turn, act, **form)
        assert (refused.status_code, why in refused.text) == (409, True), why
    assert post(site, elsewhere, act, **form).status_code == 409
    assert kinds(site) == []


def test_who_taps_without_end_is_asked_to_wait(site: Site, kiosk: KioskTwin) -> None:
    turn, other = in_line(site, kiosk, 2)
    for _ in range(ACTS_OF_A_TURN):
        assert post(site, turn, "describe", words="").status_code == 400
    braked = post(site, turn, "cancel")
    assert (braked.status_code, braked.headers["retry-after"]) == (429, "60")
    assert "Espere 60 segundos." in braked.text
    assert post(site, other, "cancel").status_code == 303  # the neighbour, in the same Wi-Fi
    site.clock.pass_s(60)
    assert post(site, turn, "cancel").status_code == 303


def test_looking_changes_nothing(site: Site, kiosk: KioskTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    for act in ("", "let-pass", "cancel", "describe", "manifest.webmanifest"):
        site.client.get(at(turn, act))
    assert kinds(site) == []
    assert order(site) == [1]
    assert site.client.get(at(turn, "otra")).status_code == 404
    assert site.client.post(at(turn, "otra")).status_code == 404


# --- how it is sent -------------------------------------------------------------------------------------------------


def test_the_link_can_be_installed_and_stays_secret(site: Site, kiosk: KioskTwin) -> None:
    [turn] = in_line(site, kiosk, 1)
    said = page(site, turn)
    [link] = re.findall(r'<link rel="manifest" href="([^"]+)"', said)
    answer = site.client.get(link)
    manifest = answer.json()
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (manifest["name"], manifest["short_name"], manifest["start_url"]) == ("Turno A-001", "A-001", at(turn))
    assert all(site.client.get(icon["src"]).status_code == 200 for icon in manifest["icons"])
    assert "manifest-src 'self'" in _DEFAULTS["Content-Security-Policy"]
    assert "no-referrer" not in site.client.get(at(turn, "cancel")).headers["referrer-policy"]  # our forms say Origin


def test_pages_of_citizens_are_compressed_and_those_with_sessions_are_not(
    site: Site, kiosk: KioskTwin, clerk: ClerkTwin
) -> None:
    [turn] = in_line(site, kiosk, 1)
    for path in (at(turn), "/office", "/q/lima.json", "/static/phone.css", "/static/live.js"):
        assert site.client.get(path).headers.get("content-encoding") == "gzip", path
    assert "content-encoding" not in clerk.client.get("/desk").headers
    plain = site.client.get("/q/lima.json", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == site.client.get("/q/lima.json").content


# --- languages ------------------------------------------------------------------------------------------------------


def language(answer: httpx.Response) -> str:
    return re.findall(r'<html lang="([^"]+)"', answer.text)[0]


def test_a_page_speaks_the_language_that_was_chosen_then_the_visits_then_the_phones(
    site: Site, kiosk: KioskTwin
) -> None:
    set_up(site, QueueRules(languages=("es", "en", "qu")))
    coming = kiosk.issue()
    quechua, aymara = kiosk.issue(language="qu"), kiosk.issue(language="ay")
    english = {"Accept-Language": "fr;q=0.9, en-US;q=0.8, es;q=0.1, de;q=x"}
    assert language(site.client.get(at(coming), headers=english)) == "en"
    kiosk.sync(site.client)
    assert language(site.client.get(at(quechua), headers=english)) == "qu"
    assert language(site.client.get(at(aymara), headers=english)) == "en"  # not offered here
    assert language(site.client.get(at(aymara))) == "es"
    chosen = site.client.get(f"{at(quechua)}?l=en")
    assert language(chosen) == "en"
    assert "1 turn before yours" in chosen.text
    assert f'href="{at(quechua, "cancel")}?l=en"' in chosen.text
    assert language(site.client.get(f"{at(quechua)}?l=<script>")) == "qu"
    done = site.client.post(f"{at(quechua, 'cancel')}?l=en", follow_redirects=False)
    assert done.headers["location"] == f"{at(quechua)}?l=en&ok=cancel"
    assert "Turn cancelled" in site.client.get(done.headers["location"]).text


def test_an_unknown_turn_is_told_in_the_phones_language(site: Site) -> None:
    answer = site.client.get(f"/T/{'A' * 52}", headers={"Accept-Language": "en"})
    assert (answer.status_code, "We do not know this turn" in answer.text) == (404, True)


# --- nothing of the person -------------------------------------------------------------------------------------------


def test_no_act_tells_who_it_is(site: Site, kiosk: KioskTwin) -> None:
    turns = in_line(site, kiosk, 3)
    for act in ("", "let-pass", "cancel", "describe"):
        said = page(site, turns[0], act)
        for word in (PERSON.name, PERSON.document_number, PERSON.contact, "resolución", "preferen"):
            assert word not in said, (act, word)
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", said)
