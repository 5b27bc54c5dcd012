"""The version of each topic: moves with every commit that concerns it, so that a live page knows if it is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from server.store.schema import topic_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


HOMES_TOPIC = "homes"
"""Which offices are called at nodes of their own."""


def queue_topic(office: str) -> str:
    """Anything about who waits and who is called in ``office``."""
    return f"queue.{office}"


def desk_topic(office: str) -> str:
    """Anything that clerks of ``office`` see: the queue, the paper, the machines."""
    return f"desk.{office}"


def board_topic(office: str) -> str:
    """What the boards of ``office`` show."""
    return f"board.{office}"


def office_topic(office: str) -> str:
    """How ``office`` is set up: hours, services, notices, boards."""
    return f"office.{office}"


def filing_topic(office: str) -> str:
    """Where the filings of ``office`` stand."""
    return f"filing.{office}"


# made once: to build a statement costs several times what it takes to run it
_BUMP = (
    update(topic_version)
    .where(topic_version.c.topic == bindparam("moved"))
    .values(version=topic_version.c.version + 1)
    .returning(topic_version.c.version)
)


def bump(connection: Connection, topics: Iterable[str]) -> dict[str, int]:
    """Moves each topic on by one; returns the new versions. Always in the same order, so that no two wait crosswise."""
    versions = {}
    for topic in sorted(topics):
        moved = connection.execute(_BUMP, {"moved": topic}).scalar()
        if moved is None:  # its first change ever
            connection.execute(insert(topic_version).values(topic=topic, version=1))
        versions[topic] = moved or 1
    return versions


def all_versions(connection: Connection) -> dict[str, int]:
    """Every topic's version now."""
    return {row.topic: row.version for row in connection.execute(select(topic_version))}
