"""What a centre shows of an office that is called elsewhere, and what it does not do there."""

from __future__ import annotations

import msgspec
import pytest

from domain.messages import CancelRequested, from_json
from server.store.accounts import Role
from tests.server.conftest import PASSWORD
from tests.server.upstream.chain import TACNA, Chain, enrol_node

STALE = "Según la oficina, hace"


def test_the_phone_at_the_centre_follows_a_call_made_in_the_office(chain: Chain) -> None:
    chain.office.account()
    clerk, kiosk = chain.office.clerk(), chain.kiosk()
    first, second = kiosk.issue(), kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    page = f"/T/{second.token.text}"
    assert 'data-ahead="1"' in chain.centre.client.get(page).text
    clerk.call_next()
    clerk.move(first.id, "serving")
    chain.drain()
    assert 'data-ahead="0"' in chain.centre.client.get(page).text
    clerk.move(first.id, "done-next")
    chain.drain()
    text = chain.centre.client.get(page).text
    assert 'data-state="called"' in text
    assert 'data-counter="1"' in text
    assert chain.centre.client.get("/q/tacna.json").json()["calling"] == [{"number": "A-002", "counter": "1"}]


def test_board_office_page_and_overview_show_the_office_by_its_names(chain: Chain) -> None:
    chain.office.account()
    clerk, kiosk = chain.office.clerk(), chain.kiosk()
    kiosk.issue()
    kiosk.sync(chain.office.client)
    clerk.call_next()
    chain.drain()
    board = chain.centre.client.get("/board/principal?office=tacna").text
    assert "A-001" in board
    assert TACNA.name in board
    assert "A-001" not in chain.centre.client.get("/board/principal").text
    assert TACNA.address in chain.centre.client.get("/office?office=tacna").text
    assert chain.centre.client.get("/office?office=nowhere").status_code == 404
    chief = chain.centre.chief()
    overview = chief.page("/admin?office=tacna")
    assert TACNA.name in overview
    assert "desde su propio servidor" in overview
    assert 'data-counter="1" data-work="calling"' in overview


def test_only_administrators_look_into_other_offices(chain: Chain) -> None:
    chain.drain()
    supervisor = chain.centre.chief("sonia", Role.SUPERVISOR)
    assert TACNA.name not in supervisor.page("/admin?office=tacna")


def test_what_is_shown_says_how_old_it_is_once_the_office_is_silent(chain: Chain) -> None:
    kiosk = chain.kiosk()
    issued = kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    pages = [f"/T/{issued.token.text}?x=1", "/board/principal?office=tacna"]
    chief = chain.centre.chief()
    assert not any(STALE in chain.centre.client.get(page).text for page in pages)
    chain.clock.pass_s(185)
    pages[0] += "2"  # not the page that is kept for some seconds
    assert all(f"{STALE} 3 min" in chain.centre.client.get(page).text for page in pages)
    assert f"{STALE} 3 min" in chief.page("/admin?office=tacna")
    assert "hace 3 min" in chain.centre.client.get("/office?office=tacna").text
    chain.step()
    pages[0] += "3"
    assert not any(STALE in chain.centre.client.get(page).text for page in pages)


def test_a_change_of_the_office_reaches_the_centre(chain: Chain) -> None:
    chain.drain()
    chief = chain.office.chief()
    chief.send("/admin/notices", {"words": "Hoy no hay caja", "from_day": "", "to_day": "", "id": "0"})
    chain.drain()
    assert chain.centre.rows("SELECT office, words FROM notice") == chain.office.rows(
        "SELECT office, words FROM notice"
    )
    assert "Hoy no hay caja" in chain.centre.client.get("/office?office=tacna").text
    said = "SELECT count(*) FROM event WHERE type = 'office.set_up'"
    assert chain.centre.rows(said) == [(2,)]


@pytest.fixture
def moved(chain: Chain) -> Chain:
    """The centre's own office has a server of its own now; a clerk still sits at the centre."""
    chain.centre.account()
    kiosk = chain.centre.enrol()
    kiosk.issue()
    kiosk.sync(chain.centre.client)
    return chain


def take_away(chain: Chain) -> None:
    chain.drain()
    request = chain.line.requests[-1]
    own = msgspec.structs.replace(request.streams[0].stream, origin="node-cccccccccccc")
    push = msgspec.structs.replace(request.streams[0], stream=own, from_seq=1, events=())
    chain.line.machine = enrol_node(chain.centre, chain.centre.config.office, "servidor-lima")
    chain.line.exchange(msgspec.structs.replace(request, child="servidor-lima", streams=(push,)))
    assert chain.line.refused == []


