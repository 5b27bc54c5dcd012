"""The offices whose queue is called at this node: one for now, and nothing but this file and the settings knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.office import QueueRules
from server.store.counters import counters
from server.store.settings import read_settings
from server.store.versions import board_topic, desk_topic, office_topic, queue_topic

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.office import Office
    from server.hub import Hub
    from server.store.counters import Place


@dataclass(frozen=True, slots=True)
class AsSetUp:
    """An office, how it calls, and its counters (none: any number from 1 to 99 is one)."""

    office: Office
    rules: QueueRules = QueueRules()  # noqa: RUF009 frozen
    counters: tuple[Place, ...] = ()


class SetUp:
    """An office and its rules as last set up, read again only when they changed. ``founded`` is what its file says."""

    def __init__(self, founded: Office, *, read: Engine, hub: Hub) -> None:
        self._founded = AsSetUp(founded)
        self._read = read
        self._hub = hub
        self._memory: tuple[int, AsSetUp] | None = None

    def forget(self) -> None:
        """Reads the database again at the next look, whatever its version."""
        self._memory = None

    def now(self) -> AsSetUp:
        """The office as it is now; may read the database."""
        id_ = self._founded.office.id
        version = self._hub.version(office_topic(id_))
        memory = self._memory
        if memory is None or memory[0] != version:
            with self._read.connect() as connection:
                office, rules = read_settings(connection, id_) or (self._founded.office, self._founded.rules)
                found = AsSetUp(office, rules, counters(connection, id_))
            memory = self._memory = (version, found)
        return memory[1]


class Offices:
    """``main`` is the one that is meant where nobody names one: at sign-in, at the board and in the pages' heads.

    Not a dataclass, because Litestar would build one.
    """

    def __init__(self, office: Office, set_up: SetUp | None = None) -> None:
        self._id = office.id
        self._founded = AsSetUp(office)
        self._set_up = set_up

    @property
    def main(self) -> Office:
        """The office as it is set up now."""
        return self._now().office

    @property
    def rules(self) -> QueueRules:
        """How the office calls, as it is set up now."""
        return self._now().rules

    @property
    def counters(self) -> tuple[Place, ...]:
        """Its counters as they are set up now; none means that any number from 1 to 99 is one."""
        return self._now().counters

    def _now(self) -> AsSetUp:
        return self._founded if self._set_up is None else self._set_up.now()

    def forget(self) -> None:
        """Reads again how the office is set up, where the database was changed by hand."""
        if self._set_up is not None:
            self._set_up.forget()

    @property
    def here(self) -> tuple[Office, ...]:
        """Every office that is called at this node."""
        return (self.main,)

    def called_here(self, id_: str) -> bool:
        """Whether this is the home node of that office, so that places in its queue are known here."""
        return id_ == self._id

    def of(self, id_: str) -> Office | None:
        """The office of that id, None for one whose queue is called elsewhere."""
        return self.main if self.called_here(id_) else None

    @property
    def topics(self) -> frozenset[str]:
        """What pages may watch even before anything happened."""
        return frozenset({topic(self._id) for topic in (queue_topic, desk_topic, board_topic, office_topic)})
