"""What a clerk can do to a turn beyond calling and serving it, and what refuses it: nothing is changed by half."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from domain.messages import CounterMoved, Note, TicketMoved, TicketNoted, from_json
from server.store.accounts import Role
from server.store.schema import note, ticket
from tests.server.test_desk import alert, shown, state, turns

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued

__all__ = ["turns"]  # a fixture

RESTED_S = 30


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk()


@pytest.fixture
def other(site: Site) -> ClerkTwin:
    site.account("luis")
    return site.clerk("luis", "2")


def events(site: Site, shape: Any, *kinds: str) -> list[Any]:
    """The bodies of the node's own events of these kinds, in order."""
    rows = site.rows("SELECT type, body FROM event WHERE origin LIKE 'node%' ORDER BY seq")
    return [from_json(bytes(body), shape) for kind, body in rows if kind in kinds]


def kinds(site: Site) -> list[str]:
    rows = site.rows("SELECT type FROM event WHERE origin LIKE 'node%' AND type LIKE 'ticket.%' ORDER BY seq")
    return [kind for (kind,) in rows]


def everything(site: Site) -> list[Any]:
    """All that an action could have changed."""
    return [
        site.rows("SELECT * FROM ticket ORDER BY id"),
        site.rows("SELECT * FROM attention ORDER BY id"),
        site.rows("SELECT count(*) FROM event"),
        site.rows("SELECT count(*) FROM note"),
    ]


def stays(site: Site, turn: Issued) -> list[tuple[Any, ...]]:
    """The turn's stays at counters: where, how often called, whether served and ended, and how."""
    return site.rows(
        "SELECT counter, clerk, calls, serving_at IS NOT NULL, ended_at IS NOT NULL, outcome FROM attention"
        " WHERE ticket = :id ORDER BY id",
        id=str(turn.id),
    )


def serve(clerk: ClerkTwin, turn: Issued) -> None:
    clerk.call_next()
    assert clerk.move(turn.id, "serving").status_code == 200


# --- calls ------------------------------------------------------------------------------------------------------


