"""What the office is told of its machines: by their own word, in their own order, and by their silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from domain.clock import in_lima
from domain.messages import KioskOrders, from_json
from server.fleet import FleetState, MachineState
from server.store.accounts import Role
from tests.server.conftest import ELSEWHERE, OFFICE, ChiefTwin

if TYPE_CHECKING:
    from domain.clock import Micros
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import KioskTwin

S = 1_000_000


def wait_for(site: Site, hour: int, *, is_open: bool) -> None:
    """Lets time pass until it is about that hour, of a day on which the office is open then or not."""
    while in_lima(site.clock.now()).hour != hour or OFFICE.hours.is_open(site.clock.now()) != is_open:
        site.clock.pass_s(600)


@pytest.fixture(autouse=True)
def a_working_morning(site: Site) -> None:
    """Whatever time the tests before left it at."""
    wait_for(site, 9, is_open=True)


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk(counter="3")


def notices(clerk: ClerkTwin) -> list[str]:
    """The lines at the top of a desk, the same on the whole page and on what it fetches by itself."""
    pages = [clerk.page(), clerk.client.get("/desk/waiting").text]
    found = [re.search(r'<div id="notices".*?</ul>', page, re.DOTALL) for page in pages]
    assert all(found)
    lines = [re.findall(r"<li .*?<span>(.*?)</span>", one[0], re.DOTALL) for one in found if one]
    assert lines[0] == lines[1]
    return [re.sub(r"<[^>]+>", "", line) for line in lines[0]]


def state(clerk: ClerkTwin) -> dict[str, MachineState]:
    answer = clerk.client.get("/fleet.json")
    assert answer.status_code == 200
    return {one.name: one for one in from_json(answer.content, FleetState).machines}


def alarms(clerk: ClerkTwin, name: str) -> list[str]:
    return [alarm.kind for alarm in state(clerk)[name].alarms]


def clock(instant: Micros) -> str:
    return in_lima(instant).strftime("%H:%M")


# --- what a machine says ----------------------------------------------------------------------------------------


def test_the_newest_word_counts_and_a_repeat_changes_nothing(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    paper_out = kiosk.healthy("blocked", "paper", 0)
    site.clock.pass_s(60)
    again = kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(site.client)
    assert state(clerk)["sala-1"].printer_since == paper_out.at  # since it began, not since it was last said
    ready = kiosk.healthy("ready", "", 100)
    kiosk.sync(site.client)
    kiosk.sync(site.client, [paper_out, again, ready])  # the answer was lost
    kiosk.sync(site.client, [paper_out])
    now = state(clerk)["sala-1"]
    assert (now.printer, now.reason, now.paper_left_pct, now.tickets_left) == ("ready", "", 100, 600)
    assert now.printer_since == ready.at
    assert now.alarms == ()


def test_a_late_word_of_a_former_life_is_not_the_newest(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    late = kiosk.healthy("blocked", "cover", None)
    kiosk.epoch, kiosk.seq, kiosk.outbox = 2, 0, []
    kiosk.healthy("ready", "", 50)
    kiosk.sync(site.client)
    kiosk.epoch = 1
    kiosk.sync(site.client, [late])
    assert state(clerk)["sala-1"].printer == "ready"
    assert site.rows("SELECT count(*) FROM event WHERE type = 'kiosk.health'") == [(2,)]


def test_a_machine_with_a_wrong_clock_tells_since_when_all_the_same(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    hour = 3600 * S
    said_at = site.clock.now()
    kiosk.healthy("blocked", "paper", 0, at=said_at - hour)
    site.clock.pass_s(60)
    kiosk.sync(site.client, clock={"wall": site.clock.now() - hour, "monotonic_s": 0.0})
    since = state(clerk)["sala-1"].printer_since
    assert since is not None
    assert abs(since - said_at) < S


BAD: list[dict[str, Any]] = [
    {"printer": 7},
    {"printer": ""},
    {"printer": "re\0ady"},
    {"printer": "ready", "reason": "two words"},
    {"printer": "ready", "paper_left_pct": 101},
    {"printer": "ready", "paper_left_pct": -1},
    {"printer": "ready", "tickets_left": 2**40},
    {"printer": "ready", "printed_at": -1},
    {"printer": "ready", "printed_at": 2**60},
    {"printer": "ready", "help_at": -1},
    {"printer": "ready", "help_at": 2**60},
    {},
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_cannot_be_is_kept_aside(site: Site, clerk: ClerkTwin, body: dict[str, Any]) -> None:
    kiosk = site.enrol()
    kiosk.healthy("ready", "", 70)
    kiosk.event("kiosk.health", body)
    ack = kiosk.sync(site.client).acks[0]
    assert (ack.upto, [(one.seq, one.code) for one in ack.rejected]) == (2, [(2, "bad_body")])
    assert state(clerk)["sala-1"].paper_left_pct == 70


def test_a_machine_speaks_only_of_itself(site: Site, clerk: ClerkTwin) -> None:
    kiosk, other = site.enrol("sala-1"), site.enrol("sala-2")
    kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(site.client)
    other.healthy("ready", "", 90)
    other.sync(site.client)
    assert {name: one.printer for name, one in state(clerk).items()} == {"sala-1": "blocked", "sala-2": "ready"}


def test_another_machine_under_the_name_has_said_nothing_yet(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(site.client)
    site.enrol(replace=True)
    one = state(clerk)["sala-1"]
    assert (one.series, one.seen_at, one.printer, one.alarms) == ("B", None, None, ())


# --- what a clerk reads -----------------------------------------------------------------------------------------

WORDS = [
    ("blocked", "paper", 0, "sala-1: sin papel desde las {at}. Coloque un rollo nuevo."),
    ("blocked", "cover", None, "sala-1: tapa abierta desde las {at}. Ciérrela bien."),
    ("blocked", "cutter", None, "sala-1: cortador trabado desde las {at}. Abra la tapa y retire el papel atascado."),
    ("blocked", "other", None, "sala-1: impresora detenida desde las {at}. Apáguela y vuelva a encenderla;"),
    ("absent", "", None, "sala-1: impresora desconectada desde las {at}. Revise que esté encendida y su cable."),
    ("silent", "", None, "sala-1: la impresora no responde desde las {at}. Apáguela y vuelva a encenderla."),
    ("ready", "", 4, "sala-1: el papel se acaba, alcanza para unos 24 tickets. Cambie el rollo ahora."),
    ("ready", "", 10, "sala-1: queda poco papel, alcanza para unos 60 tickets. Tenga listo un rollo nuevo."),
    ("ready_low", "", None, "sala-1: queda poco papel. Tenga listo un rollo nuevo."),
]


@pytest.mark.parametrize(("printer", "reason", "left", "words"), WORDS)
def test_every_alarm_says_what_to_do(
    site: Site, clerk: ClerkTwin, printer: str, reason: str, left: int | None, words: str
) -> None:
    kiosk = site.enrol()
    said = kiosk.healthy(printer, reason, left)
    site.clock.pass_s(31)
    kiosk.sync(site.client)
    [line] = notices(clerk)
    assert line.startswith(words.format(at=clock(said.at)))
    page = clerk.client.get("/fleet").text
    assert line.removeprefix("sala-1: ")[1:] in page


def test_silence_is_told_and_ends_without_any_event(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.sync(site.client)
    seen = site.clock.now()
    assert notices(clerk) == []
    site.clock.pass_s(91)
    told = f"sala-1: sin contacto desde las {clock(seen)}. Revise que esté encendido y conectado a la red."
    assert notices(clerk) == [told]
    kiosk.sync(site.client)
    assert notices(clerk) == []


def test_silence_of_yesterday_says_the_day_and_the_night_is_quiet(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.sync(site.client)
    seen = site.clock.now()
    wait_for(site, 20, is_open=False)
    clerk = site.clerk(counter="3")
    assert notices(clerk) == []
    wait_for(site, 9, is_open=True)
    clerk = site.clerk(counter="3")
    [line] = notices(clerk)
    assert line.startswith(f"sala-1: sin contacto desde el {in_lima(seen):%d/%m} a las {clock(seen)}.")


def test_kiosks_and_the_own_printer_come_first_and_the_urgent_before_what_can_wait(
    site: Site, clerk: ClerkTwin
) -> None:
    said = [
        ("aaa-5", "5", "blocked"),
        ("zzz-3", "3", "ready_low"),
        ("sala-1", "", "ready_low"),
        ("sala-2", "", "silent"),
    ]
    for name, counter, printer in said:
        machine = site.enrol(name, counter=counter)
        machine.healthy(printer, "", None)
        machine.sync(site.client)
    foreign = site.enrol("tacna-1", office=ELSEWHERE)
    foreign.healthy("silent", "", None)
    foreign.sync(site.client)
    assert [line.partition(":")[0] for line in notices(clerk)] == [
        "sala-2",
        "Impresora de su ventanilla",
        "sala-1",
        "Impresora de la ventanilla 5",
    ]
    assert set(state(clerk)) == {name for name, _, _ in said}


def test_whoever_is_not_signed_in_learns_nothing(site: Site) -> None:
    kiosk = site.enrol()
    kiosk.healthy("blocked", "paper", 0)
    turn = kiosk.issue()
    kiosk.sync(site.client)
    for path in ("/desk", "/board/principal", "/q/lima.json", f"/T/{turn.token.text}"):
        page = site.client.get(path).text
        assert "sala-1" not in page
        assert "data-alarm" not in page
    answer = site.client.get("/fleet.json")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    answer = site.client.get("/fleet", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/desk")


# --- help -------------------------------------------------------------------------------------------------------


def ask_help(site: Site, kiosk: KioskTwin) -> Micros:
    """Somebody touches *Ayuda*; returns the kiosk's own time of it."""
    at = site.clock.now()
    kiosk.healthy(help_at=at)
    kiosk.sync(site.client)
    return at


