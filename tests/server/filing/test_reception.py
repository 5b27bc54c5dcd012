"""What is received has its numbers and its dates at once, whatever is clicked twice, and goes the legal ways."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from domain.calendar import Attention, SpecialDay
from domain.clock import in_lima
from domain.deadlines import Next
from domain.filings import FilingMove, FilingStatus, key_hash, token_hash
from domain.messages import FilingWords, Stream
from domain.office import QueueRules
from server.faults import Refusal
from server.filing.tracking import FilingTracking
from server.following import Following
from server.store import filings
from server.store.log import logged
from server.store.moves import OWN_LIFE
from server.store.node import open_life
from server.store.settings import save_filing_rules, save_settings
from tests.server.conftest import OFFICE
from tests.server.filing.conftest import PERSON, RULES, morning

if TYPE_CHECKING:
    from domain.messages import Event
    from tests.server.conftest import Site
    from tests.server.filing.conftest import Counter

MISSING = FilingWords("Falta el recibo de pago", ("Recibo de pago",))


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, match=code)


def test_what_is_received_is_numbered_dated_and_kept_from_strangers(counter: Counter) -> None:
    first, second = counter.receive(), counter.receive()
    year, filed = in_lima(first.received_at).year, counter.filings.calendar("lima").filed_at_desk(first.received_at)
    assert [str(one.register) for one in (first, second)] == [f"{year}-lima-000001", f"{year}-lima-000002"]
    assert [one.expediente for one in (first, second)] == [f"INS{year}0000001", f"INS{year}0000002"]
    assert (first.presented_on, first.status) == (filed.presented_on, FilingStatus.RECEIVED)
    assert first.term_starts_on == counter.filings.calendar("lima").next_business_day(filed.presented_on)
    assert first.due_on == counter.filings.calendar("lima").deadline(filed.presented_on, 30)
    view = counter.filings.view(counter.clerk, first.id, "10.0.0.7")
    assert view.personal is not None
    assert (view.personal.subject, view.annexes) == (PERSON.subject, PERSON.annexes)
    assert [(step.step.move, step.step.actor) for step in view.steps] == [("received", "ana")]
    with counter.site.engines.read.connect() as connection:
        found = filings.filing_by_token(connection, token_hash(bytes.fromhex(view.personal.token)))
        assert found is not None
        assert found.id == first.id
        by_key = filings.filing_by_key(connection, key_hash(first.expediente, view.personal.key))
        assert by_key is not None
        assert by_key.id == first.id
        assert filings.filing_by_key(connection, key_hash(second.expediente, view.personal.key)) is None
    audit = counter.site.rows("SELECT action, subject, address FROM audit ORDER BY id")
    assert audit[-1] == ("filing.viewed", first.expediente, "10.0.0.7")
    for table in ("filing", "filing_step", "event"):
        for row in counter.site.rows(f"SELECT * FROM {table}"):  # noqa: S608
            text = " ".join(
                bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell) for cell in row
            )
            assert not any(word in text for word in ("PRUEBA", "12345678", "resoluci", view.personal.key))


def test_a_form_sent_twice_is_received_once(counter: Counter) -> None:
    id_ = uuid4()
    assert counter.receive(id=id_) == counter.receive(id=id_)
    assert counter.receive().register.n == 2
    assert counter.site.rows("SELECT count(*) FROM event WHERE type = 'filing.received'") == [(2,)]


@pytest.mark.parametrize("changes", [{"folios": 0}, {"folios": 100_001}])
def test_nonsense_takes_no_number(counter: Counter, changes: dict[str, int]) -> None:
    with refused("bad_filing"):
        counter.receive(**changes)
    with refused("unknown_expediente"):
        counter.receive(about="INS20260009999")
    assert counter.receive().register.n == 1


def test_a_format_that_gives_numbers_of_before_again_receives_nothing_by_half(counter: Counter) -> None:
    site = counter.site

    def number_by(siglas: str) -> None:
        rules = msgspec.structs.replace(RULES, siglas=siglas, pattern="{year}-{n:7}")
        with site.engines.write.begin() as connection:
            save_filing_rules(connection, "lima", rules, by="", now=site.clock.now())
        site.composed.offices.forget()

    number_by("UNO")
    received = counter.receive()
    number_by("DOS")
    with refused("number_taken"):
        counter.receive()
    assert site.rows("SELECT expediente FROM filing") == [(received.expediente,)]
    number_by("UNO")
    assert counter.receive().register.n == 2


def test_what_is_missing_is_observed_once_and_what_is_brought_in_time_counts_from_the_first_day(
    counter: Counter,
) -> None:
    received = counter.receive(missing=MISSING.missing, words=MISSING.text)
    assert received.status is FilingStatus.OBSERVED
    assert received.correct_until == counter.filings.calendar("lima").deadline(in_lima(received.received_at).date(), 2)
    with refused("illegal_filing_move"):
        counter.filings.do(counter.clerk, lambda hall: hall.observe(received.id, MISSING))
    with refused("illegal_filing_move"):
        counter.filings.do(counter.clerk, lambda hall: hall.forward(received.id, "logistica", FilingWords()))
    morning(counter.site, received.correct_until)
    brought = FilingWords("Trae el recibo", annexes=("Recibo de pago",))
    counter.filings.do(counter.clerk, lambda hall: hall.correct(received.id, brought, folios=1))
    view = counter.filings.view(counter.clerk, received.id, "")
    assert view.filing.status is FilingStatus.CORRECTED
    assert view.filing.presented_on == received.presented_on
    assert view.filing.term_starts_on > received.correct_until
    assert (view.filing.folios, view.filing.annexes, view.annexes) == (4, 2, (*PERSON.annexes, "Recibo de pago"))
    assert counter.filings.lapse() == 0


def test_what_is_brought_too_late_is_refused_and_the_filing_lapses_once(counter: Counter) -> None:
    received = counter.receive(missing=MISSING.missing)
    assert received.correct_until is not None
    morning(counter.site, counter.filings.calendar("lima").next_business_day(received.correct_until))
    with refused("too_late"):
        counter.filings.do(counter.clerk, lambda hall: hall.correct(received.id, MISSING))
    assert (counter.filings.lapse(), counter.filings.lapse()) == (1, 0)
    view = counter.filings.view(counter.clerk, received.id, "")
    assert [(step.step.move, step.step.actor) for step in view.steps] == [
        ("received", "ana"), ("observed", "ana"), ("lapsed", ""),
    ]  # fmt: skip
    again = counter.receive(about=received.expediente)  # everything presented is received
    assert (again.about, again.status) == (received.expediente, FilingStatus.RECEIVED)


def test_a_last_day_on_which_the_office_closed_early_ends_no_term(counter: Counter) -> None:
    """Whoever was told that day may come on the next one too (art. 134.2), and nothing lapses that night."""
    site, first, second = counter.site, counter.receive(missing=("Recibo",)), counter.receive(missing=("Recibo",))
    told = first.correct_until
    assert told is not None
    following = counter.filings.calendar("lima").next_business_day(told)
    hours = replace(OFFICE.hours, special_days=(SpecialDay(told, "Corte de luz", Attention.SHORT, time(11)),))
    with site.engines.write.begin() as connection:
        office = replace(OFFICE, hours=hours)
        save_settings(connection, office, QueueRules(), by="eva", now=site.clock.now())
        save_filing_rules(connection, "lima", RULES, by="", now=site.clock.now())
    site.composed.offices.forget()
    morning(site, following)
    assert counter.filings.lapse() == 0
    personal = counter.filings.view(counter.clerk, first.id, "").personal
    assert personal is not None
    tracking = FilingTracking(offices=site.composed.offices, clock=site.clock, read=site.engines.read)
    seen = tracking.by_number(first.expediente, personal.key, "")
    assert (seen.next, seen.correct_until) == (Next.BRING_TODAY, following)  # and the citizen reads so
    site.account()
    page = site.clerk().client.get(f"/desk/filing/{first.id}").text
    assert f'action="/desk/filing/{first.id}/corrected"' in page  # and the clerk has the form for it
    counter.filings.do(counter.clerk, lambda hall: hall.correct(first.id, MISSING))
    morning(site, following + timedelta(1))
    assert counter.filings.lapse() == 1
    assert counter.filings.view(counter.clerk, second.id, "").filing.status is FilingStatus.LAPSED


def test_it_goes_from_unit_to_unit_until_it_is_resolved(counter: Counter) -> None:
    received, nothing = counter.receive(), FilingWords()
    steps = (
        lambda hall: hall.forward(received.id, "legal", nothing),
        lambda hall: hall.move(received.id, FilingMove.TAKE, nothing),
        lambda hall: hall.forward(received.id, "logistica", FilingWords("Para su atención")),
        lambda hall: hall.move(received.id, FilingMove.TAKE, nothing),
        lambda hall: hall.move(received.id, FilingMove.RESOLVE, FilingWords("Resolución 12")),
        lambda hall: hall.move(received.id, FilingMove.ARCHIVE, nothing),
    )
    for step in steps:
        counter.filings.do(counter.clerk, step)
    view = counter.filings.view(counter.clerk, received.id, "")
    assert (view.filing.status, view.filing.unit) == (FilingStatus.ARCHIVED, "logistica")
    assert [(step.step.from_unit, step.step.unit) for step in view.steps[1:4]] == [
        ("legal", "legal"), ("legal", "legal"), ("legal", "logistica"),
    ]  # fmt: skip
    with refused("illegal_filing_move"):
        counter.filings.do(counter.clerk, lambda hall: hall.move(received.id, FilingMove.TAKE, nothing))
    with refused("unknown_unit"):
        counter.filings.do(counter.clerk, lambda hall: hall.forward(received.id, "nadie", nothing))
    with refused("unknown_filing"):
        counter.filings.do(counter.clerk, lambda hall: hall.move(uuid4(), FilingMove.TAKE, nothing))


def test_a_unit_observes_once_what_reception_could_not_notice(counter: Counter) -> None:
    received = counter.receive(missing=MISSING.missing)
    nothing = FilingWords()
    steps = (
        lambda hall: hall.correct(received.id, nothing),
        lambda hall: hall.forward(received.id, "legal", nothing),
        lambda hall: hall.move(received.id, FilingMove.TAKE, nothing),
        lambda hall: hall.observe(received.id, FilingWords("Falta el plano")),
        lambda hall: hall.correct(received.id, nothing),
        lambda hall: hall.forward(received.id, "legal", nothing),
    )
    for step in steps:
        counter.filings.do(counter.clerk, step)
    with refused("observed_before"):
        counter.filings.do(counter.clerk, lambda hall: hall.observe(received.id, MISSING))
    counter.filings.do(counter.clerk, lambda hall: hall.move(received.id, FilingMove.TAKE, nothing))
    with refused("observed_before"):
        counter.filings.do(counter.clerk, lambda hall: hall.observe(received.id, MISSING))
    view = counter.filings.view(counter.clerk, received.id, "")
    assert [step.step.move for step in view.steps].count("observed") == 2
    assert (view.filing.status, view.filing.presented_on) == (FilingStatus.IN_PROCESS, received.presented_on)


def test_a_database_that_was_put_back_passes_over_numbers_and_says_so(counter: Counter) -> None:
    counter.receive()
    with counter.site.engines.write.begin() as connection:
        open_life(connection, counter.site.clock.now())
    after = counter.receive()
    assert (after.register.n, counter.receive().register.n) == (202, 203)
    with counter.site.engines.read.connect() as connection:
        for series in (filings.REGISTER, "INS"):
            gaps = filings.gaps(connection, "lima", after.register.year, series)
            assert [(gap.first, gap.last, gap.reason) for gap in gaps] == [(2, 201, "restored")]


def test_another_node_follows_the_same_filings_in_any_order(counter: Counter) -> None:
    """What the events say is what the home node's own tables say; twice, and the moves before the filing."""
    received = counter.receive(missing=MISSING.missing)
    counter.filings.do(counter.clerk, lambda hall: hall.correct(received.id, MISSING))
    counter.filings.do(counter.clerk, lambda hall: hall.forward(received.id, "logistica", FilingWords()))
    told = _events(counter.site)
    here = _tables(counter.site)
    for order in (told, told[::-1], told + told):
        with counter.site.engines.write.begin() as connection:
            for table in ("filing", "filing_step", "filing_counter", "pending_filing_move"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
            following = Following("lima", OWN_LIFE + 1)
            following.apply(connection, order)
            assert following.flaws == {}
        assert _tables(counter.site) == here


def _events(site: Site) -> list[Event]:

    with site.engines.read.connect() as connection:
        told = logged(connection, Stream(site.node.id, 1), 0, 500)
    return [event for event in told if event.kind.startswith("filing.")]


def _tables(site: Site) -> list[object]:
    columns = "filing, at, day, move, actor, from_unit, unit, correct_until, life, seq"
    return [
        site.rows("SELECT * FROM filing ORDER BY id"),
        site.rows(f"SELECT {columns} FROM filing_step ORDER BY seq"),  # noqa: S608
    ]
