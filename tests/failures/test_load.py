"""Two kiosks give out turns as fast as they can, and one office takes them in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.failures.nursery import Nursery
from tests.failures.stage import Stage
from tests.server.postgres import running_cluster


def rush(stage: Stage, turns: int, told: Callable[[str], None], what: str) -> None:
    stage.server.start()
    kiosks = [stage.kiosk("sala-1"), stage.kiosk("sala-2")]
    began = time.monotonic()
    for kiosk in kiosks:
        kiosk.start()
        kiosk.issue(turns // 2)
    for kiosk in kiosks:
        kiosk.drain(patience_s=1200)
    reckoning = stage.reckon()
    told(f"{what} n={turns}: {reckoning} in {time.monotonic() - began:.1f} s")
    assert reckoning.is_whole
    assert reckoning.told == reckoning.stored == turns
    series = {turn.number.partition("-")[0] for kiosk in kiosks for turn in kiosk.told}
    assert len(series) == 2


@pytest.mark.parametrize(
    "turns", [pytest.param(5_000, id="5000"), pytest.param(100_000, id="100000", marks=pytest.mark.long)]
)
def test_two_kiosks_and_one_office(stage: Stage, turns: int, told: Callable[[str], None]) -> None:
    rush(stage, turns, told, "SQLite")


@pytest.mark.long
@pytest.mark.postgres
def test_two_kiosks_and_one_office_on_postgresql(
    tmp_path: Path, nursery: Nursery, founded: Path, told: Callable[[str], None]
) -> None:
    with running_cluster() as cluster:
        stage = Stage(tmp_path, nursery, founded, database_url=cluster.url(cluster.new_database()))
        try:
            rush(stage, 100_000, told, "PostgreSQL")
        finally:
            stage.close()
