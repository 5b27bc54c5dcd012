"""In which language a citizen reads: as they chose on the page, as at the kiosk, or as their phone is set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from babel import Locale
from litestar.response import Template
from markupsafe import Markup

import assets

if TYPE_CHECKING:
    import datetime as dt
    import gettext

    from litestar import Request

    from server.faults import Refusal
    from server.offices import Offices

FIRST = "es"
_LONGEST_HEADER = 200
_AYMARA_DAYS = ("lunisa", "martisa", "mirkulisa", "juywisa", "wirnisa", "sawäru", "tuminku")
_AYMARA_MONTHS = (
    *("inïru", "phiwriru", "marsu", "awrila", "mayu", "junyu"),
    *("julyu", "awustu", "sitimri", "uktuwri", "nuwimri", "risimri"),
)
"""Unicode's locale data, and so Babel, has no Aymara; these are the names in glibc's locale ayc_PE."""


@dataclass(frozen=True, slots=True)
class Words:
    """A page's language. ``chosen`` is whether it was chosen on the page, so that links must say it again."""

    language: str
    chosen: bool
    offered: tuple[str, ...]

    def say(self, key: str, **details: object) -> Markup:
        """A text of ours in that language; ``details`` fill it and are escaped."""
        words = Markup(texts_of(self.language).gettext(key))  # noqa: S704 our own catalogue
        return words % details if details else words

    def why(self, refusal: Refusal) -> Markup:
        """What a refusal says."""
        return self.say(f"fault.{refusal.code}", **refusal.details)

    def name_of(self, language: str) -> str:
        """What a language calls itself."""
        return texts_of(language).gettext("language.name")

    def address(self, path: str) -> str:
        """The address of one of our pages in the same language."""
        return f"{path}?l={self.language}" if self.chosen else path

    def day(self, iso: int) -> str:
        """A day of the week, Monday is 1."""
        return day_names(self.language)[iso - 1]

    def date(self, day: dt.date) -> str:
        """A day as people write it."""
        return f"{self.day(day.isoweekday())} {day:%d/%m}"

    def whole_date(self, day: dt.date, today: dt.date) -> Markup:
        """A day as people say it, with its year where that is not this one: martes 8 de diciembre."""
        names = {"weekday": self.day(day.isoweekday()), "month": month_names(self.language)[day.month - 1]}
        said = self.say("phone.day", day=day.day, **names)
        return said if day.year == today.year else self.say("phone.day_of_year", said=said, year=day.year)

    def page(
        self, name: str, context: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Template:
        """A page in this language."""
        context = context | {"words": self, "_": self.say}
        return Template(name, context=context, status_code=status, headers=headers)


def words_for(request: Request[Any, Any, Any], offices: Offices, ticket_language: str = "") -> Words:
    """The language for this request; ``ticket_language`` is empty where there is no ticket, or it is not known yet."""
    known = assets.languages_of("phone")
    offered = tuple(one for one in offices.rules.languages if one in known) or (FIRST,)
    asked = request.query_params.get("l", "")
    if asked in offered:
        return Words(asked, True, offered)
    wanted = (ticket_language, *_accepted(request.headers.get("accept-language", "")), FIRST)
    language = next((one for one in wanted if one in offered), offered[0])
    return Words(language, False, offered)


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header without their regions, the best first."""
    found: list[tuple[float, str]] = []
    for part in header[:_LONGEST_HEADER].split(","):
        tag, _, weight = part.partition(";")
        try:
            found.append((-float(weight.partition("=")[2] or 1), tag.strip().lower().split("-")[0]))
        except ValueError:
            continue
    return [tag for _, tag in sorted(found, key=lambda one: one[0])]


@cache
def texts_of(language: str) -> gettext.NullTranslations:
    """The phone's texts in a language; what it lacks comes in Spanish, from the server's own where it must."""
    texts = assets.translations("phone", language)
    texts.add_fallback(assets.translations("server", FIRST) if language == FIRST else texts_of(FIRST))
    return texts


@cache
def day_names(language: str) -> tuple[str, ...]:
    """The days of the week from Monday, as they stand inside a sentence."""
    if language == "ay":
        return _AYMARA_DAYS
    locale = Locale.parse(language)
    return _inside(language, [str(locale.days["format"]["wide"][day]) for day in range(7)])


@cache
def month_names(language: str) -> tuple[str, ...]:
    """The months from January, as they stand inside a sentence."""
    if language == "ay":
        return _AYMARA_MONTHS
    locale = Locale.parse({"es": "es_PE"}.get(language, language))
    return _inside(language, [str(locale.months["format"]["wide"][month]) for month in range(1, 13)])


def _inside(language: str, names: list[str]) -> tuple[str, ...]:
    """Quechua's are Spanish loans with a capital there."""
    return tuple(map(str.lower, names)) if language == "qu" else tuple(names)
