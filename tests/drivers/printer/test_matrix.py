"""Whatever goes wrong, nothing untrue is said of a ticket, and the next one prints (see matrix.py)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.drivers.printer.matrix import ANSWERING, TROUBLES, Row, run
from tests.drivers.printer.subjects import PROFILES, OurDriver, lies_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("matrix")
"""All in one process, which plays them together."""

EPSON = {
    "normal": "CONFIRMED",
    "near end": "CONFIRMED",
    "paper out before": "NOT_PRINTED paper",
    "cover open before": "NOT_PRINTED cover",
    "off before": "NOT_PRINTED silent",
    "unplugged before": "NOT_PRINTED absent",
    "paper ends mid-ticket": "NOT_PRINTED paper",
    "cover opened mid-ticket": "NOT_PRINTED cover",
    "cutter jams": "NOT_PRINTED cutter",
    "off at 0.35 s": "UNCERTAIN silent",
    "off at 0.80 s": "UNCERTAIN silent",
    "unplugged at 0.35 s": "UNCERTAIN lost",
    "unplugged at 0.80 s": "UNCERTAIN lost",
    "wrong baud": "NOT_PRINTED silent",
}
CLONE = EPSON | {
    "paper ends mid-ticket": "UNCERTAIN paper",
    "cover opened mid-ticket": "UNCERTAIN cover",
    "cutter jams": "UNCERTAIN cutter",
}
PACED = [*(("epson-tm-t20iii", *case) for case in EPSON.items()), *(("clone-gsr", *case) for case in CLONE.items())]


TOGETHER = 6
"""How many cases are played at a time: they wait for lines and blades, not for this machine."""
Cases = Callable[[str, str], Row]


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cases]:
    """The cases of all the tests that were asked for, begun together; each test waits for its own."""
    asked = [item.callspec.params for item in request.session.items if item.path == request.path]
    with ThreadPoolExecutor(TOGETHER) as pool:
        rows: dict[tuple[str, str], Future[Row]] = {}
        for case in sorted(asked, key=lambda case: "model" in case):  # who is never heard takes longest
            model, trouble = case.get("model", "tx-not-wired"), case["trouble"]
            rows[model, trouble] = pool.submit(play, tmp_path_factory.mktemp("case") / "case", model, trouble)
        yield lambda model, trouble: rows[model, trouble].result()


def play(folder: Path, model: str, trouble: str) -> Row:
    return run(folder, model, TROUBLES[trouble], lambda port, baud: OurDriver(port, baud, PROFILES[model]), lies_whole)


def honest(model: str, trouble: str, row: Row) -> Row:
    assert not row.is_false, row
    if PROFILES[model].clears:
        assert not row.ghost, row
    if trouble != "wrong baud":
        assert row.next_printed, row
        assert row.next_on_paper, row
    return row


@pytest.mark.parametrize(("model", "trouble", "words"), PACED, ids=[f"{m}-{t}" for m, t, _ in PACED])
def test_nothing_untrue_is_said(played: Cases, model: str, trouble: str, words: str) -> None:
    assert honest(model, trouble, played(model, trouble)).said.words == words


@pytest.mark.long
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("model", [model for model in ANSWERING if model not in {"epson-tm-t20iii", "clone-gsr"}])
def test_nothing_untrue_is_said_of_the_others(played: Cases, model: str, trouble: str) -> None:
    honest(model, trouble, played(model, trouble))


@pytest.mark.parametrize("trouble", ["normal", pytest.param("paper out before", marks=pytest.mark.long)])
def test_a_printer_whose_answers_never_arrive_is_refused(played: Cases, trouble: str) -> None:
    """It would print; but what it says could never be believed, so it is not sent a byte of a ticket."""
    row = played("tx-not-wired", trouble)
    assert row.said.words == "NOT_PRINTED silent"
    assert not row.is_false
    assert not row.next_on_paper
