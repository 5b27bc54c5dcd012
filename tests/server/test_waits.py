"""How long one waits, from an office's own past days in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

import pytest

from domain.clock import Micros, in_lima, micros
from domain.tickets import Move
from server.store import attentions, shifts, tickets
from server.store.schema import attention, shift
from server.waits import DAYS, Waits
from tests.server.conftest import OFFICE

if TYPE_CHECKING:
    from datetime import date

    from server.store.tickets import Turn
    from tests.server.conftest import Site

MINUTE = 60 * 1_000_000


def at(day: date, hour: int, minute: int = 0) -> Micros:
    """That time in Lima, which is five hours behind."""
    return micros(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=5))


def stay(
    day: date, hour: int, minute: int, *, waited: int, minutes: int, service: str = "tramite"
) -> dict[str, object]:
    called = at(day, hour, minute)
    return {
        "ticket": uuid5(NAMESPACE_OID, f"{day} {hour} {minute}"),
        "office": "lima", "business_day": day, "service": service,
        "preferential": False, "counter": "1", "clerk": "ana", "waiting_since": called - waited * MINUTE,
        "called_at": called, "calls": 1, "serving_at": called, "ended_at": called + minutes * MINUTE, "outcome": "done",
    }  # fmt: skip


def days_before(site: Site, days: int) -> list[date]:
    today = in_lima(site.clock.now()).date()
    return [today - timedelta(n) for n in range(1, days + 1)]


def remember(site: Site, rows: list[dict[str, object]]) -> None:
    with site.engines.write.begin() as connection:
        connection.execute(attention.insert(), rows)


def waits_of(site: Site) -> Waits:
    composed = site.composed
    return Waits(offices=composed.offices, door=composed.door, clock=site.clock, read=site.engines.read)


def line(site: Site) -> list[Turn]:
    with site.engines.read.connect() as connection:
        return tickets.waiting(connection, "lima", Micros(0))


def line_up(site: Site, people: int) -> list[Turn]:
    kiosk = site.enrol()
    for _ in range(people):
        kiosk.issue()
    kiosk.sync(site.client)
    return line(site)


def test_without_a_history_or_a_clerk_nothing_is_told(site: Site) -> None:
    waiting = line_up(site, 3)
    site.account()
    waits = waits_of(site)
    assert waits.of("lima", waiting[2], waiting[:2]) is None
    remember(site, [stay(day, 9, n, waited=5, minutes=5) for day in days_before(site, 10) for n in range(0, 50, 6)])
    assert waits_of(site).of("lima", waiting[2], waiting[:2]) is None  # nobody is at a counter
    site.clerk()
    assert waits_of(site).of("lima", waiting[2], waiting[:2]) is not None


def test_more_ahead_wait_longer_and_another_clerk_makes_it_shorter(site: Site) -> None:
    waiting = line_up(site, 12)
    remember(site, [stay(day, 9, n, waited=5, minutes=5) for day in days_before(site, 10) for n in range(0, 50, 6)])
    for name in ("ana", "luz"):
        site.account(name)
    site.clerk("ana", "1")
    waits = waits_of(site)
    few, many = waits.of("lima", waiting[2], waiting[:2]), waits.of("lima", waiting[11], waiting[:11])
    assert few is not None
    assert many is not None
    assert few[1] < many[0]
    assert many[0] <= 55 <= many[1]  # eleven visits of five minutes
    site.clerk("luz", "2")
    helped = waits.of("lima", waiting[11], waiting[:11])
    assert helped is not None
    assert helped[1] < many[1]


def test_a_counter_that_does_not_serve_it_does_not_count(site: Site) -> None:
    waiting = line_up(site, 3)
    remember(site, [stay(day, 9, n, waited=5, minutes=5) for day in days_before(site, 10) for n in range(0, 50, 6)])
    site.account()
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("""UPDATE account SET first_list = '["consulta"]'""")
    site.clerk()
    assert waits_of(site).of("lima", waiting[2], waiting[:2]) is None


def test_the_best_hour_to_come_is_that_of_the_past(site: Site) -> None:
    rows = [
        stay(day, hour, n, waited=waited, minutes=2)
        for day in days_before(site, 12)
        for hour, waited in ((9, 30), (11, 4))
        for n in (40, 43)
    ]
    remember(site, rows)
    best = waits_of(site).best_hours("lima")
    assert best.best == 11
    assert (best.usual[9], best.usual[11], best.usual[12]) == (30, 4, None)
    assert list(best.usual) == list(range(OFFICE.hours.opens.hour, OFFICE.hours.closes.hour + 1))


@pytest.mark.parametrize("days_ago", [0, DAYS + 1])
def test_today_and_long_ago_are_not_the_past(site: Site, days_ago: int) -> None:
    day = in_lima(site.clock.now()).date() - timedelta(days_ago)
    remember(site, [stay(day, 9, n, waited=5, minutes=1) for n in range(50)])
    site.account()
    site.clerk()
    waiting = line_up(site, 1)
    assert waits_of(site).of("lima", waiting[0], []) is None


def test_what_a_counter_did_is_kept_from_when_to_when(site: Site) -> None:
    site.account()
    clerk = site.clerk()
    clerk.post("pause", {"reason": "meal"})
    clerk.post("work")
    clerk.post("sign-out")
    today = in_lima(site.clock.now()).date()
    with site.engines.read.connect() as connection:
        done = shifts.shifts_of_days(connection, "lima", today, today)
    assert [(one.counter, one.clerk, one.kind) for one in done] == [
        ("1", "ana", "open"), ("1", "ana", "pause"), ("1", "ana", "open"),
    ]  # fmt: skip
    ends = [one.ended_at for one in done]
    assert [one.began_at for one in done[1:]] == ends[:2]
    assert None not in ends


def test_a_pause_that_nobody_ended_lasts_no_longer_than_a_session(site: Site) -> None:
    [day] = days_before(site, 1)
    row = {"office": "lima", "business_day": day, "counter": "1", "clerk": "ana", "kind": "open"}
    with site.engines.write.begin() as connection:
        connection.execute(
            shift.insert(), [row | {"began_at": at(day, 8), "ended_at": at(day, 8) + 5 * 24 * 60 * MINUTE}]
        )
    remember(site, [stay(day, 9, n, waited=5, minutes=1) for n in range(50)])
    site.account()
    site.clerk()
    waiting = line_up(site, 1)
    assert waits_of(site).of("lima", waiting[0], []) is not None


def test_a_stay_ends_with_the_next_call_and_one_that_lasts_is_not_told(site: Site) -> None:
    site.account()
    clerk = site.clerk()
    first, second = (turn.ticket for turn in line_up(site, 2))
    clerk.call_next()
    clerk.move(first, Move.SERVE.value)
    site.clock.pass_s(120)
    clerk.move(first, Move.FINISH.value)
    site.clock.pass_s(30)
    clerk.call_next()
    site.clock.pass_s(24 * 3600)
    today = in_lima(site.clock.now()).date()
    with site.engines.read.connect() as connection:
        stays = attentions.of_days(connection, "lima", today - timedelta(1), today)
    assert [(one.ticket, one.outcome) for one in stays] == [(first, "done"), (second, None)]
