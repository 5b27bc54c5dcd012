"""What children of earlier versions send is taken by today's server: recorded once, and never written again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from domain.messages import ExchangeResponse, from_json

if TYPE_CHECKING:
    from tests.server.conftest import Site
    from tests.server.twin import KioskTwin

RECORDED = Path(__file__).parent / "recorded"


def _replay(site: Site, machine: KioskTwin, name: str) -> list[ExchangeResponse]:
    """Sends every request of a file, as that machine; all must be taken."""
    answers = []
    for line in (RECORDED / name).read_bytes().splitlines():
        answer = machine.post(site.client, line)
        assert answer.status_code == 200, answer.text
        answers.append(from_json(answer.content, ExchangeResponse))
    return answers


def test_there_is_a_story_for_every_file() -> None:
    told = {"counter-1.jsonl", "kiosk-1.jsonl", "later-1.jsonl"}
    assert {file.name for file in RECORDED.glob("*.jsonl")} == told


def test_a_kiosk_of_version_1_is_understood(site: Site) -> None:
    answers = _replay(site, site.enrol("sala-1"), "kiosk-1.jsonl")
    assert [ack.upto for answer in answers for ack in answer.acks] == [0, 2, 6, 6, 6, 9, 10, 10]
    assert not any(ack.rejected or ack.fork for answer in answers for ack in answer.acks)
    assert site.rows("SELECT series, n, preferential, state FROM ticket ORDER BY n") == [
        ("A", 1, False, "waiting"), ("A", 2, False, "waiting"), ("A", 3, True, "waiting"),
    ]  # fmt: skip
    assert site.rows("SELECT printer, reason FROM kiosk_health") == [("blocked", "paper")]


def test_a_counters_machine_of_version_1_is_understood(site: Site) -> None:
    answers = _replay(site, site.enrol("ventanilla-1", counter="1"), "counter-1.jsonl")
    assert [ack.upto for answer in answers for ack in answer.acks] == [0, 2, 3, 3]
    # its paper was asked for by a desk that this server never heard of
    assert {flaw.code for answer in answers for ack in answer.acks for flaw in ack.rejected} == {"unknown_request"}
    assert site.rows("SELECT printer FROM kiosk_health") == [("ready",)]


def test_what_a_later_version_adds_does_no_harm(site: Site) -> None:
    site.enrol("sala-1")
    answers = _replay(site, site.enrol("sala-2"), "later-1.jsonl")
    assert [ack.upto for answer in answers for ack in answer.acks] == [2, 5]
    assert [(flaw.seq, flaw.code) for flaw in answers[1].acks[0].rejected] == [(3, "bad_body"), (4, "unreadable")]
    assert site.rows("SELECT n FROM ticket ORDER BY n") == [(1,), (2,)]
    assert site.rows("SELECT seq, type, v FROM event WHERE type = 'kiosk.dreamt'") == [(2, "kiosk.dreamt", 9)]


@pytest.mark.parametrize("name", ["kiosk-1.jsonl", "counter-1.jsonl"])
def test_what_is_sent_again_changes_nothing(site: Site, name: str) -> None:
    machine = site.enrol("sala-1") if name.startswith("kiosk") else site.enrol("ventanilla-1", counter="1")
    last = _replay(site, machine, name)[-1].acks[0].upto
    stored = site.rows("SELECT seq, id FROM event ORDER BY origin, seq")
    assert {ack.upto for answer in _replay(site, machine, name) for ack in answer.acks} == {last}
    assert site.rows("SELECT seq, id FROM event ORDER BY origin, seq") == stored
