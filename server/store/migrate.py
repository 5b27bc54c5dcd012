"""Brings the database to the schema of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from server.store.dialect import lock_for_migration

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's own settings; it needs no file, and no ``connection`` where only the scripts are looked at."""
    config = Config()
    config.set_main_option("script_location", "server:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, *, to: str = "head") -> str | None:
    """Upgrades to ``to`` in one transaction, while other processes wait; returns the revision reached."""
    with engine.begin() as connection:
        lock_for_migration(connection)
        command.upgrade(alembic_config(connection), to)
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The database's revision, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()
