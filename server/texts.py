"""The words of the pages and of refusals, from the gettext catalogue ``server``; every msgid is a stable key."""

from __future__ import annotations

import gettext
import io

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import assets


def load_texts(language: str = "es") -> gettext.NullTranslations:
    """The catalogue of ``language``, compiled in memory: there is no build step to forget."""
    compiled = io.BytesIO()
    with assets.catalogue("server", language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
