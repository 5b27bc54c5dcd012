"""``kiosk-server dates``: the law's vectors as anybody can check them, with or without an office."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domain.calendar import Hours
from tests.server.conftest import OFFICE
from tests.server.process import order, settings_text

NOWHERE = Path("/no/such/server.toml")
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")

SPECIAL_DAYS = """closures = [
  {day = 2026-11-24, reason = "Día regional", counts = false},
  {day = 2026-11-25, reason = "Aniversario", attention = "short", closes = 13:00:00},
  {day = 2026-11-26, reason = "Mudanza"},
]
[office.virtual_desk]
url = "https://virtual.ejemplo.pe"
filing_day = "every_day"
"""


def dates(line: str, file: Path = NOWHERE) -> dict[str, Any]:
    done = order(file, "dates", *line.split())
    assert (done.status, done.err) == (0, "")
    told: dict[str, Any] = json.loads(done.out)
    return told


@pytest.mark.parametrize(
    ("line", "presented", "starts", "deadline"),
    [
        ("2026-12-07T10:00 --channel desk --days 2", "2026-12-07", "2026-12-10", "2026-12-11"),
        ("2026-07-22T10:00 --channel desk --days 2", "2026-07-22", "2026-07-24", "2026-07-27"),
        ("2026-07-22T10:00 --channel desk --days 2 --closed 2026-07-27", "2026-07-22", "2026-07-24", "2026-07-30"),
        ("2027-03-24T10:00 --channel desk --days 2", "2027-03-24", "2027-03-29", "2027-03-30"),
        ("2026-12-24T10:00 --channel desk --days 2", "2026-12-24", "2026-12-28", "2026-12-29"),
        ("2027-07-22T10:00 --channel desk --days 2", "2027-07-22", "2027-07-26", "2027-07-27"),
        ("2026-11-23T10:00 --channel desk --days 30", "2026-11-23", "2026-11-24", "2027-01-08"),
        ("2026-12-05T23:59 --channel virtual --rule seed", "2026-12-07", "2026-12-10", None),
        ("2026-12-08T10:00 --rule seed --days 1", "2026-12-10", "2026-12-11", "2026-12-11"),
        ("2026-12-05T23:59 --channel virtual --rule 2025", "2026-12-05", "2026-12-07", None),
        ("2026-12-06T04:59Z --rule 2025 --months 12", "2026-12-05", "2026-12-07", "2027-12-06"),
        ("2026-11-23T16:40 --channel desk", "2026-11-24", "2026-11-25", None),
        ("2026-11-23T16:40 --channel desk --came-in-hours", "2026-11-23", "2026-11-24", None),
        ("2026-11-23T10:00 --days 2 --closed 2026-11-24 2026-11-25", "2026-11-23", "2026-11-26", "2026-11-27"),
    ],
)
def test_anybody_can_check_a_date(line: str, presented: str, starts: str, deadline: str | None) -> None:
    told = dates(f"--received {line}")
    assert (told["presented_on"], told["term_starts_on"], told["deadline"]) == (presented, starts, deadline)


def test_the_document_shows_what_is_told() -> None:
    shown = re.search(r"\$ kiosk-server dates (.*)\n(\{\n[^`]*\})\n", OPERATIONS)
    assert shown is not None
    assert order(NOWHERE, "dates", *shown[1].split()).out == shown[2] + "\n"


def test_without_anything_passed_over_the_list_is_empty() -> None:
    assert dates("--received 2026-11-23T10:00:30") == {
        "received_at": "2026-11-23T10:00:30-05:00",
        "presented_on": "2026-11-23",
        "term_starts_on": "2026-11-24",
        "deadline": None,
        "skipped": [],
    }


def test_an_office_is_asked_as_it_is_set_up(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    office = replace(OFFICE, hours=Hours())
    settings = settings_text(office, folder=tmp_path / "data", public_url="http://127.0.0.1")
    file.write_text(settings + SPECIAL_DAYS, "utf-8")
    told = dates("--received 2026-11-22T10:00 --office --days 2", file)
    assert told == {
        "received_at": "2026-11-22T10:00:00-05:00",
        "presented_on": "2026-11-22",
        "term_starts_on": "2026-11-23",
        "deadline": "2026-11-27",
        "skipped": [
            {"day": "2026-11-24", "why": "no laborable: Día regional"},
            {"day": "2026-11-25", "why": "no se atiende el horario normal (art. 134.2): Aniversario"},
            {"day": "2026-11-26", "why": "no se atiende: Mudanza"},
        ],
    }
    assert dates("--received 2026-11-22T10:00 --office --rule seed", file)["presented_on"] == "2026-11-23"
    late = dates("--received 2026-11-25T13:00 --channel desk --office --closed 2026-11-27", file)
    assert (late["presented_on"], late["skipped"][0]) == (
        "2026-11-30", {"day": "2026-11-25", "why": "fuera del horario"},
    )  # fmt: skip
    assert dates("--received 2026-11-22T10:00 --days 2", file)["deadline"] == "2026-11-25"  # of no office


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--received ayer",
        "--received 2026-12-05T25:00",
        "--received 1026-12-05T10:00",
        "--received 2026-12-05T10:00 --days 0",
        "--received 2026-12-05T10:00 --days -1",
        "--received 2026-12-05T10:00 --days 99999999",
        "--received 2026-12-05T10:00 --months 99999",
        "--received 2026-12-05T10:00 --days 2 --months 2",
        "--received 2026-12-05T10:00 --closed 2026-02-30",
        "--received 2026-12-05T10:00 --rule 2023",
        "--received 2026-12-05T10:00 --office",
    ],
)
def test_what_cannot_be_dated_is_refused_in_spanish(line: str) -> None:
    done = order(NOWHERE, "dates", *line.split())
    assert (done.status, done.out) == (2, "")
    assert re.search("argumentos no válidos|El plazo|no sirve", done.err)
