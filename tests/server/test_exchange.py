"""The exchange: nothing acknowledged is lost, nothing is taken twice, and nothing bad stops what is good."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.messages import Fault, Pull, QueueSnapshot, Stream, from_json, to_json
from domain.office import Office
from tests.server.conftest import ELSEWHERE, OFFICE

if TYPE_CHECKING:
    import httpx

    from tests.server.conftest import Site
    from tests.server.twin import KioskTwin


def fault(answer: httpx.Response, status: int) -> str:
    """The code of a refusal; it must have words too."""
    assert answer.status_code == status, answer.text
    said = from_json(answer.content, Fault)
    assert said.message
    assert not said.message.startswith("fault.")
    return said.code


def stored(site: Site) -> list[Any]:
    return site.rows("SELECT seq, type FROM event WHERE origin LIKE 'sala%' ORDER BY origin, epoch, seq")


def waiting(site: Site) -> int:
    return len(site.client.get("/q/lima.json").json()["waiting"])


def test_a_ticket_waits_once_it_is_acknowledged(site: Site) -> None:
    kiosk = site.enrol()
    first = kiosk.issue()
    kiosk.printed(first)
    response = kiosk.sync(site.client)
    assert response.acks[0].upto == response.acks[0].central_upto == 2
    assert response.acks[0].rejected == ()
    assert response.parent_epoch == 1
    assert stored(site) == [(1, "ticket.issued"), (2, "ticket.print_outcome")]
    assert site.rows("SELECT series, n, state FROM ticket") == [("A", 1, "waiting")]
    assert site.rows("SELECT outcome FROM print_outcome") == [("confirmed",)]


def test_the_answer_tells_how_many_wait_and_the_time(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.issue()
    response = kiosk.sync(site.client)
    assert response.down[0].scope == "queue"
    assert from_json(bytes(response.down[0].items[0]), QueueSnapshot).waiting == 2
    assert abs(response.server_time - site.clock.now()) < 1_000_000


def snapshots(site: Site, kiosk: KioskTwin) -> list[QueueSnapshot]:
    return [from_json(bytes(item), QueueSnapshot) for item in kiosk.hear(site.client, "queue").items]


def test_the_queue_says_who_is_called_first_and_how_long_it_will_take(site: Site) -> None:
    kiosk = site.enrol()
    site.account()
    clerk = site.clerk()
    for place in range(7):
        kiosk.issue(preferential=place == 6)
    [before] = snapshots(site, kiosk)
    assert (before.waiting, before.preferential, before.minutes, before.office) == (7, 1, None, "")
    for call in range(3):  # every eight minutes, one of them twice
        clerk.call_next()
        [(turn,)] = site.rows("SELECT id FROM ticket WHERE state = 'called'")
        if call == 1:
            clerk.move(turn, "recalled")
        clerk.move(turn, "serving")
        clerk.move(turn, "done")
        site.clock.pass_s(480)
    [queue] = snapshots(site, kiosk)
    assert (queue.waiting, queue.preferential, queue.minutes) == (4, 0, 33)
    assert abs(queue.at - site.clock.now()) < 1_000_000
    site.clock.pass_s(3600)
    assert [one.minutes for one in snapshots(site, kiosk)] == [None]


def test_an_office_that_is_called_elsewhere_hears_of_the_one_that_is_called_here(site: Site) -> None:
    here, there = site.enrol(), site.enrol("tacna-1", office=ELSEWHERE)
    here.issue()
    there.issue()
    here.sync(site.client)
    assert [(one.office, one.waiting) for one in snapshots(site, there)] == [("lima", 1)]


def test_the_office_goes_down_as_it_is_set_up_at_the_server(site: Site) -> None:
    kiosk = site.enrol(office=msgspec.structs.replace(OFFICE, name="Como se llamaba antes"))
    down = kiosk.hear(site.client, "office")
    assert [from_json(bytes(item), Office) for item in down.items] == [OFFICE]
    assert kiosk.hear(site.client, "office", after=down.next).items == ()  # it has that already
    assert kiosk.hear(site.client, "office", after=down.next + 1).items == down.items
    assert kiosk.hear(site.client, "office", after=down.next, epoch=2).items == down.items
    assert site.enrol("ventanilla-3", counter="3").hear(site.client, "office").items == down.items
    assert site.enrol("tacna-1", office=ELSEWHERE).hear(site.client, "office").items == ()


def test_a_scope_is_answered_once_and_an_unknown_one_not_at_all(site: Site) -> None:
    kiosk = site.enrol()
    pulls = tuple(Pull(scope, 1, 0) for scope in ("office", "weather", "queue", "office", "queue", ""))
    assert [down.scope for down in kiosk.sync(site.client, pull=pulls).down] == ["office", "queue"]


def test_a_busy_server_asks_to_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = site.enrol()
    assert kiosk.sync(site.client).backoff_ms == 0
    monkeypatch.setattr("server.store.writer.Writer.backoff_ms", 1234)
    assert kiosk.sync(site.client).backoff_ms == 1234


def test_the_same_batch_twice_is_taken_once(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    request = to_json(kiosk.request())
    answers = [kiosk.post(site.client, request) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["acks"][0]["upto"] for answer in answers}) == 1
    assert waiting(site) == 1


def test_an_overlapping_batch_adds_only_what_is_new(site: Site) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event for _ in range(4)]
    kiosk.sync(site.client, events[:3])
    assert kiosk.sync(site.client, events[1:]).acks[0].upto == 4
    assert waiting(site) == 4


def test_a_gap_is_not_taken_and_upto_says_where_to_go_on(site: Site) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event for _ in range(4)]
    kiosk.sync(site.client, events[:1])
    assert kiosk.sync(site.client, events[2:]).acks[0].upto == 1
    assert kiosk.sync(site.client, events[1:]).acks[0].upto == 4


def test_events_out_of_order_in_a_batch_are_taken_in_order(site: Site) -> None:
    kiosk = site.enrol()
    events = [kiosk.issue().event for _ in range(3)]
    assert kiosk.sync(site.client, [events[2], events[0], events[1]]).acks[0].upto == 3
    assert waiting(site) == 3


def test_two_lives_of_one_stream_are_told_apart(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    kiosk.seq = 0
    kiosk.outbox.clear()
    kiosk.issue()  # the same place, another event: the disk was put back to an earlier state
    [ack] = kiosk.sync(site.client).acks
    assert (ack.fork, ack.upto) == (True, 0)  # so far both are the same
    assert waiting(site) == 1
    kiosk.epoch, kiosk.seq = 2, 0
    kiosk.outbox.clear()
    kiosk.issue()
    assert kiosk.sync(site.client).acks[0].upto == 1


POISON: dict[str, tuple[str, dict[str, Any]]] = {
    "body of another shape": ("bad_body", {"body": msgspec.Raw(b'{"ticket": 7}')}),
    "body that is no JSON object": ("bad_body", {"body": msgspec.Raw(b"[]")}),
    "day before any token": ("out_of_range", {"day": date(2019, 12, 31)}),
    "day after any token": ("out_of_range", {"day": date(2300, 1, 1)}),
    "another office": ("foreign_office", {"office": "cusco"}),
    "an office with a NUL": ("foreign_office", {"office": "li\0ma"}),
    "a type with a NUL": ("bad_envelope", {"kind": "ticket\0issued"}),
    "a version beyond the column": ("bad_envelope", {"v": 2**40}),
    "a time beyond the column": ("bad_envelope", {"at": 2**80}),
    "a negative time": ("bad_envelope", {"at": -1}),
}


@pytest.mark.parametrize("case", POISON)
def test_poison_is_kept_aside_acknowledged_and_reported(site: Site, case: str) -> None:
    code, changes = POISON[case]
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.issue(**changes)
    kiosk.issue()
    request = to_json(kiosk.request())
    ack = kiosk.sync(site.client).acks[0]
    assert ack.upto == 3
    assert [(one.seq, one.code) for one in ack.rejected] == [(2, code)]
    assert waiting(site) == 2
    assert site.rows("SELECT seq, code FROM quarantine") == [(2, code)]
    again = kiosk.post(site.client, request).json()["acks"][0]
    assert again["rejected"] == [{"seq": 2, "code": code}]  # said again: the answer may have been lost


@pytest.mark.parametrize(
    ("code", "ticket"),
    [
        ("out_of_range", {"n": 0}),
        ("out_of_range", {"n": 70_000}),
        ("foreign_series", {"series": "B"}),
        ("bad_body", {"service": "trá mite"}),
        ("bad_body", {"language": "\0"}),
    ],
)
def test_a_ticket_that_cannot_be_is_poison(site: Site, code: str, ticket: dict[str, Any]) -> None:
    kiosk = site.enrol()
    kiosk.issue(**ticket)
    kiosk.issue(n=2)
    ack = kiosk.sync(site.client).acks[0]
    assert [(one.seq, one.code) for one in ack.rejected] == [(1, code)]
    assert waiting(site) == 1


def test_an_event_that_cannot_even_be_read_keeps_its_place(site: Site) -> None:
    kiosk = site.enrol()
    for _ in range(3):
        kiosk.issue()
    request = to_json(kiosk.request())
    spoilt = request.replace(kiosk.outbox[1].id.bytes.hex().encode(), b"x")
    spoilt = re.sub(str(kiosk.outbox[1].id).encode(), b"not-a-uuid", spoilt)
    first, second = (kiosk.post(site.client, spoilt).json()["acks"][0] for _ in range(2))
    assert first == second
    assert first["upto"] == 3
    assert first["rejected"] == [{"seq": 2, "code": "unreadable"}]
    assert b"not-a-uuid" in bytes(site.rows("SELECT raw FROM quarantine")[0][0])
    assert waiting(site) == 2


def test_a_number_given_twice_does_not_enter_twice(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue(n=5)
    kiosk.sync(site.client)
    kiosk.issue(n=5)
    kiosk.issue(n=6)
    kiosk.issue(n=6)  # in one batch too
    ack = kiosk.sync(site.client).acks[0]
    assert [(one.seq, one.code) for one in ack.rejected] == [(2, "number_taken"), (4, "number_taken")]
    assert sorted(site.rows("SELECT n FROM ticket")) == [(5,), (6,)]


def test_a_ticket_or_a_nonce_cannot_come_twice(site: Site) -> None:
    kiosk = site.enrol()
    first = kiosk.issue()
    kiosk.sync(site.client)
    body = msgspec.json.decode(bytes(first.event.body))
    kiosk.event("ticket.issued", {**body, "n": 8})
    kiosk.event("ticket.issued", {**body, "n": 9, "ticket": str(uuid4())})
    ack = kiosk.sync(site.client).acks[0]
    assert [one.code for one in ack.rejected] == ["ticket_taken", "nonce_taken"]
    assert waiting(site) == 1


def test_types_of_a_later_version_are_stored_untouched(site: Site) -> None:
    kiosk = site.enrol()
    body = msgspec.Raw(b'{"later": 1,   "spaces": "kept"}')
    kiosk.event("kiosk.levitated", body, v=9, sealed=b"\x00\xff")
    assert kiosk.sync(site.client).acks[0].rejected == ()
    kept = site.rows("SELECT type, v, body, sealed FROM event WHERE type = 'kiosk.levitated'")[0]
    assert (*kept[:2], bytes(kept[2]), bytes(kept[3])) == ("kiosk.levitated", 9, bytes(body), b"\x00\xff")


def test_an_outcome_without_its_ticket_stops_nothing(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.event("ticket.print_outcome", {"ticket": str(uuid4()), "attempt": 1, "outcome": "printed", "reason": ""})
    kiosk.event("ticket.print_outcome", {"ticket": str(uuid4()), "attempt": -1, "outcome": "printed", "reason": ""})
    ack = kiosk.sync(site.client).acks[0]
    assert (ack.upto, [one.code for one in ack.rejected]) == (2, ["bad_body"])


# --- refused as a whole -----------------------------------------------------------------------------------------


def assert_nothing_taken(site: Site) -> None:
    assert stored(site) == []
    assert site.rows("SELECT seq FROM quarantine") == []


def test_without_its_word_a_kiosk_is_nobody(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    assert fault(kiosk.post(site.client, secret="otra"), 401) == "unknown_kiosk"
    assert fault(site.client.post("/sync/v1/exchange", content=to_json(kiosk.request())), 401) == "no_credentials"
    for header in ("Bearer", "Bearer ", "Basic abc", "bearer \x7f"):
        answer = site.client.post("/sync/v1/exchange", content=b"{}", headers={"Authorization": header})
        assert answer.status_code == 401
    assert_nothing_taken(site)


def test_a_replaced_enrolment_speaks_no_more(site: Site) -> None:
    old = site.enrol()
    new = site.enrol(replace=True)
    assert (old.enrolment.series, new.enrolment.series) == ("A", "B")
    assert new.enrolment.epoch == 2
    old.issue()
    assert fault(old.post(site.client), 401) == "unknown_kiosk"
    new.issue()
    new.issue(series="A", n=77)  # issued before the loss, found again afterwards
    assert new.sync(site.client).acks[0].rejected == ()


def test_another_machine_at_a_counter_takes_the_former_ones_place_and_no_kiosks(site: Site) -> None:
    kiosk, former = site.enrol("sala-1"), site.enrol("ventanilla-3", counter="3")
    former.sync(site.client)
    new = site.enrol("otra-3", counter="3", replace=True)
    assert fault(former.post(site.client), 401) == "unknown_kiosk"
    new.sync(site.client)
    kiosk.sync(site.client)
    site.enrol("ventanilla-4", counter="4").sync(site.client)
    new.sync(site.client)


@pytest.mark.parametrize("series", ["A", ""])
def test_a_counters_machine_gives_out_no_turns(site: Site, series: str) -> None:
    site.enrol("sala-1")
    machine = site.enrol("ventanilla-3", counter="3")
    turn = machine.issue(series=series)
    ack = machine.sync(site.client).acks[0]
    assert [(one.seq, one.code) for one in ack.rejected] == [(1, "foreign_series")]
    assert site.rows("SELECT count(*) FROM ticket") == [(0,)]
    assert site.client.get(f"/T/{turn.token.text}").status_code == 404  # and its key makes no ticket genuine


def test_the_database_itself_keeps_two_machines_from_one_counter(site: Site) -> None:
    site.enrol("ventanilla-3", counter="3")
    site.enrol("ventanilla-4", counter="4")
    for change in ("counter = '3'", "series = 'K'", "counter = NULL"):
        with pytest.raises(IntegrityError), site.engines.write.begin() as connection:
            connection.execute(text(f"UPDATE kiosk SET {change} WHERE id = 'ventanilla-4'"))  # noqa: S608 ours


def test_nobody_writes_in_anothers_stream(site: Site) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    kiosk.issue()
    streams = kiosk.request().streams
    assert fault(other.post(site.client, to_json(other.request(streams=streams))), 403) == "foreign_stream"
    assert fault(other.post(site.client, to_json(kiosk.request())), 403) == "foreign_child"
    assert_nothing_taken(site)


def test_an_event_of_another_stream_inside_ones_own_is_poison(site: Site) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    stolen = other.issue().event
    push = msgspec.structs.replace(kiosk.request().streams[0], events=(stolen,), from_seq=1)
    answer = kiosk.post(site.client, to_json(kiosk.request(streams=(push,)))).json()
    assert answer["acks"][0]["rejected"] == [{"seq": 1, "code": "unreadable"}]
    assert waiting(site) == 0


GARBAGE = [b"", b"nada", b"{}", b"[]", b"null", b'{"proto": 1', b"\xff\xfe\x00", b'{"proto": "uno"}', b"[" * 20_000]


@pytest.mark.parametrize("raw", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_politely(site: Site, raw: bytes) -> None:
    kiosk = site.enrol()
    assert fault(kiosk.post(site.client, raw), 400) == "bad_request"


def test_what_no_kiosk_would_say_is_refused(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    push = kiosk.request().streams[0]
    odd = [
        (400, {"streams": (push, push)}),
        (400, {"streams": (msgspec.structs.replace(push, stream=Stream(kiosk.enrolment.kiosk, 0)),)}),
        (400, {"streams": (msgspec.structs.replace(push, stream=Stream(kiosk.enrolment.kiosk, 2**70)),)}),
        (400, {"streams": (msgspec.structs.replace(push, from_seq=0),)}),
        (413, {"streams": (msgspec.structs.replace(push, events=push.events * 501),)}),
        (426, {"proto": 2}),
    ]
    for status, changes in odd:
        fault(kiosk.post(site.client, to_json(kiosk.request(**changes))), status)
    assert_nothing_taken(site)


def test_a_body_of_more_than_a_mebibyte_is_refused(site: Site) -> None:
    kiosk = site.enrol()
    assert fault(kiosk.post(site.client, b" " * (1024 * 1024 + 1)), 413) == "too_large"


def test_what_a_kiosk_says_of_itself_is_kept_within_bounds(site: Site) -> None:
    kiosk = site.enrol()
    request = kiosk.request(backlog=2**70, app_version="9\0" * 200, clock={"wall": 2**70, "monotonic_s": 0.0})
    assert kiosk.post(site.client, to_json(request)).status_code == 200
    assert site.rows("SELECT backlog, app_version FROM kiosk_contact") == [(2**31 - 1, "9" * 64)]


# --- time -------------------------------------------------------------------------------------------------------


def issue_times(site: Site, kiosk: KioskTwin) -> list[int]:
    rows = site.rows("SELECT issued_at FROM ticket WHERE origin = :kiosk ORDER BY n", kiosk=kiosk.enrolment.kiosk)
    return [row[0] for row in rows]


def test_a_kiosk_whose_clock_is_an_hour_slow_keeps_its_place_in_the_queue(site: Site) -> None:
    slow, right = site.enrol("sala-1"), site.enrol("sala-2")
    hour = 3600 * 1_000_000
    slow.issue(at=site.clock.now() - hour)
    true_time = site.clock.now()
    site.clock.pass_s(60)
    right.issue()
    right.sync(site.client)
    wall = {"wall": site.clock.now() - hour, "monotonic_s": 0.0}
    assert slow.post(site.client, to_json(slow.request(clock=wall))).status_code == 200
    assert abs(issue_times(site, slow)[0] - true_time) < 1_000_000


@pytest.mark.parametrize("at", [0, 2**53])
def test_an_impossible_time_counts_as_the_arrival(site: Site, at: int) -> None:
    kiosk = site.enrol()
    kiosk.issue(at=at)
    before = site.clock.now()
    kiosk.sync(site.client)
    assert before < issue_times(site, kiosk)[0] < site.clock.now()
    assert waiting(site) == 1


def test_turns_of_one_kiosk_never_change_places(site: Site) -> None:
    kiosk = site.enrol()
    site.clock.pass_s(100)
    kiosk.issue()
    kiosk.issue(at=site.clock.now() - 50_000_000)
    kiosk.issue()
    kiosk.sync(site.client)
    times = issue_times(site, kiosk)
    assert times == sorted(times)
