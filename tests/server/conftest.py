"""A server on each kind of database, a clock that obeys, and kiosks to talk to it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient
from sqlalchemy import text

from domain.clock import Micros, in_lima, micros
from domain.messages import Enrolment
from domain.office import Office, Service
from server.compose import Composed, compose, open_store
from server.config import Config
from server.enrolment import Registry
from server.keys import Keys, load_keys
from server.store import accounts
from server.store.accounts import Role
from server.store.codes import Wanted
from server.store.engine import Engines, open_engines
from server.store.node import read_node
from server.store.schema import metadata, stream
from server.store.settings import take_from_file
from tests.server.postgres import Cluster, running_cluster
from tests.server.twin import KioskTwin, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from exchange.signing import DeviceKey
    from server.store.node import Node

PASSWORD = "una contraseña larga"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash says what it costs to be checked: this one next to nothing, and clerks sign in by the hundred here."""

OFFICE = Office(
    id="lima",
    entity="Gobierno Regional de Ejemplo",
    name="Mesa de partes · Recepción",
    tracking_base_url="http://127.0.0.1:8080",
    services=(Service("tramite", "Presentar un documento"), Service("consulta", "Consultar un trámite")),
)


ELSEWHERE = msgspec.structs.replace(OFFICE, id="tacna", name="Mesa de partes · Tacna")
"""An office whose kiosk speaks to this server, but whose queue is called at another."""


class ObedientClock:
    """A clock that moves when it is told, and a microsecond at each look so that no two moments are one."""

    def __init__(self, start: Micros) -> None:
        self._now = start

    def now(self) -> Micros:
        self._now = Micros(self._now + 1)
        return self._now

    def monotonic_s(self) -> float:
        return self._now / 1e6

    def pass_s(self, seconds: float) -> None:
        self._now = Micros(self._now + int(seconds * 1_000_000))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and a migrated SQLite file, to copy: migrating takes longer than many a test."""
    folder = tmp_path_factory.mktemp("migrated")
    open_store(config_in(folder), ObedientClock(MORNING)).engines.dispose()
    return folder


@pytest.fixture(scope="session")
def migrated_database(cluster: Cluster, migrated: Path) -> str:
    name = cluster.new_database()
    store = open_store(config_in(migrated, cluster.url(name)), ObedientClock(MORNING))
    store.engines.dispose()
    return name


MORNING = micros(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))  # a Monday, nine in Lima


def config_in(folder: Path, database_url: str = "", **changes: Any) -> Config:
    values: dict[str, Any] = {
        "office": OFFICE,
        "public_url": "http://testserver.local",
        "data_dir": folder,
        "database_url": database_url,
    }
    return Config(**(values | changes))


@dataclass
class Site:
    """A running server and what tests may look into."""

    config: Config
    clock: ObedientClock
    client: TestClient[Any]
    engines: Engines
    keys: Keys
    composed: Composed
    clients: list[TestClient[Any]] = field(default_factory=list)

    def enrol(
        self,
        name: str = "sala-1",
        *,
        office: Office = OFFICE,
        replace: bool = False,
        counter: str = "",
        device: DeviceKey | None = None,
    ) -> KioskTwin:
        wanted, device = Wanted(name, office.id, counter, replaces=replace), device or new_device()
        with self.engines.write.begin() as connection:
            enrolment = self.registry.enrol(
                connection,
                wanted,
                device.public,
                office=office,
                server_url="http://127.0.0.1:8080",
                now=self.clock.now(),
            )
        assert isinstance(enrolment, Enrolment)
        return KioskTwin(enrolment, self.clock, device)

    @property
    def registry(self) -> Registry:
        """Another process's, on the same database."""
        return Registry(node=self.node, keys=self.keys)

    @property
    def node(self) -> Node:
        with self.engines.read.connect() as connection:
            node = read_node(connection)
        assert node is not None
        return node

    def account(self, name: str = "ana", role: Role = Role.CLERK) -> None:
        with self.engines.write.begin() as connection:
            accounts.add_account(connection, name, HASHED, self.clock.now(), role=role)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the database, as tuples."""
        with self.engines.read.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def clerk(self, name: str = "ana", counter: str = "1", password: str = PASSWORD) -> ClerkTwin:
        """A clerk at a browser of their own, signed in."""
        twin = self.browser()
        answer = twin.sign_in(name, counter, password)
        assert answer.status_code == 303, answer.text
        return twin

    def chief(self, name: str = "eva", role: Role = Role.ADMINISTRATOR, counter: str = "") -> ChiefTwin:
        """Somebody who organises the office, signed in at no counter."""
        self.account(name, role)
        return ChiefTwin(self.clerk(name, counter).client)

    def browser(self) -> ClerkTwin:
        client = TestClient(self.client.app)  # shares the app; its lifespan is the first client's
        client.blocking_portal = self.client.blocking_portal
        self.clients.append(client)
        return ClerkTwin(client, self.clock)


def form_token(client: httpx.Client) -> str:
    """The CSRF token, as the page's own forms have it."""
    return next((value for name, value in client.cookies.items() if "form-" in name), "")


