"""The texts as they are asked for: in one's language, counted, with days and hours as that language says them."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import pytest
from babel import Locale, UnknownLocaleError

import assets
from kiosk.texts import USUAL_LANGUAGES, MissingTextError, Texts, UnknownLanguageError, drafts, offered

if TYPE_CHECKING:
    from pathlib import Path

TUESDAY = datetime(2026, 11, 24, 8, 5)  # noqa: DTZ001  # a wall clock's day
ALL = ("es", "qu", "ay", "en")


def test_a_missing_key_hurts_in_tests_and_shows_itself_to_a_visitor() -> None:
    with pytest.raises(MissingTextError):
        Texts(strict=True).t("no.such_text")
    assert Texts().t("no.such_text") == "no.such_text"


@pytest.mark.parametrize("language", ["xx", "", "..", "es_PE"])
def test_an_unknown_language_is_named_with_those_that_there_are(language: str) -> None:
    with pytest.raises(UnknownLanguageError, match="there are ay, en, es, qu") as caught:
        Texts(language)
    assert caught.value.language == language


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("es", "Hay 1 persona esperando", "Hay 7 personas esperando"),
        ("en", "1 person is waiting", "7 people are waiting"),
        ("qu", "1 runam suyachkan", "7 runam suyachkan"),
        ("ay", "1 jaqiw suyaski", "7 jaqiw suyaski"),
    ],
)
def test_counts_choose_the_plural(language: str, one: str, many: str) -> None:
    texts = Texts(language, strict=True)
    assert texts.t("people.waiting", count=1) == one
    assert texts.t("people.waiting", count=7) == many
    assert texts.t("people.waiting", count=0) == many.replace("7", "0")


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("es", "martes 24 de noviembre"),
        ("en", "Tuesday 24 November"),
        ("qu", "martes, 24 noviembre"),
        ("ay", "martisa, 24 nuwimri"),
    ],
)
def test_a_day_is_said_as_the_language_says_it(language: str, day: str) -> None:
    texts = Texts(language, strict=True)
    assert texts.day(TUESDAY) == day
    assert texts.weekday(2) == day.split(" ", maxsplit=1)[0].rstrip(",")
    assert texts.time(time(8, 5)) == "08:05"


@pytest.mark.parametrize("language", ALL)
def test_a_year_has_its_days_and_months(language: str) -> None:
    texts = Texts(language)
    assert len({texts.weekday(iso) for iso in range(1, 8)}) == 7
    assert len({texts.day(TUESDAY.replace(month=month, day=1)).split()[-1] for month in range(1, 13)}) == 12


def test_monday_comes_before_tuesday_everywhere() -> None:
    """The Spanish names are in all four, so the order of one language holds the others'."""
    starts = [("lun", "mon"), ("mar", "tue"), ("mi", "wed"), ("ju", "thu"), ("", "fri"), ("s", "sat"), ("", "sun")]
    for iso, (loan, english) in enumerate(starts, start=1):
        said = {language: Texts(language).weekday(iso).lower() for language in ALL}
        assert said.pop("en").startswith(english)
        assert all(name.startswith(loan) for name in said.values()), said


def test_quechua_days_are_babels_and_aymara_ones_are_ours() -> None:
    """When Babel learns Aymara, or other names in Quechua, somebody should look at them."""
    quechua = Locale.parse("qu")
    assert [quechua.days["format"]["wide"][day] for day in (0, 6)] == ["Lunes", "Domingo"]
    assert [quechua.months["format"]["wide"][month] for month in (1, 9)] == ["Enero", "Setiembre"]
    with pytest.raises(UnknownLocaleError):
        Locale.parse("ay")


@pytest.fixture
def short_of_a_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catalogues that lack their last entry: the Spanish one, which is asked for first, does not."""
    whole = assets.catalogue

    def cut(name: str, language: str) -> Path:
        if language == "es":
            return whole(name, language)
        blocks = whole(name, language).read_text(encoding="utf-8").split("\n\n")
        shorter = tmp_path / f"{language}.po"
        shorter.write_text("\n\n".join(block for block in blocks if '"action.back"' not in block), encoding="utf-8")
        return shorter

    monkeypatch.setattr(assets, "catalogue", cut)


@pytest.mark.usefixtures("short_of_a_text")
def test_a_draft_speaks_spanish_where_it_lacks_words() -> None:
    for language in ("qu", "ay"):
        assert Texts(language, strict=True).t("action.back") == "Atrás"
        with pytest.raises(MissingTextError):
            Texts(language, strict=True).t("no.such_text")


@pytest.mark.usefixtures("short_of_a_text")
def test_a_finished_language_may_lack_none_but_no_visitor_sees_a_key() -> None:
    with pytest.raises(MissingTextError):
        Texts("en", strict=True).t("action.back")
    assert Texts("en").t("action.back") == "Atrás"


def test_drafts_are_offered_only_where_they_are_named() -> None:
    assert offered() == USUAL_LANGUAGES == ("es", "en")
    assert drafts(USUAL_LANGUAGES) == ()
    assert offered(["qu", "es", "qu"]) == ("qu", "es")
    assert drafts(ALL) == tuple(language for language in ALL if Texts.is_draft(language))
    with pytest.raises(UnknownLanguageError):
        offered(["es", "it"])
    with pytest.raises(ValueError, match="at least one"):
        offered([])


def test_what_no_native_translator_has_reviewed_says_so() -> None:
    """Taken out of this list only together with the line in its header, by who reviewed it."""
    assert drafts(ALL) == ("qu", "ay")
