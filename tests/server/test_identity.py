"""Who may speak: only the machine that signs with its own key, once, for itself; what is refused says why.

And how a machine comes to be known: by a code that is good once, or by what this server itself had signed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.enrolment import EnrolAnswer, EnrolAsked, EnrolGiven, EnrolRequest, ServerKey, parse_code
from domain.messages import (
    Enrolment,
    Event,
    Fault,
    MachineEnrolled,
    MachineRevoked,
    Pull,
    SeriesGiven,
    Stream,
    from_json,
    to_json,
)
from domain.signing import device_words, enrolment_words
from exchange.signing import is_signed, seal_to
from exchange.wire import PATH
from server.codes import MadeCode, make_code
from server.copies import Copies
from server.down import DownFlow
from server.enrolment import LIVES_A_DAY, LIVES_AN_ENROLMENT, Registry
from server.faults import Refusal
from server.following import Following
from server.ingest import Ingest
from server.offices import Offices
from server.proof import Proof
from server.store.accounts import Role
from server.store.codes import Wanted
from server.store.moves import OWN_LIFE
from server.store.node import open_life
from server.store.writer import Writer
from tests.server.conftest import OFFICE
from tests.server.twin import KioskTwin, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from exchange.signing import DeviceKey
    from tests.server.conftest import Site


def refused(answer: httpx.Response) -> tuple[int, str]:
    said = from_json(answer.content, Fault)
    assert said.message
    assert not said.message.startswith("fault.")
    return answer.status_code, said.code


def nothing_taken(site: Site) -> bool:
    return site.rows("SELECT count(*) FROM event WHERE type LIKE 'ticket.%'") == [(0,)]


def events(site: Site, kind: str) -> list[bytes]:
    return [bytes(body) for (body,) in site.rows("SELECT body FROM event WHERE type = :kind ORDER BY seq", kind=kind)]


# --- signatures -------------------------------------------------------------------------------------------------


def test_what_was_changed_on_the_way_is_refused_and_never_by_a_signed_word(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    raw = to_json(kiosk.request())
    right = kiosk.sign("POST", PATH, raw).headers
    stranger = new_device()
    forged = stranger.sign_request("POST", PATH, 7, raw).headers
    for headers, content in (
        (right, raw.replace(b'"tramite"', b'"consulta"')),
        (right, raw + b" "),
        (right | {"Kiosk-Turn": str(int(right["Kiosk-Turn"]) + 1)}, raw),
        (right | {"Kiosk-Device": stranger.public.hex()}, raw),
        (forged | {"Kiosk-Device": kiosk.device.public.hex()}, raw),
        (kiosk.device.sign_request("POST", "/sync/v1/other", 7, raw).headers, raw),
        (kiosk.device.sign_request("GET", PATH, 7, raw).headers, raw),
        (kiosk.device.sign_request("POST", PATH, 0, raw).headers, raw),
        (kiosk.device.sign_request("POST", PATH, 2**53 + 1, raw).headers, raw),
        (right | {"Kiosk-Device": "00" * 32}, raw),
        (right | {"Kiosk-Device": "ff" * 32}, raw),
    ):
        answer = site.client.post(PATH, content=content, headers=headers)
        assert refused(answer) == (401, "bad_signature")
        # or somebody in between could have words signed that seem to answer the machine's own request
        assert "kiosk-server-signature" not in answer.headers
    assert nothing_taken(site)
    assert kiosk.sync(site.client).acks[0].upto == 1  # none of that cost anything


def test_a_request_that_is_sent_again_by_somebody_else_is_refused_and_its_turn_told(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    raw = to_json(kiosk.request())
    overheard = kiosk.sign("POST", PATH, raw)
    first = site.client.post(PATH, content=raw, headers=overheard.headers)
    assert first.status_code == 200
    for _ in range(2):
        answer = kiosk.believed(site.client.post(PATH, content=raw, headers=overheard.headers), overheard)
        assert refused(answer) == (409, "replayed")
        assert from_json(answer.content, Fault).turn == kiosk.turn
    earlier = kiosk.device.sign_request("POST", PATH, kiosk.turn - 1, raw)
    assert refused(site.client.post(PATH, content=raw, headers=earlier.headers)) == (409, "replayed")
    kiosk.issue()
    kiosk.sync(site.client)
    assert len(site.rows("SELECT id FROM ticket")) == 2


def test_what_only_reads_may_be_asked_in_any_turn(site: Site) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    path = f"/api/v1/turns/{turn.token.text}"
    signed = kiosk.device.sign_request("GET", path, 1)
    for _ in range(2):
        assert kiosk.believed(site.client.get(path, headers=signed.headers), signed).status_code == 200
    other = kiosk.device.sign_request("GET", "/api/v1/turns/code/A-001-AAAA", 1)
    assert refused(site.client.get(path, headers=other.headers)) == (401, "bad_signature")


def test_in_anothers_name_nothing_is_taken(site: Site) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    kiosk.issue()
    assert refused(other.post(site.client, to_json(kiosk.request()))) == (403, "foreign_child")
    foreign = kiosk.request().streams
    assert refused(other.post(site.client, to_json(other.request(streams=foreign)))) == (403, "foreign_stream")
    assert nothing_taken(site)


def test_of_another_office_an_event_is_kept_aside_with_its_reason(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue(office="cusco")
    [ack] = kiosk.sync(site.client).acks
    assert [(one.seq, one.code) for one in ack.rejected] == [(1, "foreign_office")]
    assert site.rows("SELECT count(*) FROM quarantine") == [(1,)]


def test_every_answer_to_a_signed_request_is_signed(site: Site) -> None:
    kiosk = site.enrol()
    for raw in (b"", b"nada", to_json(kiosk.request(proto=9)), to_json(kiosk.request(child_epoch=0))):
        assert kiosk.post(site.client, raw).status_code in {400, 426}  # the twin believes no other
    assert kiosk.ask(site.client, "nada").status_code == 404


# --- revoked, unknown, forgotten --------------------------------------------------------------------------------


def test_a_revoked_machine_is_told_so_and_what_it_gave_out_stays_good(site: Site) -> None:
    kiosk = site.enrol()
    turn, later = kiosk.issue(), kiosk.issue()
    kiosk.sync(site.client, [turn.event])
    with site.engines.write.begin() as connection:
        assert site.registry.revoke(connection, "sala-1", site.clock.now())
        assert not site.registry.revoke(connection, "sala-1", site.clock.now())
        assert not site.registry.revoke(connection, "nadie", site.clock.now())
    assert refused(kiosk.post(site.client)) == (401, "revoked")
    assert refused(kiosk.ask(site.client, turn.token.text)) == (401, "revoked")
    assert site.client.get(f"/T/{turn.token.text}").status_code == 200
    assert site.client.get(f"/T/{later.token.text}").status_code == 200  # genuine, and on its way for ever
    assert [from_json(body, MachineRevoked) for body in events(site, "kiosk.revoked")] == [MachineRevoked("sala-1", 1)]
    again = site.enrol(device=kiosk.device)  # by a person, and under another series
    assert (again.enrolment.series, again.enrolment.epoch) == ("B", 2)
    assert again.sync(site.client, []).acks[0].upto == 0


def test_the_same_machine_enrolled_anew_is_not_spoken_for_by_what_was_overheard_before(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    raw = to_json(kiosk.request())
    overheard = kiosk.sign("POST", PATH, raw)
    assert site.client.post(PATH, content=raw, headers=overheard.headers).status_code == 200
    site.enrol(replace=True, device=kiosk.device)
    assert refused(site.client.post(PATH, content=raw, headers=overheard.headers)) == (409, "replayed")


def test_every_enrolment_is_told_with_nothing_secret_but_the_key_of_tickets(site: Site) -> None:
    kiosk, counter = site.enrol(), site.enrol("ventanilla-3", counter="3")
    told = [from_json(body, MachineEnrolled) for body in events(site, "kiosk.enrolled")]
    assert [(one.kiosk, one.series, one.counter, one.epoch) for one in told] == [
        ("sala-1", "A", "", 1),
        ("ventanilla-3", "", "3", 1),
    ]
    assert [one.device_key for one in told] == [kiosk.device.public, counter.device.public]
    assert [one.mac_key for one in told] == [kiosk.enrolment.mac_key, counter.enrolment.mac_key]
    assert site.rows("SELECT DISTINCT office FROM event WHERE type = 'kiosk.enrolled'") == [("lima",)]


@pytest.fixture
def restored(site: Site) -> Iterator[Ingest]:
    """The server in its next life, on a database that was put back to an earlier day."""
    node = replace(site.node, epoch=site.node.epoch + 1)
    writer = Writer(site.engines.write, lambda _: None)
    offices, registry = Offices(OFFICE), Registry(node=node, keys=site.keys)
    copies = Copies(node=node, keys=site.keys, offices=offices, clock=site.clock, writer=writer, read=site.engines.read)
    down = DownFlow(offices=offices, copies=copies, registry=registry)
    writer.start()
    yield Ingest(node=node, registry=registry, down_flow=down, clock=site.clock, writer=writer, read=site.engines.read)
    writer.stop()


def forget(site: Site, name: str) -> None:
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM kiosk WHERE id = '{name}'")  # noqa: S608 - ours


def reborn(site: Site) -> None:
    with site.engines.write.begin() as connection:
        open_life(connection, site.clock.now())


def show(restored: Ingest, kiosk: KioskTwin, credential: bytes | None = None, device: DeviceKey | None = None) -> str:
    """What comes of a request that shows the credential: ``taken``, or the refusal's code."""
    shown = kiosk.enrolment.credential if credential is None else credential
    raw = to_json(kiosk.request(credential=shown))
    proof = Proof((device or kiosk.device).public, kiosk.turn + 1, b"")
    try:
        machine = restored.admit(proof, raw)
        kiosk.turn += 1
        restored.submit(machine, raw, proof.turn).result()
    except Refusal as refusal:
        return refusal.code
    return "taken"


