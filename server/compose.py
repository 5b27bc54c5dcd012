"""The one place where a server's parts are made and joined; they stop in reverse order."""

from __future__ import annotations

import asyncio
import resource
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from assets import translations
from domain.delivery import Channel
from exchange.signing import load_device_key
from exchange.wire import Wire
from server.audit import AuditLog
from server.board import Board
from server.brake import Brake
from server.centre import OfficeBook, Upstream
from server.clock import SystemClock
from server.codes import Enroller
from server.config import ConfigError, load_upstream, secret_in
from server.copies import Copies
from server.delivery.mail import Mail
from server.delivery.notice import Notices
from server.delivery.round import Carrier, Carriers
from server.delivery.sms import Sms
from server.delivery.webhook import Webhooks
from server.desk import Desk
from server.door import Door
from server.down import DownFlow
from server.enrolment import Registry
from server.filing.cargo_desk import Cargos
from server.filing.cargo_public import Verification
from server.filing.cargo_seal import entity_fault, load_entity, load_seal
from server.filing.deadlines import Deadlines
from server.filing.night import Night
from server.filing.office import Filings
from server.filing.programs import Programs
from server.filing.register import Register
from server.filing.tracking import FilingTracking
from server.filing.units import Units
from server.fleet import Fleet
from server.granting import Granting
from server.history import History
from server.hub import MOST_WATCHERS, Hub
from server.ingest import Ingest
from server.keys import KeyFileError, Keys, load_keys, with_sign_key
from server.listener import Listener, notified, now_and_then
from server.office_page import OfficePage
from server.offices import Elsewhere, Offices, SetUp
from server.overview import Overlooker
from server.phone import Phone
from server.public import PublicQueue, Tracking
from server.store.dialect import Lead, lock_for_migration
from server.store.engine import Engines, is_new, open_engines
from server.store.migrate import migrate
from server.store.node import found_node, note_sign_key
from server.store.settings import FromFile, note_cargo_keys, take_from_file
from server.store.versions import all_versions, bump, office_topic
from server.store.writer import Writer
from server.turns import Turns
from server.upstream import device_path
from server.voice import Voice
from server.waits import Waits
from server.web.app import Services, create_app
from server.web.proved import Signer
from server.web.sync import ENROLMENTS_A_MINUTE

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from litestar import Litestar
    from sqlalchemy import Engine

    from domain.clock import Clock
    from domain.messages import Enrolment
    from exchange.client import Exchange
    from server.config import Config
    from server.filing.cargo_seal import CargoSeal, Signature
    from server.store.node import Node

LANGUAGE = "es"
ENOUGH_FILES = 65_536
GRACE_S = 5
"""How long requests may take to end when the server stops; the live streams are ended at once."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open, migrated database and who it belongs to."""

    keys: Keys
    engines: Engines
    node: Node
    revision: str | None
    from_file: FromFile


def open_store(config: Config, clock: Clock) -> Store:
    """Opens the database, making it and its keys if they are not there yet, and brings it up to date.

    Raises:
        KeyFileError: a key of an existing database is missing, or is another's.
        SQLAlchemyError: the database does not answer, or the SQLite file's key is another's.
        StoreError: the database cannot be opened.
        OSError: a folder cannot be used.
    """
    keys = load_keys(config.keys, may_create=is_new(config.database))
    engines = open_engines(config.database, keys)
    with ExitStack() as undo:
        undo.callback(engines.dispose)
        reached = migrate(engines.write)
        with engines.write.begin() as connection:
            lock_for_migration(connection)  # of two servers that start together on a new database, one founds the node
            node = found_node(connection, clock.now(), keys.seal_public)
            if node.seal_public != keys.seal_public:
                raise KeyFileError(
                    f"La clave {config.keys / 'seal.key'} no es la de esta base. Recupérela de su copia."
                )
            keys = with_sign_key(keys, config.keys, noted=node.sign_public)
            node = note_sign_key(connection, node, keys.sign_public)
            from_file = take_from_file(connection, config.office, clock.now())
            if from_file is not FromFile.PASSED_OVER:
                bump(connection, [office_topic(config.office.id)])
        undo.pop_all()
    return Store(keys, engines, node, reached, from_file)


@dataclass(frozen=True, slots=True)
class Composed:
    """A server ready to be run by uvicorn."""

    app: Litestar
    hub: Hub
    offices: Offices
    door: Door
    from_file: FromFile
    above: Upstream | None
    carriers: list[Carriers]
    fault: str | None = None
    """What whoever starts it should know, though it runs; Spanish."""


