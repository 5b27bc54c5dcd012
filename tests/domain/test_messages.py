"""What is no message is told so, whatever it is."""

from __future__ import annotations

import msgspec
import pytest

from domain.messages import CancelRequested, Event, from_json, to_json


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"request": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"]
)
def test_what_is_no_message_is_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        from_json(raw, CancelRequested)


def test_a_body_that_is_nested_without_end_is_a_body_of_another_shape() -> None:
    event = {
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e", "stream": {"origin": "sala-1", "epoch": 1}, "seq": 1,
        "type": "cancel.requested", "v": 1, "at": 0, "office": "lima", "day": "2026-11-23", "body": 0,
    }  # fmt: skip
    raw = to_json(event).replace(b'"body":0', b'"body":{"x":' + b"[" * 900 + b"]" * 900 + b"}")
    with pytest.raises(msgspec.DecodeError):
        from_json(raw, Event).body_as(CancelRequested)