def test_a_restored_server_takes_in_again_the_machine_that_it_forgot(site: Site, restored: Ingest) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    forget(site, "sala-1")
    assert refused(kiosk.post(site.client, to_json(kiosk.request(credential=kiosk.enrolment.credential)))) == (
        401,
        "unknown_kiosk",
    )  # the server is in the life in which it gave it: it forgot nothing
    reborn(site)
    assert show(restored, kiosk, b"") == "unknown_kiosk"
    assert show(restored, kiosk) == "taken"
    assert site.rows("SELECT no, id, series, epoch FROM kiosk") == [(1, "sala-1", "A", 1)]
    assert len(site.rows("SELECT id FROM ticket")) == 1
    assert site.client.get("/q/lima.json").json()["waiting"] != []


def test_a_credential_is_good_for_its_own_machine_and_only_as_it_was_signed(site: Site, restored: Ingest) -> None:
    kiosk, thief = site.enrol("sala-1"), site.enrol("sala-2")
    credential = kiosk.enrolment.credential
    forget(site, "sala-1")
    forget(site, "sala-2")
    reborn(site)
    assert show(restored, kiosk, device=thief.device) == "unknown_kiosk"
    assert show(restored, thief, credential) == "unknown_kiosk"
    assert show(restored, kiosk, credential[:-1] + bytes([credential[-1] ^ 1])) == "unknown_kiosk"
    made = seal_to(site.keys.sign_public, bytes(64) + b'{"kiosk":"sala-1"}')
    assert made is not None
    assert show(restored, kiosk, made) == "unknown_kiosk"
    assert kiosk.enrolment.mac_key not in credential  # sealed: whoever listens learns nothing
    assert site.rows("SELECT count(*) FROM kiosk") == [(0,)]


