"""A kiosk's own exchange, an office's server and a centre's, each a real one; the office is killed in between."""

from __future__ import annotations

import shutil
import signal
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from domain.clock import in_lima
from domain.messages import to_json
from exchange.client import SyncClient
from exchange.wire import Wire
from kiosk.book import KioskBook
from kiosk.clock import SystemClock
from kiosk.flow.state import Draft
from kiosk.issue import Issuer
from kiosk.store.database import Database, load_key
from kiosk.store.outbox import Outbox
from server.config import load_config
from server.keys import load_keys
from server.store.engine import open_engines
from tests.server.conftest import MORNING, OFFICE, PASSWORD, ChiefTwin, ClerkTwin, ObedientClock, Site
from tests.server.process import PATIENCE_S, ServerProgram
from tests.server.upstream.chain import TACNA, enrol_node, found_office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.failures.nursery import Nursery
    from tests.server.twin import KioskTwin


class Deaf:
    """Hears no news."""

    scopes: tuple[str, ...] = ()

    def heard(self, scope: str, item: msgspec.Raw) -> None: ...


def wait_until(is_so: Callable[[], bool]) -> None:
    """Asks until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)


def node_of(centre: ServerProgram) -> KioskTwin:
    """The office's enrolment at a centre that runs."""
    config = load_config(centre.file)
    keys = load_keys(config.keys, may_create=False)
    engines = open_engines(config.database, keys)
    beside = Site(config, ObedientClock(MORNING), None, engines, keys, None)  # type: ignore[arg-type] # only what enrolling needs
    node = enrol_node(beside)
    engines.dispose()
    node.enrolment = msgspec.structs.replace(node.enrolment, server_url=centre.url)
    return node


@pytest.fixture
def programs() -> Iterator[ExitStack]:
    """What runs, ended in reverse order whatever became of the test."""
    with ExitStack() as stack:
        yield stack


def running(programs: ExitStack, program: ServerProgram) -> ServerProgram:
    """Starts a program that is stopped at the end, if it still runs then, though it may never say that it is ready."""
    programs.callback(lambda: program.stop() if program.is_running else None)
    program.start()
    return program


def test_kiosk_office_and_centre_lose_and_double_nothing(
    tmp_path: Path, migrated: Path, programs: ExitStack, nursery: Nursery
) -> None:
    folders = {name: tmp_path / name for name in ("centre", "office", "kiosk")}
    for name in ("centre", "office"):
        shutil.copytree(migrated, folders[name])
    folders["kiosk"].mkdir()
    found_office(folders["office"])
    centre = running(programs, ServerProgram(folders["centre"], OFFICE, nursery=nursery))
    node = node_of(centre)
    (folders["office"] / "upstream.json").write_bytes(to_json(node.enrolment))
    (folders["office"] / "keys" / "device.key").write_text(node.device.seed.hex())
    office = running(programs, ServerProgram(folders["office"], TACNA, is_below=True, nursery=nursery))
    kiosk = office.enrol()
    enrolment = kiosk.enrolment
    store = Database(folders["kiosk"] / "k.db", load_key(folders["kiosk"] / "k.key", store=folders["kiosk"] / "k.db"))
    programs.callback(store.close)
    outbox = Outbox(store, origin=enrolment.kiosk, office=enrolment.office.id, epoch=enrolment.epoch)
    issuer = Issuer(enrolment, store, outbox, SystemClock())
    sync = SyncClient(
        enrolment.kiosk,
        book=KioskBook(store, outbox),
        wire=Wire(enrolment, kiosk.device),
        clock=SystemClock(),
        listener=Deaf(),
        news_every_s=0.2,
    )
    numbers: list[str] = []

    def issue() -> None:
        draft = Draft(service="tramite", description="Copia de mi resolución de prueba")
        numbers.append(str(issuer.issue(draft, enrolment.office, "es", printer_ready=False).ticket.number))
        sync.wake()

    def at_centre() -> list[Any]:
        with centre.client() as client:
            answer = client.get("/q/tacna.json")
        return list(answer.json()["waiting"]) if answer.status_code == 200 else []

    programs.callback(sync.stop)
    sync.start()
    for _ in range(3):
        issue()
    wait_until(lambda: len(at_centre()) == 3)
    issue()
    office.stop(signal.SIGKILL)
    for _ in range(3):
        issue()
    office.start()
    wait_until(lambda: len(at_centre()) == len(numbers))
    wait_until(lambda: all(one.cursor.central_upto == one.last for one in outbox.held().values()))
    assert numbers == [f"A-{n:03d}" for n in range(1, 8)]
    assert len(set(numbers)) == len(numbers)


def chief_at(program: ServerProgram, name: str) -> ChiefTwin:
    """An administrator at a server that runs, signed in."""
    done = program.order("user", "add", name, "--role", "administrator", "--password-stdin", typed=f"{PASSWORD}\n")
    assert done.status == 0, done.err
    return ChiefTwin(signed_in(program, name, "").client)


def signed_in(program: ServerProgram, name: str, counter: str) -> ClerkTwin:
    clerk = ClerkTwin(program.client(), SystemClock())  # type: ignore[arg-type] # a browser like the other
    assert clerk.sign_in(name, counter).status_code == 303
    return clerk


def test_what_the_centre_asks_while_an_office_is_down_is_done_and_answered(
    tmp_path: Path, migrated: Path, nursery: Nursery
) -> None:
    folders = {name: tmp_path / name for name in ("centre", "office")}
    for folder in folders.values():
        shutil.copytree(migrated, folder)
    found_office(folders["office"])
    centre = ServerProgram(folders["centre"], OFFICE, nursery=nursery)
    office = ServerProgram(folders["office"], TACNA, is_below=True, nursery=nursery)
    centre.start()
    node = node_of(centre)
    (folders["office"] / "upstream.json").write_bytes(to_json(node.enrolment))
    (folders["office"] / "keys" / "device.key").write_text(node.device.seed.hex())
    kiosk = office.enrol()
    office.start()
    try:
        chief, page = chief_at(centre, "eva"), "/admin/of/tacna"
        wait_until(lambda: "sala-1" in chief.client.get(f"{page}/machines").text)
        office.stop(signal.SIGKILL)
        day = (in_lima(SystemClock().now()).date() + timedelta(30)).isoformat()
        assert (
            chief.send(
                f"{page}/hours/closures",
                {"closure_day": day, "closure_reason": "Mudanza", "closure_attention": "closed"},
            ).status_code
            == 303
        )
        account = {"user_name": "luz", "role": "clerk", "password": PASSWORD}
        assert chief.send(f"{page}/users", account).status_code == 303
        assert chief.send(f"{page}/machines/sala-1/revoke").status_code == 303
        assert "aún no confirmado" in chief.page(f"{page}/hours")
        office.start()
        wait_until(lambda: "La oficina hizo lo pedido" in chief.page(f"{page}/hours"))
        wait_until(lambda: "sin confirmar" not in chief.page(f"{page}/users"))
        wait_until(lambda: "La oficina anuló sala-1" in chief.page(f"{page}/machines"))
        local = chief_at(office, "rosa")
        assert local.page("/admin/hours").count("Mudanza") == 1
        assert local.page("/admin/audit").count(">sede central<") == 3
        luz = signed_in(office, "luz", "1")
        assert kiosk.post(luz.client).json()["code"] == "revoked"
        for one in (chief, local, luz):
            one.client.close()
    finally:
        for program in (office, centre):
            if program.is_running:
                program.stop()
