"""The code behind the QR: nothing but a ticket opens a turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tracking import (
    FILING_CHARS,
    Token,
    filing_code,
    filing_url,
    mint,
    parse_filing_code,
    parse_short_code,
    parse_token,
    read_cargo_qr,
    read_ticket_qr,
    short_code,
    tracking_url,
)

KEY = b"k" * 32


def _token(nonce: bytes = bytes(range(16)), n: int = 17) -> Token:
    return mint(kiosk=258, day=date(2026, 11, 23), n=n, nonce=nonce, key=KEY)


@given(
    st.integers(0, 2**24 - 1),
    st.dates(date(2020, 1, 1), date(2199, 1, 1)),
    st.integers(0, 65535),
    st.binary(min_size=16, max_size=16),
)
def test_a_token_survives_its_text(kiosk: int, day: date, n: int, nonce: bytes) -> None:
    token = mint(kiosk=kiosk, day=day, n=n, nonce=nonce, key=KEY)
    assert len(token.text) == 52
    assert parse_token(token.text) == token
    assert parse_token(token.text.lower()) == token
    assert token.is_genuine(KEY)


def test_the_url_fits_the_qrs_alphanumeric_mode() -> None:
    url = tracking_url("http://mesa.ins.gob.pe/", _token())
    assert set(url) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert read_ticket_qr(url) == _token()


def test_another_key_or_another_number_is_not_genuine() -> None:
    assert not _token().is_genuine(b"x" * 32)
    assert not replace(_token(), n=18).is_genuine(KEY)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "12345678",
        "https://example.pe/",
        "https://yape.example/T/12345678",
        "HTTP://X/T/" + "A" * 51,
        "HTTP://X/T/" + "A" * 53,
        "HTTP://X/T/" + "1" * 52,
        "HTTP://X/T/" + "A" * 52,
        "ftp://X/T/" + _token().text,
        _token().text,
        "HTTP://X/Q/" + _token().text,
    ],
)
def test_a_foreign_qr_is_no_ticket(payload: str) -> None:
    assert read_ticket_qr(payload) is None


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    parse_token(text)
    read_ticket_qr("http://x/t/" + text)


def test_secrets_stay_out_of_repr() -> None:
    assert _token().nonce.hex() not in repr(_token())
    assert repr(_token().nonce) not in repr(_token())


def test_what_is_typed_by_hand_is_the_number_and_four_characters_of_the_nonce() -> None:
    nonce = bytes(range(16))
    assert short_code("A-017", nonce) == "A-017-AAAQ"
    assert short_code("A-017", b"\xff" * 16) == "A-017-7777"


def test_a_typed_code_is_forgiven_its_shape_and_nothing_else() -> None:
    code = short_code("AB-1017", bytes(range(16)))
    assert parse_short_code(f" {code.lower().replace('-', '')} ") == code
    assert parse_short_code(code) == code
    for wrong in ("A-017", "A-017-K7Q", "A-017-K7Q1", "A-17-K7QM", "", "-", "A-017-K7QMX"):
        assert parse_short_code(wrong) is None


# --- the cargo's ----------------------------------------------------------------------------------------------------

CARGO = bytes(range(240, 256))


def test_a_cargos_address_fits_the_qrs_alphanumeric_mode_and_comes_back() -> None:
    url = filing_url("http://mesa.ins.gob.pe/", CARGO)
    assert url == f"HTTP://MESA.INS.GOB.PE/E/{filing_code(CARGO)}"
    assert len(filing_code(CARGO)) == FILING_CHARS
    assert read_cargo_qr(url) == read_cargo_qr(url.lower()) == filing_code(CARGO)
    assert parse_filing_code(filing_code(CARGO).lower()) == CARGO
    assert read_ticket_qr(url) is None
    assert read_cargo_qr(tracking_url("http://mesa.ins.gob.pe/", _token())) is None


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "HTTP://X/E/",
        "HTTP://X/E/" + "A" * 25,
        "HTTP://X/E/" + "A" * 27,
        "HTTP://X/E/" + "A" * 25 + "B",  # its last bits say something
        "HTTP://X/E/" + "1" * 26,
        "HTTP://X/VERIFY/" + filing_code(CARGO),
        "ftp://X/E/" + filing_code(CARGO),
        filing_code(CARGO),
    ],
)
def test_a_foreign_qr_is_no_cargo(payload: str) -> None:
    assert read_cargo_qr(payload) is None


def test_a_filings_token_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        filing_code(b"x" * 15)


@given(st.text(max_size=60))
def test_no_text_raises_as_a_cargos(text: str) -> None:
    parse_filing_code(text)
    read_cargo_qr("http://x/e/" + text)
