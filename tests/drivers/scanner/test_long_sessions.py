"""Ten thousand sessions before the virtual camera, and nobody is taken for somebody else."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import cv2
import pytest

from drivers.scanner.virtual import optics
from tests.bench.scanner import SHOWN, play, upper_bound

SESSIONS = 10_000
FIRST_SEED = 100_000
"""Test seeds that `make bench` never sees."""
CELLS = list(itertools.product(SHOWN, ("typical", "hard"), ("1080p", "720p")))
KEPT = Path(__file__).parents[3] / "build" / "scan-long.jsonl"


def test_the_exact_bound_is_the_one_of_the_books() -> None:
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300))
    assert upper_bound(0, 10_000) == pytest.approx(3 / 10_000, rel=0.01)
    assert upper_bound(1, 10) == pytest.approx(0.3942, abs=1e-4)
    assert upper_bound(10, 10) == 1.0


def test_bench_and_long_share_no_seed_with_development() -> None:
    assert optics.TEST_SEEDS_FROM == 10_000 < FIRST_SEED


@pytest.mark.long
@pytest.mark.parametrize(("kind", "level", "resolution"), CELLS)
def test_no_document_is_read_as_another(
    kind: str, level: str, resolution: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.setNumThreads(1)
    count = SESSIONS // len(CELLS)
    played = [play(kind, level, resolution, FIRST_SEED + n) for n in range(count)]
    wrong = [FIRST_SEED + n for n, each in enumerate(played) if each.ours.is_wrong]
    told = {
        "what": f"{kind} {level} {resolution}",
        "n": count,
        "read_pct": round(100 * sum(each.is_read(each.ours) for each in played) / count, 2),
        "wrong": len(wrong),
        "bound_95_pct": round(100 * upper_bound(len(wrong), count), 3),
        "by_frame": sorted(Counter(each.ours.taken for each in played if each.ours.taken).items()),
    }
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a", encoding="utf-8") as kept:
        print(json.dumps(told), file=kept)
    with capsys.disabled():
        print(json.dumps(told))  # noqa: T201 - whoever waits for hours wants to see it
    assert not wrong, f"seeds that were read wrongly: {wrong}"
