"""What everybody may see, and what nobody may: the queue as phones read it, and a ticket's page."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from domain.messages import to_json
from domain.tracking import mint
from server.copies import Copies
from server.down import DownFlow
from server.enrolment import Registry
from server.hub import Hub
from server.ingest import Ingest
from server.offices import Offices
from server.proof import Proof
from server.public import queue_key
from server.store.node import read_node
from server.store.writer import Writer
from tests.server.conftest import ELSEWHERE, OFFICE
from tests.server.twin import PERSON

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk(counter="4")


def state(page: str) -> str:
    found = re.search(r'data-state="([^"]*)"', page)
    assert found is not None
    return found[1]


def page(site: Site, issued: Issued) -> str:
    answer = site.client.get(f"/T/{issued.token.text}")
    assert answer.status_code == 200
    return answer.text


def test_a_waiting_turn_says_how_many_are_before_it(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turns = [kiosk.issue() for _ in range(4)]
    first = kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    assert "Usted es el siguiente" in page(site, first)
    assert "Falta 1 turno antes del suyo" in page(site, turns[0])
    assert "Faltan 4 turnos antes del suyo" in page(site, turns[3])
    clerk.call_next()
    assert "Faltan 3 turnos antes del suyo" in page(site, turns[3])


def test_a_turns_page_follows_its_life(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    seen = [state(page(site, turn))]
    kiosk.sync(site.client)
    seen.append(state(page(site, turn)))
    clerk.call_next()
    called = page(site, turn)
    assert "Pase a la ventanilla <b>4</b>" in called
    seen.append(state(called))
    for move in ("serving", "done"):
        clerk.move(turn.id, move)
        seen.append(state(page(site, turn)))
    assert seen == ["coming", "waiting", "called", "serving", "done"]


def test_who_missed_the_call_is_told_what_to_do(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    clerk.miss(turn.id)
    assert "Acérquese a la ventanilla <b>4</b>" in page(site, turn)


def test_a_genuine_ticket_that_has_not_arrived_is_told_from_an_invented_one(site: Site) -> None:
    kiosk = site.enrol()
    coming = page(site, kiosk.issue())
    assert "Su turno es válido" in coming
    assert "A-001" in coming
    day = kiosk.outbox[0].day
    strangers = [
        mint(kiosk=kiosk.enrolment.kiosk_no, day=day, n=1, nonce=b"0" * 16, key=b"another key").text,
        mint(kiosk=999, day=day, n=1, nonce=b"0" * 16, key=kiosk.enrolment.mac_key).text,
        "A" * 52,
        "nada",
        "%00",
    ]
    for text in strangers:
        answer = site.client.get(f"/T/{text}")
        assert answer.status_code == 404
        assert "No conocemos este turno" in answer.text


def test_the_address_may_be_typed_in_lower_case(site: Site) -> None:
    kiosk = site.enrol()
    assert site.client.get(f"/t/{kiosk.issue().token.text.lower()}").status_code == 200


def test_yesterdays_ticket_says_so(site: Site) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    site.clock.pass_s(24 * 3600)
    assert state(page(site, turn)) == "past"


class SilentWriter(Writer):
    """Commits as another process does, and its word of it is still on the way."""

    def _queue(self, unit: Any) -> Future[Any]:
        with self._engine.begin() as connection:
            unit.attempt(connection)
        unit.answer()
        done: Future[Any] = unit.done
        return done


@pytest.fixture
def other_process(site: Site) -> Ingest:
    with site.engines.read.connect() as connection:
        node = read_node(connection)
    assert node is not None
    writer = SilentWriter(site.engines.write, lambda _: None)
    copies = Copies(
        node=node, keys=site.keys, offices=Offices(OFFICE), clock=site.clock, writer=writer, read=site.engines.read
    )
    registry = Registry(node=node, keys=site.keys)
    down_flow = DownFlow(offices=Offices(OFFICE), copies=copies, registry=registry)
    return Ingest(
        node=node, registry=registry, down_flow=down_flow, clock=site.clock, writer=writer, read=site.engines.read
    )


def test_a_turn_just_taken_is_registered_and_not_of_another_day(site: Site, other_process: Ingest) -> None:
    kiosk = site.enrol()
    assert site.client.get("/q/lima.json").json()["waiting"] == []  # which is remembered for two seconds
    turn = kiosk.issue()
    sender = other_process.authenticate(Proof(kiosk.device.public, 1, b""))
    other_process.submit(sender, to_json(kiosk.request()), 1).result()
    just_taken = page(site, turn)
    assert state(just_taken) == "waiting"
    assert "Su turno está registrado" in just_taken
    assert f'data-key="{queue_key(turn.token.nonce_hash)}"' in just_taken  # by which the page finds its place
    site.clock.pass_s(2)
    assert "Usted es el siguiente" in page(site, turn)


# --- a ticket of an office that is called elsewhere ---------------------------------------------------------------


def test_a_ticket_of_another_office_shows_its_state_without_a_place(site: Site) -> None:
    here, there = site.enrol(), site.enrol("tacna-1", office=ELSEWHERE)
    here.issue()
    turn = there.issue()
    assert state(page(site, turn)) == "coming"
    here.sync(site.client)
    there.sync(site.client)
    waits = page(site, turn)
    assert state(waits) == "waiting"
    assert "Su turno está registrado" in waits
    assert 'data-topic="queue.tacna"' in waits
    assert 'data-key=""' in waits
    with site.engines.write.begin() as connection:  # as its home node will tell
        connection.exec_driver_sql("UPDATE ticket SET state = 'called', counter = '8' WHERE office = 'tacna'")
    hub = site.composed.hub
    hub.publish({"queue.tacna": hub.version("queue.tacna") + 1})
    assert "Pase a la ventanilla <b>8</b>" in page(site, turn)
    site.clock.pass_s(24 * 3600)
    assert state(page(site, turn)) == "called"


def test_only_the_office_that_is_called_here_has_a_queue_and_a_desk_here(site: Site, clerk: ClerkTwin) -> None:
    site.enrol("tacna-1", office=ELSEWHERE).issue()
    there = site.enrol("tacna-2", office=ELSEWHERE)
    there.issue()
    there.sync(site.client)
    assert site.client.get("/q/tacna.json").status_code == 404
    assert site.client.get("/q/lima.json").json()["waiting"] == []
    clerk.call_next()
    assert site.rows("SELECT state FROM ticket") == [("waiting",)]


def test_a_topic_is_of_the_office_here_or_of_one_that_was_heard_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    there = site.enrol("tacna-1", office=ELSEWHERE)
    there.issue()
    there.sync(site.client)
    monkeypatch.setattr(Hub, "is_full", True)  # else the answer to a good topic would never end
    for topic, status in (("queue.lima", 503), ("board.lima", 503), ("queue.tacna", 503), ("queue.cusco", 404)):
        assert site.client.get(f"/events/{topic}").status_code == status, topic


# --- what every answer has and has not -----------------------------------------------------------------------------


def test_the_page_says_that_it_is_no_cargo_and_keeps_its_address_secret(site: Site) -> None:
    answer = site.client.get(f"/T/{site.enrol().issue().token.text}")
    assert "Este turno no es el cargo" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_the_queue_is_in_keys_that_only_holders_recognise(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turns = [kiosk.issue(preferential=place == 2) for place in range(3)]
    kiosk.sync(site.client)
    clerk.call_next()
    queue = site.client.get("/q/lima.json")
    assert queue.headers["cache-control"] == "public, max-age=2"
    said = queue.json()
    assert set(said) == {"at", "calling", "waiting"}
    assert said["calling"] == [{"number": "A-003", "counter": "4"}]
    keys = [hashlib.sha256(b"queue" + turn.token.nonce_hash).hexdigest()[:16] for turn in turns]
    assert said["waiting"] == keys[:2]
    assert keys[0] == queue_key(turns[0].token.nonce_hash)


def test_the_queue_is_the_same_bytes_for_two_seconds_unless_it_changes(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    first, second = (site.client.get("/q/lima.json").content for _ in range(2))
    assert first == second
    clerk.call_next()
    assert site.client.get("/q/lima.json").content != first
    third = site.client.get("/q/lima.json").content
    site.clock.pass_s(2)
    assert site.client.get("/q/lima.json").content != third  # its time moved on


def test_unknown_queues_boards_and_topics_do_not_exist(site: Site) -> None:
    for path in ("/q/cusco.json", "/q/lima", "/board/otro", "/events/queue.cusco", "/nada", "/desk/nada"):
        assert site.client.get(path).status_code == 404, path


def test_no_public_answer_ever_holds_what_a_citizen_typed_nor_their_class(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue(preferential=True, language="qu")
    coming = site.client.get(f"/T/{turn.token.text}")
    kiosk.printed(turn)
    answers = [coming, kiosk.post(site.client)]
    for move in ("", "recalled", "serving", "done"):
        if move:
            clerk.move(turn.id, move)
        answers += [
            site.client.get(path)
            for path in (f"/T/{turn.token.text}", "/q/lima.json", "/board/principal", "/healthz", "/api/openapi.json")
        ]
        if not move:
            clerk.call_next()
    planted = [PERSON.name, "PRUEBA", PERSON.document_number, "5678", PERSON.contact, "resolución", "qu\\b", "referen"]
    for answer in answers:
        said = answer.text + str(answer.headers)
        for word in planted:
            if answer.url.path.startswith("/api/") and word == "referen":
                continue  # the API's description names its fields
            assert not re.search(rf"\b{word}", said.replace("no-referrer", "")), (answer.url, word)


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    for path in ("/desk", "/board/principal", "/q/lima.json", "/nada", "/static/pages.css", "/healthz", "/theme.css"):
        headers = site.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_hold_no_inline_script_or_style(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    pages = [site.client.get(path).text for path in ("/board/principal", f"/T/{turn.token.text}", "/nada")]
    for text in [*pages, clerk.page(), site.browser().page()]:
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", text)


def test_health_and_the_description_of_the_api(site: Site) -> None:
    assert site.client.get("/healthz").json() == {"status": "ok"}
    paths = site.client.get("/api/openapi.json").json()["paths"]
    assert {"/sync/v1/exchange", "/healthz", "/events/{topic}", "/q/{name}"} <= set(paths)
    assert not any(path.startswith(("/desk", "/T/", "/board")) for path in paths)


def test_wrong_methods_get_a_fault_or_a_page(site: Site) -> None:
    answer = site.client.get("/sync/v1/exchange")
    assert (answer.status_code, answer.json()["code"]) == (405, "bad_method")
    assert "text/html" in site.client.post("/board/principal").headers["content-type"]


def test_a_failure_of_ours_is_admitted_without_details(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("server.board.Board.view", broken)
    monkeypatch.setattr("server.public.PublicQueue.body", broken)
    for path in ("/board/principal", "/q/lima.json"):
        answer = site.client.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Algo falló en el servidor" in answer.text


def test_a_file_name_that_none_can_have_is_not_found(site: Site) -> None:
    assert site.client.get("/static/%00").status_code == 404
