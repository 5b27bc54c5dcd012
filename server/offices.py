"""The offices that this node knows: the one whose queue it calls itself, and those that nodes of their own call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.filings import FilingRules
from domain.office import Office, QueueRules
from server.faults import Refusal
from server.store.counters import counters
from server.store.homes import home_of, offices_elsewhere
from server.store.settings import read_filing_rules, read_settings
from server.store.versions import HOMES_TOPIC, board_topic, desk_topic, filing_topic, office_topic, queue_topic

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from domain.clock import Micros
    from server.hub import Hub
    from server.store.counters import Place

STALE_US = 60 * 1_000_000
"""So long unheard, in microseconds, and what is shown of an office says how old it is."""


@dataclass(frozen=True, slots=True)
class AsSetUp:
    """An office, how it calls, and its counters (none: any number from 1 to 99 is one)."""

    office: Office
    rules: QueueRules = QueueRules()  # noqa: RUF009 frozen
    counters: tuple[Place, ...] = ()
    filing: FilingRules = FilingRules()  # noqa: RUF009 frozen


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
                found = AsSetUp(office, rules, counters(connection, id_), read_filing_rules(connection, id_))
            memory = self._memory = (version, found)
        return memory[1]


class Elsewhere:
    """The offices that are called at nodes of their own, as those last said; read again only when one more speaks."""

    def __init__(self, *, read: Engine, hub: Hub) -> None:
        self._read = read
        self._hub = hub
        self._memory: tuple[int, dict[str, SetUp]] | None = None

    def forget(self) -> None:
        """Reads the database again at the next look."""
        self._memory = None

    def offices(self) -> dict[str, SetUp]:
        """Each of them by its id; may read the database."""
        version = self._hub.version(HOMES_TOPIC)
        memory = self._memory
        if memory is None or memory[0] != version:
            with self._read.connect() as connection:
                ids = offices_elsewhere(connection)
            known = {} if memory is None else memory[1]
            found = {id_: known.get(id_) or self._set_up(id_) for id_ in sorted(ids)}
            memory = self._memory = (version, found)
        return memory[1]

    def heard_at(self, id_: str) -> Micros | None:
        """When the node of that office was last heard; None for an office without one."""
        with self._read.connect() as connection:
            home = home_of(connection, id_)
        return None if home is None else home.heard_at

    def _set_up(self, id_: str) -> SetUp:
        unknown = Office(id_, entity="", name=id_, tracking_base_url="http://localhost", services=())
        return SetUp(unknown, read=self._read, hub=self._hub)


class Offices:
    """``main`` is the one that is meant where nobody names one: at sign-in, at the board and in the pages' heads.

    Beside it a centre knows the offices that have nodes of their own: it shows them as those say, and changes nothing
    there (`must_call_here`). ``main`` itself may be one of them. Not a dataclass, because Litestar would build one.
    """

    def __init__(self, office: Office, set_up: SetUp | None = None, elsewhere: Elsewhere | None = None) -> None:
        self._id = office.id
        self._founded = AsSetUp(office)
        self._set_up = set_up
        self._elsewhere = elsewhere

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
        """Reads again how the offices are set up, where the database was changed by hand."""
        if self._set_up is not None:
            self._set_up.forget()
        if self._elsewhere is not None:
            self._elsewhere.forget()

    def _others(self) -> dict[str, SetUp]:
        return {} if self._elsewhere is None else self._elsewhere.offices()

    @property
    def here(self) -> tuple[Office, ...]:
        """Every office that is called at this node."""
        return (self.main,) if self.called_here(self._id) else ()

    @property
    def known(self) -> tuple[Office, ...]:
        """Every office of which something is known here, the main one first."""
        return (self.main, *(office.now().office for id_, office in self._others().items() if id_ != self._id))

    def called_here(self, id_: str) -> bool:
        """Whether this is the home node of that office, which alone changes its queue."""
        return id_ == self._id and id_ not in self._others()

    def is_known(self, id_: str) -> bool:
        """Whether the queue of that office is known here, called here or not."""
        return id_ == self._id or id_ in self._others()

    def must_call_here(self, id_: str) -> None:
        """Lets nobody change what another node decides.

        Raises:
            Refusal: 409, that office is called elsewhere.
        """
        if not self.called_here(id_):
            raise Refusal(409, "called_elsewhere")

    def set_up(self, id_: str) -> AsSetUp | None:
        """How that office is set up; None for one that is not known here."""
        if id_ == self._id:
            return self._now()
        other = self._others().get(id_)
        return None if other is None else other.now()

    def of(self, id_: str) -> Office | None:
        """The office of that id; None for one of which nothing is known here."""
        found = self.set_up(id_)
        return None if found is None else found.office

    def rules_of(self, id_: str) -> QueueRules:
        """How that office calls."""
        found = self.set_up(id_)
        return self.rules if found is None else found.rules

    def filing_rules_of(self, id_: str) -> FilingRules:
        """How that office files."""
        found = self.set_up(id_)
        return FilingRules() if found is None else found.filing

    def stale_since(self, id_: str, now: Micros) -> Micros | None:
        """Since when nothing is heard of an office that is called elsewhere; None while it is heard, or called here."""
        if self._elsewhere is None or self.called_here(id_):
            return None
        heard_at = self._elsewhere.heard_at(id_)
        return heard_at if heard_at is not None and now - heard_at > STALE_US else None

    @property
    def topics(self) -> frozenset[str]:
        """What pages may watch even before anything happened."""
        ids = {self._id, *self._others()}
        kinds = (queue_topic, desk_topic, board_topic, office_topic, filing_topic)
        return frozenset(topic(id_) for id_ in ids for topic in kinds)