def test_a_restored_server_takes_nobody_in_whom_it_knows_as_revoked(site: Site, restored: Ingest) -> None:
    kiosk = site.enrol()
    with site.engines.write.begin() as connection:
        site.registry.revoke(connection, "sala-1", site.clock.now())
    assert show(restored, kiosk) == "revoked"
    later = site.enrol(replace=True)
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kiosk WHERE epoch = 2")
    assert show(restored, later) == "unknown_kiosk"


def test_a_restored_server_believes_a_later_enrolment_than_it_knows_and_no_number_twice(
    site: Site, restored: Ingest
) -> None:
    old = site.enrol()
    new = site.enrol(replace=True)
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kiosk WHERE epoch = 2")
        connection.exec_driver_sql("UPDATE kiosk SET revoked_at = NULL")
    reborn(site)
    assert show(restored, new) == "taken"
    assert show(restored, old) == "revoked"
    other = site.enrol("sala-3")
    forget(site, "sala-3")
    usurper = site.enrol("sala-4")
    assert usurper.enrolment.series == other.enrolment.series == "F"  # C, D, E may be with kiosks of before
    assert show(restored, other) == "unknown_kiosk"  # its series was given away since


@pytest.mark.parametrize("knows_it", [True, False])
def test_a_restored_server_that_is_told_of_a_revocation_it_forgot_revokes_again(
    site: Site, restored: Ingest, *, knows_it: bool
) -> None:
    """Whether its old copy knows the machine, or the machine was enrolled since."""
    kiosk = site.enrol()
    if not knows_it:
        forget(site, "sala-1")
    reborn(site)
    word = Event(
        id=uuid4(), stream=Stream(site.node.id, 1), seq=9, kind="kiosk.revoked", v=1, at=site.clock.now(),
        office="lima", day=date(2026, 11, 23), body=msgspec.Raw(to_json(MachineRevoked("sala-1", 1))),
    )  # fmt: skip
    with site.engines.write.begin() as connection:
        Following("lima", OWN_LIFE + 1, is_own=True).apply(connection, [word])
    assert show(restored, kiosk) == ("revoked" if knows_it else "unknown_kiosk")
    again = site.enrol(replace=True, device=kiosk.device)  # somebody enrolled it anew, in a later life
    with site.engines.write.begin() as connection:
        Following("lima", OWN_LIFE + 1, is_own=True).apply(connection, [word])
    assert (show(restored, again), again.enrolment.epoch) == ("taken", 2)