def going(clerk: ClerkTwin) -> list[str]:
    """Where the buttons at the desk lead to."""
    return re.findall(r'action="/desk/(help/[^"]+)"', clerk.page())


def audited(site: Site) -> list[Any]:
    return site.rows("SELECT actor, office, subject FROM audit WHERE action = 'help.answered' ORDER BY id")


def test_who_asks_for_help_is_told_first_at_every_desk_until_somebody_goes(site: Site, clerk: ClerkTwin) -> None:
    kiosk, other = site.enrol("kiosco-1"), site.enrol("kiosco-2")
    other.healthy("blocked", "paper", 0)
    other.sync(site.client)
    site.account("luis")
    second = site.clerk("luis", "4")
    ask_help(site, kiosk)
    assert notices(second)[0] == "Piden ayuda en kiosco-1, en este momento"
    site.clock.pass_s(130)
    kiosk.sync(site.client)
    other.sync(site.client)
    for desk in (clerk, second):
        assert notices(desk)[0] == "Piden ayuda en kiosco-1, desde hace 2 min"
        assert notices(desk)[1].startswith("kiosco-2: sin papel")
    assert "Piden ayuda desde hace 2 min." in clerk.client.get("/fleet").text
    assert [(one.kind, one.severity) for one in state(clerk)["kiosco-1"].alarms] == [("help", "now")]
    [address] = going(clerk)
    answer = clerk.post(address, **{"X-Fragment": "1"})
    assert answer.status_code == 200
    assert "Piden ayuda" not in answer.text
    assert "kiosco-2" in answer.text
    assert "<html" not in answer.text
    for desk in (clerk, second):
        assert [line.partition(":")[0] for line in notices(desk)] == ["kiosco-2"]
    second.post(address)  # he saw it too, a moment too late
    assert audited(site) == [("ana", "lima", "kiosco-1")]


