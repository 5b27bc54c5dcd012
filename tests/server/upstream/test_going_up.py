"""An office below a centre: everything arrives once, nothing is lost, and the centre shows what the office decided."""

from __future__ import annotations

import msgspec

from domain.clock import Micros
from domain.messages import Event, ExchangeResponse, Pull, Push, Stream, from_json, to_json
from domain.sync import log_scope
from exchange.wire import Answered
from server.store.dialect import Lead
from tests.server.conftest import ObedientClock
from tests.server.upstream.chain import NODE, Chain, enrol_node


def test_a_ticket_goes_up_once_with_its_number_and_its_time(chain: Chain) -> None:
    kiosk = chain.kiosk()
    first, second = kiosk.issue(), kiosk.issue(preferential=True)
    assert kiosk.sync(chain.office.client).acks[0].central_upto == 0  # it is here, and not at the top yet
    chain.drain()
    assert chain.turns(chain.centre) == chain.turns(chain.office)
    assert [turn[:3] for turn in chain.turns(chain.centre)] == [("A", 2, "waiting"), ("A", 1, "waiting")]
    assert chain.log(chain.centre, "tacna/") == chain.log(chain.office)
    [ack] = kiosk.sync(chain.office.client).acks
    assert (ack.upto, ack.central_upto) == (2, 2)
    for issued in (first, second):
        assert str(issued.number) in chain.centre.client.get(f"/T/{issued.token.text}").text


def test_a_lost_answer_doubles_nothing(chain: Chain) -> None:
    kiosk = chain.kiosk()
    for _ in range(3):
        kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.line.loses_answers = True
    chain.step(4)
    chain.line.loses_answers = False
    chain.drain()
    assert chain.log(chain.centre, "tacna/") == chain.log(chain.office)
    assert chain.centre.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_the_line_is_away_for_long_and_everything_comes_afterwards(chain: Chain) -> None:
    chain.drain()
    chain.line.is_cut = True
    kiosk = chain.kiosk()
    chain.office.account()
    clerk = chain.office.clerk()
    for _ in range(8):
        issued = kiosk.issue()
        kiosk.sync(chain.office.client)
        clerk.call_next()
        clerk.move(issued.id, "serving")
        clerk.move(issued.id, "done")
        chain.step()
    assert kiosk.sync(chain.office.client).acks[0].central_upto == 0
    assert chain.turns(chain.centre) == []
    chain.line.is_cut = False
    chain.drain()
    assert chain.turns(chain.centre) == chain.turns(chain.office)
    assert {turn[2] for turn in chain.turns(chain.centre)} == {"done"}
    assert chain.log(chain.centre, "tacna/") == chain.log(chain.office)
    attended = (
        "SELECT counter, clerk, calls, called_at, serving_at, ended_at, outcome FROM attention ORDER BY called_at"
    )
    assert chain.centre.rows(attended) == chain.office.rows(attended)


def test_two_offices_may_call_a_kiosk_alike(chain: Chain) -> None:
    """The centre's own office has a sala-1, too."""
    ours, theirs = chain.centre.enrol("sala-1"), chain.kiosk("sala-1")
    for kiosk, site in ((ours, chain.centre), (theirs, chain.office)):
        kiosk.issue()
        kiosk.sync(site.client)
    chain.drain()
    assert chain.centre.rows("SELECT origin, upto FROM stream WHERE origin LIKE '%sala-1' ORDER BY 1") == [
        ("sala-1", 1),
        ("tacna/sala-1", 1),
    ]
    assert chain.centre.rows("SELECT office, series, n FROM ticket ORDER BY office") == [
        ("lima", "A", 1),
        ("tacna", "A", 1),
    ]


def test_what_an_office_could_not_use_goes_on_and_holds_nothing_up(chain: Chain) -> None:
    kiosk = chain.kiosk()
    kiosk.issue(series="Z")  # never given to it
    kiosk.event("ticket.issued", {"nonsense": 1})
    kiosk.event("of.tomorrow", {"what": "nobody knows"}, v=7)
    good = kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    assert chain.log(chain.centre, "tacna/") == chain.log(chain.office)
    assert [turn[1] for turn in chain.turns(chain.centre)] == [good.number.n]
    rows = "SELECT seq, code FROM quarantine ORDER BY seq"
    assert chain.office.rows(rows) == [(1, "foreign_series"), (2, "bad_body")]
    assert chain.centre.rows(rows) == [(1, "set_aside_below"), (2, "set_aside_below")]
    assert chain.centre.rows("SELECT body FROM event WHERE type = 'of.tomorrow'") == [(b'{"what":"nobody knows"}',)]


def test_office_and_centre_agree_on_the_order_though_the_kiosks_clock_is_wrong(chain: Chain) -> None:
    slow, right = chain.kiosk("sala-1"), chain.kiosk("sala-2")
    slow.clock = ObedientClock(chain.clock.now())
    slow.clock.pass_s(-3600)
    slow.issue()
    slow.sync(chain.office.client)
    right.issue()
    right.sync(chain.office.client)
    chain.clock.pass_s(7200)  # the line comes back later
    chain.drain()
    assert chain.turns(chain.centre) == chain.turns(chain.office)
    assert [turn[0] for turn in chain.turns(chain.centre)] == ["A", "B"]


def test_an_office_cannot_speak_for_another(chain: Chain) -> None:
    chain.drain()
    line = chain.line
    request = line.requests[-1]
    other = enrol_node(chain.centre, chain.centre.config.office, "servidor-lima")
    line.machine = other
    answer = line.exchange(msgspec.structs.replace(request, child="servidor-lima"))
    assert line.refused == ["foreign_stream"], answer
    assert chain.centre.rows("SELECT count(*) FROM stream WHERE origin LIKE 'lima/%'") == [(0,)]


