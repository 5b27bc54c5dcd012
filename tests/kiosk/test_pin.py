"""The staff's PIN: never kept as it is, and a guesser has to wait, also over a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.flow.state import Problem
from kiosk.pin import Pin, write_pin
from kiosk.store.database import Database
from tests.samples import HandClock

RIGHT, WRONG = "2580", "0000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_pin(tmp_path / "staff.pin", RIGHT)
    return tmp_path / "staff.pin"


@pytest.fixture
def pin(path: Path, database: Database, clock: HandClock) -> Pin:
    return Pin(path, database, clock)


def test_the_file_does_not_tell_it_and_is_its_owners(path: Path) -> None:
    first = path.read_text()
    assert RIGHT not in first
    assert path.stat().st_mode & 0o777 == 0o600
    write_pin(path, RIGHT)
    assert path.read_text() != first, "two machines with the same PIN have other files"
    assert [file.name for file in path.parent.glob("staff*")] == ["staff.pin"]


@pytest.mark.parametrize("text", ["", "258", "258012345", "25a0", "\N{FULLWIDTH DIGIT TWO}580", "2580\n"])
def test_what_cannot_be_typed_is_no_pin(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="de 4 a 8 cifras"):
        write_pin(tmp_path / "staff.pin", text)
    assert not (tmp_path / "staff.pin").exists()


def test_the_right_one_is_right_and_forgets_the_wrong_ones(pin: Pin) -> None:
    for _ in range(3):
        assert [pin.check(WRONG) for _ in range(4)] == [Problem.PIN_WRONG] * 4
        assert pin.check(RIGHT) is None


def test_after_five_wrong_ones_none_is_looked_at_for_five_minutes(pin: Pin, clock: HandClock) -> None:
    assert [pin.check(WRONG) for _ in range(5)] == [Problem.PIN_WRONG] * 4 + [Problem.PIN_WAIT]
    assert pin.check(RIGHT) is Problem.PIN_WAIT
    clock.pass_s(299)
    assert pin.check(RIGHT) is Problem.PIN_WAIT
    clock.pass_s(1)
    assert pin.check(RIGHT) is None


def test_a_restart_buys_no_tries(path: Path, clock: HandClock, open_database: Callable[[], Database]) -> None:
    for _ in range(4):
        assert Pin(path, open_database(), clock).check(WRONG) is Problem.PIN_WRONG
    assert Pin(path, open_database(), clock).check(WRONG) is Problem.PIN_WAIT
    assert Pin(path, open_database(), clock).check(RIGHT) is Problem.PIN_WAIT


def test_a_clock_set_back_locks_nobody_out_for_long(pin: Pin, clock: HandClock) -> None:
    for _ in range(5):
        pin.check(WRONG)
    clock.pass_s(-86_400)
    assert pin.check(RIGHT) is Problem.PIN_WAIT
    clock.pass_s(301)
    assert pin.check(RIGHT) is None


@pytest.mark.parametrize("content", [None, "", "2580", "scrypt-14-8-1 zz zz", "md5 00 00", "ñ"])
def test_without_a_good_file_every_pin_is_wrong_and_no_staff_is_locked_out_later(
    path: Path, pin: Pin, content: str | None
) -> None:
    good = path.read_text()
    path.unlink() if content is None else path.write_text(content)
    assert [pin.check(RIGHT) for _ in range(7)] == [Problem.PIN_WRONG] * 7
    path.write_text(good)
    assert pin.check(RIGHT) is None


def test_a_full_disk_lets_staff_in_and_still_counts(pin: Pin, database: Database) -> None:
    database.rows("PRAGMA query_only = ON")
    assert pin.check(WRONG) is Problem.PIN_WRONG
    assert pin.check(RIGHT) is None
    assert [pin.check(WRONG) for _ in range(5)][-1] is Problem.PIN_WAIT
    database.rows("PRAGMA query_only = OFF")
