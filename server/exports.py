"""Tables that leave the office for a spreadsheet: as CSV line by line, or as a workbook.

A spreadsheet takes a cell that begins with = + - @ for a formula, and a name is chosen by whoever types it: what is
text stays text in both.
"""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | date | datetime | None
"""What stands in a table. A ``datetime`` is Lima's wall clock, without a zone, because a spreadsheet knows none."""

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel reads UTF-8 as if it were Windows-1252, and Ñ as two letters."""
_FORMULA = (
    "=", "+", "-", "@", "\t", "\r", "\n",
    "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}",
)  # fmt: skip
_LINES_A_CHUNK = 500
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what stands above it, and its width in characters."""

    title: str
    width: int


def as_text(words: str) -> str:
    """``words`` as a CSV cell that no spreadsheet calculates: the apostrophe says that it is text."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def csv_chunks(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The table as Excel in Peru opens it: UTF-8 with its mark, semicolons, every text in quotes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    out.write(_BOM)
    writer.writerow([as_text(column.title) for column in columns])
    for count, row in enumerate(rows, 1):
        writer.writerow([_in_csv(cell) for cell in row])
        if count % _LINES_A_CHUNK == 0:
            yield _drain(out)
    yield _drain(out)


def _in_csv(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return as_text(cell) if isinstance(cell, str) else cell


def _drain(out: io.StringIO) -> bytes:
    content = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return content


def xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as a workbook of one sheet: times are times and numbers are numbers, so that they can be reckoned with.

    Its rows pass through a folder of their own that is gone when it is done.
    """
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        with Workbook(out, options) as book:
            _fill(book, book.add_worksheet(title), columns, rows)
    return out.getvalue()


def _fill(book: Workbook, sheet: Worksheet, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    heading = book.add_format({"bold": True, "bg_color": "#E6EEF8", "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        date: book.add_format({"num_format": "dd/mm/yyyy", "align": "left"}),
        datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss", "align": "left"}),
        float: book.add_format({"num_format": "0.0"}),
    }
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, min(column.width, _WIDEST))
        sheet.write_string(0, place, column.title, heading)
    last = 0
    for last, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            _write(sheet, last, place, cell, formats)
    sheet.autofilter(0, 0, last, len(columns) - 1)


def _write(sheet: Worksheet, line: int, place: int, cell: Cell, formats: dict[type[Any], Format]) -> None:
    match cell:
        case None:
            return
        case str():
            sheet.write_string(line, place, cell)
        case datetime() | date():
            sheet.write_datetime(line, place, cell, formats[type(cell)])
        case _:
            sheet.write_number(line, place, cell, formats.get(type(cell)))