# --- a new life -------------------------------------------------------------------------------------------------


def test_a_kiosk_that_began_a_new_life_gets_a_series_that_nobody_had(site: Site) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    before = kiosk.issue()
    kiosk.sync(site.client)
    assert kiosk.hear(site.client, "series", after=1).items == ()
    kiosk.epoch, kiosk.seq = 5, 0
    kiosk.outbox.clear()
    down = kiosk.hear(site.client, "series", after=1)
    [given] = [from_json(bytes(item), SeriesGiven) for item in down.items]
    assert (given.epoch, given.series, given.kiosk_no) == (5, "C", 3)
    assert kiosk.hear(site.client, "series", after=down.next).items == ()
    assert site.rows("SELECT id, series, epoch FROM kiosk WHERE revoked_at IS NULL ORDER BY id") == [
        ("sala-1", "C", 5),
        ("sala-2", "B", 1),
    ]
    assert from_json(events(site, "kiosk.enrolled")[-1], MachineEnrolled).series == "C"
    turn = kiosk.issue(series="C", n=1)
    late = kiosk.issue(series="A", n=77)  # of the former life, moved into this one
    kiosk.sync(site.client)
    assert sorted(site.rows("SELECT series, n FROM ticket")) == [("A", 1), ("A", 77), ("C", 1)]
    for one in (before, turn, late):
        assert site.client.get(f"/T/{one.token.text}").status_code == 200
    assert other.hear(site.client, "series", epoch=0).items != ()
    again = replace(kiosk, enrolment=msgspec.structs.replace(kiosk.enrolment, credential=given.credential))
    assert again.enrolment.credential != kiosk.enrolment.credential


def begin_life(site: Site, kiosk: KioskTwin, epoch: int) -> str:
    """The kiosk says that it lives anew, and has a turn to tell; why it gets no series, empty where it does."""
    kiosk.epoch, kiosk.seq = epoch, 0
    kiosk.outbox.clear()
    kiosk.issue()
    answer = kiosk.sync(site.client)
    assert [ack.upto for ack in answer.acks] == [1]  # what it says is taken, series or not
    return answer.trouble


def test_a_kiosk_that_lives_anew_without_end_does_not_use_up_the_series_of_its_office(site: Site) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    told = [begin_life(site, kiosk, epoch) for epoch in range(2, 9)]
    assert told == [""] * LIVES_A_DAY + ["too_many_lives"] * (7 - LIVES_A_DAY)
    series = "SELECT count(*) FROM kiosk WHERE series IS NOT NULL AND id = 'sala-1'"
    assert site.rows(series) == [(1 + LIVES_A_DAY,)]
    assert begin_life(site, other, 2) == ""  # each machine by itself
    chief = site.chief()
    assert 'data-spent="sala-1"' in chief.page("/fleet")
    assert 'data-spent="sala-2"' not in chief.page("/fleet")
    lives = count(9)
    while site.rows(series)[0][0] <= LIVES_AN_ENROLMENT:
        site.clock.pass_s(24 * 3600 + 1)
        assert begin_life(site, kiosk, next(lives)) == ""  # who waits a day is believed again
        while begin_life(site, kiosk, next(lives)) == "":
            pass
    site.clock.pass_s(24 * 3600 + 1)
    assert begin_life(site, kiosk, next(lives)) == "too_many_lives"  # but not without end
    assert site.rows(series) == [(1 + LIVES_AN_ENROLMENT,)]
    again = site.enrol("sala-1", replace=True, device=kiosk.device)
    assert begin_life(site, again, next(lives)) == ""  # a person has seen to it
    assert 'data-spent="sala-1"' not in site.clerk("eva", "").client.get("/fleet").text


