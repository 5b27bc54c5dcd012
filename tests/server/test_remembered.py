"""A ticket's page is made once for all who ask, until something changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from anyio import run

from server.web import remembered
from server.web.remembered import FewPages

if TYPE_CHECKING:
    from tests.server.conftest import Site


def test_a_page_is_the_same_until_something_changes(site: Site) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    path = f"/T/{turn.token.text}"
    first = site.client.get(path)
    again = site.client.get(path)
    assert again.text == first.text  # it shows the time to the microsecond: it was not made again
    assert again.headers == first.headers
    site.account()
    site.clerk().call_next()
    called = site.client.get(path)
    assert called.status_code == 200
    assert called.text != first.text
    assert site.client.get(path).text == called.text


def test_each_way_of_asking_has_a_page_of_its_own(site: Site) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    other = kiosk.issue()
    kiosk.sync(site.client)
    path = f"/T/{turn.token.text}"
    page = site.client.get(path)
    fragment = site.client.get(path, headers={"X-Fragment": "1"})
    assert "<!doctype" in page.text.lower()
    assert "<!doctype" not in fragment.text.lower()
    assert site.client.get(path).text == page.text
    assert str(other.number) in site.client.get(f"/T/{other.token.text}").text
    packed = site.client.get(path, headers={"Accept-Encoding": "gzip"})
    plain = site.client.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.status_code == plain.status_code == 200
    assert "content-encoding" not in plain.headers


def test_an_unknown_ticket_is_looked_for_again(site: Site) -> None:
    kiosk = site.enrol()
    turn = kiosk.issue()
    path = f"/T/{turn.token.text}"
    assert site.client.get("/T/NADA").status_code == 404
    assert site.client.get("/T/NADA").status_code == 404
    coming = site.client.get(path).text
    kiosk.sync(site.client)
    assert site.client.get(path).text != coming


def test_invented_addresses_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)

    async def fill() -> list[bytes | None]:
        store = FewPages()
        await store.set("old", b"0", expires_in=-1)
        for n in range(4):
            await store.set(str(n), b"%d" % n, expires_in=60)
        return [await store.get(key) for key in ("old", "0", "1", "2", "3")]

    with ThreadPoolExecutor(1) as thread:  # a browser's loop may be running in this one
        kept = thread.submit(run, fill).result()
    assert kept == [None, b"0", b"1", b"2", None]
