"""The templates' engine: words from the catalogue, icons and fonts from assets, times as Lima's clock shows them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from markupsafe import Markup

import assets
from assets.icons import Icon
from assets.theme import DAY, css_variables
from domain.clock import Micros, in_lima

if TYPE_CHECKING:
    import gettext
    from datetime import date

    from domain.clock import Clock
    from domain.office import Office
    from server.offices import Offices

STATIC = (Path(__file__).parent.parent / "static", *(assets.file(name) for name in ("fonts", "logo", "sounds")))
"""What /static serves, in the order of search."""

_MINUTE_US = 60_000_000
_WEEK = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
_WHOLE_WEEK = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_WHOLE_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def template_engine(offices: Offices, texts: gettext.NullTranslations, clock: Clock) -> JinjaTemplateEngine:
    """The engine for the pages of the office, as it is set up at each of them.

    ``texts`` are the words of those who work here; citizens' pages bring their own (`server.web.languages.Words`).
    """
    environment = Environment(
        loader=PackageLoader("server", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # else every page asks the disk for each of its parts
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
    environment.globals |= {
        "office": lambda: offices.main,
        "counters": lambda: offices.counters,
        "now": clock.now,
        "icon": icon,
        "static": static_url,
        "theme_url": f"/theme.css?v={_digest(theme_css().encode())}",
        "theme_colour": theme_colour,
        "service_name": lambda code: service_name(offices.main, code),
    }
    environment.filters |= {
        "clock": hours_and_minutes,
        "clock_s": hours_to_seconds,
        "day": day_and_month,
        "date": whole_date,
        "long_day": day_in_words,
        "spoken_day": day_as_said,
        "minutes_since": minutes_since,
        "capitalise": capitalise,
    }
    return JinjaTemplateEngine.from_environment(environment)


def service_name(office: Office, code: str) -> str:
    """What people call a service of that office; its code for one that is not offered (any more)."""
    service = office.service(code)
    return code if service is None else service.name


@cache
def icon(name: str) -> Markup:
    """The drawing of `assets.icons.Icon` ``name``, to stand beside words (it says nothing to a screen reader)."""
    drawing = Icon[name].svg
    if not drawing.exists():
        return Markup()
    svg = drawing.read_text("utf-8").replace("<svg", '<svg class="icon" aria-hidden="true"', 1)
    return Markup(svg)  # noqa: S704 our own file


@cache
def static_url(name: str) -> str:
    """The address of a file of ours, which changes with its content: browsers may keep it for ever."""
    source = next((folder / name for folder in STATIC if (folder / name).is_file()), None)
    return f"/static/{name}?v={_digest(source.read_bytes()) if source else 'none'}"


def theme_css() -> str:
    """The colours that the pages share with the touchscreen."""
    return f":root {{\n{css_variables()}\n}}\n"


def theme_colour(role: str) -> str:
    """One of the colours (`assets.theme.Scheme`), for what reads no style sheet."""
    colour: str = getattr(DAY, role)
    return colour


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]


def hours_and_minutes(instant: Micros) -> str:
    """An instant as hours and minutes."""
    return in_lima(instant).strftime("%H:%M")


def hours_to_seconds(instant: Micros) -> str:
    """An instant as hours, minutes and seconds."""
    return in_lima(instant).strftime("%H:%M:%S")


def day_and_month(instant: Micros) -> str:
    """An instant's day, as people write it."""
    return in_lima(instant).strftime("%d/%m")


def whole_date(instant: Micros) -> str:
    """An instant's day, with its year."""
    return in_lima(instant).strftime("%d/%m/%Y")


def day_in_words(day: date) -> str:
    """A day as people say it: mar 8 dic 2026."""
    return f"{_WEEK[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_as_said(day: date) -> str:
    """A day as one tells it to somebody: martes 8 de diciembre."""
    return f"{_WHOLE_WEEK[day.weekday()]} {day.day} de {_WHOLE_MONTHS[day.month - 1]}"


def capitalise(words: str) -> str:
    """Words that stand by themselves; the rest of them stays as it is, unlike with Jinja's own filter."""
    return words[:1].upper() + words[1:]


def minutes_since(instant: Micros, now: Micros) -> int:
    """Whole minutes from ``instant`` to ``now``."""
    return max(0, (now - instant) // _MINUTE_US)
