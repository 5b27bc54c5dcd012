"""The four catalogues side by side: the same keys, the same braces, nothing forgotten, and short enough to fit."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

import kiosk
from assets import catalogue, languages_of

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

TRANSLATIONS = ("en", "qu", "ay")
LANGUAGES = ("es", *TRANSLATIONS)
THE_SAME_IN_SPANISH_AND_ENGLISH = frozenset(
    {
        *("identify.sample_number", "ask.sample_number", "ask.sample", "review.dni", "review.ruc", "identify.dni"),
        *("language.es", "language.qu", "language.ay", "language.en"),
        "privacy.bank_unnamed",
    }
)
"""Numbers, names and abbreviations."""
A_SHORT_LABEL = 14
"""Characters that any button holds, however short its Spanish word is."""


@cache
def _read(language: str) -> Catalog:
    with catalogue("kiosk", language).open("rb") as po:
        return read_po(po)


@cache
def _texts(language: str) -> dict[str, tuple[str, ...]]:
    """The forms of every text, by its key; the braces of all forms are one text's."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in _read(language)
        if message.id
    }


def _counted(language: str) -> set[str]:
    return {message.id[0] for message in _read(language) if message.id and message.pluralizable}


def _braces(forms: tuple[str, ...]) -> set[str]:
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name is not None}


def test_there_are_these_languages() -> None:
    assert set(languages_of("kiosk")) == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_text_is_translated_and_no_other(language: str) -> None:
    assert _texts("es").keys() - _texts(language).keys() == set(), "missing"
    assert _texts(language).keys() - _texts("es").keys() == set(), "left over"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_same_braces_and_the_same_counts(language: str) -> None:
    theirs = _texts(language)
    assert {key: _braces(theirs[key]) for key in theirs} == {key: _braces(_texts("es")[key]) for key in theirs}
    assert _counted(language) == _counted("es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_of_a_count_tells_the_count(language: str) -> None:
    forms = {key: _texts(language)[key] for key in _counted(language)}
    assert [key for key, told in forms.items() for form in told if "{count}" not in form] == []
    assert {key for key, told in forms.items() if len(told) != _read(language).num_plurals} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_unfinished(language: str) -> None:
    read = _read(language)
    assert str(read.locale_identifier) == language
    assert [message.id for message in read if message.id and message.fuzzy] == []
    assert list(read.obsolete) == []
    for key, forms in _texts(language).items():
        for form in forms:
            assert form.strip() == form != "", key
            assert not re.search(r"[ \t]{2}|\t| [,.;?!…]", form), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_stands_once(language: str) -> None:
    """Two entries of one key, and the first is lost without a word."""
    keys = re.findall(r'^msgid "(.+)"$', catalogue("kiosk", language).read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_apostrophe_is_one_that_the_font_has(language: str) -> None:
    """The letter apostrophe (U+02BC) would be a box; Quechua and Aymara are written with ' or U+2019 here."""
    written = "".join(form for forms in _texts(language).values() for form in forms)
    assert set(written) & set("\u02bc\u02b9\u0060\u00b4\u2018") == set()


def test_nothing_was_left_in_spanish() -> None:
    spanish, english = _texts("es"), _texts("en")
    same = {key for key, forms in english.items() if forms == spanish[key]}
    assert same == THE_SAME_IN_SPANISH_AND_ENGLISH


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_the_words_on_buttons_are_not_much_longer_than_spanish_ones(language: str) -> None:
    """A button is drawn for the Spanish; the screens' tests measure that every word fits."""
    menu = (Path(kiosk.__file__).parent / "flow" / "menu.py").read_text(encoding="utf-8")
    labels = [key for key in _texts("es") if f'"{key}"' in menu or key.startswith(("aid.", "staff."))]
    assert labels
    long = {
        key: _texts(language)[key][0]
        for key in labels
        if len(_texts(language)[key][0]) > max(A_SHORT_LABEL, 1.6 * len(_texts("es")[key][0]))
    }
    assert long == {}
