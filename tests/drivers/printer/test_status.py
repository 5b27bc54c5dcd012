"""Replies told apart, whatever the line does to them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.status import (
    AutoStatus,
    Cleared,
    Condition,
    Decoder,
    Flow,
    Info,
    Junk,
    PaperSensor,
    ProcessId,
    RealTime,
    Reply,
    read_answers,
    read_auto_status,
)
from drivers.printer.words import Reason

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
plain = st.integers(min_value=0, max_value=0x7F).map(lambda byte: byte & 0x6F)
auto_first = st.integers(min_value=0, max_value=0x7F).map(lambda byte: byte & 0x6C | 0x10)
real_time = st.integers(min_value=0, max_value=0x7F).map(lambda byte: byte & 0x6C | 0x12)

replies: st.SearchStrategy[tuple[bytes, Reply]] = st.one_of(
    real_time.map(lambda byte: (bytes([byte]), RealTime(byte))),
    plain.map(lambda byte: (bytes([byte]), PaperSensor(byte))),
    st.tuples(auto_first, plain, plain, plain).map(lambda four: (bytes(four), AutoStatus(bytes(four)))),
    st.text(printable, min_size=4, max_size=4).map(lambda text: (b'7"' + text.encode() + b"\0", ProcessId(text))),
    st.just((b"7%\0", Cleared())),
    st.text(printable, max_size=30).map(lambda text: (b"_" + text.encode() + b"\0", Info(text))),
    st.sampled_from([(b"\x11", Flow(may_send=True)), (b"\x13", Flow(may_send=False))]),
)


@given(st.lists(replies), st.integers(min_value=1, max_value=9))
def test_replies_are_found_in_any_portions(sent: list[tuple[bytes, Reply]], portion: int) -> None:
    stream = b"".join(data for data, _ in sent)
    decoder = Decoder()
    got = [r for at in range(0, len(stream), portion) for r in decoder.feed(stream[at : at + portion])]
    assert got == [reply for _, reply in sent]


@given(st.lists(st.binary()))
def test_noise_never_raises_and_no_byte_is_invented(portions: list[bytes]) -> None:
    decoder = Decoder()
    got = [reply for portion in portions for reply in decoder.feed(portion)]
    assert len(got) <= sum(map(len, portions))


@given(st.binary(max_size=200))
def test_after_any_noise_a_quiet_line_is_understood_again(noise: bytes) -> None:
    decoder = Decoder()
    decoder.feed(noise)
    decoder.feed(b"\xff")  # one more wrong byte ends whatever reply the noise had begun
    assert decoder.feed(b"\x12" + b'7"K001\0') == [RealTime(0x12), ProcessId("K001")]


def test_xoff_may_stand_inside_a_reply() -> None:
    assert Decoder().feed(b"\x18\x00\x13\x0c\x0f") == [Flow(may_send=False), AutoStatus(b"\x18\x00\x0c\x0f")]


def test_a_reply_cut_in_two_by_a_loss_of_power_costs_only_itself() -> None:
    assert Decoder().feed(b"\x10\x00\x12") == [Junk(b"\x10\x00"), RealTime(0x12)]
    assert Decoder().feed(b'7"K0\x1a') == [Junk(b'7"K0'), RealTime(0x1A)]


def test_a_block_without_end_is_given_up() -> None:
    assert any(isinstance(reply, Junk) for reply in Decoder().feed(b"_" + b"x" * 200))


def test_typical_answers_of_the_specification() -> None:
    assert read_answers(0x12, 0, 0, 0x12) == Condition()
    assert read_answers(0x12, 0, 0, 0x1E) == Condition(near_end=True)
    assert read_answers(0x1A, 0x32, 0x12, 0x7E).reason is Reason.PAPER
    assert read_answers(0x1A, 0x16, 0x12, 0x12).reason is Reason.COVER
    assert read_answers(0x1A, 0x52, 0x1A, 0x12).reason is Reason.CUTTER
    assert read_answers(0x1A, 0x12, 0x12, 0x12).reason is Reason.OTHER
    assert read_answers(0x12, 0, 0x32, 0x12).reason is Reason.OTHER


def test_automatic_status_says_the_same() -> None:
    assert read_auto_status(AutoStatus(b"\x10\x00\x00\x0f")) == Condition()
    assert read_auto_status(AutoStatus(b"\x10\x00\x03\x0f")) == Condition(near_end=True)
    assert read_auto_status(AutoStatus(b"\x18\x00\x0f\x0f")).reason is Reason.PAPER
    assert read_auto_status(AutoStatus(b"\x38\x00\x00\x0f")).reason is Reason.COVER
    assert read_auto_status(AutoStatus(b"\x18\x08\x00\x0f")).reason is Reason.CUTTER
    assert read_auto_status(AutoStatus(b"\x18\x00\x00\x0f")).reason is Reason.OTHER
