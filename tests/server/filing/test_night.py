"""What was not corrected in time ends by itself: just after midnight in Lima, once, whoever looks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from domain.clock import in_lima, micros
from domain.filings import FilingStatus
from server.filing.night import HOUR_S, SOON_S, Night, seconds_to_next
from server.filing.reception import Hand, Reception
from server.store.engine import open_engines
from server.store.writer import Transaction

if TYPE_CHECKING:
    from tests.server.filing.conftest import Counter


@pytest.mark.parametrize(
    ("hour_utc", "minute", "seconds"),
    [
        (14, 0, HOUR_S),
        (3, 59, HOUR_S),
        (4, 1, HOUR_S),
        (4, 30, 31 * 60.0),
        (4, 59, 120.0),
        (5, 0, HOUR_S),
        (5, 1, HOUR_S),
    ],
)
def test_it_looks_every_hour_and_just_after_midnight(hour_utc: int, minute: int, seconds: float) -> None:
    """Midnight in Lima is five in the morning, UTC; whoever looks at midnight itself has seen the new day."""
    now = micros(datetime(2026, 11, 24, hour_utc, minute, tzinfo=UTC))
    assert seconds_to_next(now) == seconds


def overdue_by_one_night(counter: Counter) -> list[str]:
    """Two filings whose last day for correcting was yesterday; their numbers."""
    made = [counter.receive(missing=("Recibo",)) for _ in range(2)]
    assert made[0].correct_until is not None
    today = in_lima(counter.site.clock.now()).date()
    counter.site.clock.pass_s(((made[0].correct_until - today).days + 1) * 24 * 3600)
    return [one.expediente for one in made]


def lapsed(counter: Counter) -> list[tuple[str, int]]:
    return counter.site.rows(
        "SELECT expediente, (SELECT count(*) FROM filing_step WHERE filing = filing.id AND move = 'lapsed')"
        " FROM filing WHERE status = 'lapsed' ORDER BY n"
    )


def test_it_looks_when_it_starts_and_ends_what_lapsed_once(counter: Counter) -> None:
    numbers = overdue_by_one_night(counter)
    night = Night(filings=counter.filings, clock=counter.site.clock)
    night.start()
    night.stop()  # waits for the look that is under way
    assert lapsed(counter) == [(number, 1) for number in numbers]
    assert night.look() == HOUR_S
    assert lapsed(counter) == [(number, 1) for number in numbers]
    kinds = counter.site.rows("SELECT count(*) FROM event WHERE type = 'filing.lapsed'")
    assert kinds == [(2,)]


def test_the_last_day_itself_is_not_over(counter: Counter) -> None:
    counter.receive(missing=("Recibo",))
    counter.site.clock.pass_s(24 * 3600)
    assert counter.filings.lapse() == 0
    assert counter.receive().status is FilingStatus.RECEIVED


@pytest.mark.parametrize("building", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_another_process_passes_over_what_one_is_just_ending(counter: Counter) -> None:
    """On PostgreSQL two workers look at the same moment; on SQLite there is but one."""
    site = counter.site
    numbers = overdue_by_one_night(counter)
    filings = counter.filings
    process = open_engines(site.config.database, site.keys)
    with process.write.begin() as connection:  # the one that came first, in the middle of it
        hand = Hand("lima")
        first = Reception(
            Transaction(connection), site.node, site.keys, filings.calendar("lima"), filings.rules("lima"), hand,
            site.clock.now(),
        )  # fmt: skip
        assert first.lapse() == 2
        second: list[int] = []
        other = threading.Thread(target=lambda: second.append(filings.lapse()))
        other.start()
        other.join(30)
        assert second == [0]
    process.dispose()
    assert filings.lapse() == 0
    assert lapsed(counter) == [(number, 1) for number in numbers]


class Away:
    """Filings whose database is away."""

    def lapse(self) -> int:
        raise OperationalError("SELECT 1", None, Exception("away"))


def test_a_database_that_is_away_is_asked_again_soon(counter: Counter) -> None:
    night = Night(filings=Away(), clock=counter.site.clock)  # type: ignore[arg-type] # a fake
    assert night.look() == SOON_S
