"""The tables, as steps that are only ever added to; each runs once, in a transaction with its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    import sqlite_utils

MIGRATIONS = Migrations("kiosk")


@MIGRATIONS()
def first_tables(db: sqlite_utils.Database) -> None:
    """Numbers, tickets, print jobs and outgoing events; instants are microseconds, days ISO dates."""
    for statement in _FIRST:
        db.execute(statement)


@MIGRATIONS()
def copies_and_requests(db: sqlite_utils.Database) -> None:
    """Print jobs that are copies, and those of a counter's machine, whose tickets another machine gave out."""
    for statement in _COPIES:
        db.execute(statement)


@MIGRATIONS()
def remembered_turns(db: sqlite_utils.Database) -> None:
    """The turns of today that their own documents find again; see `kiosk.store.remembered`."""
    for statement in _REMEMBERED:
        db.execute(statement)


_FIRST = (
    # one row a stream; the highest epoch is the one being written
    """CREATE TABLE stream (
        epoch INTEGER PRIMARY KEY,
        last_seq INTEGER NOT NULL,
        upto INTEGER NOT NULL,
        central_upto INTEGER NOT NULL
    )""",
    """CREATE TABLE event (
        epoch INTEGER NOT NULL REFERENCES stream,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        payload BLOB NOT NULL,
        PRIMARY KEY (epoch, seq),
        UNIQUE (epoch, id)
    ) WITHOUT ROWID""",
    """CREATE TABLE counter (
        office TEXT NOT NULL,
        business_day TEXT NOT NULL,
        series TEXT NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (office, business_day, series)
    ) WITHOUT ROWID""",
    """CREATE TABLE ticket (
        id TEXT PRIMARY KEY,
        office TEXT NOT NULL,
        business_day TEXT NOT NULL,
        series TEXT NOT NULL,
        n INTEGER NOT NULL,
        service TEXT NOT NULL,
        preferential INTEGER NOT NULL,
        issued_at INTEGER NOT NULL,
        nonce_hash BLOB NOT NULL UNIQUE,
        UNIQUE (office, business_day, series, n)
    ) WITHOUT ROWID""",
    # what a job says is not kept: the paper carries the token that opens the turn's page
    """CREATE TABLE print_job (
        id TEXT PRIMARY KEY,
        ticket TEXT REFERENCES ticket,
        business_day TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        process_id TEXT NOT NULL,
        attempt INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
)

# made anew, because SQLite cannot drop the reference to a ticket that a counter's machine does not have
_COPIES = (
    """CREATE TABLE print_job_new (
        id TEXT PRIMARY KEY,
        ticket TEXT NOT NULL,
        copy INTEGER NOT NULL,
        request TEXT,
        business_day TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        process_id TEXT NOT NULL,
        attempt INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """INSERT INTO print_job_new SELECT id, ticket, 0, NULL, business_day, state, reason, process_id, attempt
       FROM print_job WHERE ticket IS NOT NULL""",
    "DROP TABLE print_job",
    "ALTER TABLE print_job_new RENAME TO print_job",
)

_REMEMBERED = (
    "CREATE TABLE day_key (business_day TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE remembered (found_by BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
)
