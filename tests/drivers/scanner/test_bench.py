"""The benchmark counts what it says: a reading is right, wrong or none, and in time or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.documents import Document, DocumentKind
from drivers.scanner.frames import Image
from drivers.scanner.sightings import DocumentSighting, Looked, Origin
from drivers.scanner.virtual.people import invented
from tests.bench import scanner as bench


def seeing(number: str) -> bench._Looking:
    sighting = DocumentSighting(Origin.CODE39, Document(DocumentKind.DNI, number))
    return lambda _frame, _turn: Looked((sighting,), None)


def test_a_right_reading_is_read_and_a_wrong_one_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_ours", seeing(invented(10_001).number))
    right = bench.play("code39", "good", "720p", 10_001)
    assert (right.ours.taken, right.ours.is_wrong, right.is_read(right.ours)) == (2, False, True)
    monkeypatch.setattr(bench, "_ours", seeing("00000000"))
    wrong = bench.play("code39", "good", "720p", 10_001)
    assert (wrong.ours.taken, wrong.ours.is_wrong, wrong.is_read(wrong.ours)) == (None, True, False)


def test_what_is_read_too_late_is_not_read() -> None:
    run = bench.Run(4, is_wrong=False, frames=4, cpu_s=0.1)
    assert not bench.Played("ticketqr", "typical", "1080p", run, None).is_read(run)
    assert bench.Played("ticketqr", "hard", "1080p", run, None).is_read(run)


def test_a_session_without_a_reading_has_eight_frames_and_leaves_a_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def blind(_frame: Image, _turn: int) -> Looked:
        return Looked((), None)

    monkeypatch.setattr(bench, "_ours", blind)
    monkeypatch.setattr(bench, "FAILURES", tmp_path)
    played = bench.play("pdf417", "good", "720p", 10_002)
    assert (played.ours.taken, played.ours.is_wrong, played.ours.frames) == (None, False, 8)
    assert [each.name for each in bench.FAILURES.iterdir()] == ["pdf417-good-720p-dni-pdf417-10002.jpg"]


def test_three_hundred_sessions_are_played() -> None:
    assert len(bench.SHOWN) * sum(bench.SESSIONS.values()) == 300


@pytest.mark.parametrize("document", [each for shown in bench.SHOWN.values() for each in shown])
def test_the_truth_is_the_document_that_was_drawn(document: str) -> None:
    person = invented(10_003)
    numbers = {"ce": person.foreigner, "passport": person.passport}
    truth = bench.truth(document, 10_003)
    if isinstance(truth, Document):
        assert truth.number == numbers.get(document, person.number)
    else:
        assert document == "ticket"
        assert len(truth) == 52
