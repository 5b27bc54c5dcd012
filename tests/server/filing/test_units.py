"""What units do with what is handed to them: one wins, an old page changes nothing, nobody sees another unit's."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text, update

from domain.clock import Micros, in_lima
from domain.filings import FilingMove, FilingStatus
from domain.messages import FilingWords
from server.faults import Refusal
from server.filing.office import Filings
from server.filing.units import Units
from server.store.accounts import Clerk, Role
from server.store.engine import open_engines
from server.store.schema import filing as rows
from server.store.writer import Writer
from tests.server.conftest import ChiefTwin
from tests.server.filing.conftest import PERSON

if TYPE_CHECKING:
    from datetime import date

    from server.store.filings import Filing
    from tests.server.conftest import Site
    from tests.server.filing.conftest import Counter

NOTHING = FilingWords()


@pytest.fixture
def units(counter: Counter) -> Units:
    return Units(filings=counter.filings, offices=counter.site.composed.offices, read=counter.site.engines.read)


def member(site: Site, name: str, unit: str, role: Role = Role.CLERK) -> ChiefTwin:
    """Somebody of a unit, signed in without a counter."""
    site.account(name, role)
    with site.engines.write.begin() as connection:
        connection.execute(text("UPDATE account SET unit = :unit WHERE name = :name"), {"unit": unit, "name": name})
    return ChiefTwin(site.clerk(name, "").client)


def somebody(counter: Counter, name: str, unit: str, role: Role = Role.CLERK) -> Clerk:
    return replace(counter.clerk, name=name, counter="", unit=unit, role=role)


def handed(counter: Counter, unit: str = "legal") -> Filing:
    filing = counter.receive()
    counter.filings.do(counter.clerk, lambda hall: hall.forward(filing.id, unit, NOTHING))
    return now(counter, filing.id)


def now(counter: Counter, id_: UUID) -> Filing:
    return counter.filings.view(counter.clerk, id_, "").filing


def late(counter: Counter, filing: Filing) -> date:
    """The entity's day was yesterday; returns it. The clock of all tests stays near where it was."""
    yesterday = in_lima(counter.site.clock.now()).date() - timedelta(1)
    with counter.site.engines.write.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == filing.id).values(due_on=yesterday))
    return yesterday


def call_elsewhere(site: Site, heard_min_ago: int = 0) -> None:
    """From now on another node calls the office, and was heard so long ago."""
    heard_at = site.clock.now() - heard_min_ago * 60_000_000
    with site.engines.write.begin() as connection:
        home = "INSERT INTO office_home (office, node, nth, machine, heard_at) VALUES ('lima', 'n', 1, 'm', :heard_at)"
        connection.execute(text(home), {"heard_at": heard_at})
    site.composed.offices.forget()


def seen_of(page: str, move: str) -> dict[str, str]:
    """What the form to that move says that it was shown over."""
    form = page.split(f'/{move}"', 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'name="(seen|until|of)" value="([^"]*)"', form))


def listed(page: str, section: str) -> list[str]:
    found = page.split(f'id="{section}"', 1)
    return [] if len(found) == 1 else re.findall(r'data-filing="([^"]+)"', found[1].split("</section>", 1)[0])


# --- who sees what --------------------------------------------------------------------------------------------------


def test_a_unit_signs_in_without_a_counter_and_sees_its_own(counter: Counter) -> None:
    mine, theirs, reception = handed(counter), handed(counter, "logistica"), counter.receive()
    legal = member(counter.site, "luz", "legal")
    assert legal.client.get("/desk", follow_redirects=False).headers["location"] == "/units"
    page = legal.page("/units")
    assert listed(page, "to-take") == [mine.expediente]
    assert theirs.expediente not in page
    assert reception.expediente not in page
    for secret in (PERSON.applicant.name, PERSON.applicant.number, PERSON.subject):
        assert secret not in page
    one = legal.page(f"/units/filing/{mine.id}")
    for shown in (PERSON.applicant.name, PERSON.subject, *PERSON.annexes):
        assert shown in one
    assert counter.site.rows("SELECT actor, action, subject FROM audit ORDER BY id")[-1] == (
        "luz", "filing.viewed", mine.expediente,
    )  # fmt: skip
    for other in (theirs.id, reception.id, uuid4()):
        assert legal.client.get(f"/units/filing/{other}").status_code == 404
    assert counter.site.rows("SELECT count(*) FROM audit WHERE actor = 'luz' AND action = 'filing.viewed'") == [(1,)]


