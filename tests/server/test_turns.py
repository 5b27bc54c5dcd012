"""What a kiosk is told of a ticket that somebody holds up or types: its state, and nothing of its person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from domain.messages import Fault, TurnStatus, from_json
from domain.tracking import short_code
from tests.server.conftest import ELSEWHERE
from tests.server.twin import PERSON, fully_told, new_device

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
    site.clock.pass_s(60)  # what other tests tried in vain is forgotten
    return site.enrol()


def code(turn: Issued) -> str:
    return short_code(str(turn.number), turn.token.nonce)


def wrong(turn: Issued) -> str:
    """A code of the right shape that is not this turn's."""
    right = code(turn)
    return right[:-1] + ("A" if right[-1] != "A" else "B")


def told(answer: httpx.Response) -> TurnStatus:
    assert answer.status_code == 200, answer.text
    return from_json(answer.content, TurnStatus)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, from_json(answer.content, Fault).code


def both(site: Site, kiosk: KioskTwin, turn: Issued) -> TurnStatus:
    """What is told by the QR, which is what is told by the code."""
    by_token = told(kiosk.ask(site.client, turn.token.text))
    assert told(kiosk.ask(site.client, f"code/{code(turn)}")) == by_token
    return by_token


def test_a_turn_is_told_from_the_paper_to_the_end(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    turn = kiosk.issue()
    coming = TurnStatus("A-001", "coming")
    assert told(kiosk.ask(site.client, turn.token.text)) == coming
    kiosk.sync(site.client)
    assert both(site, kiosk, turn) == TurnStatus("A-001", "waiting", ahead=0)
    clerk.call_next()
    assert both(site, kiosk, turn) == TurnStatus("A-001", "called", counter="4")
    clerk.move(turn.id, "serving")
    assert both(site, kiosk, turn) == TurnStatus("A-001", "serving", counter="4")
    clerk.move(turn.id, "done")
    assert both(site, kiosk, turn) == TurnStatus("A-001", "done")
    missed = kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    clerk.miss(missed.id)
    assert both(site, kiosk, missed) == TurnStatus("A-002", "absent", counter="4")


def test_the_wait_goes_by_the_turns_own_place(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    turns = [kiosk.issue() for _ in range(8)]
    kiosk.sync(site.client)
    for turn in turns[:3]:
        clerk.call_next()
        clerk.move(turn.id, "serving")
        clerk.move(turn.id, "done")
        site.clock.pass_s(360)
    first, last = both(site, kiosk, turns[3]), both(site, kiosk, turns[7])
    assert (first.ahead, first.minutes, last.ahead, last.minutes) == (0, 0, 4, 25)
    hurried = kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    assert both(site, kiosk, hurried).ahead == 0
    assert both(site, kiosk, turns[7]).ahead == 5


@pytest.mark.parametrize("typed", ["{n} {c}", "{n}-{c}", "{n}{c}", " {n} - {c} "])
def test_a_code_may_be_typed_as_people_type(site: Site, kiosk: KioskTwin, typed: str) -> None:
    turn = kiosk.issue()
    kiosk.sync(site.client)
    number, _, chars = code(turn).rpartition("-")
    for text_ in (typed.format(n=number, c=chars), typed.format(n=number.replace("-", ""), c=chars.lower())):
        assert told(kiosk.ask(site.client, f"code/{text_}")).number == "A-001"


def test_a_token_opens_a_turn_of_any_day_and_office_a_code_only_here_and_today(site: Site, kiosk: KioskTwin) -> None:
    there = site.enrol("tacna-1", office=ELSEWHERE)
    turn, elsewhere = kiosk.issue(), there.issue()
    kiosk.sync(site.client)
    there.sync(site.client)
    assert told(kiosk.ask(site.client, elsewhere.token.text)) == TurnStatus(str(elsewhere.number), "waiting")
    assert refused(kiosk.ask(site.client, f"code/{code(elsewhere)}")) == (404, "unknown_ticket")
    assert told(there.ask(site.client, f"code/{code(elsewhere)}")).state == "waiting"
    site.clock.pass_s(24 * 3600)
    assert told(kiosk.ask(site.client, turn.token.text)) == TurnStatus("A-001", "past")
    assert refused(kiosk.ask(site.client, f"code/{code(turn)}")) == (404, "unknown_ticket")
    today = kiosk.issue(n=1)
    kiosk.sync(site.client)
    assert told(kiosk.ask(site.client, f"code/{code(today)}")).state == "waiting"


def test_only_machines_that_may_speak_are_told(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    turn = kiosk.issue()
    kiosk.sync(site.client)
    for path in (turn.token.text, f"code/{code(turn)}", "nada"):
        assert refused(site.client.get(f"/api/v1/turns/{path}")) == (401, "no_credentials")
        assert refused(kiosk.ask(site.client, path, new_device())) == (401, "unknown_kiosk")
        assert refused(clerk.client.get(f"/api/v1/turns/{path}")) == (401, "no_credentials")
    site.enrol(replace=True)
    assert refused(kiosk.ask(site.client, turn.token.text)) == (401, "revoked")


@pytest.mark.parametrize("token", ["nada", "A" * 52, "A" * 5000, "%00", "ñ"])
def test_a_token_that_no_kiosk_of_ours_made_is_unknown(site: Site, kiosk: KioskTwin, token: str) -> None:
    assert refused(kiosk.ask(site.client, token)) == (404, "unknown_ticket")


ODD = ["A-001", "A-000-AAAA", "I-001-AAAA", "A-99999999999-AAAA", "A-1-AAAA", "A-" + "9" * 5000 + "-AAAA", "%00", "ñ"]


@pytest.mark.parametrize("typed", ODD)
def test_what_is_no_code_is_unknown(site: Site, kiosk: KioskTwin, typed: str) -> None:
    assert refused(kiosk.ask(site.client, f"code/{typed}")) == (404, "unknown_ticket")


# --- guessing ---------------------------------------------------------------------------------------------------


def test_a_wrong_code_is_told_as_a_number_that_nobody_has(site: Site, kiosk: KioskTwin) -> None:
    turn = kiosk.issue()
    kiosk.sync(site.client)
    guess, nobody = (kiosk.ask(site.client, f"code/{typed}") for typed in (wrong(turn), "A-777-AAAA"))
    assert (guess.status_code, guess.content) == (nobody.status_code, nobody.content)
    guessed, unknown = dict(guess.headers), dict(nobody.headers)
    assert guessed.pop("kiosk-server-signature") != unknown.pop("kiosk-server-signature")  # of different questions
    assert guessed == unknown


def test_after_five_wrong_codes_in_a_minute_a_kiosk_waits(site: Site, kiosk: KioskTwin) -> None:
    other = site.enrol("sala-2")
    turn, its = kiosk.issue(), other.issue()
    kiosk.sync(site.client)
    other.sync(site.client)
    for _ in range(4):
        assert refused(kiosk.ask(site.client, f"code/{wrong(turn)}"))[0] == 404
        told(kiosk.ask(site.client, f"code/{code(turn)}"))  # a right one neither counts nor wipes the slate
    site.clock.pass_s(10)
    assert refused(kiosk.ask(site.client, "code/A-777-AAAA"))[0] == 404
    for typed in (wrong(turn), code(turn)):
        answer = kiosk.ask(site.client, f"code/{typed}")
        assert refused(answer) == (429, "too_many_tries")
        assert 45 <= int(answer.headers["retry-after"]) <= 50
        assert answer.headers["retry-after"] in answer.text
    told(kiosk.ask(site.client, turn.token.text))  # a QR cannot be guessed
    told(other.ask(site.client, f"code/{code(its)}"))
    site.clock.pass_s(51)
    told(kiosk.ask(site.client, f"code/{code(turn)}"))
    assert [refused(kiosk.ask(site.client, f"code/{wrong(turn)}"))[0] for _ in range(5)] == [404, 404, 404, 404, 429]


@pytest.mark.parametrize("sealed", [b"sealed to another key", None])
def test_where_the_sealed_part_does_not_open_no_code_does(site: Site, kiosk: KioskTwin, sealed: bytes | None) -> None:
    turn = kiosk.issue(sealed=sealed)
    kiosk.sync(site.client)
    assert refused(kiosk.ask(site.client, f"code/{code(turn)}")) == (404, "unknown_ticket")
    assert told(kiosk.ask(site.client, turn.token.text)).state == "waiting"


def test_the_code_is_of_the_ticket_and_not_of_whatever_was_sealed(site: Site, kiosk: KioskTwin) -> None:
    turn, other = kiosk.issue(), kiosk.issue()
    kiosk.sync(site.client)
    with site.engines.write.begin() as connection:  # another's sealed part in the place of this one's
        connection.execute(text("UPDATE event SET sealed = (SELECT sealed FROM event WHERE seq = 2) WHERE seq = 1"))
    for chars in (code(turn)[-4:], code(other)[-4:]):
        assert refused(kiosk.ask(site.client, f"code/A-001-{chars}")) == (404, "unknown_ticket")


# --- nothing personal -------------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_told(site: Site, kiosk: KioskTwin, clerk: ClerkTwin) -> None:
    person, planted = fully_told()
    turn = kiosk.issue(person=person, preferential=True, language="qu")
    kiosk.sync(site.client)
    answers = []
    for move in ("", "serving", "done"):
        answers += [kiosk.ask(site.client, path) for path in (turn.token.text, f"code/{code(turn)}")]
        answers += [site.client.get(path) for path in (f"/T/{turn.token.text}", "/q/lima.json", "/board/principal")]
        if move:
            clerk.move(turn.id, move)
        else:
            clerk.call_next()
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["cache-control"] in {"no-store", "public, max-age=2"}
        for word in (*planted, PERSON.document_number):
            assert word not in answer.text, answer.url
        said = answer.text.replace('data-queue="/q/lima.tramite.json"', "")  # where the holder's own place is read
        assert not re.search(r"preferen|\bqu\b|quechua|service|tramite", said, re.IGNORECASE), answer.url


def test_the_description_of_the_api_has_them(site: Site) -> None:
    paths = site.client.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/turns/{token}", "/api/v1/turns/code/{code}"} <= set(paths)
