"""The waiting room's boards: whose calls each shows, who should get ready, what it says, and what it never tells."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from domain.clock import in_lima
from server.store import boards
from server.store.boards import Notice, Picture, Zone
from server.store.schema import ticket
from tests.server.conftest import OFFICE, PASSWORD, Site
from tests.server.twin import fully_told

if TYPE_CHECKING:
    from datetime import date

    from tests.server.conftest import ClerkTwin

PART = {"X-Fragment": "1"}


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk(counter="4")


def page(site: Site, name: str = "principal") -> str:
    answer = site.client.get(f"/board/{name}", headers=PART)
    assert answer.status_code == 200
    return answer.text


def calls(shown: str) -> list[tuple[str, str]]:
    """The calls that are cried out, with their marks."""
    found = re.findall(r'<li class="(open|past)[^"]*" data-cry="([^"]*)"( data-fresh)?', shown)
    return [(key, f"{state}{fresh}") for state, key, fresh in found]


def large(shown: str) -> str:
    found = re.search(r'class="number[^"]*">([^<]*)<', shown)
    assert found is not None
    return found[1]


def coming(shown: str) -> list[str]:
    [part] = re.findall(r'<section class="coming".*?</section>', shown, re.DOTALL)
    return re.findall(r"<li[^>]*>([^<]*)</li>", part)


def hang(site: Site, *zones: Zone) -> None:
    with site.engines.write.begin() as connection:
        for zone in zones:
            boards.save_zone(connection, OFFICE.id, zone)


def test_a_call_its_repetition_and_its_end(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    assert calls(page(site)) == []
    assert "En un momento llamaremos al primer turno" in page(site)
    clerk.call_next()
    shown = page(site)
    assert large(shown) == "A-001"
    assert calls(shown) == [("A-001/4/1", "open data-fresh")]
    site.clock.pass_s(31)
    assert calls(page(site)) == [("A-001/4/1", "open")]  # a board that comes late does not cry it out
    clerk.move(turn.id, "recalled")
    assert calls(page(site)) == [("A-001/4/2", "open data-fresh")]
    clerk.move(turn.id, "serving")
    assert calls(page(site)) == [("A-001/4/2", "past data-fresh")]
    site.clock.pass_s(24 * 3600)
    assert calls(page(site)) == []  # yesterday's calls are nobody's


def test_the_last_calls_stand_beside_the_newest_and_those_without_room_wait_for_their_moment(
    site: Site, clerk: ClerkTwin
) -> None:
    kiosk = site.enrol()
    turns = [kiosk.issue() for _ in range(14)]
    kiosk.sync(site.client)
    for turn in turns:
        clerk.call_next()
        clerk.move(turn.id, "serving")
        clerk.move(turn.id, "done")
    shown = page(site)
    assert large(shown) == "A-014"
    assert [key for key, _ in calls(shown)] == [f"A-{n:03d}/4/1" for n in range(14, 2, -1)]
    hidden = re.findall(r'data-cry="(A-0\d\d)[^>]* hidden>', shown)
    assert hidden == [f"A-{n:03d}" for n in (14, 9, 8, 7, 6, 5, 4, 3)]


def test_whoever_waits_again_or_went_away_is_not_on_the_board(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    for state in ("waiting", "cancelled"):
        with site.engines.write.begin() as connection:
            connection.execute(update(ticket).values(state=state))
        assert calls(page(site)) == []


def test_a_board_shows_the_calls_of_its_counters(site: Site, clerk: ClerkTwin) -> None:
    site.account("beto")
    beto, kiosk = site.clerk("beto", "7"), site.enrol()
    for _ in range(2):
        kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    beto.call_next()
    hang(site, Zone("piso-2", "Piso 2", ("7", "8")))
    assert [key for key, _ in calls(page(site))] == ["A-002/7/1", "A-001/4/1"]
    assert [key for key, _ in calls(page(site, "piso-2"))] == ["A-002/7/1"]
    assert "Piso 2" in site.client.get("/board/piso-2").text
    for name in ("piso-3", "Principal", "piso-2%00", "%2E%2E%2Fdesk"):
        assert site.client.get(f"/board/{name}").status_code == 404


def test_an_office_with_one_board_goes_straight_to_it_and_with_more_one_chooses(site: Site) -> None:
    assert site.client.get("/board", follow_redirects=False).headers["location"] == "/board/principal"
    hang(site, Zone("piso-2", "Piso 2 · <Licencias>", ("7", "8")))
    chooser = site.client.get("/board").text
    assert re.findall(r'href="(/board/[^"]*)"', chooser) == ["/board/principal", "/board/piso-2"]
    assert "Piso 2 · &lt;Licencias&gt;" in chooser
    assert "Ventanillas: 7, 8" in chooser


@pytest.mark.usefixtures("clerk")
def test_the_next_three_are_those_whom_the_open_counters_call(site: Site) -> None:
    kiosk = site.enrol()
    for n in range(1, 5):
        kiosk.issue(n=n)
    kiosk.issue(n=5, preferential=True)
    kiosk.issue(n=6, service="consulta", preferential=True)
    kiosk.sync(site.client)
    assert coming(page(site)) == ["A-005", "A-006", "A-001"]
    hang(site, Zone("piso-2", "Piso 2", ("7",)))
    assert coming(page(site, "piso-2")) == []  # nobody sits there
    site.account("beto")
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("""UPDATE account SET first_list = '["consulta"]' WHERE name = 'beto'""")
    site.clerk("beto", "7")
    assert coming(page(site, "piso-2")) == ["A-006"]
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE session SET paused_at = 1 WHERE account = 'ana'")
    assert coming(page(site)) == ["A-006"]
    assert 'class="coming" id="coming">' in page(site)
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("DELETE FROM session")
    assert 'class="coming" id="coming" hidden>' in page(site)


def test_nothing_of_a_person_and_not_the_class(site: Site, clerk: ClerkTwin) -> None:
    person, words = fully_told()
    kiosk = site.enrol()
    shown = {}
    for preferential in (False, True):
        turns = [kiosk.issue(n=n, preferential=preferential, person=person) for n in (1, 2)]
        kiosk.sync(site.client)
        clerk.call_next()
        shown[preferential] = re.sub(r'data-version="\d+"', "", site.client.get("/board/principal").text)
        assert coming(shown[preferential]) == ["A-002"]
        assert [word for word in (*words, "tramite", "Presentar un documento") if word in shown[preferential]] == []
        assert str(turns[0].id) not in shown[preferential]
        with site.engines.write.begin() as connection:
            connection.exec_driver_sql("DELETE FROM ticket")
    assert re.sub(r'data-clock="\d+"', "", shown[False]) == re.sub(r'data-clock="\d+"', "", shown[True])


def test_only_a_call_that_is_shown_can_be_heard(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    hang(site, Zone("piso-2", "Piso 2", ("7",)))
    [said] = re.findall(r'data-said="([^"]*)"', page(site))
    assert said == "/board/principal/call/A-001.wav?4-1"
    answer = site.client.get(said)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content[:4] == b"RIFF"
    silent = [
        "/board/principal/call/A-002.wav", "/board/piso-2/call/A-001.wav", "/board/principal/call/A-001",
        "/board/principal/call/hola.wav", "/board/principal/call/A-001%3Cbreak%3E.wav", "/board/nada/call/A-001.wav",
    ]  # fmt: skip
    assert [site.client.get(path).status_code for path in silent] == [404] * len(silent)
    assert site.client.post(said).status_code == 405


def test_without_a_voice_the_boards_have_their_chime(
    site: Site, clerk: ClerkTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = site.enrol()
    kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    assert "data-said" in page(site)
    monkeypatch.setattr("server.voice.Voice.languages", frozenset())
    assert "data-said" not in page(site)
    assert calls(page(site)) == [("A-001/4/1", "open data-fresh")]
    assert site.client.get("/board/principal/call/A-001.wav").status_code == 404


def test_a_board_may_play_the_offices_own_sounds_and_nobody_elses(site: Site) -> None:
    policy = site.client.get("/board/principal").headers["content-security-policy"]
    assert "media-src 'self';" in policy
    chime = re.search(r'data-chime="([^"]*)"', site.client.get("/board/principal").text)
    assert chime is not None
    assert site.client.get(chime[1]).content[:4] == b"RIFF"


def test_a_notice_is_on_from_its_first_day_to_its_last(site: Site) -> None:
    today = in_lima(site.clock.now()).date()

    def day(shift: int | None) -> date | None:
        return None if shift is None else today + timedelta(shift)

    days = [(None, None, True), (0, 0, True), (1, None, False), (None, -1, False), (-1, 1, True), (-3, -1, False)]
    for first, last, is_on in days:
        with site.engines.write.begin() as connection:
            for old in boards.notices(connection, OFFICE.id):
                boards.drop_notice(connection, OFFICE.id, old.id)
            boards.save_notice(connection, OFFICE.id, Notice(0, "Mañana <es> feriado", day(first), day(last)))
        assert ("Mañana &lt;es&gt; feriado" in page(site)) is is_on, (first, last)
        assert ("Tenga su ticket a la mano" in page(site)) is not is_on


def test_slides_have_the_room_while_nobody_is_called(site: Site, clerk: ClerkTwin) -> None:
    with site.engines.write.begin() as connection:
        boards.add_slide(connection, OFFICE.id, "Pague en línea", Picture("image/webp", b"picture"), b"\1" * 32)
    assert "data-rests" in page(site)
    answer = site.client.get(f"/slide/{'01' * 32}")
    assert (answer.content, answer.headers["content-type"]) == (b"picture", "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    assert [site.client.get(f"/slide/{name}").status_code for name in ("02" * 32, "x", "1")] == [404] * 3
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    site.clock.pass_s(300)
    assert "data-rests" not in page(site)  # somebody is still expected at a counter
    clerk.move(turn.id, "serving")
    assert "data-rests" in page(site)


def test_the_page_knows_when_it_is_out_of_date(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def edition() -> str:
        found = set(re.findall(r'data-edition="(\w+)"', site.client.get("/board/piso-2").text))
        assert len(found) == 1
        return found.pop()

    hang(site, Zone("piso-2", "Piso 2", ("7",)))
    seen = [edition()]
    assert edition() == seen[0]
    hang(site, Zone("piso-2", "Segundo piso", ("7",)))
    seen.append(edition())
    monkeypatch.setattr("server.web.board.__version__", "9.9.9")
    seen.append(edition())
    assert len(set(seen)) == 3


def test_signing_in_is_not_needed_to_see_a_board(site: Site) -> None:
    assert site.browser().client.get("/board/principal").status_code == 200
    assert PASSWORD not in page(site)
