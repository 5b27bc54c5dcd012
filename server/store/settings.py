"""The office as it is set up: by the server's file, or in the browser, whichever came later."""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select, update

from domain.filings import FilingRules
from domain.messages import from_json, to_json
from domain.office import Office, QueueRules
from server.store.schema import office_settings

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from domain.clock import Micros


class FromFile(Enum):
    """What became of the office in the server's file at a start."""

    PASSED_OVER = "passed_over"
    """It says what it said when it was last taken: what was changed in the browser since then stays."""
    FOUNDED = "founded"
    """There was no such office yet."""
    TAKEN = "taken"
    """It says another thing now, and what the browser said is over."""


def read_settings(connection: Connection, office: str, *, to_change: bool = False) -> tuple[Office, QueueRules] | None:
    """The office of that id and its rules; None for one that was never set up here.

    ``to_change`` keeps them for this transaction, so that of two changes neither is lost.
    """
    found = select(office_settings).where(office_settings.c.office == office)
    row = connection.execute(found.with_for_update() if to_change else found).one_or_none()
    return None if row is None else (from_json(row.body, Office), from_json(row.rules, QueueRules))


def read_filing_rules(connection: Connection, office: str) -> FilingRules:
    """How the office files, as it was set up; the usual rules where nothing was said."""
    body = connection.execute(select(office_settings.c.filing).where(office_settings.c.office == office)).scalar()
    return FilingRules() if body is None else from_json(body, FilingRules)


def save_filing_rules(connection: Connection, office: str, rules: FilingRules, *, by: str, now: Micros) -> None:
    """Sets up how the office files.

    Raises:
        ValidationError: what could not be read again.
    """
    body = to_json(rules)
    from_json(body, FilingRules)
    values = {"filing": body, "changed_at": now, "changed_by": by}
    connection.execute(update(office_settings).where(office_settings.c.office == office).values(**values))


def cargo_keys(connection: Connection) -> dict[str, frozenset[bytes]]:
    """By office, the public keys (DER) that ever signed its cargos, as far as they are known here."""
    columns = select(office_settings.c.office, office_settings.c.cargo_keys)
    rows = connection.execute(columns.where(office_settings.c.cargo_keys.is_not(None)))
    return {row.office: frozenset(msgspec.json.decode(row.cargo_keys, type=list[bytes])) for row in rows}


def note_cargo_keys(connection: Connection, office: str, keys: Collection[bytes]) -> bool:
    """Adds keys that sign the office's cargos to those that did; True where one of them is new."""
    known = cargo_keys(connection).get(office, frozenset())
    if known.issuperset(keys):
        return False
    body = msgspec.json.encode(sorted(known.union(keys)))
    connection.execute(update(office_settings).where(office_settings.c.office == office).values(cargo_keys=body))
    return True


def take_from_file(connection: Connection, office: Office, now: Micros) -> FromFile:
    """Sets the office up as its file says, if the file is new or says another thing than when it was last taken."""
    digest = hashlib.sha256(to_json(office)).digest()
    mine = office_settings.c.office == office.id
    row = connection.execute(select(office_settings.c.file_digest).where(mine)).one_or_none()
    if row is not None and row.file_digest == digest:
        return FromFile.PASSED_OVER
    values = {"body": to_json(office), "file_digest": digest, "changed_at": now, "changed_by": ""}
    if row is None:
        connection.execute(insert(office_settings).values(office=office.id, rules=to_json(QueueRules()), **values))
        return FromFile.FOUNDED
    connection.execute(update(office_settings).where(mine).values(**values))
    return FromFile.TAKEN


def save_settings(connection: Connection, office: Office, rules: QueueRules, *, by: str, now: Micros) -> None:
    """Sets the office up as somebody said in the browser.

    Raises:
        ValidationError: what could not be read again, which would stop everything.
    """
    body, said = to_json(office), to_json(rules)
    from_json(body, Office)
    from_json(said, QueueRules)
    values = {"body": body, "rules": said, "changed_at": now, "changed_by": by}
    connection.execute(update(office_settings).where(office_settings.c.office == office.id).values(**values))
