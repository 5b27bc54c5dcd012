"""What a kiosk is told of a filing: by the cargo's QR, by number and key, and with the ticket that brought it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.clock import in_lima
from domain.messages import Fault, FilingStanding, TurnStatus, from_json
from server.filing.tracking import WRONG_TRIES
from tests.server.filing.conftest import PERSON
from tests.server.filing.test_follow import forward, secrets_of
from tests.server.twin import new_device

if TYPE_CHECKING:
    import httpx

    from server.store.filings import Filing
    from tests.server.filing.conftest import Counter
    from tests.server.twin import KioskTwin


@pytest.fixture
def kiosk(counter: Counter) -> KioskTwin:
    counter.site.clock.pass_s(60)  # what other tests tried in vain is forgotten
    return counter.site.enrol()


def ask(counter: Counter, kiosk: KioskTwin, path: str) -> httpx.Response:
    where = f"/api/v1/status/{path}"
    signed = kiosk.sign("GET", where)
    return kiosk.believed(counter.site.client.get(where, headers=signed.headers), signed)


def told(answer: httpx.Response) -> FilingStanding:
    assert answer.status_code == 200, answer.text
    return from_json(answer.content, FilingStanding)


def expected(filing: Filing, **changes: str) -> FilingStanding:
    words = {"status": "received", "next": "goes", "unit": "Asesoría Legal"} | changes
    return FilingStanding(
        expediente=filing.expediente, register=str(filing.register), since=in_lima(filing.received_at).date(),
        presented_on=filing.presented_on, due_on=filing.due_on, **words,
    )  # fmt: skip


def test_by_the_qr_and_by_number_and_key_the_same_is_told(counter: Counter, kiosk: KioskTwin) -> None:
    filing = counter.receive()
    code, key = secrets_of(counter, filing.id)
    by_code = ask(counter, kiosk, code)
    assert told(by_code) == expected(filing)
    assert told(ask(counter, kiosk, f"number/{filing.expediente.lower()}/{key.lower()}")) == expected(filing)
    for secret in (PERSON.applicant.name, PERSON.applicant.number, PERSON.subject, PERSON.email, key, "ana"):
        assert secret not in by_code.text
    assert by_code.headers["cache-control"] == "no-store"
    forward(counter, filing.id)
    assert told(ask(counter, kiosk, code)) == expected(filing, status="forwarded", next="on_its_way")


def test_wrong_keys_are_refused_alike_and_braked_for_the_kiosk(counter: Counter, kiosk: KioskTwin) -> None:
    filing = counter.receive()
    _, key = secrets_of(counter, filing.id)
    wrong = [ask(counter, kiosk, f"number/{number}/222222") for number in (filing.expediente, "INS20269999999")]
    assert wrong[0].content == wrong[1].content
    assert from_json(wrong[0].content, Fault).code == "wrong_number_or_key"
    for _ in range(WRONG_TRIES - 2):
        assert ask(counter, kiosk, "number/INS20269999998/222222").status_code == 404
    assert ask(counter, kiosk, f"number/{filing.expediente}/{key}").status_code == 429
    other = counter.site.enrol("sala-2")
    assert told(ask(counter, other, f"number/{filing.expediente}/{key}")) == expected(filing)


def test_only_kiosks_are_told(counter: Counter, kiosk: KioskTwin) -> None:
    code, _ = secrets_of(counter, counter.receive().id)
    where = f"/api/v1/status/{code}"
    assert counter.site.client.get(where).status_code == 401
    stranger = kiosk.sign("GET", where, device=new_device())
    assert counter.site.client.get(where, headers=stranger.headers).status_code == 401
    assert ask(counter, kiosk, "A" * 26).status_code == 404


def test_a_ticket_tells_what_was_received_from_it(counter: Counter, kiosk: KioskTwin) -> None:
    site = counter.site
    turn = kiosk.issue()
    kiosk.sync(site.client)
    site.account()
    clerk = site.clerk("ana", "1")
    assert from_json(kiosk.ask(site.client, turn.token.text).content, TurnStatus).filings == ()
    clerk.call_next()
    clerk.move(turn.id, "serving")
    filing = counter.receive(ticket=turn.id)
    assert from_json(kiosk.ask(site.client, turn.token.text).content, TurnStatus).filings == (expected(filing),)


def test_the_description_of_the_api_has_them(counter: Counter) -> None:
    paths = counter.site.client.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/status/{code}", "/api/v1/status/number/{number}/{key}"} <= set(paths)
