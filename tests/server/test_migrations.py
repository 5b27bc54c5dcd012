"""The database's history: it leads to exactly the tables that the program uses, forward and back, on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from msgspec import structs
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from domain.clock import Micros
from domain.health import PaperLevel
from domain.messages import MachineEnrolled, MachineRevoked, to_json
from server.keys import Keys
from server.store.engine import OLDEST_SQLITE, Engines, open_engines
from server.store.kiosks import last_heard, series_given, token_maker
from server.store.migrate import alembic_config, migrate
from server.store.moves import life_of
from server.store.node import found_node
from server.store.office_machines import machines_of, token_makers
from server.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.postgres import Cluster

KEYS = Keys(b"d" * 32, b"s" * 32, b"e" * 32)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.new_database())
    engines = open_engines(url, KEYS)
    yield engines
    engines.dispose()


def test_the_migrations_make_the_tables_that_the_program_uses(empty: Engines) -> None:
    assert migrate(empty.write) == migrate(empty.write)  # the second time does nothing
    with empty.write.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_of_before_the_seal_keys_note_is_noted_at_its_next_start(empty: Engines) -> None:
    migrate(empty.write, to="0001")
    with empty.write.begin() as connection:
        values = {"id": "node-a", "epoch": 3, "secret": b"c" * 32}
        row = text(
            'INSERT INTO node ("only", id, epoch, cookie_secret, created_at) VALUES (1, :id, :epoch, :secret, 0)'
        )
        connection.execute(row, values)
    migrate(empty.write)
    with empty.write.begin() as connection:
        node = found_node(connection, Micros(1), b"p" * 32)
        assert (node.id, node.epoch, node.seal_public) == ("node-a", 3, b"p" * 32)
        assert found_node(connection, Micros(2), b"q" * 32) == node  # noted once


def test_kiosks_of_before_the_counters_machines_stay_what_they_are(empty: Engines) -> None:
    migrate(empty.write, to="0002")
    with empty.write.begin() as connection:
        row = {"no": 1, "id": "sala-1", "office": "lima", "series": "A", "epoch": 1, "key": b"k" * 32, "hash": b"h"}
        connection.execute(
            text(
                "INSERT INTO kiosk (no, id, office, series, epoch, mac_key, secret_hash, enrolled_at)"
                " VALUES (:no, :id, :office, :series, :epoch, :key, :hash, 0)"
            ),
            row,
        )
    migrate(empty.write)
    with empty.write.begin() as connection:
        assert connection.execute(text("SELECT id, series, counter FROM kiosk")).all() == [("sala-1", "A", None)]
        with pytest.raises(IntegrityError), connection.begin_nested():  # its series is still taken
            connection.execute(
                text(
                    "INSERT INTO kiosk (no, id, office, series, epoch, mac_key, device_key, enrolled_at)"
                    " SELECT 2, 'x', office, series, 1, mac_key, mac_key, 0 FROM kiosk"
                )
            )
        command.downgrade(alembic_config(connection), "0002")
        assert connection.execute(text("SELECT id, series FROM kiosk")).all() == [("sala-1", "A")]


def test_machines_of_before_they_had_keys_may_speak_no_more_and_leave_what_they_gave_out(empty: Engines) -> None:
    migrate(empty.write, to="0008")
    with empty.write.begin() as connection:
        for no, name, series, counter in ((1, "sala-1", "A", None), (2, "ventanilla-3", None, "3")):
            connection.execute(
                text(
                    "INSERT INTO kiosk (no, id, office, series, counter, epoch, mac_key, secret_hash, enrolled_at)"
                    " VALUES (:no, :id, 'lima', :series, :counter, 1, :key, :hash, 5)"
                ),
                {"no": no, "id": name, "series": series, "counter": counter, "key": b"k" * 32, "hash": name.encode()},
            )
        connection.execute(text("INSERT INTO kiosk_contact VALUES ('sala-1', 9, 0, 0, '0.1')"))
    migrate(empty.write)
    with empty.write.begin() as connection:
        rows = connection.execute(text("SELECT id, series, revoked_at, device_key FROM kiosk ORDER BY no")).all()
        assert rows == [("sala-1", "A", 5, None), ("ventanilla-3", None, 5, None)]
        assert connection.execute(text("SELECT turn FROM kiosk_contact")).all() == [(0,)]
        assert series_given(connection, "lima") == {"A"}
        maker = token_maker(connection, 1)
        assert maker is not None
        assert maker.series == "A"
        columns = "(no, id, office, series, counter, epoch, mac_key, device_key, enrolled_at)"
        node = f"INSERT INTO kiosk {columns} VALUES (3, 'tacna', 'tacna', NULL, NULL, 1, :key, :device, 6)"  # noqa: S608
        connection.execute(text(node), {"key": b"k" * 32, "device": b"d" * 32})
        for wrong in (
            f"INSERT INTO kiosk {columns} VALUES (4, 'x', 'lima', 'B', '4', 1, :key, :other, 6)",  # noqa: S608
            f"INSERT INTO kiosk {columns} VALUES (4, 'x', 'lima', 'B', NULL, 1, :key, :device, 6)",  # noqa: S608
            f"INSERT INTO kiosk {columns} VALUES (4, 'x', 'lima', 'B', NULL, 1, :key, NULL, 6)",  # noqa: S608
        ):
            values = {"key": b"k" * 32, "device": b"d" * 32, "other": b"e" * 32}
            with pytest.raises(IntegrityError), connection.begin_nested():
                connection.execute(text(wrong), values)
        command.downgrade(alembic_config(connection), "0008")
        assert connection.execute(text("SELECT id, series FROM kiosk ORDER BY no")).all() == [
            ("sala-1", "A"),
            ("ventanilla-3", None),
        ]


def test_machines_that_spoke_before_calls_for_help_have_none(empty: Engines) -> None:
    migrate(empty.write, to="0005")
    with empty.write.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO kiosk_health (kiosk, epoch, seq, printer, reason, printer_since, paper, paper_since)"
                " VALUES ('sala-1', 1, 7, 'ready', '', 5, 'low', 6)"
            )
        )
    migrate(empty.write)
    with empty.write.begin() as connection:
        last = last_heard(connection, "sala-1")
        assert last is not None
        assert (last.place, last.condition.paper, last.condition.help) == ((1, 7), PaperLevel.LOW, None)
        command.downgrade(alembic_config(connection), "0005")
        assert connection.execute(text("SELECT kiosk, paper_since FROM kiosk_health")).all() == [("sala-1", 6)]


_OLD_TICKET = text(
    "INSERT INTO ticket (id, office, business_day, series, n, service, preferential, language, issued_at, nonce_hash,"
    " origin, epoch, seq, state, calls, changed_at) VALUES (:id, 'lima', '2026-11-23', 'A', :n, 'tramite', false, 'es',"
    " :at, :hash, 'sala-1', 1, :n, 'waiting', :n, 1)"
)
_SESSION = text(
    "INSERT INTO session (token_hash, account, office, counter, created_at, seen_at, pause_reason)"
    " VALUES (:hash, 'a', 'lima', :counter, 1, 1, '')"
)


def test_whoever_waits_keeps_the_place_and_whoever_works_stays_a_clerk_of_everything(empty: Engines) -> None:
    migrate(empty.write, to="0006")
    with empty.write.begin() as connection:
        for n, issued_at in ((1, 30), (2, 20)):
            connection.execute(_OLD_TICKET, {"id": f"t{n}", "n": n, "at": issued_at, "hash": bytes([n])})
        connection.execute(
            text("INSERT INTO account (name, password_hash, role, created_at) VALUES ('a', 'h', 'clerk', 1)")
        )
        connection.execute(
            text(
                "INSERT INTO session (token_hash, account, office, counter, created_at, seen_at)"
                " VALUES (:hash, 'a', 'lima', '3', 1, 1)"
            ),
            {"hash": b"t"},
        )
    migrate(empty.write)
    with empty.write.begin() as connection:
        places = connection.execute(text("SELECT n, lined_up_at, announced, for_counter FROM ticket ORDER BY n")).all()
        assert places == [(1, 30, 1, None), (2, 20, 2, None)]
        lists = connection.execute(text("SELECT full_name, first_list, second_list FROM account")).all()
        assert lists == [("", "[]", "[]")]
        connection.execute(_SESSION, {"hash": b"u", "counter": None})
        connection.execute(_SESSION, {"hash": b"v", "counter": None})  # many supervise
        with pytest.raises(IntegrityError), connection.begin_nested():  # a counter still has one clerk
            connection.execute(_SESSION, {"hash": b"w", "counter": "3"})
        command.downgrade(alembic_config(connection), "0006")
        assert connection.execute(text("SELECT n, issued_at FROM ticket ORDER BY n")).all() == [(1, 30), (2, 20)]
        assert connection.execute(text("SELECT counter FROM session")).all() == [("3",)]


def test_a_centre_reads_what_it_kept_unread_of_the_machines_of_its_offices(empty: Engines) -> None:
    migrate(empty.write, to="0011")
    good = MachineEnrolled("sala-1", 7, "A", "", 1, b"d" * 32, b"m" * 32)
    words = [
        ("kiosk.enrolled", to_json(good)),
        ("kiosk.enrolled", b"{}"),
        ("kiosk.enrolled", to_json(structs.replace(good, kiosk="sala-2", kiosk_no=8, mac_key=b""))),
        ("kiosk.enrolled", to_json(structs.replace(good, kiosk="sala-3", kiosk_no=9, series="B"))),
        ("kiosk.revoked", to_json(MachineRevoked("sala-3", 1))),
        ("office.set_up", b"{}"),
    ]
    with empty.write.begin() as connection:
        connection.execute(text("INSERT INTO office_home VALUES ('tacna', 'node-a', 2, 'servidor', 5)"))
        for seq, (kind, body) in enumerate(words, 1):
            connection.execute(
                text(
                    "INSERT INTO event (origin, epoch, seq, id, type, v, at, office, day, body, received_at) VALUES"
                    " ('tacna/node-a', 3, :seq, :id, :kind, 1, 40, 'tacna', '2026-11-23', :body, 50)"
                ),
                {"seq": seq, "id": f"e{seq}", "kind": kind, "body": body},
            )
    migrate(empty.write)
    with empty.write.begin() as connection:
        rows = connection.execute(text("SELECT life, seq, kiosk, no, at FROM office_machine ORDER BY seq")).all()
        life = life_of(2, 3)
        assert rows == [(life, 1, "sala-1", 7, 40), (life, 4, "sala-3", 9, 40), (life, 5, "sala-3", None, 40)]
        assert [one.name for one in machines_of(connection, "tacna")] == ["sala-1"]
        assert [maker.mac_key for maker in token_makers(connection, 7)] == [b"m" * 32]
        command.downgrade(alembic_config(connection), "0011")
        assert connection.execute(text("SELECT count(*) FROM event")).scalar() == len(words)


def test_there_and_back_leaves_nothing(empty: Engines) -> None:
    migrate(empty.write)
    with empty.write.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(empty.write)


def test_a_migration_that_fails_leaves_nothing_half_done(empty: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.migrate.revision", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        migrate(empty.write)
    with empty.read.connect() as connection:
        assert inspect(connection).get_table_names() == []


def test_sqlite_is_encrypted_durable_and_not_one_that_corrupts(tmp_path: Path) -> None:
    engines = open_engines(f"sqlite:///{tmp_path / 'new.db'}", KEYS)
    migrate(engines.write)
    with engines.read.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        version = str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())
    engines.dispose()
    assert tuple(map(int, version.split("."))) >= OLDEST_SQLITE
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"SQLite format" not in raw
    assert b"ticket" not in raw
    assert (tmp_path / "new.db").stat().st_mode & 0o077 == 0
