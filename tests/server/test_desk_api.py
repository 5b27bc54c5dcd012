"""The desk for programs: the same calls as the page, in JSON."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from server.store.accounts import Role
from tests.server.twin import fully_told

if TYPE_CHECKING:
    import httpx

    from tests.server.conftest import ClerkTwin, Site

API = "/api/v1/desk"


def call(clerk: ClerkTwin, path: str = "next", **more: Any) -> httpx.Response:
    return clerk.client.post(f"{API}/{path}", **({"json": {}} | more))


def turn(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["turn"]


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk()


def test_a_turn_from_its_call_to_the_next(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    first, second = kiosk.issue(), kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    called = turn(call(clerk))
    assert (called["ticket"], called["state"], called["counter"], called["calls"]) == (str(second.id), "called", "1", 1)
    assert turn(call(clerk, f"turns/{second.id}/serving"))["state"] == "serving"
    assert turn(call(clerk))["ticket"] == str(first.id)
    assert site.rows("SELECT state FROM ticket WHERE id = :id", id=str(second.id)) == [("done",)]
    turn(call(clerk, f"turns/{first.id}/serving"))
    assert turn(call(clerk, f"turns/{first.id}/done")) is None
    assert turn(call(clerk)) is None
    kinds = [kind for (kind,) in site.rows("SELECT type FROM event WHERE type LIKE 'ticket.%' ORDER BY at, seq")]
    assert kinds[-6:] == [
        "ticket.called",
        "ticket.serving",
        "ticket.done",
        "ticket.called",
        "ticket.serving",
        "ticket.done",
    ]


def test_the_line_is_in_the_order_of_calls_and_names_nobody(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    person, words = fully_told()
    ordinary, preferential = kiosk.issue(person=person), kiosk.issue(person=person, preferential=True)
    kiosk.sync(site.client)
    answer = clerk.client.get(f"{API}/line")
    line = answer.json()
    assert [one["ticket"] for one in line["waiting"]] == [str(preferential.id), str(ordinary.id)]
    assert (line["topic"], line["turn"]) == ("desk.lima", None)
    assert line["version"] == site.composed.hub.version("desk.lima")
    called = call(clerk)
    text = answer.text + called.text + clerk.client.get(f"{API}/line").text
    assert not [word for word in words if word in text]
    assert clerk.client.get(f"{API}/line").json()["turn"] == turn(called)


def test_what_a_page_of_another_site_could_send_is_refused(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    form = {"json": None, "data": {"a": "b"}}
    assert refused(call(clerk, **form)) == (415, "bad_request")
    assert refused(call(clerk, json=None, content=b"{}", headers={"Content-Type": "text/plain"})) == (
        415,
        "bad_request",
    )
    assert refused(call(clerk, headers={"Origin": "https://otro.ejemplo"})) == (403, "foreign_origin")
    assert refused(call(clerk, json=None, content=b"{", headers={"Content-Type": "application/json"})) == (
        400,
        "bad_request",
    )
    assert site.rows("SELECT state FROM ticket") == [("waiting",)]


def test_who_may_call(site: Site, clerk: ClerkTwin) -> None:
    stranger = site.browser()
    site.account("rosa", Role.SUPERVISOR)
    supervisor = site.clerk("rosa", "")
    for twin, expected in ((stranger, (401, "signed_out")), (supervisor, (403, "not_allowed"))):
        assert refused(call(twin)) == expected
        assert refused(call(twin, f"turns/{uuid4()}/done")) == expected
        assert refused(twin.client.get(f"{API}/line")) == expected
    clerk.post("sign-out")
    assert refused(call(clerk)) == (401, "signed_out")


def test_an_old_request_moves_nothing(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    first, second = kiosk.issue(), kiosk.issue()
    kiosk.sync(site.client)
    turn(call(clerk))
    assert refused(call(clerk)) == (409, "counter_busy")  # called and not come yet: it cannot be finished
    assert refused(call(clerk, f"turns/{first.id}/done")) == (409, "illegal_move")
    assert refused(call(clerk, f"turns/{second.id}/serving")) == (409, "other_counter")
    assert refused(call(clerk, f"turns/{uuid4()}/serving")) == (404, "unknown_turn")
    assert refused(call(clerk, f"turns/{first.id}/cancelled")) == (404, "not_found")  # not a clerk's to do
    assert refused(call(clerk, "turns/nothing/done"))[0] in {400, 404}
    assert dict(site.rows("SELECT id, state FROM ticket")) == {str(first.id): "called", str(second.id): "waiting"}


def test_doubled_requests_finish_one_and_call_one(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turns = [kiosk.issue() for _ in range(6)]
    kiosk.sync(site.client)
    held = turn(call(clerk))
    turn(call(clerk, f"turns/{held['ticket']}/serving"))
    answers: list[int] = []
    clicks = [threading.Thread(target=lambda: answers.append(call(clerk).status_code)) for _ in range(4)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(answers) == [200, 409, 409, 409]
    states = sorted(state for (state,) in site.rows("SELECT state FROM ticket"))
    assert states == ["called", "done", *["waiting"] * (len(turns) - 2)]
