"""The code that a person types: forgiven what hands and eyes do, and never taken for another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.enrolment import EnrolmentCode, handle_of, is_secret, parse_code, secret_of, server_hash
from domain.signing import answer_words, credential_words, device_words, enrolment_words, next_turn, request_words

KEY = bytes(range(32))
CODE = EnrolmentCode(server_hash(KEY), "ABCD2345")

codes = st.builds(
    EnrolmentCode,
    st.binary(min_size=32, max_size=32).map(server_hash),
    st.binary(min_size=5, max_size=5).map(secret_of),
)


def test_a_code_is_seven_groups_and_names_its_server() -> None:
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){6}", CODE.text)
    assert CODE.text.startswith("-".join(re.findall("....", server_hash(KEY))))
    assert CODE.is_of(KEY)
    assert not CODE.is_of(bytes(32))
    assert is_secret(CODE.secret)
    assert handle_of(CODE.secret) == "AB"
    assert CODE.secret not in repr(CODE)


@given(codes, st.data())
def test_what_hands_and_eyes_make_of_a_code_is_the_code(code: EnrolmentCode, data: st.DataObject) -> None:
    between = st.sampled_from(["", " ", "-", "  ", "\u2013", " - ", ".", "\t", "\u00a0"])
    lookalikes = {"O": "O0o", "I": "I1i", "B": "B8b"}
    typed = "".join(
        data.draw(between) + data.draw(st.sampled_from(lookalikes.get(one, one + one.lower())))
        for one in code.text.replace("-", "")
    )
    assert parse_code(typed) == code


@given(codes, st.integers(0, 27), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_slip_of_the_finger_is_noticed(code: EnrolmentCode, place: int, other: str) -> None:
    text = code.text.replace("-", "")
    if text[place] != other:
        assert parse_code(text[:place] + other + text[place + 1 :]) is None
    assert parse_code(text[:place] + text[place + 1 :]) is None


@given(codes, st.integers(0, 26))
def test_two_letters_that_changed_places_are_noticed(code: EnrolmentCode, place: int) -> None:
    text = code.text.replace("-", "")
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert (parse_code(swapped) is None) == (swapped != text)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_nothing(text: str) -> None:
    found = parse_code(text)
    assert found is None or parse_code(found.text) == found


@pytest.mark.parametrize(
    "text", ["", "-", "A" * 28, "\u017f" * 28, "\u212a" * 28, CODE.text + "A", CODE.text[:-1] + "\u0131"]
)
def test_what_is_no_code(text: str) -> None:
    assert parse_code(text) is None


def test_no_words_can_be_taken_for_others() -> None:
    """Each kind begins in its own way, and no part can be moved into another without changing the whole."""
    words = [
        request_words("POST", "/a", 1, b"x"),
        answer_words(b"\1" * 64, 200, b"x"),
        credential_words(b"x"),
        enrolment_words(b"x", b"y"),
        device_words(KEY, "x"),
    ]
    assert len({one.split(b"\n")[0] for one in words}) == len(words)
    assert request_words("POST", "/a", 1, b"x") != request_words("POST", "/a", 11, b"x")
    assert request_words("POST", "/a", 1, b"x") != request_words("POST", "/b", 1, b"x")
    assert request_words("POST", "/a", 1, b"x") != request_words("GET", "/a", 1, b"x")
    assert answer_words(b"\1" * 64, 200, b"x") != answer_words(b"\2" * 64, 200, b"x")
    assert answer_words(b"\1" * 64, 200, b"x") != answer_words(b"\1" * 64, 409, b"x")


def test_turns_only_grow_whatever_the_clock_does() -> None:
    assert [next_turn(0, 500), next_turn(500, 400), next_turn(500, 500), next_turn(500, 0)] == [500, 501, 501, 501]
