"""The exports read back as a spreadsheet reads them: what is text stays text."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from server.exports import Column, as_text, csv_chunks, xlsx

if TYPE_CHECKING:
    from server.exports import Cell

HOSTILE = [
    "=1+1", "+51 1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")', "\N{FULLWIDTH EQUALS SIGN}1"
]  # fmt: skip
PLAIN = ["Mesa de partes", "a;b", 'dijo "ya"', "dos\nlíneas", "Ñandú", "", "http://ejemplo.pe", "007", "1=1", "x,=1"]
NOON = datetime(2026, 11, 23, 12)  # noqa: DTZ001 a spreadsheet knows no zones
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_spreadsheet_would_calculate_is_text_in_csv(words: str) -> None:
    [_, [cell, after]] = read_csv(b"".join(csv_chunks([Column("a", 9), Column("b", 9)], [[words, "z"]])))
    assert (cell, after) == (f"'{words}", "z")


def test_what_is_harmless_comes_back_as_it_was() -> None:
    columns = [Column("Servicio", 9)]
    assert read_csv(b"".join(csv_chunks(columns, [[words] for words in PLAIN]))) == [
        ["Servicio"],
        *([one] for one in PLAIN),
    ]
    assert [as_text(words) for words in PLAIN] == PLAIN


def test_times_and_numbers_in_csv() -> None:
    row: list[Cell] = [date(2026, 11, 23), NOON.replace(hour=9, minute=5, second=7), 12.5, 3, None]
    content = b"".join(csv_chunks([Column(name, 9) for name in "abcde"], [row]))
    assert content.decode("utf-8-sig") == ('"a";"b";"c";"d";"e"\r\n"2026-11-23";"2026-11-23 09:05:07";12.5;3;""\r\n')


def test_csv_is_sent_by_and_by() -> None:
    read = 0

    def rows() -> object:
        nonlocal read
        for read in range(1, 100_001):
            yield [read]

    chunks = csv_chunks([Column("n", 9)], rows())  # type: ignore[arg-type] # a generator of lists
    first = next(chunks)
    assert read == 500
    assert len(first) + sum(map(len, chunks)) == len('﻿"n"\r\n'.encode()) + sum(
        len(f"{n}\r\n") for n in range(1, 100_001)
    )


def read_xlsx(content: bytes) -> list[list[tuple[str, str]]]:
    """Rows of (kind, value): kind is s for text, n for a number; whatever was calculated would be kind f."""
    book = zipfile.ZipFile(io.BytesIO(content))
    sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 our own file
    rows = []
    for row in sheet.iter(f"{NS}row"):
        cells = []
        for cell in row.iter(f"{NS}c"):
            if cell.find(f"{NS}f") is not None:
                cells.append(("f", ""))
            elif cell.get("t") == "inlineStr":
                cells.append(("s", "".join(part.text or "" for part in cell.iter(f"{NS}t"))))
            else:
                value = cell.find(f"{NS}v")
                cells.append(("n", "" if value is None else value.text or ""))
        rows.append(cells)
    assert "hyperlink" not in book.read("xl/worksheets/sheet1.xml").decode()
    return rows


def test_a_workbook_holds_texts_as_texts_and_times_as_times() -> None:
    texts = [words for words in HOSTILE if "\r" not in words]  # XML itself reads a carriage return as a line feed
    rows: list[list[Cell]] = [[words, date(2026, 11, 23), NOON, 12.5, 3] for words in texts]
    found = read_xlsx(xlsx("Atenciones", [Column(name, 9) for name in ("=a", "b", "c", "d", "e")], rows))
    assert found[0][0] == ("s", "=a")
    assert [row[0] for row in found[1:]] == [("s", words) for words in texts]
    assert {tuple(row[1:]) for row in found[1:]} == {(("n", "46349"), ("n", "46349.5"), ("n", "12.5"), ("n", "3"))}
    assert date(1899, 12, 30).toordinal() + 46349 == date(2026, 11, 23).toordinal()


def test_a_number_as_text_and_an_address_stay_what_they_are() -> None:
    found = read_xlsx(xlsx("Atenciones", [Column("a", 9)], [["007"], ["http://ejemplo.pe"], [None]]))
    assert found[1:3] == [[("s", "007")], [("s", "http://ejemplo.pe")]]
