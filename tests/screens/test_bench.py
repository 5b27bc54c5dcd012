"""The benchmark of the screen measures what it says: the real page, and beside it a process that really reads."""

from __future__ import annotations

from pathlib import Path

from tests.bench import screens as bench
from tests.bench.figures import percentile

SHORT = bench.Effort(rounds=1, seconds=0.8, touches=2, starts=1, people=3)


def test_the_page_is_drawn_in_one_process_and_cards_are_read_in_another(tmp_path: Path) -> None:
    seen = bench.watch(tmp_path, SHORT)
    assert len(seen.scanner_pids) == SHORT.rounds
    assert seen.window_pid not in seen.scanner_pids
    assert seen.scanner_share > 0
    assert seen.readings == 0
    assert len(seen.touches_ms) == SHORT.touches
    beside, alone = (percentile([cpu for _, cpu in frames], 0.5) for frames in (seen.scanning, seen.quiet))
    assert beside < 2 * alone  # reading one of these cards takes longer than drawing a frame
    assert [bench._frames(seen).name, bench._touches(seen).name] == [
        "ui.frame_p99_ms_scanning",
        "ui.touch_to_frame_p95_ms",
    ]


def test_a_start_is_timed_to_the_word_that_something_is_seen(tmp_path: Path) -> None:
    figure = bench._first_frame(tmp_path, SHORT.starts)
    assert figure.name == "ui.first_frame_s"
    assert figure.limit is not None
    assert 0 < figure.limit < figure.value < bench.START_S
