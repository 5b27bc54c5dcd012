"""What a clerk may be told of a copy, in any order in which its machine speaks."""

from __future__ import annotations

from itertools import permutations

import pytest

from domain.clock import Micros
from domain.prints import WANTED_US, Paper, after_outcome, after_start, stands, told

ASKED_AT = Micros(1_000)


@pytest.mark.parametrize(
    ("word", "paper"),
    [
        ("confirmed", Paper.PRINTED),
        ("probable", Paper.PRINTED),
        ("confirmed_late", Paper.PRINTED),
        ("not_printed", Paper.FAILED),
        ("uncertain", Paper.UNCERTAIN),
        ("levitated", Paper.UNCERTAIN),
        ("", Paper.UNCERTAIN),
    ],
)
def test_only_what_the_printer_said_is_printed(word: str, paper: Paper) -> None:
    assert told(word) is paper
    assert after_outcome(Paper.ASKED, word) is paper


@pytest.mark.parametrize("paper", Paper)
def test_a_start_opens_nothing_that_is_closed(paper: Paper) -> None:
    assert after_start(paper).is_open == (paper.is_open)


@pytest.mark.parametrize("words", list(permutations(["start", "uncertain", "confirmed_late", "not_printed"])))
def test_paper_that_came_out_stays_out(words: tuple[str, ...]) -> None:
    paper, came_out = Paper.ASKED, False
    for word in words:
        paper = after_start(paper) if word == "start" else after_outcome(paper, word)
        came_out |= word == "confirmed_late"
        assert (paper is Paper.PRINTED) == came_out


@pytest.mark.parametrize(
    ("paper", "in_time", "too_late"),
    [
        (Paper.ASKED, Paper.ASKED, Paper.EXPIRED),
        (Paper.PRINTING, Paper.PRINTING, Paper.UNCERTAIN),
        (Paper.PRINTED, Paper.PRINTED, Paper.PRINTED),
        (Paper.FAILED, Paper.FAILED, Paper.FAILED),
        (Paper.UNCERTAIN, Paper.UNCERTAIN, Paper.UNCERTAIN),
        (Paper.EXPIRED, Paper.EXPIRED, Paper.EXPIRED),
    ],
)
def test_after_ten_minutes_silence_is_an_answer(paper: Paper, in_time: Paper, too_late: Paper) -> None:
    assert stands(paper, ASKED_AT, Micros(ASKED_AT + WANTED_US - 1)) is in_time
    assert stands(paper, ASKED_AT, Micros(ASKED_AT + WANTED_US)) is too_late
    assert stands(paper, ASKED_AT, Micros(0)) is in_time  # a clock set back asks for patience, not for another copy