def test_a_counters_machine_in_a_new_life_needs_no_series(site: Site) -> None:
    machine = site.enrol("ventanilla-3", counter="3")
    machine.epoch = 4
    [down] = machine.sync(site.client, [], pull=(Pull("series", 1, 0),)).down
    assert down.items == ()
    assert site.rows("SELECT epoch FROM kiosk") == [(1,)]


# --- codes ------------------------------------------------------------------------------------------------------


class Applicant:
    """A machine that shows a code, over HTTP."""

    def __init__(self, site: Site, device: DeviceKey | None = None) -> None:
        self.site = site
        self.device = device or new_device()
        self.key = from_json(site.client.get("/sync/v1/key").content, ServerKey).key

    def send(self, secret: str, *, is_node: bool = False, **changes: Any) -> httpx.Response:
        self.site.clock.pass_s(2)  # or the brake on the address would speak, not the code
        proof = self.device.sign(device_words(self.key, secret))
        asked = EnrolAsked(secret, self.device.public, proof, is_node)
        sealed = seal_to(self.key, to_json(msgspec.structs.replace(asked, **changes)))
        assert sealed is not None
        self.sealed = sealed
        return self.site.client.post("/sync/v1/enrol", content=to_json(EnrolRequest(sealed)))

    def enrol(self, secret: str, *, is_node: bool = False) -> Enrolment:
        answer = self.send(secret, is_node=is_node)
        assert answer.status_code == 200, answer.text
        opened = self.device.open(from_json(answer.content, EnrolAnswer).sealed)
        assert opened is not None
        given_ = from_json(opened, EnrolGiven)
        assert is_signed(self.key, enrolment_words(self.sealed, given_.enrolment), given_.signature)
        return from_json(given_.enrolment, Enrolment)


def code_for(site: Site, name: str = "sala-1", **wanted: Any) -> str:
    """The secret of a new code."""
    want = Wanted(name, wanted.pop("office", OFFICE.id), **wanted)
    with site.engines.write.begin() as connection:
        made = make_code(connection, site.registry, site.keys, want, by="eva", now=site.clock.now())
    assert isinstance(made, MadeCode)
    assert made.code.is_of(site.keys.sign_public)
    assert parse_code(made.code.text) == made.code
    return made.code.secret


def test_a_code_enrols_one_machine_which_may_ask_again(site: Site) -> None:
    secret = code_for(site)
    machine, other = Applicant(site), Applicant(site)
    enrolment = machine.enrol(secret)
    assert (enrolment.kiosk, enrolment.series, enrolment.epoch) == ("sala-1", "A", 1)
    assert enrolment.office == OFFICE
    assert machine.enrol(secret).mac_key == enrolment.mac_key  # the answer had been lost on the way
    assert site.rows("SELECT count(*) FROM kiosk") == [(1,)]
    assert refused(other.send(secret)) == (410, "code_used")
    twin = KioskTwin(enrolment, site.clock, machine.device)
    twin.issue()
    assert twin.sync(site.client).acks[0].upto == 1
    assert site.rows("SELECT actor, action, subject, detail FROM audit") == [("eva", "machine.enrolled", "sala-1", "A")]


def test_a_code_that_was_used_gives_nothing_to_a_machine_that_was_revoked_since(site: Site) -> None:
    secret, machine = code_for(site), Applicant(site)
    machine.enrol(secret)
    with site.engines.write.begin() as connection:
        site.registry.revoke(connection, "sala-1", site.clock.now())
    assert refused(machine.send(secret)) == (410, "code_used")


def test_a_code_runs_out_after_an_hour(site: Site) -> None:
    secret = code_for(site)
    machine = Applicant(site)
    site.clock.pass_s(3600)
    assert refused(machine.send(secret)) == (410, "code_expired")
    assert site.rows("SELECT count(*) FROM kiosk") == [(0,)]
    machine.enrol(code_for(site))