@dataclass
class ClerkTwin:
    """What a clerk's browser does, without drawing."""

    client: TestClient[Any]
    clock: ObedientClock

    def sign_in(self, name: str, counter: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
        self.client.get("/desk")
        return self.post("sign-in", {"name": name, "password": password, "counter": counter}, **headers)

    def post(self, action: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        data = {"_csrf_token": form_token(self.client)} | (form or {})
        return self.client.post(f"/desk/{action}", data=data, follow_redirects=False, headers=headers)

    def call_next(self) -> httpx.Response:
        return self.post("call-next", **{"X-Fragment": "1"})

    def move(self, ticket: object, move: str, /, **form: str) -> httpx.Response:
        return self.post(f"turn/{ticket}/{move}", form, **{"X-Fragment": "1"})

    def miss(self, ticket: object) -> httpx.Response:
        """Calls a called turn twice more, waits each time, and marks it absent."""
        for _ in range(2):
            self.clock.pass_s(30)
            self.move(ticket, "recalled")
        self.clock.pass_s(30)
        return self.move(ticket, "absent")

    def page(self) -> str:
        return self.client.get("/desk").text


_HIDDEN = re.compile(r'name="seen" value="([0-9a-f]*)"')


@dataclass
class ChiefTwin:
    """What the browser of somebody who organises the office does, without drawing."""

    client: TestClient[Any]

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def seen(self, path: str, action: str) -> str:
        """What the form that is sent to ``action`` says that it was shown over."""
        form = self.page(path).split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
        found = _HIDDEN.search(form)
        return found[1] if found else ""

    def send(self, action: str, form: dict[str, str] | None = None, *, seen: str | None = None) -> httpx.Response:
        data = {"_csrf_token": form_token(self.client)} | ({} if seen is None else {"seen": seen}) | (form or {})
        return self.client.post(action, data=data, follow_redirects=False)

    def fill(self, path: str, action: str, form: dict[str, str]) -> httpx.Response:
        """Opens the page and sends the form on it that goes to ``action``."""
        return self.send(action, form, seen=self.seen(path, action))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> str:
    """A fresh, migrated database of each kind; its keys are in ``tmp_path``."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        return ""
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.url(cluster.new_database(request.getfixturevalue("migrated_database")))


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return config_in(tmp_path, database_url)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def building(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated: Path
) -> Iterator[Site]:
    """A running server on each kind of database; starting one for every test would take most of the time."""
    folder = tmp_path_factory.mktemp("building")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    url = ""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.new_database(request.getfixturevalue("migrated_database")))
    config, clock = config_in(folder, url), ObedientClock(MORNING)
    composed = compose(config, clock=clock)
    keys = load_keys(config.keys, may_create=False)
    engines = open_engines(config.database, keys)
    with TestClient(composed.app) as client:
        yield Site(config, clock, client, engines, keys, composed)
    engines.dispose()


def coming_friday(site: Site) -> date:
    """A Friday some weeks ahead, with working days on both sides: the site's clock may stand in any year."""
    day = in_lima(site.clock.now()).date() + timedelta(30)
    near = (-1, 0, 3)
    while day.isoweekday() != 5 or not all(OFFICE.calendar.is_business_day(day + timedelta(one)) for one in near):
        day += timedelta(1)
    return day


@pytest.fixture
def site(building: Site) -> Site:
    """The building, swept, on a day of its own."""
    building.clock.pass_s(24 * 3600)
    return swept(building)


def swept(site: Site) -> Site:
    """A running server as if it had just been founded."""
    site.client.cookies.clear()
    site.composed.offices.forget()
    with site.engines.write.begin() as connection:
        node = read_node(connection)
        assert node is not None
        for table in metadata.tables.values():
            if table.name not in {"node", "topic_version"}:
                connection.execute(table.delete())
        connection.execute(metadata.tables["node"].update().values(epoch=1, reborn_at=None, former=None))
        connection.execute(stream.insert().values(origin=node.id, epoch=1, upto=0, last_issued_at=0))
        take_from_file(connection, site.config.office, site.clock.now())
    return site