def test_events_of_another_office_are_set_aside(chain: Chain) -> None:
    kiosk = chain.kiosk()
    kiosk.issue(office="lima")
    kiosk.sync(chain.office.client)
    chain.drain()
    assert chain.centre.rows("SELECT code FROM quarantine") == [("foreign_office",)]
    assert chain.centre.rows("SELECT count(*) FROM ticket") == [(0,)]


def test_one_node_at_a_time_calls_an_office(chain: Chain) -> None:
    chain.drain()
    line = chain.line
    line.machine = enrol_node(chain.centre, name="otro-servidor")
    request = msgspec.structs.replace(line.requests[-1], child="otro-servidor")
    line.exchange(request)
    assert line.refused == ["home_taken"]


def test_the_own_stream_of_the_office_is_known_at_the_centre(chain: Chain) -> None:
    chain.drain()
    assert chain.centre.rows("SELECT office, node, nth FROM office_home") == [("tacna", NODE, 1)]
    assert (f"tacna/{NODE}", 1) in chain.centre.rows("SELECT origin, epoch FROM stream")


def test_whoever_takes_stock_hears_of_every_stream_that_it_ever_sent(chain: Chain) -> None:
    kiosk = chain.kiosk()
    kiosk.issue()
    kiosk.sync(chain.office.client)
    kiosk.epoch, kiosk.seq = 2, 0  # its store was put back, and it began a new life
    acks = kiosk.sync(chain.office.client, take_stock=True).acks
    assert {(ack.stream.epoch, ack.upto) for ack in acks} == {(1, 1), (2, 0)}
    [down] = kiosk.sync(chain.office.client, pull=(Pull(log_scope(Stream("sala-1", 1)), 1, 0),)).down
    [lost] = [from_json(bytes(item), Event) for item in down.items]
    assert (lost.stream, lost.seq, lost.kind, down.next) == (Stream("sala-1", 1), 1, "ticket.issued", 1)
    strange = (Pull(log_scope(Stream("sala-2", 1)), 1, 0), Pull(log_scope(Stream(NODE, 1)), 1, 0))
    assert kiosk.sync(chain.office.client, pull=strange).down == ()


def test_the_offices_people_see_how_it_stands_with_the_centre(chain: Chain) -> None:
    chief = chain.office.chief()
    assert "Sin contacto con el centro todavía" in chief.page("/fleet")
    chain.drain()
    chain.clock.pass_s(25)
    chain.step()
    assert "En contacto con el centro" in chief.page("/fleet")
    kiosk = chain.kiosk()
    kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.clock.pass_s(300)
    assert "desde hace 5 min. La oficina trabaja igual. 2 por enviarle." in " ".join(chief.page("/fleet").split())
    chief = chain.centre.chief()
    assert "centro" not in chief.page("/fleet")


def test_of_two_processes_on_one_database_one_exchanges(chain: Chain) -> None:
    """On SQLite there is but one process, which always does."""
    first, second = Lead(chain.office.engines.read), Lead(chain.office.engines.read)
    assert first()
    assert first()
    assert second() is chain.office.engines.is_sqlite
    first.drop()
    assert second()
    second.drop()


def push_as_node(chain: Chain, *events: Event) -> ExchangeResponse:
    """What the office's node might send, of another version or damaged."""
    own = Stream(NODE, 9)
    told = tuple(
        msgspec.structs.replace(event, stream=own, seq=seq, settled_at=event.at) for seq, event in enumerate(events, 1)
    )
    request = msgspec.structs.replace(chain.line.requests[-1], streams=(Push(own, 1, told),))
    answer = chain.line.exchange(request)
    assert isinstance(answer, Answered)
    return answer.response


def test_words_of_a_node_that_no_table_holds_stop_nothing(chain: Chain) -> None:
    kiosk = chain.kiosk()
    issued = kiosk.issue()
    kiosk.sync(chain.office.client)
    chain.drain()
    ticket = str(issued.id)
    bodies = [
        ("ticket.called", {"ticket": ticket, "counter": "9" * 99, "clerk": "ana"}),
        ("ticket.called", {"ticket": ticket, "counter": "1", "clerk": "a\0na"}),
        ("counter.opened", {"counter": "1"}),
        ("office.set_up", {"office": "none"}),
        ("ticket.called", {"ticket": ticket, "counter": "1", "clerk": "ana"}),
    ]
    events = [kiosk.event(kind, msgspec.Raw(to_json(body))) for kind, body in bodies]
    later = kiosk.event("ticket.called", msgspec.Raw(b'{"number": "A-001"}'), v=2)
    [ack] = push_as_node(chain, *events, later).acks
    assert ack.upto == 6
    assert [(one.seq, one.code) for one in ack.rejected] == [(seq, "bad_body") for seq in range(1, 5)]
    assert chain.turns(chain.centre)[0][2:4] == ("called", "1")
    assert chain.centre.rows("SELECT type, v FROM event WHERE epoch = 9 ORDER BY seq") == [
        ("ticket.called", 1),
        ("ticket.called", 2),
    ]


def test_a_kiosk_does_not_say_itself_when_its_tickets_count(chain: Chain) -> None:
    first, second = chain.kiosk("sala-1"), chain.kiosk("sala-2")
    first.issue()
    second.issue(settled_at=Micros(chain.clock.now() - 3_600_000_000))
    for kiosk in (first, second):
        kiosk.sync(chain.office.client)
    assert [turn[0] for turn in chain.turns(chain.office)] == ["A", "B"]