def test_an_answer_is_of_one_call(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    first = ask_help(site, kiosk)
    [old] = going(clerk)
    kiosk.healthy("printing", help_at=first)  # whatever else it says
    kiosk.sync(site.client)
    assert going(clerk) == [old]
    answer = clerk.post(old)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")  # without script
    kiosk.healthy("ready", help_at=first)
    kiosk.sync(site.client)
    assert going(clerk) == []
    ask_help(site, kiosk)
    clerk.post(old)
    assert len(going(clerk)) == 1
    assert len(audited(site)) == 1


def test_after_ten_minutes_nobody_waits_for_help(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    ask_help(site, kiosk)
    [address] = going(clerk)
    site.clock.pass_s(600)
    kiosk.sync(site.client)
    assert notices(clerk) == []
    clerk.post(address)
    assert audited(site) == []


def test_help_is_answered_by_clerks_of_that_office_at_its_own_page(site: Site, clerk: ClerkTwin) -> None:
    kiosk, there = site.enrol(), site.enrol("tacna-1", office=ELSEWHERE)
    ask_help(site, kiosk)
    ask_help(site, there)
    [address] = going(clerk)
    [(since,)] = site.rows("SELECT help_since FROM kiosk_health WHERE kiosk = 'tacna-1'")
    clerk.post(f"help/tacna-1/{since}")
    clerk.post("help/nobody/1")
    assert clerk.client.post(f"/desk/{address}").status_code == 403  # without the page's own token
    assert clerk.post(address, origin="https://example.com").status_code == 403
    assert site.browser().post(address).status_code in {401, 403}
    assert clerk.post(f"help/sala-1/{2**80}").status_code == 303
    assert audited(site) == []
    assert going(clerk) == [address]


def test_help_is_not_told_outside_the_desk(site: Site) -> None:
    kiosk = site.enrol()
    ask_help(site, kiosk)
    for path in ("/desk", "/board/principal", "/q/lima.json"):
        assert "ayuda" not in site.client.get(path).text


def test_a_kiosk_of_before_asks_for_no_help(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.event("kiosk.health", msgspec.Raw(b'{"printer":"ready","reason":"","paper_left_pct":50}'))
    assert kiosk.sync(site.client).acks[0].rejected == ()
    assert notices(clerk) == []


# --- the page of machines ---------------------------------------------------------------------------------------


def test_the_page_lists_every_machine_that_may_speak(site: Site, clerk: ClerkTwin) -> None:
    assert "Aún no hay equipos inscritos." in clerk.client.get("/fleet").text
    kiosk, printer = site.enrol("sala-1"), site.enrol("ventanilla-5", counter="5")
    kiosk.healthy("ready", "", 62)
    kiosk.sync(site.client, backlog=7, app_version="0.9.1")
    printer.sync(site.client)
    site.enrol("nueva-2")
    site.enrol("otra-5", counter="5", replace=True)
    page = clerk.client.get("/fleet").text
    assert re.findall(r'data-machine="([^"]+)"', page) == ["nueva-2", "otra-5", "sala-1"]
    for words in ("Kiosco · serie A", "Ventanilla 5", "Lista", "62 %", "unos 372 tickets", "0.9.1", ">7<", "Nunca"):
        assert words in page
    assert "<html" not in clerk.client.get("/fleet", headers={"X-Fragment": "1"}).text


def test_a_word_of_a_later_version_is_shown_as_it_came(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.healthy("levitating", "", None)
    kiosk.sync(site.client)
    assert "levitating" in clerk.client.get("/fleet").text
    assert notices(clerk) == []


def test_the_same_as_json(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    said = kiosk.healthy("blocked", "paper", 0)
    kiosk.sync(site.client, backlog=2)
    site.enrol("ventanilla-5", counter="5")
    answer = clerk.client.get("/fleet.json").json()
    assert answer["office"] == "lima"
    assert answer["machines"][0] | {"seen_at": None} == {
        "name": "sala-1",
        "series": "A",
        "counter": None,
        "seen_at": None,
        "backlog": 2,
        "version": "0.1.0",
        "printer": "blocked",
        "reason": "paper",
        "printer_since": said.at,
        "paper_left_pct": 0,
        "tickets_left": 0,
        "printed_at": None,
        "alarms": [{"kind": "no_paper", "severity": "now", "since": said.at}],
    }
    assert (answer["machines"][1]["counter"], answer["machines"][1]["printer"]) == ("5", None)
    assert alarms(clerk, "ventanilla-5") == []


# --- what a kiosk is told to do ---------------------------------------------------------------------------------


def orders_heard(kiosk: KioskTwin, site: Site, after: int = 0) -> tuple[list[KioskOrders], int]:
    down = kiosk.hear(site.client, "kiosk", after=after)
    return [from_json(bytes(item), KioskOrders) for item in down.items], down.next


def test_a_kiosk_is_told_to_stop_and_what_to_say_and_says_that_it_knows(site: Site) -> None:
    kiosk = site.enrol()
    assert orders_heard(kiosk, site) == ([KioskOrders(out_of_service=False, message="", version=0)], 1)
    chief = site.chief("sonia", Role.SUPERVISOR)
    form = {"service": "out", "message": "  Pase a la\nsala B "}
    assert chief.send("/fleet/sala-1", form).status_code == 303
    assert chief.send("/fleet/sala-1", form).status_code == 303  # a second click tells nothing new
    out = KioskOrders(out_of_service=True, message="Pase a la sala B", version=1)
    assert "aún no lo sabe" in chief.page("/fleet/sala-1")
    assert "El kiosco aún no lo sabe" in chief.page("/fleet")
    assert orders_heard(kiosk, site, after=1) == ([out], 2)
    assert orders_heard(kiosk, site, after=2) == ([], 2)
    assert "El kiosco ya lo tiene" in chief.page("/fleet/sala-1")
    assert "Fuera de servicio, por orden de la oficina" in chief.page("/fleet")
    assert orders_heard(kiosk, site) == ([out], 2)  # it was started anew
    chief.send("/fleet/sala-1", {"service": "in", "message": ""})
    assert orders_heard(kiosk, site, after=2) == ([KioskOrders(out_of_service=False, message="", version=2)], 3)
    assert site.rows("SELECT action, subject, detail FROM audit WHERE action = 'kiosk.ordered' ORDER BY id") == [
        ("kiosk.ordered", "sala-1", "out_of_service; Pase a la sala B"),
        ("kiosk.ordered", "sala-1", ""),
    ]


def test_only_supervisors_order_and_only_kiosks_of_theirs(site: Site) -> None:
    site.enrol()
    site.enrol("ventanilla-1", counter="1")
    site.enrol("lejos", office=ELSEWHERE)
    site.account()
    clerk = ChiefTwin(site.clerk().client)
    assert clerk.send("/fleet/sala-1", {"service": "out"}).status_code == 403
    assert clerk.client.get("/fleet/sala-1").status_code == 403
    assert "Servicio y mensaje" not in clerk.page("/fleet")
    chief = site.chief()
    for name in ("ventanilla-1", "lejos", "nadie"):
        assert chief.send(f"/fleet/{name}", {"service": "out"}).status_code == 404
    long = chief.send("/fleet/sala-1", {"service": "out", "message": "x" * 121})
    assert (long.status_code, "muy largo" in long.text, "x" * 121 in long.text) == (400, True, True)
    assert site.browser().client.get("/fleet/sala-1").status_code == 401
    assert site.rows("SELECT count(*) FROM kiosk_orders") == [(0,)]


def test_an_order_needs_a_form_of_ours(site: Site) -> None:
    site.enrol()
    chief = site.chief()
    answer = chief.client.post("/fleet/sala-1", data={"service": "out"}, follow_redirects=False)
    assert answer.status_code == 403