def test_five_wrong_secrets_and_the_code_is_worth_nothing(site: Site) -> None:
    secret = code_for(site)
    machine = Applicant(site)
    wrong = secret[:2] + ("A" if secret[2] != "A" else "B") + secret[3:]
    for _ in range(4):
        assert refused(machine.send(wrong)) == (404, "code_unknown")
    assert site.rows("SELECT tries_left FROM enrolment_code") == [(1,)]
    assert refused(machine.send(wrong)) == (404, "code_unknown")
    assert refused(machine.send(secret)) == (410, "code_spent")
    assert refused(machine.send(wrong)) == (410, "code_spent")
    handles = {handle for (handle,) in site.rows("SELECT handle FROM enrolment_code")}
    stranger = "AA" if "AA" not in handles else "BB"
    for nobody in (stranger + "AAAAAA", "", "nada", "ÑÑÑÑÑÑÑÑ"):
        assert refused(machine.send(nobody)) == (404, "code_unknown")


def test_a_new_code_for_a_name_ends_the_one_before(site: Site) -> None:
    first, second = code_for(site), code_for(site)
    machine = Applicant(site)
    assert refused(machine.send(first)) == (404, "code_unknown")
    assert machine.enrol(second).kiosk == "sala-1"


def test_an_offices_server_is_no_machine_and_the_other_way_round(site: Site) -> None:
    node, kiosk = code_for(site, "tacna", office="tacna", is_node=True), code_for(site)
    server, machine = Applicant(site), Applicant(site)
    assert refused(machine.send(node)) == (409, "code_other_kind")
    assert refused(server.send(kiosk, is_node=True)) == (409, "code_other_kind")
    enrolment = server.enrol(node, is_node=True)
    assert enrolment.is_node
    assert (enrolment.series, enrolment.counter, enrolment.office.id) == ("", "", "tacna")
    assert not machine.enrol(kiosk).is_node
    assert site.rows("SELECT id, office, series, counter FROM kiosk WHERE id = 'tacna'") == [
        ("tacna", "tacna", None, None)
    ]


def test_what_stands_in_the_way_is_told_when_the_code_is_used(site: Site) -> None:
    first, third, again = code_for(site), code_for(site, "otra-3", counter="3"), code_for(site, "sala-9")
    site.enrol("ventanilla-3", counter="3")
    there = site.enrol("sala-1")
    assert refused(Applicant(site).send(first)) == (409, "already_enrolled")
    assert refused(Applicant(site).send(third)) == (409, "counter_served")
    answer = Applicant(site, there.device).send(again)
    assert refused(answer) == (409, "device_enrolled")
    assert "sala-1" in answer.text
    taking_over = code_for(site, "otra-3", counter="3", replaces=True)
    assert Applicant(site).enrol(taking_over).counter == "3"
    assert from_json(events(site, "kiosk.revoked")[-1], MachineRevoked).kiosk == "ventanilla-3"


def test_a_machine_that_does_not_show_its_key_gets_nothing(site: Site) -> None:
    secret, machine = code_for(site), Applicant(site)
    stranger = new_device()
    for changes in (
        {"device_key": stranger.public},
        {"proof": bytes(64)},
        {"proof": machine.device.sign(device_words(stranger.public, secret))},
    ):
        assert refused(machine.send(secret, **changes)) == (400, "bad_request")
    assert site.rows("SELECT tries_left, used_at FROM enrolment_code") == [(5, None)]


