"""The entity's own systems: they see what is theirs, report where a filing stands, and are told, signed and once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.signing import VerifyKey

from domain.delivery import Channel, DeliveryState
from domain.filings import FilingMove
from domain.messages import FilingTold, FilingWords, from_json
from domain.signing import webhook_words
from server.delivery.round import Carriers
from server.delivery.webhook import Webhooks
from server.store.deliveries import deliveries_of
from tests.server.conftest import ChiefTwin, Site
from tests.server.filing.gateway import gateway

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from server.store.filings import Filing
    from tests.server.filing.conftest import Counter

API = "/api/v1/filings"


@pytest.fixture
def chief(site: Site) -> ChiefTwin:
    return site.chief()


def connect(chief: ChiefTwin, name: str = "sgd", url: str = "") -> str:
    """The token of a new system, as its page shows it once."""
    answer = chief.send("/admin/integrations", {"integration_name": name, "integration_url": url})
    assert answer.status_code == 200, answer.text
    found = re.search(r'<code class="secret">([\w-]{43})</code>', answer.text)
    assert found is not None
    return found[1]


def ask(site: Site, token: str, path: str = "", **query: Any) -> httpx.Response:
    return site.client.get(f"{API}{path}", params=query, headers={"Authorization": f"Bearer {token}"})


def report(site: Site, token: str, filing: UUID, **told: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return site.client.post(f"{API}/{filing}/moves", json=told, headers=headers)


def test_a_system_takes_a_filing_over_and_reports_until_the_end(counter: Counter, chief: ChiefTwin) -> None:
    site, token = counter.site, connect(chief)
    filing, other = counter.receive(), counter.receive()
    first = ask(site, token).json()
    assert [one["expediente"] for one in first["filings"]] == [filing.expediente, other.expediente]
    assert not re.search("PRUEBA|12345678|resoluci", ask(site, token).text)
    whole = ask(site, token, f"/{filing.id}").json()
    assert (whole["applicant"]["name"], whole["annexes"]) == ("MARIA PRUEBA EJEMPLO", ["Copia de la resolución"])
    for told in (
        {"move": "forwarded", "unit": "legal"},
        {"move": "in_process"},
        {"move": "resolved", "text": "Resolución 12"},
    ):
        answers = [report(site, token, filing.id, **told) for _ in range(2)]  # said twice it is done once
        assert [answer.json()["status"] for answer in answers] == [told["move"]] * 2
    whole = ask(site, token, f"/{filing.id}").json()
    assert [(step["move"], step["actor"]) for step in whole["steps"]] == [
        ("received", "ana"), ("forwarded", "api:sgd"), ("in_process", "api:sgd"), ("resolved", "api:sgd"),
    ]  # fmt: skip
    later = ask(site, token, after=first["next"]).json()
    assert [one["status"] for one in later["filings"]] == ["resolved"]
    assert ask(site, token, after=later["next"]).json() == {"filings": [], "next": later["next"]}
    looks = site.rows("SELECT actor, subject FROM audit WHERE action = 'filing.viewed'")
    assert looks == [("api:sgd", filing.expediente)] * 2


def test_what_is_not_legal_changes_nothing(counter: Counter, chief: ChiefTwin) -> None:
    site, token = counter.site, connect(chief)
    filing = counter.receive(missing=("Recibo",))
    before = site.rows("SELECT * FROM filing_step ORDER BY id")
    for told, status, code in (
        ({"move": "in_process"}, 409, "not_forwarded"),
        ({"move": "forwarded", "unit": "legal"}, 409, "illegal_filing_move"),
        ({"move": "forwarded", "unit": "nadie"}, 404, "unknown_unit"),
        ({"move": "resolved"}, 409, "illegal_filing_move"),
        ({"move": "observed"}, 400, "bad_request"),
        ({"move": "received"}, 400, "bad_request"),
        ({"unit": "legal"}, 400, "bad_request"),
    ):
        answer = report(site, token, filing.id, **told)
        assert (answer.status_code, answer.json()["code"]) == (status, code), told
    assert site.rows("SELECT * FROM filing_step ORDER BY id") == before


def test_without_its_token_nobody_sees_anything(counter: Counter, chief: ChiefTwin) -> None:
    site, token = counter.site, connect(chief)
    filing = counter.receive()
    [(id_,)] = site.rows("SELECT id FROM integration")
    assert ask(site, token).status_code == 200
    for header in ("", "Bearer", "Bearer ", f"Basic {token}", f"Bearer {token}x", f"Bearer {token[:-1]}"):
        for path in ("", f"/{filing.id}"):
            assert site.client.get(f"{API}{path}", headers={"Authorization": header}).status_code == 401
    assert chief.send(f"/admin/integrations/{id_}/revoke").status_code == 303
    assert ask(site, token, f"/{filing.id}").status_code == 401
    stored = site.rows("SELECT * FROM integration")
    assert token not in str(stored)
    assert connect(chief) != token  # the name is free again
    taken = chief.send("/admin/integrations", {"integration_name": "sgd"})
    assert (taken.status_code, "Ya hay un sistema con ese nombre" in taken.text) == (400, True)


def test_many_changes_of_one_moment_come_together(counter: Counter, chief: ChiefTwin) -> None:
    site, token = counter.site, connect(chief)
    for _ in range(130):
        counter.receive()
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE filing SET changed_at = 7 WHERE n BETWEEN 60 AND 120")
        connection.exec_driver_sql("UPDATE filing SET changed_at = n + 100 WHERE n < 60 OR n > 120")
    seen: list[str] = []
    after = 0
    while True:
        page = ask(site, token, after=after).json()
        if not page["filings"]:
            break
        seen += [one["register"] for one in page["filings"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 130


def carriers(counter: Counter) -> Carriers:
    site = counter.site
    way = Webhooks(keys=site.keys, clock=site.clock, read=site.engines.read)
    return Carriers({Channel.WEBHOOK: way}, clock=site.clock, writer=counter.writer, read=site.engines.read)


def states(counter: Counter, filing: Filing) -> list[DeliveryState]:
    with counter.site.engines.read.connect() as connection:
        return [one.state for one in deliveries_of(connection, filing.id)]


def test_a_system_is_told_of_every_step_signed_and_without_names(counter: Counter, chief: ChiefTwin) -> None:
    with gateway(500) as (url, taken):
        connect(chief, url=url)
        _stop_the_site_s_own(counter)
        filing = counter.receive()
        counter.filings.do(counter.clerk, lambda hall: hall.forward(filing.id, "legal", FilingWords("urgente")))
        counter.filings.do(counter.clerk, lambda hall: hall.move(filing.id, FilingMove.TAKE, FilingWords()))
        going = carriers(counter)
        going.go_round()
        counter.site.clock.pass_s(3600)
        going.go_round()
    key = VerifyKey(counter.site.keys.sign_public)
    told = []
    for headers, body in taken:
        words = webhook_words(headers["Kiosk-Delivery"], int(headers["Kiosk-Time"]), body)
        key.verify(words, bytes.fromhex(headers["Kiosk-Server-Signature"]))
        told.append(from_json(body, FilingTold))
        assert not re.search("PRUEBA|12345678|resoluci|urgente", body.decode())
    assert len(taken) == 4  # the first was not taken, and came again under the same id
    assert len({headers["Kiosk-Delivery"] for headers, _ in taken}) == 3
    assert {(one.type, one.status, one.unit) for one in told} == {
        ("filing.received", "received", "legal"),
        ("filing.forwarded", "forwarded", "legal"),
        ("filing.in_process", "in_process", "legal"),
    }
    assert states(counter, filing) == [DeliveryState.SENT] * 3


def test_a_system_that_was_removed_is_told_no_more(counter: Counter, chief: ChiefTwin) -> None:
    with gateway() as (url, taken):
        connect(chief, url=url)
        _stop_the_site_s_own(counter)
        filing = counter.receive()
        [(id_,)] = counter.site.rows("SELECT id FROM integration")
        chief.send(f"/admin/integrations/{id_}/revoke")
        carriers(counter).go_round()
        assert (taken, states(counter, filing)) == ([], [DeliveryState.REFUSED])
        page = chief.page("/admin/integrations")
        assert "Avisos que no llegaron" in page
        assert "revoked" in page


def _stop_the_site_s_own(counter: Counter) -> None:
    """The running server carries, too, and would be quicker."""
    for one in counter.site.composed.carriers:
        one.stop()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_no_body_breaks_it(counter: Counter, chief: ChiefTwin, raw: bytes) -> None:
    site = counter.site
    if not hasattr(counter, "fuzzed"):
        counter.fuzzed = (connect(chief), counter.receive())  # type: ignore[attr-defined]
    token, filing = counter.fuzzed  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = site.client.post(f"{API}/{filing.id}/moves", content=raw, headers=headers)
    assert answer.status_code in {400, 404, 409}
    assert site.rows("SELECT count(*) FROM filing_step") == [(1,)]