def compose(
    config: Config,
    *,
    clock: Clock | None = None,
    ping_s: float = 15.0,
    wire: Callable[[Enrolment], Exchange] | None = None,
) -> Composed:
    """The whole server for ``config``. Its threads start and stop with the application's lifespan.

    ``wire`` makes the way to the node above, where there is one; None for the real one, signed by this server's key.

    Raises:
        ConfigError: there should be one, and its enrolment or the key that it was given to cannot be used; or the
            certificate for cargos cannot.
    """
    clock = clock or SystemClock()
    enrolment, entity = load_upstream(config), load_entity(config.cargo)
    store = open_store(config, clock)
    engines, node = store.engines, store.node
    seal = _seal(config, store, entity)
    hub = _hub(engines, ping_s)
    offices = Offices(
        config.office,
        SetUp(config.office, read=engines.read, hub=hub),
        Elsewhere(read=engines.read, hub=hub),
    )

    def publish(versions: Mapping[str, int]) -> None:
        hub.publish(versions)
        for one in carriers:
            one.wake()
        if above is not None:
            above.changed(versions, office_topic(config.office.id))

    writer = Writer(engines.write, publish)
    ways = _ways(config, store, offices, clock)
    carriers = [Carriers({way: one}, clock=clock, writer=writer, read=engines.read) for way, one in ways.items()]
    lead = Lead(engines.read)
    above = (
        None
        if enrolment is None
        else _above(config, store, enrolment, clock=clock, writer=writer, lead=lead, wire=wire)
    )
    listener = Listener(now_and_then() if engines.is_sqlite else notified(config.database), engines.read, publish)
    door = Door(node=node, offices=offices, clock=clock, writer=writer, read=engines.read)
    queue = PublicQueue(door=door, clock=clock, read=engines.read, hub=hub)
    filings = Filings(
        node=node,
        keys=store.keys,
        offices=offices,
        clock=clock,
        writer=writer,
        read=engines.read,
        ways=frozenset(ways),
        is_top=enrolment is None,
    )
    cargos = Cargos(
        filings=filings,
        node=node,
        keys=store.keys,
        seal=seal,
        offices=offices,
        texts=translations("server", LANGUAGE),
        clock=clock,
        writer=writer,
        read=engines.read,
    )
    copies = Copies(
        node=node,
        keys=store.keys,
        offices=offices,
        clock=clock,
        writer=writer,
        read=engines.read,
        cargo=cargos.wanted,
    )
    waits = Waits(offices=offices, door=door, clock=clock, read=engines.read)
    tracking = Tracking(offices=offices, queue=queue, waits=waits, clock=clock, read=engines.read)
    filing_tracking = FilingTracking(offices=offices, clock=clock, read=engines.read)
    deadlines = Deadlines(office_filings=filings, clock=clock, hub=hub, read=engines.read)
    night = Night(filings=filings, clock=clock)
    fleet = Fleet(
        offices=offices,
        clock=clock,
        writer=writer,
        read=engines.read,
        below=None if enrolment is None else (config.office.id, node.id),
    )
    registry = Registry(node=node, keys=store.keys)
    services = Services(
        offices=offices,
        registry=registry,
        enroller=Enroller(
            registry=registry,
            keys=store.keys,
            office=config.office,
            public_url=config.public_url,
            clock=clock,
            writer=writer,
        ),
        enrolments=Brake(clock, most=ENROLMENTS_A_MINUTE),
        signer=Signer(store.keys),
        ingest=Ingest(
            node=node,
            registry=registry,
            goes_up=None if enrolment is None else config.office.id,
            down_flow=DownFlow(offices=offices, copies=copies, registry=registry),
            clock=clock,
            writer=writer,
            read=engines.read,
        ),
        copies=copies,
        fleet=fleet,
        door=door,
        desk=Desk(node=node, keys=store.keys, offices=offices, clock=clock, writer=writer, read=engines.read),
        filings=filings,
        programs=Programs(filings=filings, clock=clock, writer=writer, read=engines.read),
        deadlines=deadlines,
        units=Units(filings=filings, offices=offices, read=engines.read),
        filing_tracking=filing_tracking,
        cargos=cargos,
        verification=Verification(offices=offices, keys=store.keys, seal=seal, clock=clock, read=engines.read),
        register=Register(keys=store.keys, offices=offices, clock=clock, read=engines.read, is_top=enrolment is None),
        board=Board(door=door, voice=Voice(), clock=clock, read=engines.read),
        public_queue=queue,
        tracking=tracking,
        overlooker=Overlooker(
            offices=offices,
            door=door,
            fleet=fleet,
            deadlines=deadlines,
            clock=clock,
            read=engines.read,
            is_top=enrolment is None,
        ),
        history=History(clock=clock, read=engines.read),
        audit_log=AuditLog(read=engines.read),
        phone=Phone(
            node=node,
            keys=store.keys,
            offices=offices,
            door=door,
            clock=clock,
            writer=writer,
            read=engines.read,
        ),
        office_page=OfficePage(queue=queue, waits=waits, clock=clock, read=engines.read),
        turns=Turns(
            tracking=tracking, filing_tracking=filing_tracking, keys=store.keys, clock=clock, read=engines.read
        ),
        hub=hub,
        writer=writer,
        read=engines.read,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(engines.dispose)
            hub.open()
            stack.callback(hub.close)
            await stack.enter_async_context(listener.running())
            writer.start()
            stack.callback(writer.stop)
            for one in carriers:
                one.start()
                stack.push_async_callback(asyncio.to_thread, one.stop)
            night.start()
            stack.push_async_callback(asyncio.to_thread, night.stop)
            if above is not None:
                above.start()
                stack.callback(lead.drop)
                stack.push_async_callback(asyncio.to_thread, above.stop)
            yield

    app = create_app(
        services,
        texts=translations("server", LANGUAGE),
        clock=clock,
        cookie_secret=node.cookie_secret,
        public_url=config.public_url,
        lifespan=lifespan,
    )
    return Composed(app, hub, offices, door, store.from_file, above, carriers, entity_fault(seal, clock.now()))


def _seal(config: Config, store: Store, entity: Signature | None) -> CargoSeal:
    """By what cargos are signed; its public half is told to the centre."""
    seal = load_seal(store.keys, config.keys, config.office, entity)
    with store.engines.write.begin() as connection:
        if note_cargo_keys(connection, config.office.id, seal.signing):
            bump(connection, [office_topic(config.office.id)])
    return seal


def _hub(engines: Engines, ping_s: float) -> Hub:
    with engines.read.connect() as connection:
        return Hub(all_versions(connection), ping_s=ping_s, most_watchers=min(MOST_WATCHERS, open_files() // 2))


def _above(
    config: Config,
    store: Store,
    enrolment: Enrolment,
    *,
    clock: Clock,
    writer: Writer,
    lead: Lead,
    wire: Callable[[Enrolment], Exchange] | None,
) -> Upstream:
    """Who exchanges with the node above. Raises: ConfigError, the key that it knows this server by is gone."""
    granting = Granting(
        node=store.node,
        keys=store.keys,
        registry=Registry(node=store.node, keys=store.keys),
        office=config.office.id,
        texts=translations("server", LANGUAGE),
    )
    books = partial(
        OfficeBook,
        node=store.node,
        keys=store.keys,
        granting=granting,
        office=config.office.id,
        clock=clock,
        writer=writer,
        read=store.engines.read,
    )
    way = (wire or partial(_wire, config))(enrolment)
    return Upstream(enrolment, wire=way, books=books, clock=clock, leads=lead)


def _ways(config: Config, store: Store, offices: Offices, clock: Clock) -> dict[Channel, Carrier]:
    """How citizens and systems can be told. Raises: ConfigError, a password cannot be read."""
    read = store.engines.read
    notices = Notices(keys=store.keys, offices=offices, read=read)
    ways: dict[Channel, Carrier] = {Channel.WEBHOOK: Webhooks(keys=store.keys, clock=clock, read=read)}
    if config.mail is not None:
        password = secret_in(config.mail.password_file, "mail.password_file")
        ways[Channel.EMAIL] = Mail(config.mail, password, notices=notices)
    if config.sms is not None:
        ways[Channel.SMS] = Sms(config.sms, secret_in(config.sms.token_file, "sms.token_file"), notices=notices)
    return ways


def _wire(config: Config, enrolment: Enrolment) -> Exchange:
    """The way to the node above. Raises: ConfigError, the key that it knows this server by is gone."""
    path = device_path(config)
    device = load_device_key(path)
    if device is None:
        raise ConfigError(f"upstream: falta la clave {path}, con la que el centro conoce a este servidor")
    return Wire(enrolment, device)


@contextmanager
def receiving(config: Config, clock: Clock) -> Iterator[tuple[Ingest, Keys, Engine]]:
    """The receiving end of the exchange by itself, for what comes in files; the server may run beside it.

    Raises: as `open_store`.
    """
    store = open_store(config, clock)
    engines, node = store.engines, store.node
    with ExitStack() as stack:
        stack.callback(engines.dispose)
        with engines.read.connect() as connection:
            hub = Hub(all_versions(connection))
        offices = Offices(config.office, SetUp(config.office, read=engines.read, hub=hub))
        writer = Writer(engines.write, hub.publish)
        copies = Copies(
            node=node,
            keys=store.keys,
            offices=offices,
            clock=clock,
            writer=writer,
            read=engines.read,
            cargo=lambda *_: None,  # what is asked for at a counter comes over the wire
        )
        registry = Registry(node=node, keys=store.keys)
        writer.start()
        stack.callback(writer.stop)
        ingest = Ingest(
            node=node,
            registry=registry,
            goes_up=None if config.upstream is None else config.office.id,
            down_flow=DownFlow(offices=offices, copies=copies, registry=registry),
            clock=clock,
            writer=writer,
            read=engines.read,
        )
        yield ingest, store.keys, engines.read


def open_files() -> int:
    """How many files and connections this process may have open, now raised to what the system allows at most.

    Debian gives 1,024 to begin with: one phone with a thousand sockets would stop kiosks and clerks.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return most


class HttpServer(uvicorn.Server):
    """uvicorn, told to end the live streams first: it would wait for them for ever."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says where it listens, once it does."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(f"Listo en http://{host}:{port}", flush=True)  # noqa: T201 for whoever started it, person or script

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops within `GRACE_S` and a moment."""
        self._hub.close()
        await super().shutdown(sockets)


def http_server(composed: Composed, *, host: str, port: int) -> HttpServer:
    """The server that listens at ``host``:``port``. It logs no paths: a path may hold a citizen's token."""
    config = uvicorn.Config(
        composed.app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return HttpServer(config, composed.hub)
