"""A real server program and a real Chromium."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from domain.calendar import Hours
from server.config import load_config
from server.keys import load_keys
from server.store.engine import open_engines
from tests.server.conftest import OFFICE, PASSWORD
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.failures.nursery import Nursery
    from tests.server.twin import Issued, KioskTwin

NEVER_CLOSED = msgspec.structs.replace(
    OFFICE, hours=Hours(time(0), time(23, 59, 59, 999_999), (1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)
)
"""These tests live on the real clock, and may run at night."""
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


@dataclass
class Hall:
    """An office with a server, a kiosk and as many screens as a test opens; no page may complain in its console."""

    program: ServerProgram
    kiosk: KioskTwin
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, width: int = 1280, height: int = 800) -> Page:
        """A screen of its own, with cookies of its own."""
        page = self.browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.program.url + path)
        return page

    def desk(self, counter: str = "3", name: str = "ana") -> Page:
        """A clerk at a counter."""
        page = self.open("/desk")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.fill("#counter", counter)
        page.click("button")
        page.wait_for_selector("#desk")
        page.wait_for_load_state()  # its keys mean something once its scripts have run
        return page

    def sql(self, statement: str) -> None:
        """Changes the database behind the server's back."""
        config = load_config(self.program.file)
        engines = open_engines(config.database, load_keys(config.keys, may_create=False))
        with engines.write.begin() as connection:
            connection.execute(text(statement))
        engines.dispose()

    def call_in_vain(self) -> None:
        """Whoever is called was called three times, and the third is long ago."""
        self.sql("UPDATE ticket SET calls = 3, called_at = called_at - 31000000 WHERE state = 'called'")

    def send(self, *turns: Issued) -> None:
        """What the kiosk issued arrives."""
        assert turns
        with self.program.client() as client:
            self.kiosk.sync(client)


@pytest.fixture
def hall(tmp_path: Path, chromium: Browser, migrated: Path, nursery: Nursery) -> Iterator[Hall]:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    program = ServerProgram(tmp_path, NEVER_CLOSED, nursery=nursery)
    program.start()
    assert program.order("user", "add", "ana", "--password-stdin", typed=f"{PASSWORD}\n").status == 0
    yield Hall(program, program.enrol(), chromium)
    for context in chromium.contexts:
        context.close()
    if program.is_running:
        program.stop()
