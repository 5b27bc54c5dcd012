"""What a centre knows of the machines of its offices: their tickets before these arrive, and how they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from domain.messages import MachineEnrolled, MachineRevoked, from_json, to_json
from domain.tracking import mint
from server.fleet import FleetState
from server.store.accounts import Role
from server.store.office_machines import MOST_A_NUMBER, machines_of, note_word, token_makers

if TYPE_CHECKING:
    from tests.server.conftest import ChiefTwin, Site
    from tests.server.twin import Issued
    from tests.server.upstream.chain import Chain


def at_centre(chain: Chain, issued: Issued) -> str:
    answer = chain.centre.client.get(f"/T/{issued.token.text}")
    return answer.text if answer.status_code == 200 else str(answer.status_code)


def offices(chief: ChiefTwin) -> FleetState:
    return from_json(chief.page("/fleet.json").encode(), FleetState)


def revoke(site: Site, name: str) -> None:
    with site.engines.write.begin() as connection:
        assert site.registry.revoke(connection, name, site.clock.now())


# --- tickets that have not arrived ------------------------------------------------------------------------------


def test_a_ticket_that_is_still_on_its_way_is_told_from_an_invented_one_at_the_centre(chain: Chain) -> None:
    kiosk, namesake = chain.kiosk(), chain.centre.enrol("otro-kiosco")
    while namesake.enrolment.kiosk_no < kiosk.enrolment.kiosk_no:
        namesake = chain.centre.enrol(f"otro-{namesake.enrolment.kiosk_no}")
    while kiosk.enrolment.kiosk_no < namesake.enrolment.kiosk_no:
        kiosk = chain.kiosk(f"sala-{kiosk.enrolment.kiosk_no + 1}")
    assert kiosk.enrolment.kiosk_no == namesake.enrolment.kiosk_no  # each server counts from one
    issued, here = kiosk.issue(), namesake.issue()
    assert at_centre(chain, issued) == "404"  # nothing is known of its kiosk
    chain.drain()
    assert f"{issued.number}" in at_centre(chain, issued)
    assert "Su turno es válido" in at_centre(chain, issued)
    assert "Su turno es válido" in at_centre(chain, here)
    forged = mint(
        kiosk=kiosk.enrolment.kiosk_no, day=issued.event.day, n=1, nonce=issued.token.nonce, key=b"adivinada" * 4
    )
    assert chain.centre.client.get(f"/T/{forged.text}").status_code == 404
    kiosk.sync(chain.office.client)
    chain.drain()
    assert 'data-state="waiting"' in at_centre(chain, issued)


def test_what_a_revoked_kiosk_gave_out_is_genuine_at_the_centre_as_in_its_office(chain: Chain) -> None:
    kiosk = chain.kiosk()
    issued = kiosk.issue()
    revoke(chain.office, "sala-1")
    chain.drain()
    assert "Su turno es válido" in at_centre(chain, issued)
    assert "Su turno es válido" in chain.office.client.get(f"/T/{issued.token.text}").text


def test_the_page_of_a_ticket_on_its_way_says_that_its_office_is_silent(chain: Chain) -> None:
    issued = chain.kiosk().issue()
    chain.drain()
    chain.clock.pass_s(185)
    assert "Según la oficina, hace 3 min" in at_centre(chain, issued)


# --- the words, in any order ------------------------------------------------------------------------------------


def enrolled(
    name: str = "sala-1", epoch: int = 1, key: bytes = b"k", series: str = "A", no: int = 7
) -> MachineEnrolled:
    return MachineEnrolled(name, no, series, "", epoch, (name.encode() + key).ljust(32, b"d"), key * 32)


def test_words_in_any_order_come_to_the_same(site: Site) -> None:
    words = {
        (65537, 1): enrolled(),
        (65537, 2): MachineRevoked("sala-1", 1),
        (65537, 3): enrolled(epoch=2, key=b"l", series="B"),
        (65538, 1): enrolled("sala-2", series="C", no=8),
        (65538, 2): MachineRevoked("sala-2", 1),
    }
    told = []
    for order in (sorted(words), sorted(words, reverse=True)):
        with site.engines.write.begin() as connection, connection.begin_nested() as undone:
            for place in [*order, *order]:  # a word that is said twice is said once
                note_word(connection, "tacna", place, words[place], site.clock.now())
            machines = [(one.name, one.series) for one in machines_of(connection, "tacna")]
            told.append((machines, sorted(maker.series for maker in token_makers(connection, 7))))
            undone.rollback()
    assert told == [([("sala-1", "B")], ["A", "B"])] * 2


def test_an_office_that_says_one_number_without_end_makes_nobody_try_more_than_a_few(site: Site) -> None:
    with site.engines.write.begin() as connection:
        for seq in range(1, 40):
            note_word(connection, "tacna", (65537, seq), enrolled(epoch=seq), site.clock.now())
        note_word(connection, "ica", (65537, 1), enrolled(), site.clock.now())
        makers = [maker.office for maker in token_makers(connection, 7)]
    assert sorted(makers) == ["ica"] + ["tacna"] * MOST_A_NUMBER


BAD = [
    enrolled(key=b""),
    msgspec.structs.replace(enrolled(), device_key=b"short"),
    enrolled(no=2**24),
    enrolled("x" * 65),
    enrolled(epoch=0),
    MachineRevoked("sala-1", 2**31),
]


@pytest.mark.parametrize("body", BAD)
def test_words_that_no_table_holds_are_set_aside(chain: Chain, body: MachineEnrolled | MachineRevoked) -> None:
    kind = "kiosk.enrolled" if isinstance(body, MachineEnrolled) else "kiosk.revoked"
    chain.kiosk()
    with chain.office.engines.write.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE event SET type = %(kind)s, body = %(body)s WHERE type = 'kiosk.enrolled'"
            if connection.dialect.name == "postgresql"
            else "UPDATE event SET type = :kind, body = :body WHERE type = 'kiosk.enrolled'",
            {"kind": kind, "body": to_json(body)},
        )
    chain.drain()
    assert chain.centre.rows("SELECT code FROM quarantine") == [("bad_body",)]
    assert chain.centre.rows("SELECT * FROM office_machine") == []


# --- how they are -----------------------------------------------------------------------------------------------


def test_the_centre_shows_the_machines_of_its_offices_as_they_last_said(chain: Chain) -> None:
    kiosk, gone = chain.kiosk(), chain.kiosk("sala-2")
    kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(chain.office.client)
    gone.sync(chain.office.client)
    revoke(chain.office, "sala-2")
    chain.drain()
    chief = chain.centre.chief()
    page = chief.page("/fleet")
    part = page.split('data-office="tacna"', 1)[1]
    assert "Mesa de partes · Tacna" in part
    assert 'data-machine="tacna/sala-1"' in part
    assert "sala-2" not in part
    assert "Coloque un rollo nuevo" in part
    assert "/fleet/sala-1" not in part  # nothing is ordered there
    [office] = offices(chief).elsewhere
    assert (office.office, office.name, office.as_of) == ("tacna", "Mesa de partes · Tacna", None)
    [machine] = office.machines
    assert (machine.name, machine.series, machine.printer, machine.reason) == ("sala-1", "A", "blocked", "paper")
    assert [alarm.kind for alarm in machine.alarms] == ["no_paper"]
    chain.clock.pass_s(185)
    assert "Según la oficina, hace 3 min" in chief.page("/fleet")
    assert offices(chief).elsewhere[0].as_of is not None


def test_a_machine_that_says_nothing_is_its_offices_matter_and_so_is_who_asks_for_help(chain: Chain) -> None:
    kiosk = chain.kiosk()
    kiosk.healthy("ready", "", 80, help_at=chain.clock.now())
    kiosk.sync(chain.office.client)
    chain.drain()
    chain.clock.pass_s(300)
    chain.drain()
    [office] = offices(chain.centre.chief()).elsewhere
    assert [(one.printer, one.alarms) for one in office.machines] == [("ready", ())]


def test_another_machine_under_the_name_has_said_nothing_at_the_centre_either(chain: Chain) -> None:
    kiosk = chain.kiosk()
    kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(chain.office.client)
    chain.drain()
    chain.office.enrol("sala-1", office=kiosk.enrolment.office, replace=True)
    chain.drain()
    [office] = offices(chain.centre.chief()).elsewhere
    assert [(one.series, one.printer, one.alarms) for one in office.machines] == [("B", None, ())]


def test_nobody_but_administrators_sees_other_offices_machines(chain: Chain) -> None:
    chain.kiosk()
    chain.drain()
    supervisor = chain.centre.chief("sonia", Role.SUPERVISOR)
    assert "sala-1" not in supervisor.page("/fleet")
    assert offices(supervisor).elsewhere == ()