def test_whoever_asks_too_often_waits(site: Site) -> None:
    statuses = [site.client.get("/sync/v1/key").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    for _ in range(60):
        site.client.post("/sync/v1/enrol", content=b"{}")
    assert refused(site.client.post("/sync/v1/enrol", content=b"{}")) == (429, "too_many_tries")


_ASKED = st.fixed_dictionaries(
    {},
    optional={
        "secret": st.one_of(st.text(max_size=12), st.none()),
        "device_key": st.one_of(st.binary(max_size=33), st.integers()),
        "proof": st.binary(min_size=60, max_size=66),
        "is_node": st.one_of(st.booleans(), st.text()),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(lambda sealed: to_json({"sealed": sealed}), st.binary(max_size=200)),
        _ASKED,
    )
)
def test_no_body_of_an_enrolment_breaks_anything(site: Site, body: bytes | dict[str, Any]) -> None:
    site.clock.pass_s(2)
    if isinstance(body, dict):
        sealed = seal_to(site.keys.sign_public, to_json(body))
        assert sealed is not None
        body = to_json(EnrolRequest(sealed))
    assert refused(site.client.post("/sync/v1/enrol", content=body)) == (400, "bad_request")
    assert site.rows("SELECT count(*) FROM kiosk") == [(0,)]


# --- in the browser ---------------------------------------------------------------------------------------------


def test_an_administrator_gives_a_code_which_is_shown_once(site: Site) -> None:
    chief = site.chief()
    form = {"machine_name": "sala-1", "machine_kind": "kiosk", "machine_counter": ""}
    answer = chief.send("/admin/machines", form)
    assert answer.status_code == 200
    [shown] = re.findall(r'class="secret">([A-Z2-7-]{34})<', answer.text)
    code = parse_code(shown)
    assert code is not None
    assert Applicant(site).enrol(code.secret).series == "A"
    page = chief.page("/admin/machines")
    assert re.findall(r'data-machine="([^"]+)"', page) == ["sala-1"]
    assert shown not in page
    assert site.rows("SELECT action, actor, subject FROM audit WHERE action LIKE 'machine.%' ORDER BY id") == [
        ("machine.code", "eva", "sala-1"),
        ("machine.enrolled", "eva", "sala-1"),
    ]
    assert "Se inscribió un equipo" in chief.page("/admin/audit")


def test_what_cannot_be_is_told_beside_its_field(site: Site) -> None:
    chief = site.chief()
    site.enrol("sala-1")
    for form, status, words in (
        ({"machine_name": "Sala 1", "machine_kind": "kiosk"}, 400, "Use minúsculas sin tilde"),
        ({"machine_name": "", "machine_kind": "kiosk"}, 400, "Falta"),
        ({"machine_name": "v-3", "machine_kind": "counter", "machine_counter": "0"}, 400, "del 1 al 99"),
        ({"machine_name": "v-3", "machine_kind": "barco"}, 400, ""),
        ({"machine_name": "sala-1", "machine_kind": "kiosk"}, 409, "Ya hay un equipo con ese nombre"),
    ):
        answer = chief.send("/admin/machines", form)
        assert (answer.status_code, words in answer.text) == (status, True), form
        assert 'class="secret"' not in answer.text
    again = {"machine_name": "sala-1", "machine_kind": "kiosk", "machine_replaces": "on"}
    assert 'class="secret"' in chief.send("/admin/machines", again).text


def test_an_administrator_revokes_a_machine_once(site: Site) -> None:
    chief, kiosk = site.chief(), site.enrol()
    site.enrol("ventanilla-3", counter="3")
    asked = chief.page("/admin/machines?revoke=sala-1")
    assert "¿Anular sala-1?" in asked
    assert "¿Anular" not in chief.page("/admin/machines?revoke=nadie")
    assert kiosk.sync(site.client)  # asking is not doing
    for _ in range(2):  # a doubled click
        answer = chief.send("/admin/machines/sala-1/revoke")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/machines?done=revoked")
    assert refused(kiosk.post(site.client)) == (401, "revoked")
    assert re.findall(r'data-machine="([^"]+)"', chief.page("/admin/machines")) == ["ventanilla-3"]
    assert site.rows("SELECT count(*) FROM audit WHERE action = 'machine.revoked'") == [(1,)]
    assert chief.send("/admin/machines/nadie/revoke").status_code == 303


def test_nobody_else_enrols_or_revokes(site: Site) -> None:
    site.enrol()
    supervisor = site.chief("sol", Role.SUPERVISOR)
    assert supervisor.client.get("/admin/machines").status_code == 403
    assert "/admin/machines" not in supervisor.page("/admin/counters")
    form = {"machine_name": "sala-2", "machine_kind": "kiosk"}
    assert supervisor.send("/admin/machines", form).status_code == 403
    assert supervisor.send("/admin/machines/sala-1/revoke").status_code == 403
    assert "/admin/machines" not in supervisor.page("/fleet")
    assert "/admin/machines" in site.chief("eva").page("/fleet")
    assert site.rows("SELECT revoked_at FROM kiosk") == [(None,)]
