"""What the office did: figures and charts of some days, and the same days for a spreadsheet."""

import gettext
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream, Template

from domain.statistics import LONGEST_DAYS, Days
from server.exports import CSV_TYPE, XLSX_TYPE, Cell, csv_chunks, xlsx
from server.history import History
from server.offices import Offices
from server.store.writer import Writer
from server.web.admin.asked import asked_days, span_of
from server.web.admin.person import Person
from server.web.admin.sheets import download, stay_columns, stay_rows
from server.web.charts import hour_charts, period_charts


@get("/history", sync_to_thread=True)
def show(
    person: NamedDependency[Person], history: NamedDependency[History], texts: NamedDependency[gettext.NullTranslations]
) -> Template:
    """The figures of the days asked for, of today where none are."""
    today = history.today()
    days = asked_days(person.request.query_params, today, most=LONGEST_DAYS)
    report = history.report(person.clerk.office, days)
    context: dict[str, Any] = {
        "report": report,
        "today": today,
        "names": history.names(),
        "hour_charts": hour_charts(report.hours),
        "period_charts": period_charts(report.periods, by_month=report.by_month),
        "ranges": usual_ranges(today, texts),
    }
    return person.page("admin_history.html", "history", **context)


def usual_ranges(today: date, texts: gettext.NullTranslations) -> list[tuple[str, Days]]:
    """What is asked for most, each with its words."""
    yesterday, month = today - timedelta(1), today.replace(day=1)
    last_of_before = month - timedelta(1)
    return [
        (texts.gettext("history.range_today"), Days(today, today)),
        (texts.gettext("history.range_yesterday"), Days(yesterday, yesterday)),
        (texts.gettext("history.range_week"), Days(today - timedelta(6), today)),
        (texts.gettext("history.range_month"), Days(month, today)),
        (texts.gettext("history.range_month_before"), Days(last_of_before.replace(day=1), last_of_before)),
        (texts.gettext("history.range_year"), Days(today.replace(month=1, day=1), today)),
    ]


class Export:
    """An export that was asked for, and is in the audit log by then. Not a dataclass: Litestar would build one."""

    def __init__(self, person: Person, history: History, offices: Offices, texts: gettext.NullTranslations) -> None:
        self.office = person.clerk.office
        self.days = asked_days(person.request.query_params, history.today(), most=LONGEST_DAYS)
        self.columns = stay_columns(texts)
        self._person = person
        self._history = history
        self._names = history.names()
        self._services = {one.code: one.name for one in offices.main.services}
        self._texts = texts

    def note(self, writer: Writer, kind: str) -> None:
        """Writes down who takes what out of the office."""
        detail = f"{span_of(self.days)} {kind}"
        writer.do(lambda transaction: self._person.note(transaction, "history.exported", "", detail))

    def rows(self) -> Iterator[list[Cell]]:
        """One row a stay, in the order of the calls."""
        return stay_rows(self._history.lines(self.office, self.days), self._services, self._names, self._texts)

    @property
    def name(self) -> str:
        """What its file is called, but for the ending."""
        return f"turnos-{self.office}-{self.days.first}-{self.days.last}"


@get("/history.csv", sync_to_thread=True)
def as_csv(
    person: NamedDependency[Person],
    history: NamedDependency[History],
    offices: NamedDependency[Offices],
    texts: NamedDependency[gettext.NullTranslations],
    writer: NamedDependency[Writer],
) -> Stream:
    """The stays of those days, sent as they are read."""
    export = Export(person, history, offices, texts)
    export.note(writer, "csv")
    chunks = csv_chunks(export.columns, export.rows())
    return Stream(chunks, media_type=CSV_TYPE, headers=download(f"{export.name}.csv"))


@get("/history.xlsx", sync_to_thread=True)
def as_xlsx(
    person: NamedDependency[Person],
    history: NamedDependency[History],
    offices: NamedDependency[Offices],
    texts: NamedDependency[gettext.NullTranslations],
    writer: NamedDependency[Writer],
) -> Response[bytes]:
    """The stays of those days as a workbook."""
    export = Export(person, history, offices, texts)
    history.require_sheet(export.office, export.days)
    export.note(writer, "xlsx")
    book = xlsx(texts.gettext("export.sheet"), export.columns, export.rows())
    return Response(book, media_type=XLSX_TYPE, headers=download(f"{export.name}.xlsx"))


PAGES = [show, as_csv, as_xlsx]
