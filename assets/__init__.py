"""What the screens and the web pages are made of: fonts, icons, colours, texts, a sample logo, and their licences."""

from __future__ import annotations

import gettext
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


def catalogue(name: str, language: str) -> Path:
    """A gettext catalogue, e.g. ``catalogue("kiosk", "es")``; there may be none for that language."""
    return file("locale", language, "LC_MESSAGES", f"{name}.po")


def translations(name: str, language: str) -> gettext.GNUTranslations:
    """The texts of a catalogue, compiled in memory (some 10 ms): a translator's file needs no build step.

    Raises:
        FileNotFoundError: there is no catalogue of that language.
    """
    compiled = BytesIO()
    with catalogue(name, language).open("rb") as po:
        write_mo(compiled, read_po(po, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
