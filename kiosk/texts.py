"""Every word that a visitor reads, by a stable key, from the gettext catalogues in `assets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_time

from assets import translations

if TYPE_CHECKING:
    from datetime import datetime, time

SOURCE_LANGUAGE = "es"
"""The language in which every text exists."""

_CALENDARS = {"es": "es_PE"}


class MissingTextError(KeyError):
    """No catalogue in use has this key: a mistake of the program, told only where mistakes should hurt."""


class Texts:
    """The texts of one language, falling back on Spanish.

    Read and compiled in memory at construction (some 10 ms), so a translator's file needs no build step. Immutable
    afterwards: any thread may ask.
    """

    def __init__(self, language: str = SOURCE_LANGUAGE, *, strict: bool = False) -> None:
        """Reads the catalogue of ``language``; ``strict`` makes a missing key an error instead of showing the key.

        Raises:
            FileNotFoundError: there is no catalogue of that language.
        """
        self.language = language
        self._strict = strict
        self._catalogue = translations("kiosk", language)
        self._locale = Locale.parse(_CALENDARS.get(language, language))
        if language != SOURCE_LANGUAGE:
            self._catalogue.add_fallback(translations("kiosk", SOURCE_LANGUAGE))

    def t(self, key: str, **values: object) -> str:
        """The text of ``key`` with ``values`` put in its braces; a ``count`` among them also chooses the plural.

        Raises:
            MissingTextError: in strict use, no catalogue has the key.
            KeyError: the text has a brace that ``values`` does not fill.
        """
        count = values.get("count")
        text = self._catalogue.ngettext(key, key, count) if isinstance(count, int) else self._catalogue.gettext(key)
        if text == key and self._strict:
            raise MissingTextError(key)
        return text.format(**values) if values else text

    def day(self, moment: datetime) -> str:
        """A day as it is said: "lunes 24 de noviembre"."""
        return format_date(moment.date(), "EEEE d 'de' MMMM", locale=self._locale)

    def weekday(self, iso: int) -> str:
        """A day of the week, Monday being 1: "lunes"."""
        return str(self._locale.days["format"]["wide"][iso - 1])

    def time(self, moment: time) -> str:
        """A time of day on 24 hours: "08:05"."""
        return format_time(moment, "HH:mm", locale=self._locale)
