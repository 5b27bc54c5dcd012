"""Where a message ends: nothing but silence says so, for a code may hold every byte there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.serial_scanner.framing import GAP_S, MOST_BYTES, Framer


def messages(chunks: list[tuple[bytes, float]]) -> list[bytes]:
    """The messages in chunks, each of which comes so many seconds after the one before."""
    framer, now_s, found = Framer(), 100.0, []
    for chunk, wait_s in [*chunks, (b"", 1.0)]:
        now_s += wait_s
        if wait_s >= GAP_S and (message := framer.take(now_s)) is not None:
            found.append(message)
        if chunk:
            framer.feed(chunk, now_s)
    return found


def test_a_flood_is_noise_until_it_pauses() -> None:
    flood = [(b"\xa5" * 1000, 0.001)] * 50
    assert messages([*flood, (b"12345678\r", 0.2)]) == [b"12345678"]


def test_a_flood_takes_no_memory() -> None:
    framer = Framer()
    for n in range(1000):
        framer.feed(b"\xa5" * 4000, n / 1000)
        assert len(framer._bytes) <= MOST_BYTES


def test_halves_with_a_pause_between_are_two_messages_and_neither_is_the_whole() -> None:
    assert messages([(b"1234", 0.1), (b"5678\r", 0.3)]) == [b"1234", b"5678"]


def test_ends_alone_are_no_message() -> None:
    assert messages([(b"\r\n", 0.1), (b"\x02\x03", 0.2), (b"\x00\x00", 0.2)]) == []


def test_it_is_not_given_out_twice_nor_before_its_time() -> None:
    framer = Framer()
    framer.feed(b"12345678", 1.0)
    assert framer.take(1.0 + GAP_S / 2) is None
    assert framer.wait_s(1.0) == pytest.approx(GAP_S)
    assert framer.take(1.1) == b"12345678"
    assert framer.take(1.2) is None
    assert framer.wait_s(1.2) is None


def test_whatever_stands_inside_stays() -> None:
    payload = b"01" + bytes(range(256)) + b"\r\n\x02\x03\x00" + b"9"
    assert messages([(b"\x02" + payload[:100], 0.1), (payload[100:] + b"\x03\r\n", 0.01)]) == [payload]


@given(st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 0.5)), max_size=30))
def test_no_bytes_break_it(chunks: list[tuple[bytes, float]]) -> None:
    for message in messages(chunks):
        assert 0 < len(message) <= MOST_BYTES