def test_nobody_else_comes_in(counter: Counter) -> None:
    filing = handed(counter)
    counter.site.account("ana")
    clerk = counter.site.clerk("ana", "1")
    assert counter.site.browser().client.get("/units").status_code == 401
    for path in ("/units", f"/units/filing/{filing.id}"):
        assert clerk.client.get(path).status_code == 403, path
    answer = ChiefTwin(clerk.client).send("/units/take-all", {"until": "1", "of": "legal"})
    assert answer.status_code == 403
    assert now(counter, filing.id).status is FilingStatus.FORWARDED
    legal = member(counter.site, "luz", "legal")
    for path in ("/desk/waiting", "/admin", "/desk/api"):
        assert legal.client.get(path).status_code in {403, 404}, path
    assert legal.send("/desk/call-next").status_code == 403
    assert legal.send("/desk/sign-out").status_code == 303


def test_who_supervises_sees_all_units_and_what_reception_has(counter: Counter) -> None:
    mine, theirs, reception = handed(counter), handed(counter, "logistica"), counter.receive()
    observed = counter.receive(missing=("Recibo",))
    chief = counter.site.chief()
    page = chief.page("/units")
    assert listed(page, "to-take") == [mine.expediente, theirs.expediente]
    assert listed(page, "to-forward") == [reception.expediente]
    assert listed(page, "observed") == [observed.expediente]
    assert listed(chief.page("/units?unit=logistica"), "to-take") == [theirs.expediente]
    assert chief.client.get("/units?unit=nadie").status_code == 404


# --- what is done ---------------------------------------------------------------------------------------------------


def test_a_filing_goes_through_its_unit_in_the_browser(counter: Counter) -> None:
    filing = handed(counter)
    legal = member(counter.site, "luz", "legal")
    page = legal.page("/units")
    form = seen_of(page, "in_process")
    for _ in range(2):  # a doubled click finds it done
        done = legal.send(f"/units/filing/{filing.id}/in_process", form)
        assert (done.status_code, done.headers["location"]) == (303, "/units?done=taken")
    page = legal.page("/units?done=taken")
    assert "Tomado. Está en trámite." in page
    assert listed(page, "in-process") == [filing.expediente]
    path = f"/units/filing/{filing.id}"
    form = seen_of(legal.page(path), "forwarded") | {"unit": "logistica", "words": "Para su opinión"}
    assert legal.send(f"{path}/forwarded", form).headers["location"] == "/units?done=forwarded"
    assert legal.client.get(path).status_code == 404  # it is theirs no more
    other = member(counter.site, "leo", "logistica")
    assert "Para su opinión" in other.page(path)
    other.send(f"{path}/in_process", seen_of(other.page(path), "in_process"))
    form = seen_of(other.page(path), "resolved") | {"words": "Resolución 12"}
    assert other.send(f"{path}/resolved", form).status_code == 303
    page = other.page("/units")
    assert listed(page, "resolved") == [filing.expediente]
    other.send(f"{path}/archived", seen_of(page, "archived"))
    view = counter.filings.view(counter.clerk, filing.id, "")
    assert [(step.step.move, step.step.actor) for step in view.steps[2:]] == [
        ("in_process", "luz"), ("forwarded", "luz"), ("in_process", "leo"), ("resolved", "leo"), ("archived", "leo"),
    ]  # fmt: skip
    assert view.steps[5].words == FilingWords("Resolución 12")


