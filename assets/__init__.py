"""What the screens and the web pages are made of: fonts, icons, colours, texts, a sample logo, and their licences."""

from __future__ import annotations

import gettext
import re
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FONT_FAMILY = "Atkinson Hyperlegible Next"
FONT_WEIGHTS = (400, 600, 700)
"""Regular, semibold and bold: all that the designs use."""


def file(*parts: str) -> Path:
    """The place on disk of one of our files, e.g. ``file("fonts", "icons.ttf")``.

    A path and not a stream: Kivy, Pillow and the web server open files by name. The package is therefore always
    installed unpacked.
    """
    return Path(str(resources.files(__name__).joinpath(*parts)))


def font(weight: int, suffix: str = "ttf") -> Path:
    """A text font, ``weight`` one of `FONT_WEIGHTS`; ``suffix`` ttf for the kiosk, woff2 for web pages."""
    return file("fonts", f"atkinson-{weight}.{suffix}")


def icon_font() -> Path:
    """The font whose characters are `assets.icons.Icon`."""
    return file("fonts", "icons.ttf")


def sample_logo(suffix: str = "png") -> Path:
    """A neutral logo for an entity that has not given its own: png for the kiosk, svg for web pages."""
    return file("logo", f"sample.{suffix}")


def sound(name: str) -> Path:
    """A short sound, e.g. ``sound("touch")``."""
    return file("sounds", f"{name}.wav")


def catalogue(name: str, language: str) -> Path:
    """A gettext catalogue, e.g. ``catalogue("kiosk", "es")``; there may be none for that language."""
    return file("locale", language, "LC_MESSAGES", f"{name}.po")


@cache
def languages_of(name: str) -> tuple[str, ...]:
    """The languages in which there is a catalogue of that name, by their codes in alphabetical order."""
    return tuple(sorted(place.parents[1].name for place in file("locale").glob(f"*/LC_MESSAGES/{name}.po")))


@cache
def is_draft(name: str, language: str) -> bool:
    """Whether a catalogue's header says ``X-Draft: yes``: no native translator has reviewed it.

    Not gettext's own mark, *fuzzy*: that would leave the texts out. `docs/translating.md` tells who takes it away.

    Raises:
        FileNotFoundError: there is no catalogue of that language.
    """
    header = catalogue(name, language).read_text(encoding="utf-8").split("\n\n", 1)[0]
    return re.search(r'^"X-Draft: yes\\n"$', header, re.MULTILINE) is not None


def translations(name: str, language: str) -> gettext.GNUTranslations:
    """The texts of a catalogue, compiled in memory (some 10 ms): a translator's file needs no build step.

    Raises:
        FileNotFoundError: there is no catalogue of that language.
    """
    with catalogue(name, language).open("rb") as po:
        texts = read_po(po, locale=language)
    if texts.locale is None:  # Babel hands on the catalogue's rule of plurals only in a language that it knows
        texts.locale = "en"
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
