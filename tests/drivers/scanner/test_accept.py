"""The rules by which a sighting is believed, one row each."""

from __future__ import annotations

import pytest

from domain.documents import Document, DocumentKind
from domain.tracking import Token
from drivers.scanner.accept import Acceptance, advice, step
from drivers.scanner.sightings import CodeShape, DocumentSighting, Facts, Looked, Origin, Sighting, TicketSighting
from drivers.scanner.words import DocumentReading, Hint, Reading, Rule, TicketReading

EMPTY_ROOM = Facts(texture=0.0, glare=0.0, code=None)
A_CARD = Facts(texture=0.1, glare=0.0, code=None)

A, B = "12345678", "87654321"
LINEAR, STACKED = Origin.CODE39, Origin.PDF417
R3, R4 = Rule.CODE39_TWO_FRAMES, Rule.PDF417_TWO_FRAMES


def dni(number: str) -> Document:
    return Document(DocumentKind.DNI, number)


def saw(origin: Origin, number: str, name: str | None = None) -> DocumentSighting:
    return DocumentSighting(origin, dni(number), name)


def present(
    frames: list[list[Sighting]], *, keep_name: bool = False, interval_s: float = 0.05
) -> tuple[Reading | None, int]:
    """The reading after these frames, and how many it took."""
    state = Acceptance(0.0, keep_name)
    for n, sightings in enumerate(frames, start=1):
        state, told = step(state, Looked(tuple(sightings), EMPTY_ROOM), n * interval_s)
        if told is not None and not isinstance(told, Hint):
            return told, n
    return None, len(frames)


@pytest.mark.parametrize(
    ("frames", "number", "rule", "taken"),
    [
        pytest.param([[saw(LINEAR, A)]], None, None, 1, id="one frame is not enough (R3)"),
        pytest.param([[saw(LINEAR, A), saw(LINEAR, A)]], None, None, 1, id="twice in one frame is one frame"),
        pytest.param([[saw(LINEAR, A)], [saw(LINEAR, A)]], A, R3, 2, id="two frames (R3)"),
        pytest.param([[saw(LINEAR, A)], [], [], [saw(LINEAR, A)]], A, R3, 4, id="with misses between"),
        pytest.param([[saw(STACKED, A)]], None, None, 1, id="one frame is not enough (R4)"),
        pytest.param([[saw(STACKED, A)], [saw(STACKED, A)]], A, R4, 2, id="two frames (R4)"),
        pytest.param([[saw(LINEAR, A)], [saw(STACKED, A)]], None, None, 2, id="one of each is two of none"),
        pytest.param(
            [[saw(LINEAR, A), saw(STACKED, A)], [saw(LINEAR, A), saw(STACKED, A)]], A, R4, 2, id="the stronger rule"
        ),
        pytest.param([[saw(LINEAR, A)], [saw(LINEAR, B)]], None, None, 2, id="two numbers: forgotten (R5)"),
        pytest.param([[saw(LINEAR, A)], [saw(STACKED, B)], [saw(LINEAR, A)]], None, None, 3, id="forgotten whole (R5)"),
        pytest.param([[saw(LINEAR, A), saw(STACKED, B)]] * 6, None, None, 6, id="codes that disagree for ever"),
        pytest.param([[saw(LINEAR, A)], [saw(LINEAR, B)]] * 6, None, None, 12, id="frames that disagree for ever"),
        pytest.param(
            [[saw(LINEAR, A)], [saw(STACKED, B)], [saw(STACKED, B)], [saw(STACKED, B)]], B, R4, 4, id="seen anew (R5)"
        ),
        pytest.param([[]] * 5, None, None, 5, id="nothing"),
    ],
)
def test_a_document_is_believed(
    frames: list[list[Sighting]], number: str | None, rule: Rule | None, taken: int
) -> None:
    reading = DocumentReading(dni(number), rule) if number and rule else None
    assert present(frames) == (reading, taken)


def test_our_ticket_is_believed_at_once(token: Token) -> None:
    assert present([[TicketSighting(token)]]) == (TicketReading(token), 1)


def test_two_tickets_in_one_frame_are_none(token: Token) -> None:
    other = Token(token.kiosk, token.day, token.n + 1, token.nonce, token.mac)
    assert present([[TicketSighting(token), TicketSighting(other)]] * 3) == (None, 3)


# --- the name ---------------------------------------------------------------------------------------------------

NAME = "MARIA ELENA PRUEBA EJEMPLO"


def named(reading: Reading | None) -> str | None:
    assert isinstance(reading, DocumentReading)
    return reading.name


def test_the_name_comes_with_the_number_where_it_is_wanted() -> None:
    frames: list[list[Sighting]] = [[saw(LINEAR, A)], [saw(LINEAR, A), saw(STACKED, A, NAME)]]
    reading, taken = present(frames, keep_name=True)
    assert (named(reading), taken) == (NAME, 2)


def test_the_name_is_dropped_where_it_is_not_wanted() -> None:
    reading, _ = present([[saw(STACKED, A, NAME)]] * 2)
    assert named(reading) is None


def test_a_number_waits_for_the_name_for_half_a_second_and_no_longer() -> None:
    frames: list[list[Sighting]] = [[saw(LINEAR, A)]] * 30
    reading, taken = present(frames, keep_name=True)
    assert named(reading) is None
    assert taken == 12  # believed at the 2nd frame, and 10 frames of 50 ms later


def test_two_names_for_one_number_are_none() -> None:
    reading, _ = present([[saw(STACKED, A, NAME)], [saw(STACKED, A, "OTRA PERSONA")]], keep_name=True)
    assert named(reading) is None


# --- hints ------------------------------------------------------------------------------------------------------


def hints(facts: Facts, *, until_s: float, sightings: tuple[Sighting, ...] = ()) -> list[tuple[float, Hint]]:
    """Every hint that a still picture brings about, with its time."""
    state, given, n = Acceptance(0.0), [], 0
    while (now_s := round(n * 0.1, 1)) <= until_s:
        state, told = step(state, Looked(sightings, facts), now_s)
        if isinstance(told, Hint):
            given.append((now_s, told))
        n += 1
    return given


def test_something_held_up_and_not_read_brings_a_hint_after_seven_tenths() -> None:
    assert hints(A_CARD, until_s=3.0) == [(0.7, Hint.TURN_OVER), (2.7, Hint.TURN_OVER)]


def test_an_empty_room_brings_no_hint_but_the_keypad_in_the_end() -> None:
    assert hints(EMPTY_ROOM, until_s=17.0) == [(8.0, Hint.USE_KEYPAD), (16.0, Hint.USE_KEYPAD)]


def test_a_code_being_read_brings_no_hint() -> None:
    assert hints(A_CARD, until_s=3.0, sightings=(saw(LINEAR, A), saw(LINEAR, B))) == []


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (Facts(0.1, 0.05, CodeShape(300, 0)), Hint.AVOID_GLARE),
        (Facts(0.1, 0.0, None), Hint.TURN_OVER),
        (Facts(0.1, 0.0, CodeShape(900, 20)), Hint.STRAIGHTEN),
        (Facts(0.1, 0.0, CodeShape(900, -20)), Hint.STRAIGHTEN),
        (Facts(0.1, 0.0, CodeShape(300, 3)), Hint.CLOSER),
    ],
)
def test_the_hint_says_what_would_help(facts: Facts, hint: Hint) -> None:
    assert advice(facts) is hint
