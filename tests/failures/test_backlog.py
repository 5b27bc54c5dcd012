"""A kiosk that was alone for long catches up, and visitors notice nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bench.figures import percentile
from tests.bench.sync import drained
from tests.failures.stage import Stage


@pytest.mark.parametrize(
    "count", [pytest.param(20_000, id="20000"), pytest.param(1_000_000, id="1000000", marks=pytest.mark.long)]
)
def test_a_backlog_goes_up_while_turns_are_taken(stage: Stage, count: int, told: Callable[[str], None]) -> None:
    seconds, issues = drained(stage, count)
    told(
        f"backlog n={count}: {count / seconds:.0f} events/s, {len(issues)} turns taken meanwhile, "
        f"p99 {percentile(issues, 0.99):.1f} ms, lost=0 doubled=0"
    )
    assert len(issues) >= 10, "it was over before anybody came"