def test_the_centres_desk_does_not_call_for_an_office_with_a_server_of_its_own(moved: Chain) -> None:
    clerk = moved.centre.clerk()
    [(ticket,)] = moved.centre.rows("SELECT id FROM ticket")
    chief = moved.centre.chief()
    seen = chief.seen("/admin/rules", "/admin/rules")
    take_away(moved)
    before = moved.centre.rows("SELECT count(*) FROM event")
    refused = [
        clerk.call_next(),
        clerk.move(ticket, "chosen", why="at_counter"),
        clerk.post(f"copy/{ticket}"),
        clerk.post("pause", {"reason": "meal"}),
    ]
    assert {answer.status_code for answer in refused} == {409}
    assert all("desde su propio servidor" in answer.text for answer in refused)
    assert chief.send("/admin/counters", {"counter": "3"}).status_code == 409
    rules = {"ordinary_alert_min": "55", "let_pass": "1"}
    assert chief.send("/admin/rules", rules, seen=seen).status_code == 303  # asked of the office, no more
    assert moved.centre.composed.offices.rules_of("lima").ordinary_alert_min == 40
    assert moved.centre.rows("SELECT office, kind, answered_at FROM asked") == [("lima", "set_up", None)]
    clerk.post("sign-out")
    again = moved.centre.browser().sign_in("ana", "2", PASSWORD)
    assert again.status_code == 409
    assert moved.centre.rows("SELECT count(*) FROM event") == before


def test_a_turn_given_up_on_the_phone_at_the_centre_is_cancelled_once_in_its_office(chain: Chain) -> None:
    chain.office.account()
    kiosk = chain.kiosk()
    issued, other = kiosk.issue(), kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    page, browser = f"/T/{issued.token.text}", chain.centre.client
    for _ in range(2):  # a tap that trembles
        assert browser.post(f"{page}/cancel", data={"x": "1"}, follow_redirects=False).status_code == 303
    assert chain.centre.rows("SELECT type FROM event WHERE type LIKE 'cancel%'") == [("cancel.requested",)]
    assert "Usted pidió cancelar" in browser.get(page).text
    assert "Usted pidió cancelar" in browser.get(f"{page}/cancel").text
    chain.line.loses_answers = True  # the request is carried out, and heard of again
    chain.step(2)
    chain.line.loses_answers = False
    chain.drain()
    chain.step(2)
    chain.drain()
    cancelled = "SELECT count(*) FROM event WHERE type = 'ticket.cancelled'"
    assert chain.office.rows(cancelled) == chain.centre.rows(cancelled) == [(1,)]
    assert {turn[1]: turn[2] for turn in chain.turns(chain.centre)} == {1: "cancelled", 2: "waiting"}
    assert 'data-state="cancelled"' in browser.get(page).text
    assert chain.centre.rows("SELECT count(*) FROM request WHERE answered_at IS NULL") == [(0,)]
    assert str(other.number) in browser.get(f"/T/{other.token.text}").text


def test_who_is_called_meanwhile_stays_called(chain: Chain) -> None:
    chain.office.account()
    clerk, kiosk = chain.office.clerk(), chain.kiosk()
    issued = kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    clerk.call_next()
    chain.centre.client.post(f"/T/{issued.token.text}/cancel", data={"x": "1"})
    chain.step(2)
    chain.drain()
    assert [turn[2] for turn in chain.turns(chain.centre)] == ["called"]
    [down] = [down for answer in chain.line.answers for down in answer.down if down.scope == "requests" and down.items]
    assert from_json(bytes(down.items[0]), CancelRequested).ticket == issued.id
    answered = chain.centre.rows("SELECT body FROM event WHERE type = 'cancel.answered'")
    assert b'"done":false' in answered[0][0]


def test_other_acts_of_the_phone_are_for_the_office(chain: Chain) -> None:
    kiosk = chain.kiosk()
    issued = kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    for act, form in (("let-pass", {"times": "0"}), ("describe", {"words": "algo más"})):
        answer = chain.centre.client.post(f"/T/{issued.token.text}/{act}", data=form)
        assert answer.status_code == 409
    assert chain.centre.rows("SELECT count(*) FROM note") == [(0,)]


def test_a_note_stays_sealed_at_the_centre(chain: Chain) -> None:
    chain.office.account()
    clerk, kiosk = chain.office.clerk(), chain.kiosk()
    issued = kiosk.issue()
    kiosk.sync(chain.office.client)
    clerk.call_next()
    clerk.move(issued.id, "serving")
    clerk.move(issued.id, "note", text="Trae la copia fedateada")
    chain.drain()
    notes = "SELECT author, sealed, at FROM note"
    assert chain.centre.rows(notes) == chain.office.rows(notes)
    sealed = [row[0] for row in chain.centre.rows("SELECT sealed FROM event WHERE sealed IS NOT NULL")]
    assert len(sealed) == 2
    assert not any(b"fedateada" in bytes(one) for one in sealed)


def test_the_queues_of_other_offices_reach_an_offices_kiosks(chain: Chain) -> None:
    ours = chain.centre.enrol()
    for _ in range(3):
        ours.issue()
    ours.sync(chain.centre.client)
    chain.step(2)
    kiosk = chain.kiosk()
    items = map(msgspec.json.decode, kiosk.hear(chain.office.client, "queue").items)
    assert {item["office"]: item["waiting"] for item in items} == {"": 0, "lima": 3}
    chain.clock.pass_s(61)
    told = [msgspec.json.decode(item)["office"] for item in kiosk.hear(chain.office.client, "queue").items]
    assert told == [""]
