"""Every word that a visitor reads, by a stable key, from the gettext catalogues in `assets`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from babel import Locale

from assets import is_draft, languages_of, translations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, time

SOURCE_LANGUAGE = "es"
"""The language in which every text exists."""
USUAL_LANGUAGES = ("es", "en")
"""What a kiosk offers whose configuration names no languages: those that are finished."""

_CATALOGUE = "kiosk"


class MissingTextError(KeyError):
    """No catalogue in use has this key: a mistake of the program, told only where mistakes should hurt."""


class UnknownLanguageError(LookupError):
    """There is no catalogue of this ``language``; ``known`` are those that there are."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.known = languages_of(_CATALOGUE)
        super().__init__(f"no texts in language {language!r}; there are {', '.join(self.known)}")


class Texts:
    """The texts of one language, falling back on Spanish.

    Read and compiled in memory at construction (some 10 ms), so a translator's file needs no build step. Immutable
    afterwards: any thread may ask.
    """

    def __init__(self, language: str = SOURCE_LANGUAGE, *, strict: bool = False) -> None:
        """Reads the catalogue of ``language``.

        ``strict`` makes a missing key an error instead of showing the Spanish text, or the key; a draft may lack some,
        and falls back all the same.

        Raises:
            UnknownLanguageError: there is no catalogue of that language.
        """
        if language not in languages_of(_CATALOGUE):
            raise UnknownLanguageError(language)
        self.language = language
        self._strict = strict
        self._catalogue = translations(_CATALOGUE, language)
        self._weekdays, self._months = _calendar(language)
        if language != SOURCE_LANGUAGE and not (strict and not self.is_draft(language)):
            self._catalogue.add_fallback(translations(_CATALOGUE, SOURCE_LANGUAGE))

    @staticmethod
    def is_draft(language: str) -> bool:
        """Whether no native translator has reviewed the texts of ``language`` yet."""
        return is_draft(_CATALOGUE, language)

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

    def day(self, moment: date) -> str:
        """A day as it is said: "lunes 24 de noviembre"."""
        weekday, month = self.weekday(moment.isoweekday()), self._months[moment.month - 1]
        return self.t("calendar.day", weekday=weekday, day=moment.day, month=month)

    def weekday(self, iso: int) -> str:
        """A day of the week, Monday being 1: "lunes"."""
        return self._weekdays[iso - 1]

    def time(self, moment: time) -> str:
        """A time of day on 24 hours, as on the clock in every language: "08:05"."""
        return f"{moment:%H:%M}"


def offered(languages: Iterable[str] = USUAL_LANGUAGES) -> tuple[str, ...]:
    """The languages that a kiosk offers, each once, in the order of ``languages``; the first is the usual one.

    A draft is offered only where it is named: `drafts` tells which those are, for `kiosk check` to warn of.

    Raises:
        UnknownLanguageError: one of them has no catalogue.
        ValueError: there is none.
    """
    once = tuple(dict.fromkeys(languages))
    for language in once:
        if language not in languages_of(_CATALOGUE):
            raise UnknownLanguageError(language)
    if not once:
        raise ValueError("a kiosk speaks at least one language")
    return once


def drafts(languages: Iterable[str]) -> tuple[str, ...]:
    """Those of ``languages`` that no native translator has reviewed: not for an office's visitors yet."""
    return tuple(language for language in offered(languages) if Texts.is_draft(language))


Names = tuple[tuple[str, ...], tuple[str, ...]]
"""The days of the week from Monday, and the months."""

_AYMARA: Names = (
    ("lunisa", "martisa", "mirkulisa", "juywisa", "wirnisa", "sawäru", "tuminku"),
    (
        *("inïru", "phiwriru", "marsu", "awrila", "mayu", "junyu"),
        *("julyu", "awustu", "sitimri", "uktuwri", "nuwimri", "risimri"),
    ),
)
"""Unicode's locale data, and so Babel, has no Aymara; these are the names in glibc's locale ayc_PE."""


@cache
def _calendar(language: str) -> Names:
    if language == "ay":
        return _AYMARA
    locale = Locale.parse({"es": "es_PE"}.get(language, language))
    weekdays = tuple(str(locale.days["format"]["wide"][day]) for day in range(7))
    months = tuple(str(locale.months["format"]["wide"][month]) for month in range(1, 13))
    if language == "qu":  # Spanish loans with a capital there; here they stand inside a sentence
        return tuple(map(str.lower, weekdays)), tuple(map(str.lower, months))
    return weekdays, months
