"""What may happen to a filing, and what it is called."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.filings import (
    CODE_CHARS,
    KEY_ALPHABET,
    KEY_CHARS,
    FilingMove,
    FilingRules,
    FilingStatus,
    RegisterNumber,
    after,
    expediente_number,
    key_hash,
    moves_from,
    spelled,
    typed,
)
from domain.messages import from_json, to_json

S, M = FilingStatus, FilingMove


@given(st.lists(st.sampled_from(M), max_size=12))
def test_no_way_leads_from_observation_to_observation_or_on_from_the_end(moves: list[FilingMove]) -> None:
    status, handed = S.RECEIVED, True
    for move in moves:
        then = after(status, move)
        if then is None:
            continue
        assert status is not S.ARCHIVED  # nothing leads on from there
        if move is M.OBSERVE:  # reception does it when it receives, a unit when it was handed what was brought
            assert handed
            handed = False
        handed |= move is M.FORWARD
        if status is S.OBSERVED:  # while something is missing no unit gets it (art. 125.3)
            assert then in {S.CORRECTED, S.LAPSED}
        if status is S.LAPSED:
            assert then is S.ARCHIVED
        status = then


def test_every_pair_of_status_and_move_has_one_answer_and_every_status_is_reached() -> None:
    legal = {pair: after(*pair) for pair in product(S, M)}
    assert sum(then is not None for then in legal.values()) == 13
    assert {then for then in legal.values() if then} == set(S) - {S.RECEIVED}
    for status in S:
        assert moves_from(status) == tuple(move for move in M if legal[status, move])


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("{siglas}{year}{n:7}", "CETSSDGPC20250000050"),
        ("{year}-{n:7}", "2025-0000050"),
        ("EXP-{year}-{n:6}", "EXP-2025-000050"),
        ("{siglas}-{n:9}/{year}", "CETSSDGPC-000000050/2025"),
    ],
)
def test_a_number_is_written_in_the_entitys_format(pattern: str, number: str) -> None:
    rules = FilingRules(siglas="CETSSDGPC", pattern=pattern)
    assert expediente_number(rules.pattern, siglas=rules.siglas_of("lima"), year=2025, n=50) == number


@given(
    st.tuples(st.integers(2020, 2099), st.integers(1, 9_999_999)),
    st.tuples(st.integers(2020, 2099), st.integers(1, 9_999_999)),
)
def test_no_two_numbers_are_written_alike(one: tuple[int, int], other: tuple[int, int]) -> None:
    def written(number: tuple[int, int]) -> str:
        return expediente_number(FilingRules().pattern, siglas="INS-1", year=number[0], n=number[1])

    assert (written(one) == written(other)) is (one == other)


@pytest.mark.parametrize(
    "pattern", ["{siglas}{year}", "{n:7}", "{year}{year}{n:7}", "{year}{n:7}{x}", "{year}{n:7}<b>", "", "{year:4}{n:7}"]
)
def test_a_format_that_could_give_a_number_twice_or_not_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="number"):
        FilingRules(pattern=pattern)


@pytest.mark.parametrize("siglas", ["ins", "-INS", "INS-", "INSTITUTO NACIONAL", "Ñ", "ABCDEFGHIJKLMNO"])
def test_siglas_are_capitals(siglas: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_json(to_json({"siglas": siglas}), FilingRules)


def test_an_office_without_siglas_has_its_name_for_them() -> None:
    assert FilingRules().siglas_of("lima-centro-h") == "LIMA-CENTRO-H"


@given(st.lists(st.from_regex(r"\A(lima-centro-)?[a-z0-9][a-z0-9-]{0,14}\Z"), min_size=2, max_size=5, unique=True))
def test_no_two_offices_have_the_same_siglas_of_their_own(offices: list[str]) -> None:
    offices = list({office.rstrip("-") for office in offices})
    siglas = [FilingRules(siglas=known).own_siglas(office) for office in offices for known in ("", "INS")]
    from_json(to_json({"siglas": siglas[0]}), FilingRules)  # they are siglas
    assert len(set(siglas)) == len(offices)
    assert FilingRules(siglas="INS").own_siglas("ins") == "INS-0"
    assert FilingRules(siglas="INS").own_pattern == "{siglas}{year}{n:7}"
    assert FilingRules(siglas="INS", pattern="{year}-{n:7}").own_pattern == "{siglas}-{year}-{n:7}"


def test_the_register_counts_in_its_office() -> None:
    assert str(RegisterNumber(2026, "lima", 123)) == "2026-lima-000123"


@given(st.binary(min_size=8, max_size=8))
def test_a_key_is_read_as_people_type_it(raw: bytes) -> None:
    key, code = spelled(raw, KEY_CHARS), spelled(raw, CODE_CHARS)
    assert set(key) | set(code) <= set(KEY_ALPHABET)
    assert typed(f" {code[:4].lower()}-{code[4:8]} {code[8:]}", CODE_CHARS) == code
    assert typed(key, CODE_CHARS) is None
    assert typed("O0I1L-", 5) is None


def test_a_number_opens_with_its_key_however_it_is_spelled() -> None:
    opened = key_hash("DGIESP-DPCEM20250000682", "ABCDEF")
    assert key_hash("dgiesp dpcem 2025 0000682", "ABCDEF") == opened
    assert key_hash("DGIESP-DPCEM20250000682", "ABCDEG") != opened
    assert key_hash("DGIESP-DPCEM2025000068", "2ABCDEF") != opened