def test_of_two_who_take_it_at_once_one_wins_and_the_other_is_told(counter: Counter, units: Units) -> None:
    filing = handed(counter)
    luz, eva = somebody(counter, "luz", "legal"), somebody(counter, "eva", "legal")
    units.act(luz, filing.id, FilingMove.TAKE, filing.changed_at)
    with pytest.raises(Refusal, match="filing_changed") as told:
        units.act(eva, filing.id, FilingMove.TAKE, filing.changed_at)
    assert told.value.details["who"] == "luz"
    assert counter.site.rows("SELECT count(*) FROM filing_step WHERE move = 'in_process'") == [(1,)]


def test_of_two_processes_at_the_same_moment_one_takes_it(counter: Counter) -> None:
    filing, site = handed(counter), counter.site
    process = open_engines(site.config.database, site.keys)
    writer = Writer(process.write, lambda _: None)
    writer.start()
    filings = Filings(
        node=site.node,
        keys=site.keys,
        offices=site.composed.offices,
        clock=site.clock,
        writer=writer,
        read=process.read,
    )
    begin, told = threading.Barrier(2), []

    def take(name: str, of: Filings) -> None:
        there = Units(filings=of, offices=site.composed.offices, read=site.engines.read)
        begin.wait(10)
        try:
            there.act(somebody(counter, name, "legal"), filing.id, FilingMove.TAKE, filing.changed_at)
            told.append("taken")
        except Refusal as refusal:
            told.append(refusal.code)

    threads = [threading.Thread(target=take, args=one) for one in (("luz", counter.filings), ("eva", filings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    writer.stop()
    process.dispose()
    assert sorted(told) == ["filing_changed", "taken"]
    assert site.rows("SELECT count(*) FROM filing_step WHERE move = 'in_process'") == [(1,)]


def test_an_old_page_changes_nothing_and_shows_how_it_is_now(counter: Counter) -> None:
    filing = handed(counter)
    legal, chief = member(counter.site, "luz", "legal"), counter.site.chief()
    path = f"/units/filing/{filing.id}"
    old = seen_of(legal.page(path), "in_process")
    chief.send(f"{path}/in_process", seen_of(chief.page(path), "in_process"))
    told = legal.send(f"{path}/in_process", old)
    assert told.status_code == 409
    assert "eva ya lo cambió" in told.text
    assert "Marcar como resuelto" in told.text
    chief.send(f"{path}/forwarded", seen_of(chief.page(path), "forwarded") | {"unit": "logistica"})
    told = legal.send(f"{path}/in_process", old)  # it went to another unit: nothing of it is shown
    assert told.status_code == 409
    assert 'id="bench"' in told.text
    assert PERSON.subject not in told.text


HAND_MADE: tuple[tuple[str, dict[str, str], int], ...] = (
    ("archived", {}, 409),
    ("resolved", {}, 409),
    ("forwarded", {"unit": "nadie"}, 404),
    ("forwarded", {"unit": "legal"}, 409),
    ("forwarded", {}, 404),
    ("observed", {}, 400),
    ("lapsed", {}, 404),
    ("corrected", {}, 404),
    ("nada", {}, 404),
    *(("in_process", {"seen": seen}, 400) for seen in ("", "-1", "1e9", "9" * 19, "٣", "mañana")),
)


def test_moves_that_a_hand_made_form_asks_for_are_refused(counter: Counter) -> None:
    filing = handed(counter)
    legal = member(counter.site, "luz", "legal")
    for move, form, status in HAND_MADE:
        sent = {"seen": str(filing.changed_at), "of": "<b>"} | form
        assert legal.send(f"/units/filing/{filing.id}/{move}", sent).status_code == status, (move, form)
        assert now(counter, filing.id) == filing
    assert legal.send("/units/take-all", {"until": "mañana"}).status_code == 400


def test_another_units_filing_cannot_be_touched(counter: Counter, units: Units) -> None:
    filing, reception = handed(counter, "logistica"), counter.receive()
    luz = somebody(counter, "luz", "legal")
    for one in (filing, reception):
        for move in (FilingMove.TAKE, FilingMove.FORWARD):
            with pytest.raises(Refusal, match="unknown_filing"):
                units.act(luz, one.id, move, one.changed_at, unit="legal")
        assert now(counter, one.id) == one


def test_all_are_taken_that_the_page_showed_and_none_that_came_later(counter: Counter) -> None:
    first, second = handed(counter), handed(counter)
    legal = member(counter.site, "luz", "legal")
    form = seen_of(legal.page("/units"), "take-all")
    later, theirs = handed(counter), handed(counter, "logistica")
    for _ in range(2):
        assert legal.send("/units/take-all", form).headers["location"] == "/units?done=all_taken"
    page = legal.page("/units")
    assert listed(page, "in-process") == [first.expediente, second.expediente]
    assert listed(page, "to-take") == [later.expediente]
    assert now(counter, theirs.id).status is FilingStatus.FORWARDED


# --- the same day ---------------------------------------------------------------------------------------------------


def test_reception_hands_all_over_to_the_units_to_which_they_are_addressed(counter: Counter, units: Units) -> None:
    legal, supply, nowhere = counter.receive(), counter.receive(unit="logistica"), counter.receive(unit="")
    observed = counter.receive(missing=("Recibo",))
    until = counter.site.clock.now()
    later = counter.receive()
    assert units.forward_all(counter.clerk, until) == 2
    assert units.forward_all(counter.clerk, until) == 0
    standing = {one.id: (now(counter, one.id).status, now(counter, one.id).unit) for one in (legal, supply)}
    assert standing == {legal.id: (FilingStatus.FORWARDED, "legal"), supply.id: (FilingStatus.FORWARDED, "logistica")}
    for one in (nowhere, observed, later):
        assert now(counter, one.id) == one
    with pytest.raises(Refusal, match="not_allowed"):
        units.forward_all(somebody(counter, "luz", "legal"), until)


def test_what_lies_is_marked_from_the_next_day_on(counter: Counter) -> None:
    reception, waiting, observed = counter.receive(), handed(counter), counter.receive(missing=("Recibo",))
    chief = counter.site.chief()
    marks = re.findall(r'data-filing="([^"]+)" data-alert="([a-z_]+)"', chief.page("/units"))
    assert marks == []
    assert observed.correct_until is not None
    counter.site.clock.pass_s((observed.correct_until - in_lima(counter.site.clock.now()).date()).days * 24 * 3600)
    chief = ChiefTwin(counter.site.clerk("eva", "").client)
    marks = re.findall(r'data-filing="([^"]+)" data-alert="([a-z_]+)"', chief.page("/units"))
    assert marks == [
        (reception.expediente, "to_forward"), (waiting.expediente, "to_take"), (observed.expediente, "correction_ends"),
    ]  # fmt: skip
    late(counter, waiting)
    marks = re.findall(r'data-filing="([^"]+)" data-alert="([a-z_]+)"', chief.page("/units"))
    assert (waiting.expediente, "overdue") in marks


def test_what_another_node_calls_is_only_shown(counter: Counter) -> None:
    filing = handed(counter)
    chief = counter.site.chief()
    call_elsewhere(counter.site)
    page = chief.page("/units")
    assert listed(page, "to-take") == [filing.expediente]
    assert "aquí solo se mira" in page
    assert "<form" not in page.split('id="bench"', 1)[1]
    path = f"/units/filing/{filing.id}"
    assert 'name="seen"' not in chief.page(path)
    answer = chief.send(f"{path}/in_process", {"seen": str(filing.changed_at)})
    assert answer.status_code == 409
    assert now(counter, filing.id) == filing
    assert Micros(0) < filing.changed_at
