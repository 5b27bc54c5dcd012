"""Copies of the database: whole and secret, tried out by being restored, and put back without losing either."""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import stat
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import make_url, text

from domain.clock import Micros
from domain.leases import Former
from domain.messages import from_json
from domain.sync import RETENTION_US
from exchange.whole import WriteError, whole_file
from server.__main__ import main
from server.backup.archive import BackupError, read_manifest
from server.backup.copying import back_up, kind_of, revived, workplace
from server.backup.restoring import restore, try_out
from server.compose import compose, open_store
from server.enrolment import Registry
from server.keys import Keys, load_keys
from server.store import accounts
from server.store.codes import Wanted
from server.store.engine import StoreError, open_engines, sqlite_path
from tests.server.conftest import HASHED, MORNING, OFFICE, ClerkTwin, ObedientClock
from tests.server.process import order, settings_text
from tests.server.twin import KioskTwin, new_device

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.config import Config
    from tests.server.postgres import Cluster

DAY_S = 24 * 3600


class Office:
    """A server that can be stopped and started, with everything at hand to copy its database."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config = config
        self.clock = ObedientClock(MORNING)
        self.keys: Keys = load_keys(config.keys, may_create=False)
        self.copy = folder / "copia.tar"

    @contextmanager
    def running(self) -> Iterator[TestClient[Any]]:
        with TestClient(compose(self.config, clock=self.clock).app) as client:
            yield client

    def back_up(self) -> Path:
        back_up(kind_of(self.config, self.keys), self.copy, self.clock.now())
        return self.copy

    def restore(self, *, force: bool = False) -> Any:
        return restore(self.config, self.keys, self.copy, self.clock.now(), force=force)

    def rows(self, query: str) -> list[Any]:
        engines = open_engines(self.config.database, self.keys)
        try:
            with engines.read.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engines.dispose()

    def enrol(self, name: str = "sala-1") -> KioskTwin:
        store, device = open_store(self.config, self.clock), new_device()
        with store.engines.write.begin() as connection:
            made: Any = Registry(node=store.node, keys=store.keys).enrol(
                connection, Wanted(name, OFFICE.id), device.public, office=OFFICE,
                server_url="http://127.0.0.1:8080", now=self.clock.now(),
            )  # fmt: skip
        store.engines.dispose()
        return KioskTwin(made, self.clock, device)

    def account(self) -> None:
        store = open_store(self.config, self.clock)
        with store.engines.write.begin() as connection:
            accounts.add_account(connection, "ana", HASHED, self.clock.now(), role=accounts.Role.CLERK)
        store.engines.dispose()


@pytest.fixture
def office(config: Config, tmp_path: Path) -> Office:
    return Office(config, tmp_path)


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# --- the copy ---------------------------------------------------------------------------------------------------


def test_a_copy_is_made_while_the_server_runs_is_secret_and_restores_to_what_it_was_made_of(office: Office) -> None:
    kiosk = office.enrol()
    with office.running() as client:
        turns = [kiosk.issue() for _ in range(3)]
        kiosk.sync(client)
        office.back_up()
        kiosk.issue()
        kiosk.sync(client)  # it was not in the way
        assert try_out(office.config, office.keys, office.copy, office.clock.now()).tables["ticket"].rows == 3
    assert office.rows("SELECT count(*) FROM ticket") == [(4,)]
    assert stat.S_IMODE(office.copy.stat().st_mode) == 0o600
    raw = office.copy.read_bytes()
    for secret in (b"SQLite format", b"PGDMP", b"tramite", str(turns[0].id).encode(), kiosk.enrolment.mac_key):
        assert secret not in raw
    for key in (office.keys.database, office.keys.seal):
        assert key not in raw
        assert key.hex().encode() not in raw
    assert sorted(path.name for path in office.copy.parent.iterdir() if "copia" in path.name) == ["copia.tar"]


def test_a_copy_is_of_one_moment_however_much_is_written_meanwhile(office: Office) -> None:
    kiosk = office.enrol()
    begun, copied = threading.Event(), threading.Event()
    with office.running() as client, ThreadPoolExecutor(1) as pool:

        def write() -> int:
            while not copied.is_set():
                kiosk.issue()
                kiosk.sync(client)
                begun.set()
            return kiosk.seq

        writing = pool.submit(write)
        assert begun.wait(30)
        before = kiosk.seq - 1
        office.back_up()
        copied.set()
        after = writing.result()
    kind = kind_of(office.config, office.keys)
    with (
        workplace(office.config.data_dir, "look-") as folder,
        revived(kind, office.copy, office.keys, folder) as (_, found, _, engines),
        engines.write.begin() as connection,
    ):
        upto = found.upto["sala-1", 1]
        assert before <= upto <= after
        for table in ("event", "ticket"):
            mine = text(f"SELECT count(*) FROM {table} WHERE origin = 'sala-1'")  # noqa: S608 ours
            assert connection.execute(mine).scalar() == upto


@only_sqlite
def test_a_copy_never_takes_the_place_of_a_file(office: Office) -> None:
    office.copy.write_text("of somebody")
    with pytest.raises(BackupError, match="ya existe"):
        office.back_up()
    assert office.copy.read_text() == "of somebody"


@only_sqlite
def test_what_was_deleted_does_not_travel(office: Office) -> None:
    store = open_store(office.config, office.clock)
    with store.engines.write.begin() as connection:
        accounts.add_account(connection, "gone", HASHED, Micros(1), role=accounts.Role.CLERK)
        connection.execute(text("DELETE FROM account"))
    store.engines.dispose()
    office.back_up()
    assert read_manifest(office.copy).tables["account"].rows == 0


@only_sqlite
@pytest.mark.parametrize("room", [0, 60_000, 262_000])
def test_a_full_disk_leaves_no_half_copy(office: Office, room: int) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises((BackupError, WriteError, OSError)):
            office.back_up()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [path for path in office.copy.parent.iterdir() if "copia" in path.name] == []
    office.back_up()


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
def test_a_stick_that_is_full_or_pulled_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(fault, "")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WriteError, match=r"no queda espacio|se retiró"), whole_file(tmp_path / "x") as file:
        file.write(b"half")
    assert list(tmp_path.iterdir()) == []


def test_a_stick_without_second_names_gets_its_file_and_keeps_what_is_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refused)
    with whole_file(tmp_path / "x") as file:
        file.write(b"whole")
    with pytest.raises(WriteError, match="ya existe"), whole_file(tmp_path / "x") as file:
        file.write(b"another")
    assert (tmp_path / "x").read_bytes() == b"whole"


@only_sqlite
@pytest.mark.usefixtures("office")
def test_a_folder_gets_copies_named_by_their_time_and_keeps_the_newest(tmp_path: Path) -> None:
    file, folder = tmp_path / "server.toml", tmp_path / "copias"
    file.write_text(settings_text(OFFICE, folder=tmp_path, public_url="http://127.0.0.1"), "utf-8")
    folder.mkdir()
    assert "No hay ninguna copia" in order(file, "backup", "--check", str(folder)).err
    old = [folder / f"copia-2025010{n}-020000.tar" for n in range(1, 4)]
    halves = [folder / ".copia-dead", folder / ".copia-20250101-020000.tar.x.part"]
    for left in (*old, *halves, folder / "copia-mia.tar"):
        left.write_text("x")
        os.utime(left, (0, 0))
    (folder / ".copia-just-now").write_text("x")
    done = order(file, "backup", str(folder), "--keep", "2")
    assert done.status == 0, done.err
    made = [path for path in folder.glob("copia-20*") if path not in old]
    assert sorted(folder.iterdir()) == sorted([folder / ".copia-just-now", folder / "copia-mia.tar", old[2], *made])
    done = order(file, "backup", "--check", str(folder))
    assert (done.status, f"{made[0]} sirve" in done.out) == (0, True), done.err
    made[0].write_bytes(made[0].read_bytes()[:-20_000])
    assert order(file, "backup", "--check", str(folder)).status == 1
    assert "--keep va con una carpeta" in order(file, "backup", str(folder / "x"), "--keep", "2").err


# --- copies that are no good ------------------------------------------------------------------------------------


def _damaged(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Every kind of damage: makes it, and tells by which words it is refused."""
    good = office.back_up().read_bytes()
    for place in (600, len(good) // 2, len(good) - 12_000):  # in the manifest, in the database
        office.copy.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        yield f"a bit at {place}", "dañada|lo restaurado no es|versión más nueva"
    for length in (0, 100, 5_000, len(good) // 2):
        office.copy.write_bytes(good[:length])
        yield f"cut at {length}", "dañada|incompleta"
    office.copy.write_bytes(b"a letter to my aunt\n" * 1000)
    yield "something else", "no es una copia"
    office.copy.write_bytes(good)
    with monkeypatch.context() as patch:
        patch.setattr("server.backup.archive.FORMAT", 0)
        yield "of a later format", "versión más nueva"
    with monkeypatch.context() as patch:
        patch.setattr("server.backup.copying.read_manifest", _later_revision)
        yield "of a later revision", r"versión más nueva del programa \(revisión 9999\)"
    with monkeypatch.context() as patch:
        patch.setattr("server.backup.copying.read_manifest", _other_rows)
        yield "with a row less", "no es lo que se copió"


def _later_revision(path: Path) -> Any:
    return msgspec.structs.replace(read_manifest(path), revision="9999")


def _other_rows(path: Path) -> Any:
    return msgspec.structs.replace(read_manifest(path), tables={})


@only_sqlite
def test_a_copy_that_is_damaged_or_of_a_later_program_is_refused_before_anything_is_touched(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = office.rows("SELECT id, epoch FROM node")
    seen = 0
    for damage, words in _damaged(office, monkeypatch):
        seen += 1
        for use in (lambda: try_out(office.config, office.keys, office.copy, office.clock.now()), office.restore):
            with pytest.raises(BackupError) as refused:
                use()
            assert re.search(words, str(refused.value)), damage
    assert seen == 11
    assert office.rows("SELECT id, epoch FROM node") == before
    assert [path.name for path in office.config.data_dir.glob("*-*")] == []


def test_a_copy_of_another_servers_key_is_refused(office: Office) -> None:
    office.back_up()
    stranger = Keys(b"x" * 32, office.keys.seal)
    with pytest.raises(BackupError, match=r"database\.key"):
        try_out(office.config, stranger, office.copy, office.clock.now())
    with pytest.raises(BackupError, match=r"seal\.key"):
        try_out(office.config, Keys(office.keys.database, b"y" * 32), office.copy, office.clock.now())


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_copy_of_the_other_kind_of_database_and_a_missing_tool_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office.back_up()
    on_file = office.config.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'other.db'}"})
    with pytest.raises(BackupError, match="es de PostgreSQL, y este servidor usa SQLite"):
        try_out(on_file, office.keys, office.copy, office.clock.now())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="Falta pg_restore"):
        office.restore(force=True)
    office.copy.unlink()
    with pytest.raises(BackupError, match="Falta pg_dump"):
        office.back_up()


# --- putting it back --------------------------------------------------------------------------------------------


def test_a_restored_database_is_in_its_next_life_and_nobody_is_signed_in(office: Office) -> None:
    kiosk = office.enrol()
    office.account()
    with office.running() as client:
        kiosk.issue()
        kiosk.sync(client)
        ana = ClerkTwin(client, office.clock)
        assert ana.sign_in("ana", "3").status_code == 303
        ana.call_next()
        made_at = office.clock.now()
        office.back_up()
    office.clock.pass_s(DAY_S)
    restored = office.restore()
    assert (restored.epoch, restored.manifest.epoch) == (2, 1)
    assert "antes" in restored.kept
    [(node, epoch)] = office.rows("SELECT id, epoch FROM node")
    assert epoch == 2
    assert office.rows("SELECT count(*) FROM session") == [(0,)]
    [(ended_at,)] = office.rows("SELECT ended_at FROM shift")
    assert made_at < ended_at < made_at + 1000, "what was after the copy nobody knows"
    assert office.rows("SELECT type, seq FROM event WHERE epoch = 2") == [("counter.closed", 1)]
    assert office.rows(f"SELECT epoch, upto FROM stream WHERE origin = '{node}' ORDER BY epoch") == [(1, 3), (2, 1)]  # noqa: S608 ours
    assert office.rows("SELECT actor, subject FROM audit WHERE action = 'node.restored'") == [("", "2")]
    with office.running() as client:
        ana = ClerkTwin(client, office.clock)
        assert ana.sign_in("ana", "3").status_code == 303  # finds the turn that was at the counter
        assert "A-001" in ana.page()


@only_sqlite
def test_nothing_newer_is_replaced_without_force_and_what_was_there_is_kept(office: Office) -> None:
    kiosk = office.enrol()
    office.back_up()
    with office.running() as client:
        kiosk.issue()
        kiosk.sync(client)
    with pytest.raises(BackupError, match="cosas posteriores a la copia"):
        office.restore()
    assert office.rows("SELECT count(*) FROM ticket") == [(1,)]
    [(upto,)] = office.rows("SELECT upto FROM stream WHERE origin LIKE 'node-%'")
    restored = office.restore(force=True)
    assert restored.epoch == 2
    [(former,)] = office.rows("SELECT former FROM node")
    assert from_json(bytes(former), Former) == Former(1, {1: upto})  # how far the replaced one had got
    assert office.rows("SELECT count(*) FROM ticket") == [(0,)]
    with pytest.raises(BackupError, match="cosas posteriores"):  # a later life is newer by itself
        office.restore()
    assert office.restore(force=True).epoch == 3
    [(former,)] = office.rows("SELECT former FROM node")
    assert from_json(bytes(former), Former).upto.keys() == {1, 2}
    engines = open_engines(f"sqlite:///{restored.kept}", office.keys)
    with engines.read.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ticket")).scalar() == 1
    engines.dispose()


@only_sqlite
def test_another_servers_database_is_not_replaced_without_force(office: Office) -> None:
    office.back_up()
    store = open_store(office.config, office.clock)
    with store.engines.write.begin() as connection:
        connection.execute(text("UPDATE node SET id = 'node-other'"))
    store.engines.dispose()
    with pytest.raises(BackupError, match="es de otro servidor"):
        office.restore()
    assert office.restore(force=True).epoch == 2


@only_sqlite
def test_a_copy_that_kiosks_can_no_longer_complete_is_put_back_by_force_only(office: Office) -> None:
    office.back_up()
    office.clock.pass_s(RETENTION_US / 1e6)
    with pytest.raises(BackupError, match="los kioscos ya no guardan"):
        office.restore()
    assert office.restore(force=True).epoch == 2


def test_no_copy_is_put_back_under_a_running_server_nor_by_two_at_once(office: Office) -> None:
    office.back_up()
    with office.running() as client:
        assert client.get("/healthz").status_code == 200
        with pytest.raises(BackupError, match="Otro programa usa"):
            office.restore(force=True)
    kind = kind_of(office.config, office.keys)
    with kind.alone():
        with pytest.raises(BackupError, match=r"Otro programa usa|Ya hay una restauración"):
            office.restore(force=True)
        if kind.name == "sqlite":
            with pytest.raises(StoreError, match="se está restaurando"):
                open_store(office.config, office.clock)
    assert office.restore().epoch == 2


@only_sqlite
@pytest.mark.parametrize("damage", ["garbage", "with a log of its last writes"])
def test_a_damaged_database_is_replaced_by_force_only_and_kept(office: Office, damage: str) -> None:
    path = sqlite_path(office.config.database)
    assert path is not None
    office.back_up()
    path.write_bytes(b"x" * 8192)
    if "log" in damage:
        path.with_name("server.db-wal").write_bytes(b"y" * 100)
    with pytest.raises(BackupError, match="No se sabe si es más nueva"):
        office.restore()
    kept = office.restore(force=True).kept
    assert office.rows("SELECT epoch, former FROM node") == [(2, None)]
    assert path.parent.joinpath(kept).read_bytes() == b"x" * 8192


@only_sqlite
def test_a_lost_database_comes_back_with_the_keys_on_a_new_machine(
    office: Office, tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        settings_text(OFFICE, folder=tmp_path, database_url=database_url, public_url="http://127.0.0.1"), "utf-8"
    )
    kiosk = office.enrol()
    done = order(file, "backup", str(office.copy), "--keys", str(tmp_path / "keys.tar"))
    assert (done.status, "Guárdelas en otro lugar" in done.out) == (0, True), done.err
    assert stat.S_IMODE((tmp_path / "keys.tar").stat().st_mode) == 0o600
    kept = office.config.keys.rename(tmp_path / "kept")
    (tmp_path / "server.db").unlink()
    assert "Falta la clave" in order(file, "restore", str(office.copy)).err
    office.config.keys.rmdir()
    done = order(file, "restore", str(office.copy), "--keys", str(tmp_path / "keys.tar"))
    assert (done.status, "vida 2" in done.out) == (0, True), done.err
    assert {path.name: path.read_bytes() for path in office.config.keys.iterdir()} == {
        path.name: path.read_bytes() for path in kept.iterdir()
    }
    with office.running() as client:
        kiosk.issue()
        assert kiosk.sync(client).parent_epoch == 2
    (office.config.keys / "database.key").write_text("0" * 64)
    assert "es otra clave" in order(file, "restore", str(office.copy), "--keys", str(tmp_path / "keys.tar")).err


@only_sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_puts_back_belongs_to_the_service_and_a_link_stays_one(office: Office, tmp_path: Path) -> None:
    service = 54_321
    elsewhere = tmp_path / "disk"
    elsewhere.mkdir()
    (tmp_path / "server.db").rename(elsewhere / "server.db")
    (tmp_path / "server.db").symlink_to(elsewhere / "server.db")
    for path in (elsewhere, elsewhere / "server.db"):
        os.chown(path, service, service)
    office.back_up()
    office.restore()
    assert (tmp_path / "server.db").is_symlink()
    assert office.rows("SELECT epoch FROM node") == [(2,)]
    made = sorted(path.name for path in elsewhere.iterdir())
    assert [name.split(".antes")[0] for name in made] == ["server.db", "server.db", "server.db.lock"]
    assert {path.stat().st_uid for path in elsewhere.iterdir()} == {service}


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_lost_postgresql_database_is_made_anew_by_whoever_may(
    office: Office, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.back_up()
    name = make_url(office.config.database).database
    with cluster.connect() as connection:
        connection.execute(f"DROP DATABASE {name}".encode())
        connection.execute(f"CREATE ROLE poor_{name} LOGIN PASSWORD 'secret'".encode())
    poor = make_url(office.config.database).set(username=f"poor_{name}", password="secret")
    poor_config = office.config.model_copy(update={"database_url": poor.render_as_string(hide_password=False)})
    with pytest.raises(BackupError, match="no puede crear otra"):
        restore(poor_config, office.keys, office.copy, office.clock.now(), force=False)
    orders: list[Any] = []
    monkeypatch.setattr("server.backup.postgres.subprocess.Popen", lambda order, **_: orders.append(order) or 1 / 0)
    with cluster.connect() as connection:
        connection.execute(f"ALTER ROLE poor_{name} CREATEDB".encode())
    with pytest.raises(ZeroDivisionError):
        restore(poor_config, office.keys, office.copy, office.clock.now(), force=False)
    assert "secret" not in repr(orders), "everybody on the machine can read a command line"
    monkeypatch.undo()
    restored = restore(poor_config, office.keys, office.copy, office.clock.now(), force=False)
    assert (restored.epoch, restored.kept) == (2, "")
    with cluster.connect() as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}%",)).fetchall()
    assert found == [(name,)], "and nothing is left of the tries"


# --- killed -----------------------------------------------------------------------------------------------------


def _killed_at(call: str, nth: int, file: Path, *arguments: str) -> int:
    """Carries out a command in a process that dies, as by a power cut, before the n-th call of that system function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: the child needs none of them
        child = os.fork()
    if not child:
        real, left = getattr(os, call), [nth]

        def dying(*args: Any, **options: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        setattr(os, call, dying)
        os._exit(main(["--config", str(file), *arguments]))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@only_sqlite
def test_killed_at_any_step_there_is_a_whole_database_and_never_half_a_copy(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(settings_text(OFFICE, folder=tmp_path, public_url="http://127.0.0.1"), "utf-8")
    for call in ("fsync", "link"):
        assert _killed_at(call, 1, file, "backup", str(office.copy)) == -signal.SIGKILL
        assert not office.copy.exists()
    office.back_up()
    lives = []
    for call, nth in (("link", 1), ("replace", 1), ("fsync", 2)):
        assert _killed_at(call, nth, file, "restore", str(office.copy)) == -signal.SIGKILL
        lives.append(office.rows("SELECT epoch FROM node"))
    assert lives == [[(1,)], [(1,)], [(1,)]]
    assert office.restore().epoch == 2
    assert list(tmp_path.glob("restore-*")) == [], "what the killed ones left is gone"
