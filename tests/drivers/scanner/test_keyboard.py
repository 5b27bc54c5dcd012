"""A scanner that plays a keyboard: read as a scanner, and a person's typing never taken for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import Document, DocumentKind
from domain.tracking import Token
from drivers.scanner.keyboard import FAST_S, LEAST_CHARACTERS, MOST_CHARACTERS, Bursts, KeyboardScanner
from drivers.scanner.words import DocumentReading, Rule, TicketReading
from tests.drivers.scanner.conftest import Ear

ENTER = "\r"
READ = DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.USB_SCANNER)


def play(keys: list[tuple[str, float]], late_s: float = 0.0) -> tuple[str, list[str]]:
    """What was typed by hand (Enter among it) and what was scanned, of keys that come so long after one another."""
    bursts, now_s, typed, scanned = Bursts(), 50.0, "", []
    for key, wait_s in keys:
        if wait_s > FAST_S + late_s:
            typed += bursts.rested(now_s + wait_s - 1e-9, late_s)
        now_s += wait_s
        if key == ENTER:
            entered = bursts.entered(now_s, late_s)
            typed += entered.typed
            if entered.burst is None:
                typed += ENTER
            else:
                scanned.append(entered.burst)
        else:
            typed += bursts.typed(key, now_s, late_s)
    return typed + bursts.rested(now_s + 1.0), scanned


def keys(text: str, gap_s: float) -> list[tuple[str, float]]:
    return [(character, gap_s) for character in text]


# --- typing is typing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap_s", [0.04, 0.08, 0.2, 3.0])
def test_what_a_hand_types_stays_typed(gap_s: float) -> None:
    assert play(keys("12345678\r", gap_s)) == ("12345678\r", [])


def test_two_keys_that_roll_off_one_finger_are_typed() -> None:
    rolled = [(key, 0.01 if n % 3 else 0.15) for n, key in enumerate("solicito copia\r")]
    assert play(rolled) == ("solicito copia\r", [])


def test_a_key_held_down_is_typed() -> None:
    assert play(keys("7" * 20, 0.03)) == ("7" * 20, [])


def test_a_short_burst_is_typed_and_its_enter_too() -> None:
    assert play(keys("1" * (LEAST_CHARACTERS - 1) + ENTER, 0.005)) == ("1" * (LEAST_CHARACTERS - 1) + ENTER, [])


def test_enter_after_a_pause_is_the_hands_own() -> None:
    typed, scanned = play([*keys("abc", 0.1), (ENTER, 0.5)])
    assert (typed, scanned) == ("abc\r", [])


@given(st.lists(st.tuples(st.sampled_from("0123456789abc\r"), st.floats(FAST_S + 0.001, 2.0)), max_size=40))
def test_no_slow_typing_loses_a_key(typed: list[tuple[str, float]]) -> None:
    assert play(typed) == ("".join(key for key, _ in typed), [])


@given(st.lists(st.tuples(st.sampled_from("019\r"), st.floats(0, 0.2)), max_size=60))
def test_whatever_comes_no_key_is_doubled(pressed: list[tuple[str, float]]) -> None:
    typed, scanned = play(pressed)
    assert len(typed) + sum(map(len, scanned)) <= len(pressed)


# --- bursts are scanned -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["12345678", "]A012345678", "00000000"])
def test_a_burst_is_scanned_and_not_typed(text: str) -> None:
    assert play(keys(text + ENTER, 0.004)) == ("", [text])


def test_a_burst_after_typing_leaves_the_typing() -> None:
    assert play([*keys("abc", 0.12), *[("]", 0.5)], *keys("A012345678\r", 0.004)]) == ("abc", ["]A012345678"])


def test_a_screen_that_looks_late_does_not_cut_a_burst() -> None:
    by_frames = [(key, 0.0 if n % 6 else 0.05) for n, key in enumerate("]A012345678")]
    assert play([*by_frames, (ENTER, 0.0)], late_s=0.05) == ("", ["]A012345678"])


def test_a_burst_without_its_enter_ends_in_no_field() -> None:
    assert play(keys("12345678", 0.004)) == ("", [])


def test_a_flood_takes_no_memory() -> None:
    bursts = Bursts()
    for n in range(3 * MOST_CHARACTERS):
        bursts.typed("ab"[n % 2], n / 1000)
    assert len(bursts._held) == MOST_CHARACTERS


# --- as a scanner -----------------------------------------------------------------------------------------------


@pytest.fixture
def scanner(ear: Ear) -> KeyboardScanner:
    return KeyboardScanner(ear, today=lambda: date(2026, 11, 25))


def scan(scanner: KeyboardScanner, text: str, at_s: float) -> None:
    for n, character in enumerate(text):
        assert scanner.typed(character, at_s + n / 200) == ""
    assert scanner.entered(at_s + len(text) / 200) == ("", False)


def test_the_same_reading_comes_out(scanner: KeyboardScanner, ear: Ear, token: Token, ticket_url: str) -> None:
    scanner.start()
    scan(scanner, "]A012345678", 1.0)
    scanner.start()
    scan(scanner, ticket_url, 2.0)
    assert ear.heard == [READ, TicketReading(token, Rule.USB_SCANNER)]


def test_eight_digits_of_an_unnamed_code_want_a_second_time(scanner: KeyboardScanner, ear: Ear) -> None:
    scanner.start()
    scan(scanner, "12345678", 1.0)
    assert ear.heard == []
    scan(scanner, "12345678", 2.0)
    assert ear.heard == [READ]


def test_what_nobody_asked_for_is_dropped(scanner: KeyboardScanner, ear: Ear) -> None:
    scan(scanner, "]A012345678", 1.0)
    scanner.start()
    scanner.stop()
    scan(scanner, "]A012345678", 2.0)
    assert ear.heard == []


def test_letters_of_other_scripts_break_nothing(scanner: KeyboardScanner, ear: Ear) -> None:
    scanner.start()
    scan(scanner, "€漢字12345678", 1.0)
    assert ear.heard == []
