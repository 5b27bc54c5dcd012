"""A copy of the ticket at the counter: asked for once, printed once, told as it is, whatever goes wrong between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.messages import CopyAsked, PrintOutcome, Reprinted, from_json
from domain.prints import WANTED_US
from domain.sync import RETENTION_US
from domain.tracking import read_ticket_qr
from server.compose import compose
from tests.server.conftest import ELSEWHERE
from tests.server.test_desk import alert
from tests.server.twin import PERSON

if TYPE_CHECKING:
    import httpx

    from domain.messages import PrintRequested
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued, KioskTwin

TOO_LATE_S = WANTED_US / 1e6


@pytest.fixture
def turn(site: Site) -> Issued:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    return turn


@pytest.fixture
def machine(site: Site) -> KioskTwin:
    return site.enrol("ventanilla-3", counter="3")


@pytest.fixture
def clerk(site: Site, turn: Issued) -> ClerkTwin:
    """At counter 3, with the turn called."""
    del turn
    site.account()
    clerk = site.clerk(counter="3")
    clerk.call_next()
    return clerk


def ask(clerk: ClerkTwin, turn: Issued) -> httpx.Response:
    return clerk.post(f"copy/{turn.id}", **{"X-Fragment": "1"})


def asked(site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued) -> PrintRequested:
    """A copy that was asked for and fetched."""
    assert ask(clerk, turn).status_code == 200
    return machine.wanted(site.client)[-1]


def states(site: Site) -> list[Any]:
    return site.rows("SELECT copy, state, reason FROM print_request ORDER BY copy")


def codes(machine: KioskTwin, site: Site) -> list[str]:
    return [one.code for one in machine.sync(site.client).acks[0].rejected]


def test_the_machine_gets_what_the_ticket_said_marked_as_a_copy(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    copy = request.document
    assert (copy.ticket, copy.series, copy.n, copy.copy) == (turn.id, "A", 1, 1)
    assert (copy.service, copy.document, copy.language) == ("Presentar un documento", "••••5678", "es")
    assert read_ticket_qr(copy.url) == turn.token
    assert [(copy.issued_at,)] == site.rows("SELECT issued_at FROM ticket")


def test_asking_is_an_event_and_an_audit_entry_and_neither_tells_anything_personal(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    [(body, sealed, origin)] = site.rows("SELECT body, sealed, origin FROM event WHERE type = 'print.requested'")
    assert from_json(bytes(body), CopyAsked) == CopyAsked(request.id, turn.id, 1, "3", "ana")
    assert sealed is None
    assert origin.startswith("node-")
    assert site.rows("SELECT actor, subject, office FROM audit WHERE action = 'ticket.copy_asked'") == [
        ("ana", str(turn.id), "lima")
    ]
    secrets = (turn.token.text, PERSON.document_number, PERSON.name, "Presentar")
    for table in ("print_request", "audit", "event"):
        rows = repr(site.rows(f"SELECT * FROM {table}"))  # noqa: S608 ours
        assert [secret for secret in secrets if secret in rows] == []


def test_it_is_offered_until_it_is_answered(site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued) -> None:
    request = asked(site, clerk, machine, turn)
    assert machine.wanted(site.client) == [request]  # the answer may have been lost
    machine.begin(request)
    assert machine.wanted(site.client) == [request]  # it may have died on the way; it knows what it printed
    machine.answer(request)
    assert machine.wanted(site.client) == []
    assert states(site) == [(1, "printed", "")]


def test_a_second_click_asks_for_nothing_and_the_next_copy_has_the_next_number(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    assert ask(clerk, turn).status_code == 200
    machine.begin(request)
    machine.sync(site.client)
    assert ask(clerk, turn).status_code == 200
    assert machine.wanted(site.client) == [request]
    assert site.rows("SELECT count(*) FROM event WHERE type = 'print.requested'") == [(1,)]
    machine.answer(request, "not_printed", "paper")
    machine.sync(site.client)
    again = asked(site, clerk, machine, turn)
    assert again.document.copy == 2
    assert states(site) == [(1, "failed", "paper"), (2, "asked", "")]


def test_the_oldest_is_printed_first(site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued) -> None:
    kiosk = site.enrol("sala-2")
    second = kiosk.issue()
    kiosk.sync(site.client)
    ask(clerk, turn)
    clerk.miss(turn.id)
    clerk.call_next()
    ask(clerk, second)
    assert [request.document.ticket for request in machine.wanted(site.client)] == [turn.id, second.id]


def test_after_ten_minutes_nobody_wants_it_and_another_can_be_asked_for(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    site.clock.pass_s(TOO_LATE_S)
    assert machine.wanted(site.client) == []
    assert ask(clerk, turn).status_code == 200
    assert states(site) == [(1, "expired", ""), (2, "asked", "")]
    assert [one.document.copy for one in machine.wanted(site.client)] == [2]
    machine.begin(request)  # it had been away, and printed it after all
    machine.sync(site.client)
    assert states(site)[0] == (1, "uncertain", "")
    machine.answer(request, "confirmed")
    machine.sync(site.client)
    assert states(site) == [(1, "printed", ""), (2, "asked", "")]


def test_requests_that_nobody_will_speak_of_any_more_are_forgotten(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    machine.answer(asked(site, clerk, machine, turn))
    machine.sync(site.client)
    site.clock.pass_s(RETENTION_US / 1e6 + 1)
    kiosk = site.enrol("sala-2")
    later = kiosk.issue()
    kiosk.sync(site.client)
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE ticket SET state = 'done'"))
    ana = site.clerk(counter="3")
    kiosk.issue()
    kiosk.sync(site.client)
    ana.call_next()
    [held] = site.rows("SELECT id FROM ticket WHERE state = 'called'")
    assert states(site) == [(1, "printed", "")]
    assert ana.post(f"copy/{held[0]}", **{"X-Fragment": "1"}).status_code == 200
    assert site.rows("SELECT ticket, state FROM print_request") == [(held[0], "asked")]
    assert str(later.id) != held[0]


def test_a_copy_begun_and_never_heard_of_again_is_uncertain_not_expired(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    machine.begin(asked(site, clerk, machine, turn))
    machine.sync(site.client)
    site.clock.pass_s(TOO_LATE_S)
    ask(clerk, turn)
    assert states(site) == [(1, "uncertain", ""), (2, "asked", "")]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([("uncertain", "lost"), ("confirmed_late", "")], ("printed", "")),
        ([("confirmed", ""), ("confirmed", "")], ("printed", "")),
        ([("confirmed", ""), ("not_printed", "paper")], ("printed", "")),
        ([("not_printed", "cover"), ("confirmed", "")], ("printed", "")),
        ([("not_printed", "cover"), ("not_printed", "paper")], ("failed", "paper")),
        ([("levitated", "magic\0" + "x" * 300)], ("uncertain", "magic" + "x" * 59)),
    ],
)
def test_outcomes_said_twice_late_or_in_words_unknown_here(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued, said: list[tuple[str, str]], state: tuple[str, str]
) -> None:
    request = asked(site, clerk, machine, turn)
    for attempt, (outcome, reason) in enumerate(said, 1):
        machine.answer(request, outcome, reason, attempt)
    assert codes(machine, site) == []
    assert states(site) == [(1, *state)]


def test_an_outcome_before_its_start_stays(site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued) -> None:
    request = asked(site, clerk, machine, turn)
    machine.answer(request, "not_printed", "silent")
    machine.begin(request)
    assert codes(machine, site) == []
    assert states(site) == [(1, "failed", "silent")]


def test_a_copy_says_nothing_of_the_kiosks_own_paper(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    kiosk = site.enrol("sala-9")
    kiosk.printed(turn, "not_printed", "paper")
    kiosk.sync(site.client)
    machine.answer(asked(site, clerk, machine, turn), "confirmed")
    machine.sync(site.client)
    assert site.rows("SELECT outcome, reason FROM print_outcome") == [("not_printed", "paper")]
    machine.event("ticket.print_outcome", PrintOutcome(turn.id, 1, "confirmed", ""))
    assert codes(machine, site) == ["no_request"]
    assert site.rows("SELECT outcome, reason FROM print_outcome") == [("not_printed", "paper")]


# --- what the clerk is told -------------------------------------------------------------------------------------


def line(page: str) -> tuple[str, str]:
    """What the desk says of the paper, and what its button does; empty for nothing."""
    found = re.search(r'<div id="copy".*?</div>', page, re.DOTALL)
    spans = re.findall(r"<span[^>]*>([^<]+)</span>", found[0]) if found else []
    assert len(spans) <= 2
    button = spans.pop() if found and "<button" in found[0] else ""
    return (spans[0] if spans else "", button)


def lines(clerk: ClerkTwin) -> tuple[str, str]:
    """The same on the whole page and on what the page fetches by itself."""
    whole, part = line(clerk.page()), line(clerk.client.get("/desk/waiting").text)
    assert whole == part
    return whole


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        (None, "", ("", "Imprimir copia del ticket")),
        ("confirmed", "", ("", "Imprimir copia del ticket")),
        ("probable", "", ("", "Imprimir copia del ticket")),
        ("not_printed", "paper", ("Su ticket no salió en el kiosco: sin papel.", "Imprimir copia del ticket")),
        ("not_printed", "x", ("Su ticket no salió en el kiosco: error de la impresora.", "Imprimir copia del ticket")),
        ("uncertain", "lost", ("No se sabe si su ticket salió en el kiosco.", "Imprimir copia del ticket")),
        ("confirmed_late", "", ("", "Imprimir copia del ticket")),
    ],
)
def test_the_clerk_learns_that_the_kiosks_paper_did_not_come(
    site: Site, clerk: ClerkTwin, turn: Issued, outcome: str | None, reason: str, said: tuple[str, str]
) -> None:
    if outcome:
        kiosk = site.enrol("sala-9")
        kiosk.printed(turn, outcome, reason)
        kiosk.sync(site.client)
    assert lines(clerk) == (said[0], "")  # no machine at the counter, no button
    site.enrol("ventanilla-3", counter="3")
    assert lines(clerk) == said


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        ("confirmed", "", ("Copia impresa", "Imprimir otra")),
        ("not_printed", "paper", ("No salió: sin papel.", "Reintentar")),
        ("not_printed", "cover", ("No salió: tapa abierta.", "Reintentar")),
        ("not_printed", "cutter", ("No salió: cortador trabado.", "Reintentar")),
        ("not_printed", "absent", ("No salió: impresora desconectada.", "Reintentar")),
        ("not_printed", "silent", ("No salió: la impresora no responde.", "Reintentar")),
        ("not_printed", "no_answer", ("No salió: la impresora no responde.", "Reintentar")),
        ("not_printed", "other", ("No salió: error de la impresora.", "Reintentar")),
        ("uncertain", "crashed", ("No se sabe si salió: mire la impresora.", "Imprimir otra")),
        ("levitated", "", ("No se sabe si salió: mire la impresora.", "Imprimir otra")),
    ],
)
def test_the_desk_says_what_is_known_of_the_copy(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued, outcome: str, reason: str, said: tuple[str, str]
) -> None:
    assert line(ask(clerk, turn).text) == ("Pedida a la impresora…", "")
    [request] = machine.wanted(site.client)
    machine.begin(request)
    machine.sync(site.client)
    assert lines(clerk) == ("Imprimiendo la copia…", "")
    machine.answer(request, outcome, reason)
    machine.sync(site.client)
    assert lines(clerk) == said


@pytest.mark.usefixtures("machine")
def test_what_nobody_fetched_is_said_to_be_late_without_any_event(site: Site, clerk: ClerkTwin, turn: Issued) -> None:
    ask(clerk, turn)
    site.clock.pass_s(TOO_LATE_S)
    assert lines(clerk) == ("La impresora no la recogió en diez minutos.", "Imprimir otra")


@pytest.mark.usefixtures("machine")
def test_without_script_asking_leads_back_to_the_desk(clerk: ClerkTwin, turn: Issued) -> None:
    answer = clerk.post(f"copy/{turn.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert lines(clerk) == ("Pedida a la impresora…", "")


def test_what_is_said_of_paper_wakes_the_desk_and_no_phone(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    def versions() -> tuple[Any, ...]:
        rows = site.rows("SELECT topic, version FROM topic_version WHERE topic IN ('desk.lima', 'queue.lima')")
        return tuple(version for _, version in sorted(rows))

    before = versions()
    request = asked(site, clerk, machine, turn)
    machine.begin(request)
    machine.sync(site.client)
    machine.healthy()
    machine.answer(request)
    machine.sync(site.client)
    assert versions() == (before[0] + 3, before[1])


# --- not of this machine ----------------------------------------------------------------------------------------


def test_nobody_else_is_offered_it(site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued) -> None:
    others = [
        site.enrol("ventanilla-4", counter="4"),
        site.enrol("tacna-3", counter="3", office=ELSEWHERE),
        site.enrol("sala-2"),
    ]
    request = asked(site, clerk, machine, turn)
    assert [other.wanted(site.client) for other in others] == [[], [], []]
    for other in others:
        other.answer(request)
        assert codes(other, site) == ["foreign_request"]
    assert states(site) == [(1, "asked", "")]


def test_the_machine_that_takes_anothers_place_prints_what_is_still_wanted(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    new = site.enrol("otra-3", counter="3", replace=True)
    assert machine.post(site.client).status_code == 401
    assert new.wanted(site.client) == [request]
    new.answer(request)
    assert new.wanted(site.client) == []


def test_a_machine_that_moved_still_answers_for_where_it_was(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    moved = site.enrol("ventanilla-3", counter="4", replace=True)
    assert moved.wanted(site.client) == []
    moved.answer(request)
    assert codes(moved, site) == []
    assert states(site) == [(1, "printed", "")]


BAD = {
    "outcome of an unknown request": ("unknown_request", "ticket.print_outcome", {"request": uuid4()}),
    "start of an unknown request": ("unknown_request", "ticket.reprinted", {"request": uuid4()}),
    "outcome for another ticket": ("other_ticket", "ticket.print_outcome", {"ticket": uuid4()}),
    "start for another ticket": ("other_ticket", "ticket.reprinted", {"ticket": uuid4()}),
    "a copy numbered 0": ("bad_body", "ticket.reprinted", {"copy": 0}),
    "a copy beyond the column": ("bad_body", "ticket.reprinted", {"copy": 2**40}),
    "an attempt below 0": ("bad_body", "ticket.print_outcome", {"attempt": -1}),
    "an outcome that is no word": ("bad_body", "ticket.print_outcome", {"outcome": "no\0t"}),
    "a request that is no id": ("bad_body", "ticket.print_outcome", {"request": 7}),
    "no ticket": ("bad_body", "ticket.reprinted", {"ticket": None}),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_answers_are_kept_aside_and_change_nothing(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued, case: str
) -> None:
    code, kind, changes = BAD[case]
    request = asked(site, clerk, machine, turn)
    good: Any = (
        Reprinted(turn.id, 1, request.id)
        if kind == "ticket.reprinted"
        else PrintOutcome(turn.id, 1, "confirmed", "", request.id)
    )
    machine.event(kind, msgspec.to_builtins(good) | changes)
    assert codes(machine, site) == [code]
    assert states(site) == [(1, "asked", "")]
    machine.answer(request)
    assert codes(machine, site) == []
    assert states(site) == [(1, "printed", "")]


def test_a_kiosks_own_reprint_concerns_no_request(site: Site, turn: Issued) -> None:
    kiosk = site.enrol("sala-9")
    kiosk.event("ticket.reprinted", Reprinted(turn.id, 1))
    assert codes(kiosk, site) == []


# --- what is refused --------------------------------------------------------------------------------------------


def test_without_a_machine_at_the_counter_nothing_can_be_asked(site: Site, clerk: ClerkTwin, turn: Issued) -> None:
    site.enrol("ventanilla-4", counter="4")
    answer = ask(clerk, turn)
    assert (answer.status_code, alert(answer.text)) == (409, "La ventanilla 3 no tiene impresora.")
    assert states(site) == []


@pytest.mark.usefixtures("machine")
def test_only_the_turn_at_the_counter_can_be_copied(site: Site, clerk: ClerkTwin, turn: Issued) -> None:
    site.account("luis")
    other = site.clerk("luis", "4")
    site.enrol("ventanilla-4", counter="4")
    assert ask(other, turn).status_code == 409
    assert clerk.post(f"copy/{uuid4()}").status_code == 404
    assert clerk.post("copy/nada").status_code in {400, 404}
    clerk.move(turn.id, "serving")
    clerk.move(turn.id, "done")
    assert ask(clerk, turn).status_code == 409
    assert site.browser().post(f"copy/{turn.id}").status_code in {401, 403}
    assert states(site) == []


@pytest.mark.parametrize("sealed", [None, b"sealed to another key", "another token"])
def test_a_turn_that_came_without_its_token_cannot_be_copied(site: Site, sealed: bytes | str | None) -> None:
    kiosk = site.enrol()
    if sealed == "another token":
        first = kiosk.issue()
        turn = kiosk.issue(sealed=first.event.sealed)
    else:
        turn = kiosk.issue(sealed=sealed)
    kiosk.sync(site.client)
    site.enrol("ventanilla-3", counter="3")
    site.account()
    clerk = site.clerk(counter="3")
    clerk.call_next()
    if sealed == "another token":
        clerk.miss(first.id)
        clerk.call_next()
    answer = ask(clerk, turn)
    assert (answer.status_code, states(site)) == (409, [])
    assert "no se puede copiar" in alert(answer.text)


def test_the_database_itself_keeps_one_awaited_copy_and_one_number(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    asked(site, clerk, machine, turn)
    again = (
        "INSERT INTO print_request SELECT :id, office, counter, ticket, {copy}, asked_at, asked_by, {state}, reason,"
        " changed_at, document FROM print_request WHERE copy = 1"
    )
    for copy, state in (("2", "'printing'"), ("1", "'failed'")):
        with pytest.raises(IntegrityError), site.engines.write.begin() as connection:
            connection.execute(text(again.format(copy=copy, state=state)), {"id": str(uuid4())})


def test_a_restart_of_the_server_in_between_changes_nothing(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    with TestClient(compose(site.config, clock=site.clock).app) as restarted:
        assert machine.wanted(restarted) == [request]
        machine.answer(request)
        assert machine.wanted(restarted) == []
    assert states(site) == [(1, "printed", "")]


def test_repr_of_what_goes_down_hides_the_address(
    site: Site, clerk: ClerkTwin, machine: KioskTwin, turn: Issued
) -> None:
    request = asked(site, clerk, machine, turn)
    assert not re.search(turn.token.text, repr(request))
