"""Who may import what; the walls of the house (docs/architecture.md)."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from pytest_archon import archrule

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _undisturbed() -> Iterator[None]:
    """Python 3.11 counts wrongly where a browser's leavings are collected in the middle of reading a module."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


ROOMS = ("assets", "domain", "drivers", "exchange", "kiosk", "server")
DEVICE_LIBRARIES = ("serial", "escpos", "cv2", "zxingcpp")


def _not(*names: str) -> list[str]:
    return [pattern for name in names for pattern in (name, f"{name}.*")]


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("domain", _not("assets", "drivers", "exchange", "kiosk", "server")),
        ("assets", _not("domain", "drivers", "exchange", "kiosk", "server")),
        ("drivers.printer", _not("assets", "domain", "drivers.scanner", "exchange", "kiosk", "server")),
        ("drivers.scanner", _not("assets", "drivers.printer", "exchange", "kiosk", "server")),
        ("kiosk.flow", _not("assets", "server", "kivy", "sqlite_utils", "sqlcipher3", "httpx", *DEVICE_LIBRARIES)),
        ("kiosk.ui", _not("server", "exchange", "kiosk.store", "kiosk.issue", "sqlite_utils", "httpx")),
        ("kiosk.store", _not("server", "kivy", "httpx", "kiosk.ui")),
        ("exchange", _not("assets", "drivers", "kiosk", "server", "kivy", "sqlalchemy", "sqlite_utils")),
        ("server", _not("drivers", "kiosk", "kivy")),
    ],
)
def test_walls(room: str, never: list[str]) -> None:
    archrule(f"{room} keeps to itself").match(room, f"{room}.*").should_not_import(*never).check(
        room.split(".", maxsplit=1)[0], only_direct_imports=True
    )


def test_the_scanner_knows_documents_and_tickets_and_nothing_else_of_the_office() -> None:
    others = [f"domain.{name}" for name in ("contact", "messages", "office", "queue", "sync", "tickets")]
    archrule("the scanner").match("drivers.scanner*").should_not_import(*others).check(
        "drivers", only_direct_imports=True
    )


def test_the_flow_sees_the_words_of_a_driver_only() -> None:
    archrule("words").match("kiosk.flow*").should_not_import("drivers.*").may_import(
        "drivers.printer.words", "drivers.scanner.words"
    ).check("kiosk", only_direct_imports=True)


def test_only_the_composition_roots_name_drivers_and_their_twins() -> None:
    archrule("compose").match("kiosk*").exclude("kiosk.compose", "kiosk.counter", "kiosk.parts").should_not_import(
        "drivers.printer.*", "drivers.scanner.*"
    ).may_import("drivers.printer.words", "drivers.scanner.words").check("kiosk", only_direct_imports=True)


def test_kivy_lives_in_the_screens() -> None:
    archrule("kivy").match("kiosk*").exclude("kiosk.ui*", "kiosk.__main__", "kiosk.compose").should_not_import(
        "kivy*"
    ).check("kiosk", only_direct_imports=True)


def test_device_libraries_live_in_the_drivers() -> None:
    for room in ("assets", "domain", "exchange", "kiosk", "server"):
        archrule("devices").match(f"{room}*").should_not_import(*_not(*DEVICE_LIBRARIES)).check(
            room, only_direct_imports=True
        )
