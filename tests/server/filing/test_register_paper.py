"""The register as a browser prints it: A4 across, the head on every sheet, nothing of the screen's bar."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from server.store.accounts import Role

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

    from tests.server.conftest import ChiefTwin
    from tests.server.filing.conftest import Counter

A4_ACROSS_PT = (842, 595)


@pytest.mark.browser
@pytest.mark.parametrize("building", ["sqlite"], indirect=True)
def test_every_sheet_has_its_head_and_no_row_is_lost(counter: Counter, chromium: Browser) -> None:
    for _ in range(30):
        counter.receive()
    chief = counter.site.chief("jefa", Role.SUPERVISOR)
    context = chromium.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.route("**/*", lambda route: _answer(route, chief))
    page.goto("http://127.0.0.1/admin/register/book")
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    context.close()
    sheets = [sheet.extract_text() for sheet in printed.pages]
    assert len(sheets) >= 2
    for number, (sheet, text) in enumerate(zip(printed.pages, sheets, strict=True), 1):
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4_ACROSS_PT
        assert "Registro de ingreso de documentos" in text
        assert f"{number} / {len(sheets)}" in text
        assert "Volver" not in text
    whole = "\n".join(sheets)
    assert all(f"{n:06d}" in whole for n in range(1, 31))
    assert "Firma y sello" in sheets[-1]
    assert complaints == []


def _answer(route: Route, chief: ChiefTwin) -> None:
    """The browser sees what the server in this process answers."""
    asked = urlsplit(route.request.url)
    answer = chief.client.get(f"{asked.path}?{asked.query}")
    route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)
