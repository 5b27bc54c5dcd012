"""Two offices number at once for a year, half of it offline: no number twice, and no gap without its reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from domain.filings import FilingRules
from server.filing import blocks, numbers
from server.store.blocks import blocks_of, series_leased
from server.store.filings import REGISTER
from server.store.gaps import gaps_of, leased_gaps, series_of
from server.store.schema import filing
from tests.server.filing.year import DAYS, Year

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.leases import Gap
    from tests.server.filing.year import Desk


def doubles(year: Year) -> list[str]:
    """What two citizens have on paper."""
    register = Counter(str(one.register) for desk in year.desks for one in desk.paper)
    expedientes = Counter(one.expediente for desk in year.desks for one in desk.paper)
    return [number for number, times in (register + expedientes).items() if times > 1]


def numbers_in(gaps: Iterable[Gap]) -> list[int]:
    return [n for gap in gaps for n in range(gap.first, gap.last + 1)]


def check_register(year: Year, desk: Desk, of_year: int) -> None:
    """Register, and each series of its own: used or in a gap that says why; at the office and at the centre alike."""
    with desk.store.engine.begin() as below, year.centre.engine.begin() as above:
        for series in (REGISTER, *series_of(below, desk.name, of_year)):
            gaps = gaps_of(below, desk.name, of_year, series)
            assert gaps == gaps_of(above, desk.name, of_year, series)
            assert all(gap.reason for gap in gaps), (desk.name, series, gaps)
            if series == "INS":
                continue
            column = filing.c.n if series == REGISTER else filing.c.serial
            mine = (filing.c.office == desk.name) & (filing.c.year == of_year)
            if series != REGISTER:
                mine &= filing.c.series == series
            used = above.execute(filing.select().with_only_columns(column).where(mine)).scalars().all()
            assert sorted([*used, *numbers_in(gaps)]) == list(range(1, max([*used, *numbers_in(gaps)]) + 1))
            lost = {_number(one, series) for one in desk.paper if _is_of(one, of_year, series)} - set(used)
            assert lost <= set(numbers_in(gap for gap in gaps if gap.reason == blocks.RESTORED))


def _number(one, series: str) -> int:  # type: ignore[no-untyped-def] # noqa: ANN001
    return int(one.register.n if series == REGISTER else one.expediente[-7:])


def _is_of(one, of_year: int, series: str) -> bool:  # type: ignore[no-untyped-def] # noqa: ANN001
    return one.register.year == of_year and (series == REGISTER or one.expediente.startswith(f"{series}{of_year}"))


def check_series(year: Year, of_year: int) -> None:
    """The centre's series: every number is used, held, or in a gap that says why."""
    with year.centre.engine.begin() as above:
        held = blocks_of(above, of_year, "INS")
        assert series_leased(above, of_year) == ["INS"]
        used = above.execute(
            filing.select().with_only_columns(filing.c.serial).where(filing.c.series == "INS", filing.c.year == of_year)
        )
        told = [*used.scalars(), *(n for block in held for n in range(block.spent + 1, block.last + 1))]
        between = leased_gaps(above, of_year, "INS")
        assert all(gap.reason == blocks.RESTORED for gap in between)
        told += numbers_in(between)
        for desk in year.desks:
            told += numbers_in(gaps_of(above, desk.name, of_year, "INS"))
        assert sorted(told) == list(range(1, max(block.last for block in held) + 1))


def lived(seed: int, days: int = DAYS) -> Year:
    year = Year(seed, days)
    year.live()
    return year


def check_numbers(year: Year, *years: int) -> None:
    assert doubles(year) == []
    for of_year in years or (2027,):
        for desk in year.desks:
            check_register(year, desk, of_year)
        check_series(year, of_year)


def check(year: Year) -> None:
    check_numbers(year, 2027, 2028)
    tally = year.tally
    assert tally["filings"] > 900
    assert 0.4 < tally["offline_days"] / (2 * 366) < 0.6
    assert tally["own_siglas"] > 0
    assert {"restored_tacna", "restored_puno", "restored_centre"} <= tally.keys()


def test_two_offices_number_for_a_year() -> None:
    """In this one an office is put back on 2 January to a copy that knows nothing of the new year."""
    check(lived(7))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8, 48))
def test_two_offices_number_for_many_years(seed: int) -> None:
    check(lived(seed))


def _own_like_the_centres(rules: FilingRules, office: str) -> str:
    del office
    return rules.siglas


BROKEN = {
    "office_passes_nothing_over": (numbers, "knows_all_since", lambda *_: True),
    "centre_passes_nothing_over": (blocks, "lease_margin", lambda _: 0),
    "fallback_under_the_centres_siglas": (FilingRules, "own_siglas", _own_like_the_centres),
}


@pytest.mark.parametrize(("build", "seed"), [(name, 1) for name in BROKEN])
def test_what_is_broken_on_purpose_is_found(build: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BROKEN[build])
    with pytest.raises((AssertionError, IntegrityError)):
        check_numbers(lived(seed, 70))
