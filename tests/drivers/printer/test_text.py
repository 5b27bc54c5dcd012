"""What may reach the printer as text."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from drivers.printer.raster import text_line
from drivers.printer.text import CODE_PAGE, clean, printable, wrap


def test_a_command_inside_a_name_never_reaches_the_printer() -> None:
    assert printable("MARIA\x1b@\x1dV\x00 ELENA\x7f\u200b\u202e") == "MARIA@V ELENA"


def test_peruvian_languages_are_whole() -> None:
    text = "Ñahui ÁÉÍÓÚ áéíóú ü ¿¡º Aymara ä ï Ä Ï"
    assert printable(text) == text
    assert printable(unicodedata.normalize("NFD", text)) == text


def test_typographic_signs_become_plain_ones() -> None:
    assert (
        printable("p\u2019aqui \u02bcuno\u02bc \u201cdos\u201d 8\u201316 h\u2026 \u20ac")
        == "p'aqui 'uno' \"dos\" 8-16 h... EUR"
    )


def test_a_letter_outside_the_page_loses_its_sign_or_shows_its_loss() -> None:
    assert printable("Tupãsy ẽ ĩ ũ ỹ ɨ 漢") == "Tupãsy e i u y ? ?"


def test_lines_break_at_words_and_never_exceed_the_paper() -> None:
    assert wrap("uno dos tres", 7) == ["uno dos", "tres"]
    assert wrap("inconstitucional", 8) == ["inconsti", "tucional"]
    assert wrap("uno\n\ndos", 8) == ["uno", "", "dos"]
    assert wrap("", 8) == [""]


@given(st.text(), st.integers(min_value=1, max_value=48))
def test_whatever_comes_in_lines_fit_and_can_be_encoded(text: str, columns: int) -> None:
    for line in wrap(printable(text), columns):
        assert len(line) <= columns
        assert all(byte >= 0x20 and byte != 0x7F for byte in line.encode(CODE_PAGE))


@example("A\x1f\u0323", 1)  # a mark that a dropped sign had kept apart from its letter
@given(st.text(), st.integers(min_value=1, max_value=48))
def test_lines_to_draw_fit_too_and_hold_only_latin_letters(text: str, columns: int) -> None:
    for line in wrap(text, columns):
        assert len(line) <= columns
        assert all(unicodedata.category(letter)[0] != "C" for letter in line)
        assert clean(line) == line


def test_the_font_has_every_letter_that_may_be_drawn() -> None:
    missing = text_line("\ufffd").data
    latin = range(0x100, 0x1F00)
    drawable = [chr(code) for code in latin if chr(code) == clean(chr(code))]
    assert len(drawable) > 350
    assert not [letter for letter in drawable if text_line(letter).data in {missing, text_line(" ").data}]
