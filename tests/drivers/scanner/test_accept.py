"""The rules by which a sighting is believed, one row each."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.documents import Document, DocumentKind
from domain.tracking import Token
from drivers.scanner.accept import Acceptance, step
from drivers.scanner.advice import advice
from drivers.scanner.sightings import (
    CargoSighting,
    CodeShape,
    DocumentSighting,
    Facts,
    Looked,
    MrzSighting,
    Origin,
    Sighting,
    TicketSighting,
)
from drivers.scanner.words import CargoReading, DocumentReading, Hint, Reading, Rule, TicketReading

EMPTY_ROOM = Facts(texture=0.0, glare=0.0, code=None)
A_CARD = Facts(texture=0.1, glare=0.0, code=None)

A, B = "12345678", "87654321"
LINEAR, OTHER_LINEAR, STACKED = Origin.CODE39, Origin.CODE128, Origin.PDF417
R1, R2, R3, R4 = Rule.MRZ_WHOLE, Rule.MRZ_TWO_FRAMES, Rule.CODE39_TWO_FRAMES, Rule.PDF417_TWO_FRAMES
DNI, CE, PASSPORT = DocumentKind.DNI, DocumentKind.CE, DocumentKind.PASSPORT


def dni(number: str) -> Document:
    return Document(DocumentKind.DNI, number)


def saw(origin: Origin, number: str, name: str | None = None) -> DocumentSighting:
    return DocumentSighting(origin, dni(number), name)


def zone(number: str, kind: DocumentKind = DNI) -> MrzSighting:
    """An MRZ whose number agrees with its own check digit, and no more is known."""
    return MrzSighting(Document(kind, number), whole=False, name="MARIA PRUEBA")


def whole(number: str, kind: DocumentKind = DNI) -> MrzSighting:
    return MrzSighting(Document(kind, number), whole=True, name="MARIA PRUEBA")


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
        pytest.param([[saw(OTHER_LINEAR, A)]], None, None, 1, id="a Code 128 is no better (R3)"),
        pytest.param([[saw(LINEAR, A), saw(OTHER_LINEAR, A)]], None, None, 1, id="two linear codes are one witness"),
        pytest.param([[saw(LINEAR, A)], [saw(OTHER_LINEAR, A)]], A, R3, 2, id="in two frames they count (R3)"),
        pytest.param([[saw(LINEAR, A)], [zone(A)]], A, R3, 2, id="a linear code and the MRZ (R3)"),
        pytest.param([[zone(A), saw(LINEAR, A)]], A, R3, 1, id="both in one frame (R3)"),
        pytest.param([[saw(LINEAR, A)], [saw(STACKED, A)]], A, R4, 2, id="both codes of a card (R4)"),
        pytest.param([[saw(STACKED, A)], [saw(LINEAR, A)]], A, R4, 2, id="the other way round (R4)"),
        pytest.param([[saw(STACKED, A)], [zone(A)]], A, R4, 2, id="the PDF417 and the MRZ (R4)"),
        pytest.param([[zone(A)]], None, None, 1, id="an MRZ's number alone is not enough (R2)"),
        pytest.param([[zone(A), zone(A)]], None, None, 1, id="nor twice in one frame (R2)"),
        pytest.param([[zone(A)], [zone(A)]], A, R2, 2, id="an MRZ's number in two frames (R2)"),
        pytest.param([[zone(A)], [zone(B)]], None, None, 2, id="two MRZ numbers (R5)"),
        pytest.param([[whole(A)]], A, R1, 1, id="a whole MRZ (R1)"),
        pytest.param([[zone(A)], [whole(A)]], A, R1, 2, id="a whole MRZ after half of one (R1)"),
        pytest.param([[saw(LINEAR, B)], [whole(A)]], None, None, 2, id="a whole MRZ that disagrees (R5)"),
        pytest.param([[saw(LINEAR, B), whole(A)]] * 6, None, None, 6, id="with another code, for ever (R5)"),
        pytest.param([[whole(A), whole(B)]] * 6, None, None, 6, id="two whole MRZs (R5)"),
        pytest.param([[saw(LINEAR, B)], [whole(A)], [whole(A)]], A, R1, 3, id="a whole MRZ seen anew (R5, R1)"),
        pytest.param([[saw(LINEAR, A), saw(STACKED, A)]], A, R4, 1, id="both in one frame (R4)"),
        pytest.param([[zone(A)], [saw(LINEAR, A), saw(STACKED, A)]], A, R4, 2, id="the strongest rule is told"),
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


@pytest.mark.parametrize(
    ("frames", "document", "rule"),
    [
        pytest.param([[whole("001234567", CE)]], Document(CE, "001234567"), R1, id="a whole CE"),
        pytest.param([[zone("001234567", CE)]] * 2, Document(CE, "001234567"), R2, id="a CE's number twice"),
        pytest.param([[whole("AB1234567", PASSPORT)]], Document(PASSPORT, "AB1234567"), R1, id="a whole passport"),
        pytest.param([[zone("AB1234567", PASSPORT)]] * 9, None, None, id="a passport's number is never enough"),
        pytest.param([[zone(A)], [zone(A, PASSPORT)]], None, None, id="the same number of two kinds"),
        pytest.param([[saw(LINEAR, A)], [whole(A, PASSPORT)]], None, None, id="a DNI, then a passport"),
        pytest.param([[saw(LINEAR, A)], [zone("001234567", CE)], [saw(LINEAR, A)]], None, None, id="a CE between"),
    ],
)
def test_kinds_are_not_mixed_up(frames: list[list[Sighting]], document: Document | None, rule: Rule | None) -> None:
    reading, _ = present(frames)
    assert reading == (DocumentReading(document, rule) if document and rule else None)


RIGHT: tuple[Sighting, ...] = (saw(LINEAR, A), saw(OTHER_LINEAR, A), saw(STACKED, A), zone(A))
WRONG: tuple[Sighting, ...] = (
    *(saw(origin, B) for origin in Origin),
    zone(B),
    zone("123456789", CE),
    zone(A, PASSPORT),
)
"""Misreads. A whole MRZ is none of them: four check digits, dates and the floor have to be wrong together."""

frames_of_right = st.lists(st.lists(st.sampled_from(RIGHT), max_size=3), max_size=6)


@given(
    right=frames_of_right,
    wrong=st.sampled_from(WRONG),
    at=st.integers(0, 5),
    replaced=st.integers(0, 1),
    keep_name=st.booleans(),
)
@settings(max_examples=400)
def test_one_misread_among_right_reads_is_never_believed(
    right: list[list[Sighting]], wrong: Sighting, at: int, replaced: int, *, keep_name: bool
) -> None:
    frames = [*right, []]
    at = min(at, len(frames) - 1)
    frames = [*frames[:at], [*frames[at], wrong], *frames[at + replaced :]]
    reading, _ = present(frames, keep_name=keep_name)
    assert reading is None or (isinstance(reading, DocumentReading) and reading.document == dni(A))


@given(frames_of_right.filter(any), st.sampled_from(WRONG))
def test_a_whole_mrz_that_contradicts_what_was_seen_is_not_believed(
    right: list[list[Sighting]], wrong: Sighting
) -> None:
    assert isinstance(wrong, DocumentSighting | MrzSighting)
    state = Acceptance(0.0)
    for n, sightings in enumerate(right):
        state, told = step(state, Looked(tuple(sightings), EMPTY_ROOM), n * 0.05)
        if isinstance(told, DocumentReading):
            return
    _, told = step(state, Looked((MrzSighting(wrong.document, whole=True),), EMPTY_ROOM), 1.0)
    assert told is None


@pytest.mark.parametrize("wrong", WRONG)
def test_no_order_of_the_frames_makes_a_misread_believed(wrong: Sighting) -> None:
    for order in permutations([[saw(LINEAR, A)], [saw(STACKED, A)], [zone(A)], [wrong], []]):
        reading, _ = present(list(order))
        assert reading is None or (isinstance(reading, DocumentReading) and reading.document == dni(A))


def test_our_ticket_is_believed_at_once(token: Token) -> None:
    assert present([[TicketSighting(token)]]) == (TicketReading(token), 1)


def test_two_tickets_in_one_frame_are_none(token: Token) -> None:
    other = Token(token.kiosk, token.day, token.n + 1, token.nonce, token.mac)
    assert present([[TicketSighting(token), TicketSighting(other)]] * 3) == (None, 3)


def test_a_cargo_is_believed_at_once_and_of_two_papers_neither(token: Token) -> None:
    cargo = CargoSighting("A" * 26)
    assert present([[cargo]]) == (CargoReading("A" * 26), 1)
    assert present([[cargo, TicketSighting(token)]] * 3) == (None, 3)


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


def test_an_mrz_gives_no_name_and_none_is_waited_for() -> None:
    """It has the first surname only, and the paper would show it as if it were all."""
    for frames in ([[whole(A)]], [[zone(A)], [zone(A)]], [[saw(LINEAR, A)], [zone(A)]]):
        reading, taken = present(list(frames), keep_name=True)
        assert (named(reading), taken) == (None, len(frames))


def test_the_mrz_does_not_replace_the_name_of_the_pdf417() -> None:
    reading, _ = present([[saw(STACKED, A, NAME)], [whole(A)]], keep_name=True)
    assert named(reading) == NAME


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
    assert hints(A_CARD, until_s=3.0, sightings=(zone("AB1234567", PASSPORT),)) == []


def test_sources_that_go_on_to_disagree_bring_the_keypad() -> None:
    given = hints(A_CARD, until_s=3.0, sightings=(saw(LINEAR, A), zone(B)))
    assert given == [(0.7, Hint.USE_KEYPAD), (2.7, Hint.USE_KEYPAD)]


def test_one_disagreement_brings_no_hint() -> None:
    state, _ = step(Acceptance(0.0), Looked((saw(LINEAR, A), zone(B)), A_CARD), 1.0)
    assert step(state, Looked((saw(LINEAR, A),), A_CARD), 1.1)[1] is None


def test_frames_without_facts_neither_bring_a_hint_nor_put_it_off() -> None:
    state, given = Acceptance(0.0), []
    for n in range(9):
        state, told = step(state, Looked((), A_CARD if n % 2 == 0 else None), n * 0.1)
        given.append(told)
    assert given == [None] * 8 + [Hint.TURN_OVER]


def test_what_was_read_between_starts_the_wait_anew() -> None:
    state = Acceptance(0.0)
    for at_s, sightings in ((0.0, ()), (0.5, (saw(LINEAR, A),)), (0.6, ()), (1.2, ())):
        state, told = step(state, Looked(sightings, A_CARD), at_s)
        assert told is None
    assert step(state, Looked((), A_CARD), 1.31)[1] is Hint.TURN_OVER


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (Facts(0.1, 0.0, None, CodeShape(300, 2)), Hint.CLOSER),
        (Facts(0.1, 0.0, None, CodeShape(300, 25)), Hint.STRAIGHTEN),
        (Facts(0.1, 0.0, CodeShape(300, 0), CodeShape(500, 25)), Hint.CLOSER),
        (Facts(0.1, 0.0, CodeShape(900, 2)), Hint.TURN_OVER),
        (Facts(0.1, 0.05, None), Hint.AVOID_GLARE),
        (Facts(0.1, 0.05, CodeShape(300, 0)), Hint.AVOID_GLARE),
        (Facts(0.1, 0.0, None), Hint.TURN_OVER),
        (Facts(0.1, 0.0, CodeShape(900, 20)), Hint.STRAIGHTEN),
        (Facts(0.1, 0.0, CodeShape(900, -20)), Hint.STRAIGHTEN),
        (Facts(0.1, 0.0, CodeShape(300, 3)), Hint.CLOSER),
    ],
)
def test_the_hint_says_what_would_help(facts: Facts, hint: Hint) -> None:
    assert advice(facts) is hint