def test_a_call_too_soon_is_cried_and_not_counted(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    turn = turns[2]
    clerk.call_next()
    first = site.rows("SELECT called_at FROM ticket WHERE id = :id", id=str(turn.id))
    clerk.move(turn.id, "recalled")
    at = "SELECT calls, announced FROM ticket WHERE id = :id"
    assert site.rows(at, id=str(turn.id)) == [(1, 2)]
    assert site.rows("SELECT called_at FROM ticket WHERE id = :id", id=str(turn.id)) == first
    site.clock.pass_s(RESTED_S)
    assert "2.ª llamada" in clerk.move(turn.id, "recalled").text
    assert site.rows(at, id=str(turn.id)) == [(2, 3)]
    assert stays(site, turn) == [("1", "ana", 2, False, False, None)]


def test_the_board_is_told_of_every_cry_and_of_nothing_else(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    before = site.rows("SELECT version FROM topic_version WHERE topic = 'board.lima'")
    start = before[0][0] if before else 0
    for act, told in [("", 1), ("recalled", 2), ("serving", 2), ("parked", 2), ("resumed", 2), ("done", 2)]:
        answer = clerk.move(turns[2].id, act) if act else clerk.call_next()
        assert answer.status_code == 200
        assert site.rows("SELECT version FROM topic_version WHERE topic = 'board.lima'") == [(start + told,)], act


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_absent_is_only_for_who_was_called_three_times_and_had_time(
    site: Site, turns: list[Issued], clerk: ClerkTwin, calls: int
) -> None:
    turn = turns[2]
    clerk.call_next()
    for _ in range(calls - 1):
        site.clock.pass_s(RESTED_S)
        clerk.move(turn.id, "recalled")
    site.clock.pass_s(RESTED_S - 1 if calls == 3 else RESTED_S)
    before = everything(site)
    answer = clerk.move(turn.id, "absent")
    assert answer.status_code == 409
    assert alert(answer.text).startswith("Llame 3 veces al turno A-003")
    assert everything(site) == before
    site.clock.pass_s(RESTED_S)
    assert clerk.move(turn.id, "absent").status_code == (200 if calls == 3 else 409)


@pytest.mark.parametrize(
    ("why", "words", "kept"),
    [
        ("at_counter", "", "at_counter"),
        ("came_back", "no se guarda", "came_back"),
        ("other", "  trae a\tun niño\0 ", "other: trae a un niño"),
    ],
)
def test_a_chosen_turn_is_called_with_its_reason(
    site: Site, turns: list[Issued], clerk: ClerkTwin, why: str, words: str, kept: str
) -> None:
    turn = turns[1]
    answer = clerk.move(turn.id, "chosen", why=why, words=words)
    assert shown(answer.text) == "A-002"
    assert events(site, TicketMoved, "ticket.called") == [TicketMoved(turn.id, "1", "ana", kept)]
    chosen = site.rows("SELECT actor, subject, detail FROM audit WHERE action = 'ticket.chosen'")
    assert chosen == [("ana", str(turn.id), kept)]


@pytest.mark.parametrize("form", [{}, {"why": "liked"}, {"why": "other", "words": " \0 "}])
def test_without_a_reason_nobody_is_chosen(
    site: Site, turns: list[Issued], clerk: ClerkTwin, form: dict[str, str]
) -> None:
    before = everything(site)
    answer = clerk.move(turns[0].id, "chosen", **form)
    assert answer.status_code == 400
    assert alert(answer.text) == "Elija el motivo; si es otro, escríbalo."
    assert everything(site) == before


def test_two_clerks_choose_the_same_turn(site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin) -> None:
    clerk.move(turns[0].id, "chosen", why="emergency")
    before = everything(site)
    assert other.move(turns[0].id, "chosen", why="emergency").status_code == 409
    assert clerk.move(turns[1].id, "chosen", why="emergency").status_code == 409  # the counter has one already
    assert everything(site) == before


def test_yesterdays_turn_cannot_be_chosen(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    site.clock.pass_s(24 * 3600)
    clerk = site.clerk()
    assert clerk.move(turns[0].id, "chosen", why="came_back").status_code == 409
    assert state(site, turns[0]) == "waiting"


def test_done_and_the_next_in_one_press(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    serve(clerk, turns[2])
    assert shown(clerk.move(turns[2].id, "done-next").text) == "A-001"
    before = everything(site)
    assert clerk.move(turns[2].id, "done-next").status_code == 409  # the second click
    assert everything(site) == before
    serve_last = turns[0]
    clerk.move(serve_last.id, "serving")
    clerk.move(serve_last.id, "done-next")
    clerk.move(turns[1].id, "serving")
    assert shown(clerk.move(turns[1].id, "done-next").text) == ""  # nobody waits any more
    assert [state(site, turn) for turn in turns] == ["done"] * 3


# --- undo -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["done", "absent"])
def test_the_end_of_a_turn_can_be_taken_back(site: Site, turns: list[Issued], clerk: ClerkTwin, end: str) -> None:
    turn = turns[2]
    clerk.call_next()
    if end == "done":
        clerk.move(turn.id, "serving")
        page = clerk.move(turn.id, "done").text
    else:
        page = clerk.miss(turn.id).text
    assert f"/desk/turn/{turn.id}/reopened" in page
    ended = stays(site, turn)
    assert shown(clerk.move(turn.id, "reopened").text) == "A-003"
    assert state(site, turn) == ("serving" if end == "done" else "called")
    assert kinds(site)[-1] == "ticket.reopened"
    assert stays(site, turn) == [(*ended[0][:4], False, None)]
    assert clerk.move(turn.id, end).status_code == 200


@pytest.mark.parametrize("how", ["late", "busy", "another clerk", "another counter", "twice"])
def test_what_can_no_longer_be_taken_back(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin, how: str
) -> None:
    turn = turns[2]
    serve(clerk, turn)
    clerk.move(turn.id, "done")
    presser = clerk
    match how:
        case "late":
            site.clock.pass_s(10)
            assert "reopened" not in clerk.page()
        case "busy":
            clerk.call_next()
        case "another clerk":
            clerk.post("sign-out")
            presser = other
            presser.post("sign-out")
            presser.sign_in("luis", "1")
        case "another counter":
            presser = other
        case _:
            clerk.move(turn.id, "reopened")
    before = everything(site)
    assert presser.move(turn.id, "reopened").status_code == 409
    assert everything(site) == before


# --- away and back ----------------------------------------------------------------------------------------------


def test_an_absent_turn_comes_back_behind_the_next_two_of_its_class(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    issued = [kiosk.issue(preferential=place == 4) for place in range(5)]
    kiosk.sync(site.client)
    clerk.move(issued[0].id, "chosen", why="emergency")
    clerk.miss(issued[0].id)
    assert clerk.move(issued[0].id, "returned").status_code == 200
    assert clerk.move(issued[0].id, "returned").status_code == 409  # the second click
    called = []
    for _ in issued:
        called.append(shown(clerk.call_next().text))
        turn = next(one for one in issued if str(one.number) == called[-1])
        clerk.move(turn.id, "serving")
        clerk.move(turn.id, "done")
    assert called == ["A-005", "A-002", "A-003", "A-001", "A-004"]
    [back] = events(site, TicketMoved, "ticket.returned")
    assert back.lined_up_at == site.rows("SELECT lined_up_at FROM ticket WHERE n = 3")[0][0] + 1
    assert [stay[2:] for stay in stays(site, issued[0])] == [
        (3, False, True, "absent"),
        (1, True, True, "done"),
    ]
    [(first, issued_at), (second, _)] = site.rows(
        "SELECT waiting_since, issued_at FROM attention JOIN ticket ON ticket.id = ticket WHERE ticket = :id"
        " ORDER BY attention.id",
        id=str(issued[0].id),
    )
    assert first == issued_at < second


def test_a_parked_turn_is_taken_up_at_any_free_counter(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    turn = turns[2]
    serve(clerk, turn)
    page = clerk.move(turn.id, "parked", reason="Fue a pagar la tasa\0").text
    assert "A-003" in page
    assert events(site, TicketMoved, "ticket.parked") == [TicketMoved(turn.id, "1", "ana")]
    assert "Fue a pagar la tasa" not in page
    other.call_next()
    before = everything(site)
    assert other.move(turn.id, "resumed").status_code == 409  # not free
    assert everything(site) == before
    other.move(turns[0].id, "serving")
    other.move(turns[0].id, "done")
    page = other.move(turn.id, "resumed").text
    assert shown(page) == "A-003"
    assert "Fue a pagar la tasa" in page
    assert clerk.move(turn.id, "resumed").status_code == 409  # it is there now
    assert stays(site, turn) == [("1", "ana", 1, True, True, "parked"), ("2", "luis", 0, True, False, None)]


def test_a_turn_sent_to_another_service_keeps_number_and_place(
    site: Site, turns: list[Issued], clerk: ClerkTwin
) -> None:
    turn = turns[2]
    serve(clerk, turn)
    place = site.rows("SELECT issued_at, lined_up_at, n FROM ticket WHERE id = :id", id=str(turn.id))
    assert clerk.move(turn.id, "transferred", to="service:consulta", reason="Debe pagar").status_code == 200
    assert site.rows("SELECT issued_at, lined_up_at, n FROM ticket WHERE id = :id", id=str(turn.id)) == place
    row = site.rows(
        "SELECT state, service, for_counter, calls, counter, clerk FROM ticket WHERE id = :id", id=str(turn.id)
    )
    assert row == [("waiting", "consulta", None, 0, None, None)]
    moved = TicketMoved(turn.id, "1", "ana", service="consulta")
    assert events(site, TicketMoved, "ticket.transferred") == [moved]
    assert stays(site, turn) == [("1", "ana", 1, True, True, "transferred")]
    page = clerk.call_next().text
    assert shown(page) == "A-003"
    assert "Debe pagar" in page


def test_a_turn_sent_to_a_counter_is_called_there_alone(
    turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    serve(clerk, turns[2])
    assert clerk.move(turns[2].id, "transferred", to="counter:2").status_code == 200
    assert shown(clerk.call_next().text) == "A-001"
    assert "Enviado a su ventanilla" in other.page()
    assert shown(other.call_next().text) == "A-003"


def test_who_was_sent_to_a_counter_that_closes_is_not_forgotten(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    serve(clerk, turns[2])
    clerk.move(turns[2].id, "transferred", to="counter:2")
    other.post("sign-out")
    assert [moved.reason for moved in events(site, TicketMoved, "ticket.transferred")] == ["", "counter_closed"]
    assert shown(clerk.call_next().text) == "A-003"


@pytest.mark.parametrize("to", ["", "service:", "service:tramite", "service:nada", "counter:1", "counter:9", "x:2"])
def test_there_is_nowhere_to_send_it(site: Site, turns: list[Issued], clerk: ClerkTwin, to: str) -> None:
    serve(clerk, turns[2])
    before = everything(site)
    answer = clerk.move(turns[2].id, "transferred", to=to)
    assert answer.status_code == 409
    assert alert(answer.text) == "Ese servicio o esa ventanilla no está disponible. Elija otro destino."
    assert everything(site) == before


# --- class and notes --------------------------------------------------------------------------------------------


def test_a_class_changed_twice_is_changed_once(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    for _ in range(2):
        assert clerk.move(turns[1].id, "class", preferential="yes").status_code == 200
    assert events(site, TicketMoved, "ticket.class_changed") == [
        TicketMoved(turns[1].id, "1", "ana", preferential=True)
    ]
    audited = site.rows("SELECT actor, subject, detail FROM audit WHERE action = 'ticket.class_changed'")
    assert audited == [("ana", str(turns[1].id), "preferential")]
    assert shown(clerk.call_next().text) == "A-002"  # who came first inside its new class
    assert clerk.move(turns[1].id, "class", preferential="no").status_code == 200
    assert site.rows("SELECT preferential FROM attention") == [(False,)]
    assert clerk.move(turns[1].id, "class", preferential="perhaps").status_code == 400


def test_the_class_of_a_turn_elsewhere_or_over_stays(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    serve(clerk, turns[2])
    assert other.move(turns[2].id, "class", preferential="no").status_code == 409
    clerk.move(turns[2].id, "done")
    assert clerk.move(turns[2].id, "class", preferential="no").status_code == 409
    assert events(site, TicketMoved, "ticket.class_changed") == []


def test_a_note_is_sealed_and_read_by_whoever_serves(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    turn = turns[2]
    words = "Trae copia simple <b>; falta\nel sello"
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET full_name = 'Ana Prueba' WHERE name = 'ana'")
    serve(clerk, turn)
    page = clerk.move(turn.id, "note", text=f"  {words}\0 ").text
    assert html.escape(words) in page
    assert "Ana Prueba" in page
    [(noted, sealed)] = site.rows("SELECT body, sealed FROM event WHERE type = 'ticket.noted'")
    assert from_json(bytes(noted), TicketNoted) == TicketNoted(turn.id, "ana")
    assert b"sello" not in bytes(sealed)
    assert site.keys.open_note(bytes(sealed)) == Note(words)
    clerk.move(turn.id, "transferred", to="counter:2")
    assert "el sello" not in clerk.page()
    assert "el sello" not in other.page()  # not before it is called there
    assert "el sello" in other.call_next().text


@pytest.mark.parametrize(("text", "status"), [("", 400), (" \0\n ", 400), ("a" * 501, 200)])
def test_a_note_has_words_and_an_end(site: Site, turns: list[Issued], clerk: ClerkTwin, text: str, status: int) -> None:
    serve(clerk, turns[2])
    assert clerk.move(turns[2].id, "note", text=text).status_code == status
    kept = [site.keys.open_note(bytes(sealed)) for (sealed,) in site.rows("SELECT sealed FROM note")]
    assert [len(one.text) for one in kept if one] == ([500] if status == 200 else [])


def test_what_the_visitor_added_is_read_and_what_cannot_be_opened_stops_nobody(
    site: Site, turns: list[Issued], clerk: ClerkTwin
) -> None:
    sealed = site.keys.seal_note(Note("Olvidé decir que traigo 3 anexos"))
    with site.engines.write.begin() as connection:
        for kept in (sealed, b"sealed to another key"):
            row = {"ticket": turns[2].id, "office": "lima", "at": site.clock.now(), "author": "", "sealed": kept}
            connection.execute(note.insert().values(row))
    page = clerk.call_next().text
    assert page.count("Lo agregó el visitante desde su celular") == 2
    assert "Olvidé decir que traigo 3 anexos" in page
    assert "Esta observación no se puede leer aquí." in page
    assert 'data-more="True/2/' in page  # by which a page that is open knows that there is a new one


def test_a_note_to_a_turn_that_is_not_here_is_refused(
    site: Site, turns: list[Issued], clerk: ClerkTwin, other: ClerkTwin
) -> None:
    serve(clerk, turns[2])
    assert other.move(turns[2].id, "note", text="Hola").status_code == 409
    clerk.move(turns[2].id, "done")
    assert clerk.move(turns[2].id, "note", text="Hola").status_code == 409
    assert site.rows("SELECT count(*) FROM note") == [(0,)]


# --- the counter ------------------------------------------------------------------------------------------------


def test_in_a_pause_nobody_is_called(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    for _ in range(2):
        assert clerk.post("pause", {"reason": "meal"}, **{"X-Fragment": "1"}).status_code == 200
    assert "En pausa" in clerk.page()
    before = everything(site)
    for answer in (clerk.call_next(), clerk.move(turns[0].id, "chosen", why="emergency")):
        assert answer.status_code == 409
        assert alert(answer.text) == "Su ventanilla está en pausa. Vuelva a atender para llamar."
    assert everything(site) == before
    for _ in range(2):
        clerk.post("work")
    assert shown(clerk.call_next().text) == "A-003"
    moved = events(site, CounterMoved, "counter.opened", "counter.paused", "counter.closed")
    opened = CounterMoved("1", "ana")
    assert moved == [opened, CounterMoved("1", "ana", "meal"), opened]


@pytest.mark.parametrize("reason", ["", "siesta"])
def test_a_pause_has_a_reason_of_the_list(site: Site, clerk: ClerkTwin, reason: str) -> None:
    assert clerk.post("pause", {"reason": reason}).status_code == 400
    assert site.rows("SELECT paused_at FROM session") == [(None,)]


@pytest.mark.usefixtures("turns")
def test_whoever_is_at_the_counter_comes_before_the_pause(clerk: ClerkTwin) -> None:
    clerk.call_next()
    answer = clerk.post("pause", {"reason": "meal"})
    assert answer.status_code == 409
    assert alert(answer.text) == "Antes de la pausa, termine con el turno A-003."


def test_a_counter_opens_and_closes_with_its_clerk(site: Site, clerk: ClerkTwin) -> None:
    for _ in range(2):
        clerk.post("sign-out")
    site.clerk()
    site.clock.pass_s(31 * 60)  # the session has ended by itself
    site.clerk(counter="5")
    rows = site.rows("SELECT type, body FROM event WHERE type LIKE 'counter.%' ORDER BY seq")
    told = [(kind, from_json(bytes(body), CounterMoved)) for kind, body in rows]
    assert [(kind, body.counter, body.reason) for kind, body in told] == [
        ("counter.opened", "1", ""),
        ("counter.closed", "1", ""),
        ("counter.opened", "1", ""),
        ("counter.closed", "1", "idle"),
        ("counter.opened", "5", ""),
    ]


def test_who_supervises_calls_nobody(site: Site, turns: list[Issued]) -> None:
    site.account("eva", Role.SUPERVISOR)
    eva = site.browser()
    eva.sign_in("eva", "")
    before = everything(site)
    for answer in (
        eva.call_next(),
        eva.move(turns[0].id, "chosen", why="emergency"),
        eva.move(turns[0].id, "note", text="Hola"),
        eva.post("pause", {"reason": "meal"}),
    ):
        assert answer.status_code == 409
        assert re.search("sin ventanilla|no está en su ventanilla", answer.text)
    assert everything(site) == before


# --- from every state -------------------------------------------------------------------------------------------

LEGAL = {
    "waiting": {"chosen", "class"},
    "called": {"recalled", "serving", "class", "note"},
    "serving": {"done", "done-next", "parked", "transferred", "class", "note"},
    "parked": {"resumed"},
    "absent": {"returned"},
    "done": set(),
    "cancelled": set(),
}
FORMS = {
    "chosen": {"why": "emergency"}, "class": {"preferential": "no"}, "note": {"text": "Hola"},
    "transferred": {"to": "service:consulta"}, "recalled": {}, "serving": {}, "done": {}, "done-next": {},
    "parked": {}, "resumed": {}, "absent": {}, "returned": {}, "reopened": {},
}  # fmt: skip


@pytest.mark.parametrize("standing", sorted(LEGAL))
def test_what_is_not_legal_is_refused_and_changes_nothing(
    site: Site, turns: list[Issued], clerk: ClerkTwin, standing: str
) -> None:
    turn, here = turns[2], None if standing == "waiting" else "1"
    with site.engines.write.begin() as connection:
        values = {"state": standing, "counter": here, "calls": 1, "called_at": ticket.c.changed_at}
        connection.execute(ticket.update().where(ticket.c.n == 3).values(values))
    before = everything(site)
    for act in sorted(FORMS.keys() - LEGAL[standing]):
        answer = clerk.move(turn.id, act, **FORMS[act])
        assert answer.status_code == 409, act
        assert "A-003" in alert(answer.text), act
        assert everything(site) == before, act
