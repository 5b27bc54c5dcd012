"""Fonts, icons, colours and licences: all there, and good to read."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from babel.messages.pofile import read_po
from PIL import Image, ImageFont

from assets import FONT_WEIGHTS, catalogue, file, font, icon_font, is_draft, languages_of, sample_logo, translations
from assets.icons import Icon
from assets.theme import DAY, SCHEMES, TEXT_PAIRS, TOUCH_U, TYPE_U, Scheme, contrast, css_variables, rgba

AAA = 7.0
NO_GLYPH = "\uffff"


def _drawn(face: ImageFont.FreeTypeFont, character: str) -> bytes:
    return bytes(face.getmask(character))


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize(("ink", "paper"), TEXT_PAIRS)
def test_every_pair_of_text_colours_reaches_aaa(ink: str, paper: str, scheme: Scheme) -> None:
    assert contrast(getattr(scheme, ink), getattr(scheme, paper)) >= AAA


def test_for_who_sees_little_there_are_three_colours() -> None:
    """And one grey, while a finger holds something; it is under white then."""
    plain = {colour for role, colour in asdict(SCHEMES["contrast"]).items() if len(colour) == 7}
    assert plain == {"#000000", "#FFFFFF", "#FFD400", "#3A3A3A"}


def test_contrast_is_the_standards() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert rgba("#14213D80") == pytest.approx((20 / 255, 33 / 255, 61 / 255, 128 / 255))


def _written(name: str, language: str) -> str:
    with catalogue(name, language).open("rb") as po:
        return "".join(str(message.string) for message in read_po(po))


@pytest.mark.parametrize("weight", FONT_WEIGHTS)
def test_the_fonts_hold_every_letter_that_is_written(weight: int) -> None:
    """Kivy has no fallback font: a missing glyph would be a box on the screen."""
    face = ImageFont.truetype(str(font(weight)), 40)
    written = "".join(_written(name, language) for name in ("kiosk", "server") for language in languages_of(name))
    letters = set(written + "áéíóúüñÁÉÍÓÚÜÑäëïöÄËÏÖ¿¡'’ºª°·•–—…«»\"@#$%&*()+-_/:;=?!,.0123456789|´¨") - {" ", "\n"}  # noqa: RUF001 - these very characters
    hollow = _drawn(face, NO_GLYPH)
    assert [letter for letter in sorted(letters) if _drawn(face, letter) == hollow] == []
    assert font(weight, "woff2").read_bytes()[:4] == b"wOF2"


@pytest.mark.parametrize("icon", Icon)
def test_every_icon_is_drawn_for_the_kiosk_and_for_the_web(icon: Icon) -> None:
    face = ImageFont.truetype(str(icon_font()), 96)
    left, top, right, bottom = face.getbbox(icon.char)
    assert 0 <= left < right <= 96
    assert _drawn(face, icon.char) != _drawn(face, NO_GLYPH)
    assert bottom > top
    assert re.fullmatch(r'<svg [^>]*fill="currentColor"><path d="[^"]+"/></svg>\n', icon.svg.read_text())


def test_no_icon_lies_about_unused() -> None:
    assert {path.stem for path in file("icons").glob("*.svg")} == {icon.value for icon in Icon}


def test_the_sizes_keep_to_the_smallest_allowed() -> None:
    assert min(TYPE_U.values()) == TYPE_U["least"]
    assert TOUCH_U == {"least": 92, "key": 80}


def test_the_sample_logo_is_square() -> None:
    with Image.open(sample_logo()) as logo:
        assert logo.size == (256, 256)
    assert sample_logo("svg").read_text().startswith("<svg")


def test_the_web_gets_the_same_colours() -> None:
    assert f"--hero-top: {DAY.hero_top};" in css_variables().splitlines()


def test_what_others_made_comes_with_its_licence() -> None:
    told = file("licences", "README.txt").read_text()
    for licence in ("atkinson-hyperlegible-next-OFL.txt", "material-symbols-Apache-2.0.txt"):
        assert licence in told
        assert file("licences", licence).stat().st_size > 1000


def test_only_what_its_header_says_is_a_draft() -> None:
    assert languages_of("server") == ("es",)
    assert [language for language in languages_of("kiosk") if is_draft("kiosk", language)] == ["ay", "qu"]
    with pytest.raises(FileNotFoundError):
        is_draft("kiosk", "xx")


def test_a_catalogue_has_its_own_rule_of_plurals_though_nobody_knows_its_language() -> None:
    """Babel knows no Aymara, and its default would look for a second form."""
    texts = translations("kiosk", "ay")
    assert texts.ngettext("people.waiting", "", 7) == texts.ngettext("people.waiting", "", 1) != ""
