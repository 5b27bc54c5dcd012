"""The register of what was received: figures, the book of any days for paper, exports, the units' hand-over lists."""

import gettext
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream, Template

from domain.statistics import LONGEST_DAYS
from server.exports import CSV_TYPE, XLSX_TYPE, csv_chunks, xlsx
from server.filing.register import Register
from server.history import History
from server.offices import Offices
from server.store.accounts import Role
from server.store.writer import Writer
from server.web.admin.asked import asked_days, span_of
from server.web.admin.history import usual_ranges
from server.web.admin.person import Person
from server.web.admin.register_sheet import columns, gap_words, rows, unit_names
from server.web.admin.sheets import download
from server.web.board import office_asked
from server.web.charts import filing_chart

_PIECES = 200
"""So many pieces of a page go out together."""
_HTML = "text/html; charset=utf-8"


class Asked:
    """Which office's register somebody asks about, and which days. Not a dataclass: Litestar would build one."""

    def __init__(self, person: Person, register: Register, offices: Offices, writer: Writer) -> None:
        """An administrator may ask about every office that is known here, everybody else about their own."""
        self.person = person
        self.is_chief = person.clerk.role.covers(Role.ADMINISTRATOR)
        own = offices.of(person.clerk.office) or offices.main
        self.office = office_asked(person.request, offices) if self.is_chief else own
        self.choice = offices.known if self.is_chief and len(offices.known) > 1 else ()
        self.names = {one.id: one.name for one in offices.known}
        self.days = asked_days(person.request.query_params, register.today(), most=LONGEST_DAYS)
        self.rules = register.rules(self.office.id)
        self._is_here = offices.called_here(self.office.id)
        self._writer = writer

    def note(self, action: str, detail: str = "") -> None:
        """Writes down who opens what is personal."""
        said = f"{span_of(self.days)} {detail}".strip()
        self._writer.do(lambda transaction: self.person.note(transaction, action, self.office.id, said))

    @property
    def name(self) -> str:
        """What an export is called, but for the ending."""
        return f"ingresos-{self.office.id}-{self.days.first}-{self.days.last}"

    @property
    def context(self) -> dict[str, Any]:
        """What the pages show of it."""
        units = unit_names(self.rules)
        return {
            "office": lambda: self.office,
            "days": self.days,
            "rules": self.rules,
            "is_here": self._is_here,
            "query": f"?from={self.days.first}&to={self.days.last}&office={self.office.id}",
            "unit_name": lambda code: units.get(code, code),
        }

    def paper(self, template: str, **context: Any) -> Stream:
        """A page for paper, sent as it is made: a year of it is long."""
        engine = self.person.request.app.template_engine
        assert engine is not None
        made = engine.get_template(template).stream(**self.context, clerk=self.person.clerk, **context)
        made.enable_buffering(_PIECES)
        return Stream(iter(made), media_type=_HTML)


def asked(
    person: NamedDependency[Person],
    register: NamedDependency[Register],
    offices: NamedDependency[Offices],
    writer: NamedDependency[Writer],
) -> Asked:
    """What the address asks for.

    Raises:
        Refusal: 400 they are no days, 404 nothing is known of that office.
    """
    return Asked(person, register, offices, writer)


@get("/register", sync_to_thread=True)
def show(
    asked: NamedDependency[Asked],
    register: NamedDependency[Register],
    texts: NamedDependency[gettext.NullTranslations],
) -> Template:
    """The figures of those days, the gaps, how the numbers stand. Nothing personal."""
    office, days, today = asked.office.id, asked.days, register.today()
    report = register.report(office, days)
    context: dict[str, Any] = {
        "report": report,
        "today": today,
        "ranges": usual_ranges(today, texts),
        "chart": filing_chart(report.periods, by_month=report.by_month),
        "numbering": register.numbering(office, days.last.year),
        "leases": register.leases(days.last.year) if asked.is_chief else {},
        "handed": register.handed_counts(office, days.last),
        "gap_words": gap_words(texts),
        "choice": asked.choice,
        "offices": asked.names,
    }
    return asked.person.page("admin_register.html", "register", **asked.context | context)


@get("/register/book", sync_to_thread=True)
def book(
    asked: NamedDependency[Asked],
    register: NamedDependency[Register],
    history: NamedDependency[History],
    texts: NamedDependency[gettext.NullTranslations],
) -> Stream:
    """The register as the law wants it (Ley 27444 art. 117.2)."""
    asked.note("register.viewed")
    return asked.paper(
        "register_book.html",
        entries=register.entries(asked.office.id, asked.days),
        count=register.count(asked.office.id, asked.days),
        names=history.names(),
        gap_words=gap_words(texts),
        is_over=asked.days.last < register.today(),
    )


@get("/register/units", sync_to_thread=True)
def units(
    asked: NamedDependency[Asked], register: NamedDependency[Register], history: NamedDependency[History]
) -> Stream:
    """What was handed to the units on a day, a sheet each, with a place to sign."""
    day, unit = asked.days.last, asked.person.request.query_params.get("unit", "")
    lists = register.handed_over(asked.office.id, day)
    if unit:
        lists = {code: found for code, found in lists.items() if code == unit}
    asked.note("register.handed", unit if unit in lists else "")
    return asked.paper("register_units.html", lists=lists, day=day, names=history.names())


@get("/register.csv", sync_to_thread=True)
def as_csv(
    asked: NamedDependency[Asked],
    register: NamedDependency[Register],
    history: NamedDependency[History],
    texts: NamedDependency[gettext.NullTranslations],
) -> Stream:
    """The register of those days, sent as it is read."""
    asked.note("register.exported", "csv")
    found = rows(register.entries(asked.office.id, asked.days), asked.rules, history.names(), texts)
    chunks = csv_chunks(columns(texts), found)
    return Stream(chunks, media_type=CSV_TYPE, headers=download(f"{asked.name}.csv"))


@get("/register.xlsx", sync_to_thread=True)
def as_xlsx(
    asked: NamedDependency[Asked],
    register: NamedDependency[Register],
    history: NamedDependency[History],
    texts: NamedDependency[gettext.NullTranslations],
) -> Response[bytes]:
    """The register of those days as a workbook."""
    register.require_sheet(asked.office.id, asked.days)
    asked.note("register.exported", "xlsx")
    found = rows(register.entries(asked.office.id, asked.days), asked.rules, history.names(), texts)
    made = xlsx(texts.gettext("register.sheet"), columns(texts), found)
    return Response(made, media_type=XLSX_TYPE, headers=download(f"{asked.name}.xlsx"))


PAGES = [show, book, units, as_csv, as_xlsx]
